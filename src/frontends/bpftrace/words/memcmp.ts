// memcmp: bytes compared.

import { equal, inMemory, scalar } from '../../../compiler/operations/index.ts';
import { sizeOf, UINT64 } from '../../../image/index.ts';
import { isUnresolved } from '../check/types.ts';
import { literalNumber } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const memcmp: ExpressionWord = {
  name: 'memcmp',
  kind: 'function',
  signature: 'memcmp(a, b, length)',
  doc: '0 when the first length bytes of two values are the same, else 1.',
  args: [3, 3],
  check(cx, use) {
    const types = [0, 1].map((at) => cx.type(use.args[at]!));
    const length = literalNumber(cx, use, 2);
    if (length === undefined || types.some(isUnresolved)) return UINT64;
    const shortest = Math.min(...types.map(sizeOf));
    if (length < 0n || length > BigInt(shortest)) {
      cx.error('memcmp-length', `memcmp() length must be 0 to ${shortest}, the size of the values`, use.args[2]!.span);
    }
    return UINT64;
  },
  lower(cx, use) {
    const [a, b, length] = use.args;
    const left = inMemory(cx.p, cx.operand(a!), true);
    const right = inMemory(cx.p, cx.operand(b!), true);
    const same = equal(cx.p, left, right, Number(cx.constant(length)));
    return scalar(UINT64, cx.p.b.binary('xor', same, 1));
  },
};
