// What a program gets as its first argument, by kind of program: how the context and the packet are laid out in linear memory
// from the bytes that BPF_PROG_TEST_RUN takes, and turned back into bytes after the run.

import type { Machine } from '../machine.ts';
import type { ContextInput, PreparedContext } from './prepared.ts';
import { prepareRecord } from './record.ts';
import { isSkbKind, prepareSkb } from './skb-context.ts';
import { prepareXdp } from './xdp.ts';

/** @throws ContextError where the kernel's test run refuses the bytes. */
export function prepareContext(machine: Machine, kind: string, input: ContextInput): PreparedContext {
  if (isSkbKind(kind)) return prepareSkb(machine, kind, input);
  if (kind === 'xdp') return prepareXdp(machine, input);
  return prepareRecord(machine, kind, input);
}
