// usermode: where the processor was.

import { register, registerOf, scalar } from '../../../compiler/operations/index.ts';
import { UINT8 } from '../../../image/index.ts';
import type { ExpressionWord } from './word.ts';

export const usermode: ExpressionWord = {
  name: 'usermode',
  kind: 'value',
  signature: 'usermode',
  doc: '1 when the processor was in user mode, 0 when it was in the kernel. Only on x86_64.',
  needs: 'usermode',
  check(cx, use) {
    if (cx.scope.environment.architecture === 'x86_64') return UINT8;
    cx.error('architecture', "'usermode' builtin is only supported on x86_64", use.span);
    return UINT8;
  },
  lower(cx) {
    // begin, end and signals run inside of the tracer.
    if (cx.scope.plan.context.kind === 'none') return scalar(UINT8, cx.p.b.const(1));
    // The lowest two bits of the code segment are the privilege level.
    const level = cx.p.b.and(registerOf(register(cx.p, 'cs')!), 3);
    return scalar(UINT8, cx.p.b.compare('eq', level, 3));
  },
};
