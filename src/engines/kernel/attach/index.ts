// All ways of attaching by kind of attach point, and the order in which they are done.

import type { AttachPoint } from '../../../image/index.ts';
import type { Instance } from '../instance.ts';
import type { LoadedProgram } from '../programs.ts';
import {
  type Attach,
  type AttachContext,
  type Attached,
  type AttachTogether,
  attachEach,
  cannotAttach,
} from './attach.ts';
import { attachCounter } from './counter.ts';
import { attachFentry } from './fentry.ts';
import { attachIter } from './iter.ts';
import { attachKprobe, attachKprobeAddress, attachKprobeMulti, attachKprobes } from './kprobe.ts';
import { attachInterval, attachProfile } from './timer.ts';
import { attachRawTracepoint, attachSyscalls, attachTracepoint } from './tracepoint.ts';
import { attachUprobe, attachUprobeMulti, attachUprobes, attachUsdt } from './uprobe.ts';
import { attachWatchpoint } from './watchpoint.ts';

const ways: { readonly [K in AttachPoint['kind']]?: Attach<K> } = {
  tracepoint: attachTracepoint,
  'raw-tracepoint': attachRawTracepoint,
  syscalls: attachSyscalls,
  fentry: attachFentry,
  profile: attachProfile,
  interval: attachInterval,
  perf: attachCounter,
  iter: attachIter,
  uprobe: attachUprobe,
  'uprobe-multi': attachUprobeMulti,
  usdt: attachUsdt,
  kprobe: attachKprobe,
  'kprobe-address': attachKprobeAddress,
  'kprobe-multi': attachKprobeMulti,
  watchpoint: attachWatchpoint,
};

/** Kinds of which one program takes many places at once. */
const together: { readonly [K in AttachPoint['kind']]?: AttachTogether<K> } = {
  uprobe: attachUprobes,
  kprobe: attachKprobes,
};

/** Attaches a program to attach points of one kind. */
export function attachPoints(
  program: LoadedProgram,
  attaches: readonly AttachPoint[],
  context: AttachContext,
): Attached<AttachPoint['kind']> {
  const { kind } = attaches[0]!;
  const many = together[kind] as AttachTogether<AttachPoint['kind']> | undefined;
  if (many && attaches.length > 1) return many(program, attaches, context);
  const way = ways[kind] as Attach<AttachPoint['kind']> | undefined;
  return attachEach(way ?? unknownWay, program, attaches, context);
}

const unknownWay: Attach<AttachPoint['kind']> = (_, { kind }) => {
  throw cannotAttach(`a program cannot be attached as ${kind}`);
};

/**
 * Kinds whose events call what was attached last first. They are attached in reverse, so that programs on the same event
 * run in the order of the script.
 */
const LAST_FIRST: ReadonlySet<AttachPoint['kind']> = new Set<AttachPoint['kind']>([
  'kprobe',
  'kprobe-address',
  'kprobe-multi',
  'fentry',
  'uprobe',
  'uprobe-multi',
  'usdt',
]);

/** Attach points of one kind that one program is attached to. */
export interface AttachTask {
  readonly instance: Instance;
  readonly attaches: readonly AttachPoint[];
}

export function inAttachOrder(instances: readonly Instance[]): AttachTask[] {
  const all = instances.flatMap(tasksOf);
  const isReversed = ({ attaches }: AttachTask): boolean => LAST_FIRST.has(attaches[0]!.kind);
  return [...all.filter((task) => !isReversed(task)), ...all.filter(isReversed).reverse()];
}

function tasksOf(instance: Instance): AttachTask[] {
  const byKind = new Map<AttachPoint['kind'], AttachPoint[]>();
  for (const attach of instance.attach) {
    const known = byKind.get(attach.kind);
    if (known) known.push(attach);
    else byKind.set(attach.kind, [attach]);
  }
  return [...byKind.values()].map((attaches) => ({ instance, attaches }));
}
