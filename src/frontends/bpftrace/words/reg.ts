// reg: a register of the processor.

import { nearest } from '../../../base/text.ts';
import { register, registerNames } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const reg: ExpressionWord = {
  name: 'reg',
  kind: 'function',
  signature: 'reg("name")',
  doc: 'Value of a register where the probe was hit.',
  args: [1, 1],
  needs: 'reg',
  check(cx, use) {
    const name = literalString(cx, use, 0);
    const names = registerNames(cx.scope.environment.architecture);
    if (name !== undefined && !names.includes(name)) {
      const report = cx.error('register', `'${name}' is not a valid register on this architecture`, use.args[0]!.span);
      const meant = nearest(name, names);
      report.hint(meant ? `did you mean '${meant}'?` : `the registers are ${names.join(', ')}`);
    }
    return UINT64;
  },
  lower: (cx, use) => register(cx.p, cx.constant(use.args[0]) as string),
};
