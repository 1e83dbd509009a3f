// Reads tracefs: where it is mounted, its events, their ids and formats, the functions that can be traced.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TraceError } from '../base/error.ts';
import { parseFormat, type TracepointFormat } from './format.ts';
import {
  parseAvailableEvents,
  parseFilterFunctionAddresses,
  parseFilterFunctions,
  type TraceableFunction,
} from './lists.ts';

/** The mount points of tracefs: its own (kernel 4.1), and the one inside debugfs. */
const MOUNT_POINTS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'] as const;

export interface TracepointName {
  readonly category: string;
  readonly name: string;
}

/** A mounted tracefs. */
export class Tracefs {
  readonly root: string;
  #events: TracepointName[] | undefined;

  /** `root` is the directory that holds `events/`. */
  constructor(root: string) {
    this.root = root;
  }

  /** The tracefs of this machine; mounted when it is not yet. */
  static open(): Tracefs {
    return new Tracefs(findTracefs() ?? mountTracefs());
  }

  /** The categories of events, sorted. */
  categories(): string[] {
    return [...new Set(this.events().map((event) => event.category))].sort();
  }

  /** All events, or those of one category, as the kernel lists them. */
  events(category?: string): readonly TracepointName[] {
    this.#events ??= this.#listEvents();
    return category === undefined ? this.#events : this.#events.filter((event) => event.category === category);
  }

  /** The id by which perf_event_open(2) knows an event, or undefined when there is no such event. */
  id(category: string, name: string): number | undefined {
    const text = this.#readOptional(join('events', category, name, 'id'));
    return text === undefined ? undefined : Number(text);
  }

  /** The format of an event, or undefined when there is no such event. */
  format(category: string, name: string): TracepointFormat | undefined {
    const text = this.#readOptional(join('events', category, name, 'format'));
    return text === undefined ? undefined : parseFormat(text);
  }

  /** The functions that ftrace can trace, or undefined where the kernel does not tell (lockdown, no CONFIG_DYNAMIC_FTRACE). */
  functions(): TraceableFunction[] | undefined {
    const text = this.#readOptional('available_filter_functions');
    return text === undefined ? undefined : parseFilterFunctions(text);
  }

  /** The functions that ftrace can trace with their addresses (kernel 6.5), or undefined where the kernel does not tell. */
  functionAddresses(): (TraceableFunction & { readonly address: bigint })[] | undefined {
    const text = this.#readOptional('available_filter_functions_addrs');
    return text === undefined ? undefined : parseFilterFunctionAddresses(text);
  }

  /** One read of `available_events` instead of a directory per category. It leaves out the ftrace category, which has no tracepoints. */
  #listEvents(): TracepointName[] {
    const text = this.#readOptional('available_events');
    if (text !== undefined && text !== '') return parseAvailableEvents(text);
    return directories(join(this.root, 'events'))
      .filter((category) => category !== 'ftrace')
      .flatMap((category) => directories(join(this.root, 'events', category)).map((name) => ({ category, name })));
  }

  #readOptional(path: string): string | undefined {
    const file = join(this.root, path);
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // EPERM comes from lockdown, which hides single files; EACCES means that the whole tree is closed to us.
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EPERM' || code === 'ENODEV') return undefined;
      throw code === 'EACCES' ? denied(this.root, error) : error;
    }
  }
}

/** The directory of a mounted tracefs. */
function findTracefs(): string | undefined {
  for (const root of MOUNT_POINTS) {
    try {
      readdirSync(join(root, 'events'));
      return root;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') throw denied(root, error);
    }
  }
  return undefined;
}

/** Node has no mount(2), so mount(8) does it. */
function mountTracefs(): string {
  const target = MOUNT_POINTS[0];
  const result = spawnSync('mount', ['-t', 'tracefs', 'nodev', target], { encoding: 'utf8' });
  const found = result.status === 0 ? findTracefs() : undefined;
  if (found !== undefined) return found;
  const reason = result.error?.message ?? (result.stderr.trim() || `mount exited with ${result.status}`);
  throw new TraceError('ERR_TRACEFS_MISSING', `tracefs is not mounted and could not be mounted: ${reason}`, {
    cause: result.error,
    hints: [
      `mount it as root: mount -t tracefs nodev ${target}`,
      'in a container, bind-mount /sys/kernel/tracing of the host',
    ],
  });
}

function denied(root: string, cause: unknown): TraceError {
  return new TraceError('ERR_TRACEFS_PERMISSION', `${root} cannot be read by this user`, {
    cause,
    hints: ['run as root'],
  });
}

/** The names of the directories in a directory, sorted; none when it is not there. */
function directories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
