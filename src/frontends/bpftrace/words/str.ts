// str: a string in memory.

import { constantString, readString } from '../../../compiler/operations/index.ts';
import { stringType } from '../../../image/index.ts';
import { stringInfo } from '../check/constants.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import { constantNumber, isInteger, isUnresolved, type TypeInfo } from '../check/types.ts';
import { stringBytes, stringOfBytes } from '../parse/literals.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const str: ExpressionWord = {
  name: 'str',
  kind: 'function',
  signature: 'str(pointer[, length])',
  doc: 'The string that a pointer points to, up to its NUL or length; at most max_strlen bytes.',
  args: [1, 2],
  check(cx, use) {
    const known = parameterText(cx, use) ?? literalText(cx, use);
    if (known !== undefined) return cutInfo(known, sizeFor(cx, use), use.args.length > 1);
    const type = cx.type(use.args[0]!);
    const fits = type.kind === 'pointer' || type.kind === 'string' || type.kind === 'array' || isInteger(type);
    if (!isUnresolved(type) && !fits) wrongArgument(cx, use, 0, 'a pointer', type);
    return stringType(sizeFor(cx, use));
  },
  lower(cx, use) {
    const [pointer, length] = use.args;
    const { constant } = cx.info(use.node);
    if (typeof constant === 'string') return constantString(cx.p, constant);
    const { value: address, space } = cx.address(pointer!);
    const type = cx.type(use.node) as { size: number };
    const dynamic = length && cx.constant(length) === undefined;
    // A length counts the characters; the helpers count the NUL too.
    const limit = dynamic ? { limit: cx.p.b.add(cx.scalar(length), 1) } : {};
    return readString(cx.p, { space, address, size: type.size, asked: length !== undefined, ...limit });
  },
};

/** A text that is known, in a string of that size: what fills it has no NUL, and so is shown as cut unless that was asked for. */
function cutInfo(text: string, size: number, asked: boolean): TypeInfo {
  const bytes = stringBytes(text);
  if (bytes.length < size) return stringInfo(text);
  if (asked) return stringInfo(stringOfBytes(bytes.subarray(0, size - 1)));
  return { type: stringType(size), constant: stringOfBytes(bytes.subarray(0, size)) };
}

/** `str($1)` is the parameter as text, whatever it looks like; `str($1 + n)` leaves out its first characters. */
function parameterText(cx: CheckContext, use: WordUse): string | undefined {
  const [node] = use.args;
  if (node?.kind === 'positional') return cx.scope.options.positional[node.index - 1] ?? '';
  if (node?.kind !== 'binary' || node.operator !== '+' || node.left.kind !== 'positional') return undefined;
  const skipped = constantNumber(cx.info(node.right));
  return skipped === undefined
    ? undefined
    : (cx.scope.options.positional[node.left.index - 1] ?? '').slice(Number(skipped));
}

/** The text of a string that is known, when its length is too. */
function literalText(cx: CheckContext, use: WordUse): string | undefined {
  const [node, length] = use.args;
  const { constant } = cx.info(node!);
  if (typeof constant !== 'string') return undefined;
  return !length || constantNumber(cx.info(length)) !== undefined ? constant : undefined;
}

/** A length that is known makes the type: that many characters and a NUL. */
function sizeFor(cx: CheckContext, use: WordUse): number {
  const { maxStrlen } = cx.scope.settings;
  const [, length] = use.args;
  if (!length) return maxStrlen;
  const info: TypeInfo = cx.info(length);
  if (!isUnresolved(info.type) && !isInteger(info.type)) wrongArgument(cx, use, 1, 'an integer', info.type);
  const known = constantNumber(info);
  if (known === undefined) return maxStrlen;
  if (known < 0n) {
    cx.error('string-length', `str() length must not be negative (${known} provided)`, length.span);
    return maxStrlen;
  }
  if (known < BigInt(maxStrlen)) return Number(known) + 1;
  cx.warning('string-length', `length param (${known}) will be clipped to max_strlen (${maxStrlen})`, length.span);
  return maxStrlen;
}
