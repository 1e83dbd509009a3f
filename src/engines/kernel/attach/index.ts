// All ways of attaching by kind of attach point, and the order in which they are done.

import type { AttachPoint } from '../../../image/index.ts';
import type { Instance } from '../instance.ts';
import type { LoadedProgram } from '../programs.ts';
import { type Attach, type AttachContext, type Attachment, cannotAttach } from './attach.ts';
import { attachCounter } from './counter.ts';
import { attachFentry } from './fentry.ts';
import { attachIter } from './iter.ts';
import { attachKprobe, attachKprobeAddress, attachKprobeMulti } from './kprobe.ts';
import { attachInterval, attachProfile } from './timer.ts';
import { attachRawTracepoint, attachSyscalls, attachTracepoint } from './tracepoint.ts';

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

import { attachUprobe, attachUprobeMulti, attachUsdt } from './uprobe.ts';
import { attachWatchpoint } from './watchpoint.ts';

/** Attaches a program to one attach point. */
export function attachPoint(program: LoadedProgram, attach: AttachPoint, context: AttachContext): Attachment {
  const way = ways[attach.kind] as Attach<AttachPoint['kind']> | undefined;
  if (!way) throw cannotAttach(`a program cannot be attached as ${attach.kind}`);
  return way(program, attach, context);
}

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

export function inAttachOrder(
  instances: readonly Instance[],
): { readonly instance: Instance; readonly attach: AttachPoint }[] {
  const all = instances.flatMap((instance) => instance.attach.map((attach) => ({ instance, attach })));
  const forward = all.filter(({ attach }) => !LAST_FIRST.has(attach.kind));
  const backward = all.filter(({ attach }) => LAST_FIRST.has(attach.kind)).reverse();
  return [...forward, ...backward];
}
