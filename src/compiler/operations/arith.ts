// Arithmetic on 64-bit registers as the languages mean it. The instruction set is version 3, which has no signed division;
// it divides by zero to 0, where bpftrace divides by 1 and says so.

import type { Type } from '../../image/index.ts';
import { isSigned, sizeOf } from '../../image/index.ts';
import type { BinaryKind, Condition, Instruction } from '../ir.ts';
import type { ProgramBuilder } from '../program.ts';
import { problem } from './records.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

const SIMPLE: Partial<Record<ArithmeticOperator, BinaryKind>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
};

const UNSIGNED: Record<ComparisonOperator, Condition> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

const SIGNED: Record<ComparisonOperator, Condition> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'slt',
  '<=': 'sle',
  '>': 'sgt',
  '>=': 'sge',
};

/** What a division by zero says, in bpftrace's words. */
export const DIVISION_BY_ZERO =
  'Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the result.';

/** `a operator b` in 64 bits; `signed` matters for division, modulo and the right shift. Shift counts are taken modulo 64. */
export function arithmetic(
  p: ProgramBuilder,
  operator: ArithmeticOperator,
  a: Instruction,
  b: Instruction,
  signed: boolean,
): Instruction {
  const simple = SIMPLE[operator];
  if (simple) return p.b.binary(simple, a, b);
  switch (operator) {
    case '<<':
      return p.b.binary('shl', a, b);
    case '>>':
      return p.b.binary(signed ? 'sar' : 'shr', a, b);
    default:
      return divide(p, operator === '/' ? 'div' : 'mod', a, checkedDivisor(p, b), signed);
  }
}

/** The divisor, or 1 and a warning when it is zero. */
function checkedDivisor(p: ProgramBuilder, divisor: Instruction): Instruction {
  if (divisor.op === 'const' && divisor.value !== 0n) return divisor;
  return p.b.choose(
    'eq',
    divisor,
    0,
    () => {
      problem(p, { message: DIVISION_BY_ZERO });
      return p.b.const(1);
    },
    () => divisor,
  );
}

/** Division of a divisor that is not zero; signed division truncates, and the remainder has the sign of the dividend, as in C. */
function divide(p: ProgramBuilder, kind: 'div' | 'mod', a: Instruction, b: Instruction, signed: boolean): Instruction {
  if (!signed) return p.b.binary(kind, a, b);
  const signA = p.b.binary('sar', a, 63);
  const signB = p.b.binary('sar', b, 63);
  const result = p.b.binary(kind, withSign(p, a, signA), withSign(p, b, signB));
  return withSign(p, result, kind === 'div' ? p.b.binary('xor', signA, signB) : signA);
}

/** The value, negated where the sign is all ones: (value ^ sign) - sign. */
function withSign(p: ProgramBuilder, value: Instruction, sign: Instruction): Instruction {
  return p.b.sub(p.b.binary('xor', value, sign), sign);
}

/** The condition of a comparison. */
export function conditionOf(operator: ComparisonOperator, signed: boolean): Condition {
  return (signed ? SIGNED : UNSIGNED)[operator];
}

/** 1 where the comparison holds, else 0. */
export function compare(
  p: ProgramBuilder,
  operator: ComparisonOperator,
  a: Instruction,
  b: Instruction,
  signed: boolean,
): Instruction {
  return p.b.compare(conditionOf(operator, signed), a, b);
}

export function negate(p: ProgramBuilder, value: Instruction): Instruction {
  return p.b.sub(p.b.const(0), value);
}

/** `~value`. */
export function complement(p: ProgramBuilder, value: Instruction): Instruction {
  return p.b.binary('xor', value, -1n);
}

/** `!value`: 1 for zero, else 0. */
export function not(p: ProgramBuilder, value: Instruction): Instruction {
  return p.b.compare('eq', value, 0);
}

/** Whether a value is not zero, as 1 or 0. */
export function truth(p: ProgramBuilder, value: Instruction): Instruction {
  return p.b.compare('ne', value, 0);
}

/** A register that holds a value of type `from`, made to hold the same value as type `to`: cut, extended, or tested for zero. */
export function cast(p: ProgramBuilder, value: Instruction, from: Type, to: Type): Instruction {
  if (to.kind === 'bool') return from.kind === 'bool' ? value : truth(p, value);
  const size = sizeOf(to);
  const signed = isSigned(to);
  if (size > sizeOf(from) || (size === sizeOf(from) && signed === isSigned(from))) {
    // What is wider already holds the value, unless a negative one becomes unsigned in fewer than 64 bits.
    if (size === 8 || signed || !isSigned(from)) return value;
  }
  return p.b.extend(value, size, signed);
}

/** The bytes of a value of `size` bytes in reverse order. */
export function byteSwap(p: ProgramBuilder, value: Instruction, size: number): Instruction {
  return size === 1 ? value : p.b.swap(value, size as 2 | 4 | 8);
}
