// How operations of the intermediate form are called in the instruction set, and their properties.

import { Alu, Atomic, Jump } from '../isa/index.ts';
import type { BinaryKind, Condition, InstructionOf } from './ir.ts';

export const ALU: Readonly<Record<BinaryKind, Alu>> = {
  add: Alu.ADD,
  sub: Alu.SUB,
  mul: Alu.MUL,
  div: Alu.DIV,
  mod: Alu.MOD,
  and: Alu.AND,
  or: Alu.OR,
  xor: Alu.XOR,
  shl: Alu.LSH,
  shr: Alu.RSH,
  sar: Alu.ARSH,
};

export const JUMPS: Readonly<Record<Condition, number>> = {
  eq: Jump.JEQ,
  ne: Jump.JNE,
  lt: Jump.JLT,
  le: Jump.JLE,
  gt: Jump.JGT,
  ge: Jump.JGE,
  slt: Jump.JSLT,
  sle: Jump.JSLE,
  sgt: Jump.JSGT,
  sge: Jump.JSGE,
  set: Jump.JSET,
};

/** The condition for the operands the other way round. */
export const SWAPPED: Readonly<Record<Condition, Condition>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  le: 'ge',
  gt: 'lt',
  ge: 'le',
  slt: 'sgt',
  sle: 'sge',
  sgt: 'slt',
  sge: 'sle',
  set: 'set',
};

export const ATOMICS: Readonly<Record<InstructionOf<'atomic'>['kind'], number>> = {
  add: Atomic.ADD,
  or: Atomic.OR,
  and: Atomic.AND,
  xor: Atomic.XOR,
  xchg: Atomic.XCHG,
  cmpxchg: Atomic.CMPXCHG,
};

/** Whose low 32 bits depend on nothing but the low 32 bits of the operands. */
export const NARROWABLE: ReadonlySet<BinaryKind> = new Set(['add', 'sub', 'mul', 'and', 'or', 'xor']);
export const COMMUTATIVE: ReadonlySet<BinaryKind> = new Set(['add', 'mul', 'and', 'or', 'xor']);

const SIGNED: ReadonlySet<Condition> = new Set(['slt', 'sle', 'sgt', 'sge']);

export function isSigned(condition: Condition): boolean {
  return SIGNED.has(condition);
}

export function isShift(kind: BinaryKind): boolean {
  return kind === 'shl' || kind === 'shr' || kind === 'sar';
}
