// retval: what the function returns.

import { UINT64 } from '../../../image/index.ts';
import { contextRules } from '../contexts/index.ts';
import type { ExpressionWord } from './word.ts';

export const retval: ExpressionWord = {
  name: 'retval',
  kind: 'value',
  signature: 'retval',
  doc: 'What the traced function returns.',
  needs: 'retval',
  check(cx, use) {
    const { context } = cx.scope.plan;
    const type = contextRules(context).resultType?.(context, cx.ctypes);
    if (type) return type;
    cx.error('no-result', 'The traced function returns nothing', use.span);
    return UINT64;
  },
  lower(cx) {
    const { context } = cx.scope.plan;
    return contextRules(context).readResult!(cx, context);
  },
};
