// Contexts that are arrays of u64 whose types BTF knows: raw tracepoints, fentry and fexit.

import { cast, contextArgument, type Operand, registerOf, scalar } from '../../../compiler/operations/index.ts';
import { isScalar, type Type, UINT64 } from '../../../image/index.ts';
import type { CTypes } from '../check/ctypes.ts';
import type { Lowering } from '../lower/context.ts';
import type { TypedValue } from '../probes/kind.ts';
import { knowsFunction } from '../probes/versions.ts';
import type { ContextRules } from './context.ts';
import { functionOfPlan } from './function.ts';

function typeOf(value: TypedValue, types: CTypes): Type {
  const type = types.typesOf(value.btf).convert(value.type, value.name, 'kernel');
  // Structs that are passed by value come in registers of which nothing is known here.
  return isScalar(type) ? type : UINT64;
}

function readValue(cx: Lowering, index: number, type: Type): Operand {
  return scalar(type, cast(cx.p, registerOf(contextArgument(cx.p, index)), UINT64, type));
}

function fieldsOf(params: readonly TypedValue[], types: CTypes) {
  return params.map((value) => ({ name: value.name, type: typeOf(value, types) }));
}

export const rawTracepoint: ContextRules<'raw-tracepoint'> = {
  fields: (context, types) => fieldsOf(context.params ?? [], types),
  readField: (cx, context, { name, type }) =>
    readValue(
      cx,
      context.params!.findIndex((value) => value.name === name),
      type,
    ),
  readArgument: (cx, _context, index) => contextArgument(cx.p, index),
};

export const fentry: ContextRules<'fentry'> = {
  fields: (context, types) => fieldsOf(context.params, types),
  readField: (cx, context, { name, type }) =>
    readValue(
      cx,
      context.params.findIndex((value) => value.name === name),
      type,
    ),
  readArgument: (cx, _context, index) => contextArgument(cx.p, index),
  resultType: (context, types) => context.result && typeOf(context.result, types),
  readResult: (cx, context) => readValue(cx, context.params.length, typeOf(context.result!, cx.ctypes)),
  readFunction: (cx) =>
    knowsFunction(cx.scope.environment)
      ? scalar({ kind: 'ksym' }, cx.p.call('get_func_ip', cx.p.ctx))
      : functionOfPlan(cx),
};
