// strcap: how long a string can be.

import { sizeOf, UINT64 } from '../../../image/index.ts';
import { isUnresolved } from '../check/types.ts';
import { alwaysKnown, wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const strcap: ExpressionWord = {
  name: 'strcap',
  kind: 'function',
  signature: 'strcap(string)',
  doc: 'How many bytes a string can hold, its NUL included.',
  args: [1, 1],
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    if (type.kind === 'string') return { type: UINT64, constant: BigInt(sizeOf(type)) };
    if (!isUnresolved(type)) wrongArgument(cx, use, 0, 'a string', type);
    return UINT64;
  },
  lower: alwaysKnown,
};
