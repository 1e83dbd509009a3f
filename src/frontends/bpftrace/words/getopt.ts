// getopt: parameters of the script by name, given after `--`.

import { BOOL, INT64, type Type, UINT64 } from '../../../image/index.ts';
import { parameterNumber, stringInfo } from '../check/constants.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import { type Constant, isUnresolved, type TypeInfo } from '../check/types.ts';
import { alwaysKnown, literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const getopt: ExpressionWord = {
  name: 'getopt',
  kind: 'function',
  signature: 'getopt("name"[, default[, "description"]])',
  doc: 'A parameter given as --name=value after --; its type is that of the default, bool without one.',
  args: [1, 3],
  check(cx, use) {
    const name = literalString(cx, use, 0);
    literalString(cx, use, 2);
    const fallback = use.args[1] ? cx.info(use.args[1]) : { type: BOOL, constant: false };
    if (name === undefined || isUnresolved(fallback.type)) return BOOL;
    if (fallback.constant === undefined) {
      cx.error('not-literal', 'getopt() expects a literal as argument 2', use.args[1]!.span);
      return fallback;
    }
    const given = cx.scope.options.named.get(name);
    return given === undefined
      ? known(fallback.constant)
      : (parse(cx, use, name, given, fallback.constant) ?? fallback);
  },
  lower: alwaysKnown,
};

function known(value: Constant): TypeInfo {
  if (typeof value === 'string') return stringInfo(value);
  if (typeof value === 'boolean') return { type: BOOL, constant: value };
  return { type: numberType(value), constant: value };
}

function numberType(value: bigint): Type {
  return value > (1n << 63n) - 1n ? UINT64 : INT64;
}

/** What was given, read as the default is. */
function parse(
  cx: CheckContext,
  use: WordUse,
  name: string,
  given: string | true,
  fallback: Constant,
): TypeInfo | undefined {
  if (typeof fallback === 'string') return stringInfo(given === true ? '' : given);
  const wanted = typeof fallback === 'boolean' ? 'boolean' : 'integer';
  const value = wanted === 'boolean' ? truth(given) : given === true ? undefined : parameterNumber(given);
  if (value !== undefined) return known(value);
  cx.error('named-parameter', `program command line option --${name} invalid ${wanted} (value: ${given})`, use.span);
  return undefined;
}

function truth(given: string | true): boolean | undefined {
  if (given === true || given === 'true' || given === '1') return true;
  return given === 'false' || given === '0' ? false : undefined;
}
