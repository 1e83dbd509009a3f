// write_user: memory of the process that was hit.

import { scalar, writeUser as writeMemory } from '../../../compiler/operations/index.ts';
import { BOOL } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const writeUser: ExpressionWord = {
  name: 'write_user',
  kind: 'function',
  signature: 'write_user(address, value, length)',
  doc: 'Writes bytes of a value to an address of the current process. True when it worked.',
  args: [3, 3],
  unsafe: true,
  check(cx, use) {
    const target = cx.type(use.args[0]!);
    if (!isUnresolved(target) && target.kind !== 'pointer' && !isInteger(target)) {
      wrongArgument(cx, use, 0, 'an address', target);
    }
    cx.type(use.args[1]!);
    const length = cx.type(use.args[2]!);
    if (!isUnresolved(length) && !isInteger(length)) wrongArgument(cx, use, 2, 'an integer', length);
    return BOOL;
  },
  lower(cx, use) {
    const [target, source, length] = use.args;
    return scalar(BOOL, writeMemory(cx.p, cx.scalar(target!), cx.inMemory(source!), cx.scalar(length!)));
  },
};
