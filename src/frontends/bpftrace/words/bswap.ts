// bswap: bytes in reverse order.

import { byteSwap, scalar } from '../../../compiler/operations/index.ts';
import { intType, sizeOf, UINT64 } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const bswap: ExpressionWord = {
  name: 'bswap',
  kind: 'function',
  signature: 'bswap(n)',
  doc: 'A number with its bytes in reverse order, as wide as it was.',
  args: [1, 1],
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    if (isInteger(type)) return intType(sizeOf(type), false);
    if (!isUnresolved(type)) wrongArgument(cx, use, 0, 'an integer', type);
    return UINT64;
  },
  lower(cx, use) {
    const type = cx.type(use.node);
    return scalar(type, byteSwap(cx.p, cx.scalar(use.args[0]!), sizeOf(type)));
  },
};
