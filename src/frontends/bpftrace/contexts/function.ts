// The function of a program that is attached to one: what `func` is where the kernel does not tell the program (5.15).

import { assert } from '../../../base/error.ts';
import { kernelSymbol, type Operand, registerOf, scalar } from '../../../compiler/operations/index.ts';
import type { Lowering } from '../lower/context.ts';

/** The address of the one kernel function that the program is attached to, found when the Image is loaded. */
export function functionOfPlan(cx: Lowering): Operand {
  const attach = cx.scope.plan.places[0]?.attach;
  assert(attach && cx.scope.plan.places.length === 1, 'a program that does not know which of its functions was hit');
  const address = 'symbol' in attach ? registerOf(kernelSymbol(cx.p, attach.symbol)) : undefined;
  const known = attach.kind === 'kprobe-address' ? cx.p.b.const(attach.address) : address;
  assert(known, `no function at a place of kind ${attach.kind}`);
  return scalar({ kind: 'ksym' }, known);
}
