// override: what a kernel function returns instead of running.

import { overrideReturn } from '../../../compiler/operations/index.ts';
import { VOID } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const override: ExpressionWord = {
  name: 'override',
  kind: 'function',
  signature: 'override(value)',
  doc: 'Makes the traced kernel function return a value without running; for functions that allow error injection.',
  args: [1, 1],
  unsafe: true,
  needs: 'override',
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    if (!isUnresolved(type) && !isInteger(type)) wrongArgument(cx, use, 0, 'an integer', type);
    return VOID;
  },
  lower(cx, use) {
    overrideReturn(cx.p, cx.scalar(use.args[0]!));
    return undefined;
  },
};
