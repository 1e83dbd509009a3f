// cpid and has_cpid: the process that -c started.

import { parameter, registerOf, scalar } from '../../../compiler/operations/index.ts';
import { BOOL, UINT32 } from '../../../image/index.ts';
import type { ExpressionWord } from './word.ts';

export const cpid: ExpressionWord = {
  name: 'cpid',
  kind: 'value',
  signature: 'cpid',
  doc: 'Number of the process that was started with -c; 0 without one.',
  check(cx, use) {
    if (!cx.scope.options.hasChild) cx.warning('no-child', 'cpid is 0: no command was given with -c', use.span);
    return UINT32;
  },
  lower: (cx) => scalar(UINT32, registerOf(parameter(cx.p, 'child-pid'))),
};

export const hasCpid: ExpressionWord = {
  name: 'has_cpid',
  kind: 'value',
  signature: 'has_cpid',
  doc: 'Whether a command was given with -c.',
  check: (cx) => ({ type: BOOL, constant: cx.scope.options.hasChild === true }),
  lower: (cx) => scalar(BOOL, cx.p.b.const(cx.scope.options.hasChild ? 1 : 0)),
};
