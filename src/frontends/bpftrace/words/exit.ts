// exit: the end of the run.

import { exitRun } from '../../../compiler/operations/index.ts';
import { VOID } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const exit: ExpressionWord = {
  name: 'exit',
  kind: 'function',
  signature: 'exit([code])',
  doc: 'Ends the program and the run: end probes run, maps are printed, and the code becomes that of the process.',
  args: [0, 1],
  check(cx, use) {
    const [code] = use.args;
    const type = code && cx.type(code);
    if (type && !isUnresolved(type) && !isInteger(type)) wrongArgument(cx, use, 0, 'an integer', type);
    return VOID;
  },
  lower(cx, use) {
    const [code] = use.args;
    exitRun(cx.p, code && cx.scalar(code));
    return undefined;
  },
};
