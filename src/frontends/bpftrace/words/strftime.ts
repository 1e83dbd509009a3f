// strftime: a moment as text.

import { scalar } from '../../../compiler/operations/index.ts';
import type { Type } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { literalString, wrongArgument } from './families.ts';
import { clockOf } from './nsecs.ts';
import type { ExpressionWord } from './word.ts';

export const strftime: ExpressionWord = {
  name: 'strftime',
  kind: 'function',
  signature: 'strftime("format", nanoseconds)',
  doc: 'A moment, given in nanoseconds as nsecs reads it, to be printed through a format of strftime(3).',
  args: [2, 2],
  check(cx, use) {
    const format = literalString(cx, use, 0) ?? '';
    const type = cx.type(use.args[1]!);
    if (!isUnresolved(type) && !isInteger(type)) wrongArgument(cx, use, 1, 'an integer', type);
    return { kind: 'timestamp', clock: clockOf(use.args[1]), format } satisfies Type;
  },
  lower: (cx, use) => scalar(cx.type(use.node), cx.scalar(use.args[1]!)),
};
