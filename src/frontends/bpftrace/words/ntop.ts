// ntop: an address of a network.

import { inetAddress } from '../../../compiler/operations/index.ts';
import { sizeOf, type Type } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const ntop: ExpressionWord = {
  name: 'ntop',
  kind: 'function',
  signature: 'ntop([family, ]address)',
  doc: 'An IPv4 address (a number or four bytes) or an IPv6 address (sixteen bytes), printed as text.',
  args: [1, 2],
  check(cx, use) {
    const at = use.args.length - 1;
    if (at === 1) {
      const family = cx.type(use.args[0]!);
      if (!isUnresolved(family) && !isInteger(family)) wrongArgument(cx, use, 0, 'an integer', family);
    }
    const type = cx.type(use.args[at]!);
    if (!isUnresolved(type) && !isAddress(type))
      wrongArgument(cx, use, at, 'an integer, or an array of 4 or 16 bytes', type);
    return { kind: 'inet' } satisfies Type;
  },
  lower(cx, use) {
    const address = cx.operand(use.args.at(-1)!);
    return inetAddress(cx.p, address, use.args.length === 2 ? cx.scalar(use.args[0]!) : undefined);
  },
};

function isAddress(type: Type): boolean {
  if (isInteger(type)) return true;
  // A union such as struct in6_addr is sixteen bytes as well.
  if (type.kind !== 'array' && type.kind !== 'string' && type.kind !== 'struct') return false;
  return sizeOf(type) === 4 || sizeOf(type) === 16;
}
