// time: the time of day.

import { printTime } from '../../../compiler/operations/index.ts';
import { VOID } from '../../../image/index.ts';
import { literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

const DEFAULT_FORMAT = '%H:%M:%S\n';

export const time: ExpressionWord = {
  name: 'time',
  kind: 'function',
  signature: 'time(["format"])',
  doc: 'Prints the time of day through a format of strftime(3); "%H:%M:%S\\n" when none is given.',
  args: [0, 1],
  check(cx, use) {
    literalString(cx, use, 0);
    return VOID;
  },
  lower(cx, use) {
    printTime(cx.p, (cx.constant(use.args[0]) as string | undefined) ?? DEFAULT_FORMAT);
    return undefined;
  },
};
