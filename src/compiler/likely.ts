// Which way a branch seldom goes, judged by what it asks about a helper's answer: a key that is missing, a record that did
// not fit, a call that failed. What is seldom done stands behind the rest, so that the usual way has no jumps.

import { helperById } from '../isa/index.ts';
import type { Condition, Instruction, Terminator } from './ir.ts';

/** Helpers that answer 0 when all went well. */
const ZERO_IS_SUCCESS: ReadonlySet<string> = new Set([
  'map_update_elem',
  'map_delete_elem',
  'map_push_elem',
  'probe_read',
  'probe_read_kernel',
  'probe_read_user',
  'copy_from_user',
  'ringbuf_output',
  'perf_event_output',
  'get_current_comm',
]);

/** Helpers that answer a length, or a negative error. */
const POSITIVE_IS_SUCCESS: ReadonlySet<string> = new Set([
  'probe_read_str',
  'probe_read_kernel_str',
  'probe_read_user_str',
  'get_stack',
  'get_stackid',
  'd_path',
]);

type Answer = 'pointer' | 'zero' | 'positive';

/** Whether the comparison with zero is seldom true. */
const SELDOM: Readonly<Record<Answer, Partial<Readonly<Record<Condition, boolean>>>>> = {
  pointer: { eq: true, ne: false },
  zero: { eq: false, ne: true, slt: true, sge: false },
  positive: { eq: true, ne: false, slt: true, sle: true, sgt: false, sge: false },
};

/** The side on which control seldom goes on. */
export function seldomSide({ condition, a, b }: Terminator & { kind: 'branch' }): 'then' | 'otherwise' | undefined {
  const answer = b.op === 'const' && b.value === 0n ? answerOf(a) : undefined;
  const seldom = answer && SELDOM[answer][condition];
  if (seldom === undefined) return undefined;
  return seldom ? 'then' : 'otherwise';
}

function answerOf(value: Instruction): Answer | undefined {
  const from = value.op === 'extend' ? value.args[0]! : value;
  const helper = from.op === 'call' ? helperById(from.helper) : undefined;
  if (!helper) return undefined;
  if (helper.prototype.ret.nullable) return 'pointer';
  if (ZERO_IS_SUCCESS.has(helper.name)) return 'zero';
  return POSITIVE_IS_SUCCESS.has(helper.name) ? 'positive' : undefined;
}
