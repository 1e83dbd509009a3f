// join: the strings of an array such as argv.

import { join as joinStrings } from '../../../compiler/operations/index.ts';
import { VOID } from '../../../image/index.ts';
import { isUnresolved } from '../check/types.ts';
import { literalString, wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const join: ExpressionWord = {
  name: 'join',
  kind: 'function',
  signature: 'join(array[, "separator"])',
  doc: 'Prints the strings that an array of pointers points to, such as args.argv, with a separator between them.',
  args: [1, 2],
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    literalString(cx, use, 1);
    const pointer = type.kind === 'pointer' || (type.kind === 'int' && type.size === 8) || type.kind === 'array';
    if (!isUnresolved(type) && !pointer) wrongArgument(cx, use, 0, 'a pointer to pointers', type);
    return VOID;
  },
  lower(cx, use) {
    const [array, separator] = use.args;
    const { value, space } = cx.address(array!);
    joinStrings(cx.p, space, value, (cx.constant(separator) as string | undefined) ?? ' ');
    return undefined;
  },
};
