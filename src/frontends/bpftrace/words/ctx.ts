// ctx: what the kernel gives the program.

import { pointerType, VOID } from '../../../image/index.ts';
import { contextRules, readContext } from '../contexts/index.ts';
import type { ExpressionWord } from './word.ts';

export const ctx: ExpressionWord = {
  name: 'ctx',
  kind: 'value',
  signature: 'ctx',
  doc: 'The raw context of the program: registers, an event, or what an iterator visits.',
  needs: 'ctx',
  check(cx) {
    const { context } = cx.scope.plan;
    const name = contextRules(context).struct?.(context);
    const struct = name === undefined ? undefined : cx.ctypes.named(name, 'kernel');
    return pointerType(struct ?? VOID, 'context');
  },
  lower: (cx, use) => readContext(cx, cx.type(use.node)),
};
