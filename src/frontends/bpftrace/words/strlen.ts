// strlen, strcontains, strstr: looking into strings.

import { containsText, indexOfText, type Operand, stringLength } from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { BOOL, INT64, type Type, UINT64 } from '../../../image/index.ts';
import { isUnresolved } from '../check/types.ts';
import { stringBytes } from '../parse/literals.ts';
import { literalString, wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const strlen: ExpressionWord = {
  name: 'strlen',
  kind: 'function',
  signature: 'strlen(string)',
  doc: 'How many bytes a string has before its NUL.',
  args: [1, 1],
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    if (!isUnresolved(type) && type.kind !== 'string') wrongArgument(cx, use, 0, 'a string', type);
    return UINT64;
  },
  lower: (cx, use) => stringLength(cx.p, cx.operand(use.args[0]!)),
};

function search(
  name: string,
  type: Type,
  doc: string,
  lower: (p: ProgramBuilder, text: Operand, needle: Uint8Array) => Operand,
): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}(string, "text")`,
    doc,
    args: [2, 2],
    check(cx, use) {
      const found = cx.type(use.args[0]!);
      if (!isUnresolved(found) && found.kind !== 'string') wrongArgument(cx, use, 0, 'a string', found);
      literalString(cx, use, 1);
      return type;
    },
    lower: (cx, use) => lower(cx.p, cx.operand(use.args[0]!), stringBytes(cx.constant(use.args[1]) as string)),
  };
}

export const strcontains = search('strcontains', BOOL, 'Whether a string contains a text.', containsText);
export const strstr = search('strstr', INT64, 'Where a text begins in a string; -1 when it is not there.', indexOfText);
