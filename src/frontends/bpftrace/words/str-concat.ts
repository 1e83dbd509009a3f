// str_concat: two strings one after the other.

import {
  deferred,
  inMemory,
  type Operand,
  registerOf,
  store,
  stringLength,
  zero,
} from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { sizeOf, stringType, type Type } from '../../../image/index.ts';
import { isUnresolved, UNRESOLVED } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const strConcat: ExpressionWord = {
  name: 'str_concat',
  kind: 'function',
  signature: 'str_concat(a, b)',
  doc: 'Two strings as one.',
  args: [2, 2],
  check(cx, use) {
    const types = [0, 1].map((at) => cx.type(use.args[at]!));
    for (const [at, type] of types.entries()) {
      if (!isUnresolved(type) && type.kind !== 'string') wrongArgument(cx, use, at, 'a string', type);
    }
    return types.every((type) => type.kind === 'string')
      ? stringType(sizeOf(types[0]!) + sizeOf(types[1]!))
      : UNRESOLVED;
  },
  lower: (cx, use) => concat(cx.p, cx.operand(use.args[0]!), cx.operand(use.args[1]!), cx.type(use.node)),
};

function concat(p: ProgramBuilder, first: Operand, second: Operand, type: Type): Operand {
  return deferred(type, (place) => {
    const { b } = p;
    const size = sizeOf(first.type);
    const tail = inMemory(p, second);
    zero(p, place, sizeOf(type));
    store(p, place, first.type, first, true);
    const length = registerOf(stringLength(p, { kind: 'memory', type: first.type, ...place, clean: true }));
    // The verifier has to see that the second string begins inside of the result.
    const start = b.choose(
      'lt',
      length,
      size,
      () => length,
      () => b.const(size - 1),
    );
    const target = b.add(p.address(place), start);
    const copied = p.call('probe_read_kernel_str', target, sizeOf(second.type), p.address(tail));
    return b.add(start, copied);
  });
}
