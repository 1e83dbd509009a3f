// kprobe, kretprobe, uprobe, uretprobe: the registers where the function was entered or left.

import {
  argument,
  functionAddress,
  register,
  registerOf,
  returnValue,
  scalar,
  userAddress,
} from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { knowsFunction } from '../probes/versions.ts';
import type { ContextRules } from './context.ts';
import { functionOfPlan } from './function.ts';

export const registers: ContextRules<'registers'> = {
  readArgument: (cx, context, index) => argument(cx.p, index, context.space),
  resultType: () => UINT64,
  readResult: (cx) => returnValue(cx.p),
  readFunction(cx, context) {
    if (context.space === 'user') return userAddress(cx.p, registerOf(register(cx.p, 'ip')!));
    if (knowsFunction(cx.scope.environment)) return functionAddress(cx.p);
    if (context.returns) return functionOfPlan(cx);
    // The breakpoint of the probe is one byte long, and the processor is behind it.
    return scalar({ kind: 'ksym' }, cx.p.b.sub(registerOf(register(cx.p, 'ip')!), 1));
  },
  struct: () => 'struct pt_regs',
};

/** profile, software and hardware events: registers first. */
export const perfEvent: ContextRules<'perf-event'> = {
  struct: () => 'struct bpf_perf_event_data',
};
