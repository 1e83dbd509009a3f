// arg0, arg1, ...: what was passed to the probe, by position.

import { UINT64 } from '../../../image/index.ts';
import { contextRules } from '../contexts/index.ts';
import type { ExpressionWord } from './word.ts';

const NAME = /^arg(\d+)$/;

export const argN: ExpressionWord = {
  name: 'argN',
  kind: 'value',
  signature: 'arg0, arg1, ...',
  doc: 'The arguments of the probe by their position, as numbers.',
  needs: 'argN',
  matches: (name) => NAME.test(name),
  check: () => UINT64,
  lower(cx, use) {
    const { context } = cx.scope.plan;
    return contextRules(context).readArgument!(cx, context, Number(NAME.exec(use.name)![1]));
  },
};
