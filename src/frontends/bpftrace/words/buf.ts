// buf: bytes in memory.

import { bufferOf, inMemory, readBuffer } from '../../../compiler/operations/index.ts';
import { sizeOf, type Type } from '../../../image/index.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import { constantNumber, isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const buf: ExpressionWord = {
  name: 'buf',
  kind: 'function',
  signature: 'buf(pointer, length) or buf(array[, length])',
  doc: 'Bytes that a pointer points to, at most max_strlen of them; printed with %r, %rx or %rh.',
  args: [1, 2],
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    if (isUnresolved(type)) return { kind: 'buffer', size: cx.scope.settings.maxStrlen } satisfies Type;
    const array = type.kind === 'array' || type.kind === 'string';
    if (!array && type.kind !== 'pointer' && !isInteger(type)) wrongArgument(cx, use, 0, 'a pointer or an array', type);
    else if (!array && use.args.length < 2) {
      cx.error('buffer-length', 'buf() needs a length when its first argument is not an array', use.span);
    }
    return { kind: 'buffer', size: sizeFor(cx, use, array ? sizeOf(type) : undefined) } satisfies Type;
  },
  lower(cx, use) {
    const [bytes, length] = use.args;
    const { size } = cx.type(use.node) as { size: number };
    const type = cx.type(bytes!);
    const own = (type.kind === 'array' || type.kind === 'string') && bytes!.kind === 'variable';
    if (own) return bufferOf(cx.p, inMemory(cx.p, cx.operand(bytes!)), size);
    const { value, space } = cx.address(bytes!);
    return readBuffer(cx.p, space, value, size, length ? cx.scalar(length) : cx.p.b.const(size));
  },
};

function sizeFor(cx: CheckContext, use: WordUse, array: number | undefined): number {
  const { maxStrlen } = cx.scope.settings;
  const [, length] = use.args;
  const info = length && cx.info(length);
  if (info && !isUnresolved(info.type) && !isInteger(info.type)) wrongArgument(cx, use, 1, 'an integer', info.type);
  const known = info && constantNumber(info);
  const wanted = known !== undefined ? Number(known) : (array ?? maxStrlen);
  if (wanted >= 1 && wanted <= maxStrlen) return wanted;
  if (known !== undefined && wanted < 1) {
    cx.error('buffer-length', 'buf() length must be greater than 0', length!.span);
  } else if (known !== undefined) {
    cx.warning('buffer-length', `length param (${known}) will be clipped to max_strlen (${maxStrlen})`, length!.span);
  }
  return maxStrlen;
}
