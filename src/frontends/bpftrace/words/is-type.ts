// is_str, is_ptr, is_array, is_integer, is_unsigned_integer, is_literal, is_err: questions about types, answered while the
// script is compiled, and one about a value.

import { scalar } from '../../../compiler/operations/index.ts';
import { BOOL, type Type } from '../../../image/index.ts';
import { isUnresolved, type TypeInfo } from '../check/types.ts';
import { alwaysKnown } from './families.ts';
import type { ExpressionWord } from './word.ts';

function question(name: string, what: string, answer: (type: Type, info: TypeInfo) => boolean): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}(value)`,
    doc: `Whether a value is ${what}; known while the script is compiled.`,
    args: [1, 1],
    check(cx, use) {
      const info = cx.info(use.args[0]!);
      return isUnresolved(info.type) ? BOOL : { type: BOOL, constant: answer(info.type, info) };
    },
    lower: alwaysKnown,
  };
}

export const isStr = question('is_str', 'a string', (type) => type.kind === 'string');
export const isPtr = question('is_ptr', 'a pointer', (type) => type.kind === 'pointer');
export const isArray = question('is_array', 'an array', (type) => type.kind === 'array');
export const isIntegerWord = question('is_integer', 'an integer', (type) => type.kind === 'int');
export const isUnsignedInteger = question(
  'is_unsigned_integer',
  'an unsigned integer',
  (type) => type.kind === 'int' && !type.signed,
);
export const isLiteral = question('is_literal', 'a literal', (_type, info) => info.constant !== undefined);

/** Errors that the kernel returns as pointers are its last 4095 addresses: MAX_ERRNO, include/linux/err.h. */
const FIRST_ERROR = -4095n;

export const isErr: ExpressionWord = {
  name: 'is_err',
  kind: 'function',
  signature: 'is_err(pointer)',
  doc: 'Whether a pointer of the kernel is an error number in disguise.',
  args: [1, 1],
  check(cx, use) {
    cx.type(use.args[0]!);
    return BOOL;
  },
  lower: (cx, use) => scalar(BOOL, cx.p.b.compare('ge', cx.scalar(use.args[0]!), FIRST_ERROR)),
};
