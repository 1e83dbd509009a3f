// Tracepoints, in three ways: as perf events with the record that the format file describes, raw with the tracepoint's own
// arguments, and all system calls at once through the two raw tracepoints that every call passes.

import { nearest } from '../../../base/text.ts';
import type { LoadedProgram } from '../programs.ts';
import { rawTracepointOpen } from '../sys/bpf.ts';
import { PerfType, perfOpen } from '../sys/perf.ts';
import { isErrno } from '../sys/syscall-error.ts';
import { type Attach, type AttachContext, type Attachment, cannotAttach } from './attach.ts';
import { linkEvents } from './perf-link.ts';

/**
 * A tracepoint by category and event. A raw tracepoint program may ask for one too: it sees no record, but is attached and
 * detached in a hundredth of the time, because at each detach perf waits for two RCU grace periods (40 ms each). Events
 * that have no raw tracepoint, such as those that people define, get the same code as a tracepoint program.
 */
export const attachTracepoint: Attach<'tracepoint'> = (program, attach, context) => {
  const { sys, platform } = context;
  const id = platform.tracefs.id(attach.category, attach.event);
  if (id === undefined) throw unknownTracepoint(attach.category, attach.event, context);
  if (program.program.kind !== 'raw_tracepoint') return openEvent(program, id, attach.probe, context);
  try {
    return openRaw(program, attach.event, attach.probe, context);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    const other = program.loadAs('tracepoint');
    try {
      return openEvent(other, id, attach.probe, context);
    } finally {
      sys.close(other.fd);
    }
  }
};

function openEvent(program: LoadedProgram, id: number, cookie: number, context: AttachContext): Attachment {
  const event = { type: PerfType.TRACEPOINT, config: BigInt(id) };
  return linkEvents(context, program, [perfOpen(context.sys, event, -1, context.platform.onlineCpus[0]!)], cookie);
}

export const attachRawTracepoint: Attach<'raw-tracepoint'> = (program, attach, context) => {
  try {
    return openRaw(program, attach.event, attach.probe, context);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    throw cannotAttach(
      `the kernel has no raw tracepoint '${attach.event}'`,
      'list them with: beetrace -l "rawtracepoint:*"',
    );
  }
};

function openRaw(program: LoadedProgram, event: string, cookie: number, { sys, features }: AttachContext): Attachment {
  // A tracing program knows its tracepoint since it was loaded.
  const name = program.program.kind === 'tracing' ? undefined : event;
  const given = features.has('raw-tracepoint-cookie') ? BigInt(cookie) : 0n;
  return { links: [rawTracepointOpen(sys, program.fd, name, given)] };
}

function unknownTracepoint(category: string, event: string, { platform }: AttachContext): Error {
  const events = platform.tracefs.events();
  const names = events.filter((candidate) => candidate.category === category).map((candidate) => candidate.name);
  const near = names.length > 0 ? nearest(event, names) : nearest(category, new Set(events.map((one) => one.category)));
  const what = names.length > 0 ? `tracepoint '${category}:${event}'` : `tracepoint category '${category}'`;
  return cannotAttach(`the kernel has no ${what}`, ...(near === undefined ? [] : [`did you mean '${near}'?`]));
}

/** Bytes of a key and of a value in the dispatch map. */
const DISPATCH_BYTES = 4;

/**
 * System calls by name. All share one raw tracepoint; the program finds the number of the call in the dispatch map, where
 * there is 1 + the index of the name for those that were asked for.
 */
export const attachSyscalls: Attach<'syscalls'> = (program, attach, context) => {
  const { sys, platform } = context;
  const dispatch = context.maps[attach.dispatch]!;
  const unknown = attach.syscalls.filter((name) => syscallNumber(context, name) === undefined);
  if (unknown.length > 0 && unknown.length === attach.syscalls.length) {
    throw cannotAttach(
      `this processor's system calls have no '${unknown[0]}'`,
      ...nearestSyscall(platform.syscalls.entries(), unknown[0]!),
    );
  }
  for (const [index, name] of attach.syscalls.entries()) {
    const number = syscallNumber(context, name);
    if (number === undefined || number >= dispatch.definition.maxEntries) continue;
    dispatch.update(u32(number), u32(index + 1));
  }
  const name = program.program.kind === 'tracing' ? undefined : `sys_${attach.phase}`;
  return { links: [rawTracepointOpen(sys, program.fd, name)], count: attach.syscalls.length - unknown.length };
};

/** By the name in tracepoints first: that is what `sys_enter_NAME` in a script means. */
function syscallNumber({ platform }: AttachContext, name: string): number | undefined {
  return platform.syscalls.eventNumber(name) ?? platform.syscalls.number(name);
}

function nearestSyscall(entries: Iterable<[number, string]>, name: string): string[] {
  const near = nearest(
    name,
    Array.from(entries, ([, known]) => known),
  );
  return near === undefined ? [] : [`did you mean '${near}'?`];
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(DISPATCH_BYTES);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
