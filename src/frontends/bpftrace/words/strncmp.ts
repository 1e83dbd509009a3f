// strncmp: strings compared up to a length.

import { compareStrings } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { isUnresolved } from '../check/types.ts';
import { literalNumber, wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const strncmp: ExpressionWord = {
  name: 'strncmp',
  kind: 'function',
  signature: 'strncmp(a, b, length)',
  doc: '0 when the first length characters of two strings are the same, else 1.',
  args: [3, 3],
  check(cx, use) {
    for (const at of [0, 1]) {
      const type = cx.type(use.args[at]!);
      if (!isUnresolved(type) && type.kind !== 'string') wrongArgument(cx, use, at, 'a string', type);
    }
    const length = literalNumber(cx, use, 2);
    if (length !== undefined && length < 0n) {
      cx.error('strncmp-length', 'strncmp() length must not be negative', use.args[2]!.span);
    }
    return UINT64;
  },
  lower(cx, use) {
    const [a, b, length] = use.args;
    return compareStrings(cx.p, cx.operand(a!), cx.operand(b!), Number(cx.constant(length)));
  },
};
