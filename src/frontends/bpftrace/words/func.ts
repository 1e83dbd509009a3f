// func: the function that was hit.

import { contextRules } from '../contexts/index.ts';
import type { ExpressionWord } from './word.ts';

export const func: ExpressionWord = {
  name: 'func',
  kind: 'value',
  signature: 'func',
  doc: 'Name of the traced function.',
  needs: 'func',
  check: (cx) => (cx.scope.plan.kind.space === 'user' ? { kind: 'usym' } : { kind: 'ksym' }),
  lower(cx) {
    const { context } = cx.scope.plan;
    return contextRules(context).readFunction!(cx, context);
  },
};
