// kptr and uptr: which memory a pointer leads to.

import { scalar } from '../../../compiler/operations/index.ts';
import { type AddressSpace, intType, pointerType } from '../../../image/index.ts';
import { isInteger, isUnresolved, UNRESOLVED } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

function inSpace(name: string, space: AddressSpace, doc: string): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}(pointer)`,
    doc,
    args: [1, 1],
    check(cx, use) {
      const type = cx.type(use.args[0]!);
      if (type.kind === 'pointer') return pointerType(type.to, space);
      if (isInteger(type)) return pointerType(intType(1, true), space);
      if (!isUnresolved(type)) wrongArgument(cx, use, 0, 'a pointer', type);
      return UNRESOLVED;
    },
    lower: (cx, use) => scalar(cx.type(use.node), cx.scalar(use.args[0]!)),
  };
}

export const kptr = inSpace('kptr', 'kernel', 'A pointer that leads into the kernel, whatever the probe says.');
export const uptr = inSpace('uptr', 'user', 'A pointer that leads into the process, whatever the probe says.');
