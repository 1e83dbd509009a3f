// Words that are alike: each is made by one of these functions from what is its own.

import type { Operand } from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { type Aggregation, isSigned, type Type } from '../../../image/index.ts';
import type { CheckContext, MapInfo, WordUse } from '../check/context.ts';
import { type Constant, isInteger, isUnresolved, nameOf } from '../check/types.ts';
import type { AggregationWord, ExpressionWord } from './word.ts';

type More = Partial<Pick<ExpressionWord, 'needs' | 'kernel'>>;

/** A builtin that one operation reads. */
export function builtin(
  name: string,
  type: Type,
  doc: string,
  lower: (p: ProgramBuilder) => Operand,
  more: More = {},
): ExpressionWord {
  return { name, kind: 'value', signature: name, doc, check: () => type, lower: (cx) => lower(cx.p), ...more };
}

/** `sum`, `min`, `max`, `avg`, `stats`: they keep numbers with the sign of their argument. */
export function numericAggregation(name: 'sum' | 'min' | 'max' | 'avg' | 'stats', doc: string): AggregationWord {
  return {
    name,
    kind: 'aggregation',
    signature: `${name}(n)`,
    doc,
    args: [1, 1],
    aggregation: (cx, use) => {
      const signed = signOfNumber(cx, use, 0);
      return signed === undefined ? undefined : { kind: name, signed };
    },
  };
}

/** Whether a number argument is signed; reports and gives undefined when it is no number. */
export function signOfNumber(cx: CheckContext, use: WordUse, at: number): boolean | undefined {
  const info = cx.info(use.args[at]!);
  if (isUnresolved(info.type)) return undefined;
  if (!isInteger(info.type)) {
    wrongArgument(cx, use, at, 'an integer', info.type);
    return undefined;
  }
  return isSigned(info.type);
}

/** Says that an argument has the wrong type. */
export function wrongArgument(cx: CheckContext, use: WordUse, at: number, expected: string, found: Type): void {
  cx.error(
    'argument-type',
    `${use.name}() expects ${expected} as argument ${at + 1}, not '${nameOf(found)}'`,
    use.args[at]!.span,
  );
}

/** The number argument `at`, which must be known now; undefined when it is left out or wrong. */
export function literalNumber(cx: CheckContext, use: WordUse, at: number): bigint | undefined {
  const value = literalArgument(cx, use, at);
  if (value === undefined) return undefined;
  if (typeof value === 'bigint') return value;
  cx.error('argument-type', `${use.name}() expects a literal integer as argument ${at + 1}`, use.args[at]!.span);
  return undefined;
}

/** The string argument `at`, which must be known now; undefined when it is left out or wrong. */
export function literalString(cx: CheckContext, use: WordUse, at: number): string | undefined {
  const value = literalArgument(cx, use, at);
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  cx.error('argument-type', `${use.name}() expects a string literal as argument ${at + 1}`, use.args[at]!.span);
  return undefined;
}

function literalArgument(cx: CheckContext, use: WordUse, at: number): Constant | undefined {
  const node = use.args[at];
  if (!node) return undefined;
  const { constant, type } = cx.info(node);
  if (constant === undefined && !isUnresolved(type)) {
    cx.error('not-literal', `${use.name}() expects a literal as argument ${at + 1}`, node.span);
  }
  return constant;
}

/** The map that argument `at` names as a whole; reports when it is something else. */
export function mapArgument(cx: CheckContext, use: WordUse, at = 0): MapInfo | undefined {
  const node = use.args[at]!;
  const map = cx.mapOf(node);
  if (map && node.kind === 'map' && node.key === undefined) return map;
  const report = cx.error('map-argument', `${use.name}() expects a map to be provided`, node.span);
  if (map) report.hint(`write ${map.name} without a key`);
  return undefined;
}

/** The same for functions that work on keys. */
export function keyedMapArgument(cx: CheckContext, use: WordUse): MapInfo | undefined {
  const map = mapArgument(cx, use);
  if (map?.shape !== 'scalar') return map;
  cx.error('keyed-map', `call to ${use.name}() expects a map with explicit keys (non-scalar map)`, use.args[0]!.span);
  return undefined;
}

/** The lowering of words whose value is always known: the constant stands for them. */
export function alwaysKnown(_cx: unknown, use: WordUse): never {
  throw new Error(`bug in beetrace: ${use.name} is not known`);
}

/** An aggregation without numbers of its own. */
export function plainAggregation(name: string, doc: string, aggregation: Aggregation): AggregationWord {
  return { name, kind: 'aggregation', signature: `${name}()`, doc, aggregation: () => aggregation };
}
