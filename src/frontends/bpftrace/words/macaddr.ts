// macaddr: an address of a network card.

import { macAddress } from '../../../compiler/operations/index.ts';
import { sizeOf, type Type } from '../../../image/index.ts';
import { isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const macaddr: ExpressionWord = {
  name: 'macaddr',
  kind: 'function',
  signature: 'macaddr(bytes)',
  doc: 'Six bytes, printed as an address of Ethernet.',
  args: [1, 1],
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    const six = (type.kind === 'array' || type.kind === 'string') && sizeOf(type) === 6;
    if (!isUnresolved(type) && !six) wrongArgument(cx, use, 0, 'an array of six bytes', type);
    return { kind: 'mac' } satisfies Type;
  },
  lower: (cx, use) => macAddress(cx.p, cx.operand(use.args[0]!)),
};
