// ksym and usym: addresses shown by name.

import type { Instruction } from '../../../compiler/ir.ts';
import { kernelAddress, type Operand, userAddress } from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import type { Type } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

function symbol(
  name: string,
  type: Type,
  doc: string,
  lower: (p: ProgramBuilder, address: Instruction) => Operand,
): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}(address)`,
    doc,
    args: [1, 1],
    check(cx, use) {
      const found = cx.type(use.args[0]!);
      const address = isInteger(found) || found.kind === 'pointer' || found.kind === 'ksym';
      if (!isUnresolved(found) && !address) wrongArgument(cx, use, 0, 'an address', found);
      return type;
    },
    lower: (cx, use) => lower(cx.p, cx.scalar(use.args[0]!)),
  };
}

export const ksym = symbol('ksym', { kind: 'ksym' }, 'An address in the kernel, printed as a name.', kernelAddress);
export const usym = symbol('usym', { kind: 'usym' }, 'An address in the process, printed as a name.', userAddress);
