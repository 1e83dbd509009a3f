// The rules of all kinds of contexts.

import { type Operand, scalar } from '../../../compiler/operations/index.ts';
import { pointerType, recordType, type Type } from '../../../image/index.ts';
import type { CTypes } from '../check/ctypes.ts';
import type { Lowering } from '../lower/context.ts';
import type { ContextKind, ProbeContext } from '../probes/kind.ts';
import type { ArgsField, ContextRules } from './context.ts';
import { perfEvent, registers } from './registers.ts';
import { syscalls } from './syscalls.ts';
import { tracepoint } from './tracepoint.ts';
import { fentry, rawTracepoint } from './typed.ts';
import { usdt } from './usdt.ts';

const RULES: { readonly [K in ContextKind]: ContextRules<K> } = {
  none: {},
  registers,
  tracepoint,
  tracepoints: {},
  syscalls,
  'raw-tracepoint': rawTracepoint,
  fentry,
  'perf-event': perfEvent,
  usdt,
  iter: { struct: (context) => context.struct },
};

/** The rules for a context, to be called with it. */
export function contextRules(context: ProbeContext): ContextRules<ContextKind> {
  return RULES[context.kind] as ContextRules<ContextKind>;
}

/** The type of `args`: a pointer to a record with its fields; undefined when nothing is known of them. */
export function argsType(context: ProbeContext, types: CTypes): Type | undefined {
  const fields = contextRules(context).fields?.(context, types);
  return fields && pointerType(recordType('args', fields as { name: string; type: Type }[]), 'context');
}

/** Reads a field of `args`. */
export function readField(cx: Lowering, name: string): Operand {
  const { context } = cx.scope.plan;
  const rules = contextRules(context);
  const field = (rules.fields!(context, cx.ctypes) as ArgsField[]).find((one) => one.name === name)!;
  return rules.readField!(cx, context, field);
}

/** `ctx`: where the program was given its context. */
export function readContext(cx: Lowering, type: Type): Operand {
  return scalar(type, cx.p.ctx);
}
