// kaddr: the address of a kernel symbol.

import { kernelSymbol } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const kaddr: ExpressionWord = {
  name: 'kaddr',
  kind: 'function',
  signature: 'kaddr("symbol")',
  doc: 'Address of a symbol of the kernel.',
  args: [1, 1],
  check(cx, use) {
    const name = literalString(cx, use, 0);
    if (name !== undefined && cx.final && cx.scope.environment.kernelSymbol(name) === undefined) {
      cx.error('kernel-symbol', `Failed to resolve kernel symbol: ${name}`, use.args[0]!.span);
    }
    return UINT64;
  },
  lower: (cx, use) => kernelSymbol(cx.p, cx.constant(use.args[0]) as string),
};
