// percpu_kaddr: a variable that the kernel has once for each processor.

import { registerOf, scalar } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { literalString, wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const percpuKaddr: ExpressionWord = {
  name: 'percpu_kaddr',
  kind: 'function',
  signature: 'percpu_kaddr("symbol"[, cpu])',
  doc: 'Address of a per-CPU variable of the kernel: that of this processor, or of another, 0 when there is none.',
  args: [1, 2],
  check(cx, use) {
    const name = literalString(cx, use, 0);
    const [, cpu] = use.args;
    const type = cpu && cx.type(cpu);
    if (type && !isUnresolved(type) && !isInteger(type)) wrongArgument(cx, use, 1, 'an integer', type);
    if (name !== undefined && cx.final && !cx.scope.environment.btf()?.find(name, 'var')) {
      cx.error('kernel-symbol', `Failed to resolve kernel symbol: ${name}`, use.args[0]!.span);
    }
    return UINT64;
  },
  lower(cx, use) {
    const [symbol, cpu] = use.args;
    const { p } = cx;
    const variable = p.b.relocated({ kind: 'kernel-variable', symbol: cx.constant(symbol) as string }, 0);
    const address = cpu ? p.call('per_cpu_ptr', variable, cx.scalar(cpu)) : p.call('this_cpu_ptr', variable);
    return scalar(UINT64, registerOf(cx.plainAddress(address)));
  },
};
