// kfunc_exist and kfunc_allowed: which functions the kernel has for programs.

import { BOOL } from '../../../image/index.ts';
import { alwaysKnown, literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

function kfuncWord(name: string, doc: string): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}("function")`,
    doc,
    args: [1, 1],
    check(cx, use) {
      const wanted = literalString(cx, use, 0);
      const exists = wanted !== undefined && cx.scope.environment.btf()?.find(wanted, 'func') !== undefined;
      return { type: BOOL, constant: exists };
    },
    lower: alwaysKnown,
  };
}

export const kfuncExist = kfuncWord('kfunc_exist', 'Whether the kernel has a function of that name in its BTF.');
export const kfuncAllowed = kfuncWord('kfunc_allowed', 'Whether the kernel has a function that programs may call.');
