// args: what was passed to the probe, by name.

import { UNRESOLVED } from '../check/types.ts';
import { argsType, readContext } from '../contexts/index.ts';
import type { ExpressionWord } from './word.ts';

export const args: ExpressionWord = {
  name: 'args',
  kind: 'value',
  signature: 'args.NAME',
  doc: 'The arguments of the probe with their types: fields of a tracepoint, parameters of a function.',
  needs: 'args',
  check(cx, use) {
    const type = argsType(cx.scope.plan.context, cx.ctypes);
    if (type) return type;
    cx.error('no-args', 'The arguments of this probe are not known: args has no fields', use.span);
    return UNRESOLVED;
  },
  lower: (cx, use) => readContext(cx, cx.type(use.node)),
};
