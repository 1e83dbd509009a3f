// Atomic read-modify-write operations: what they store and what they give back. RFC 9669 section 5.3.

import { Atomic } from '../../isa/index.ts';
import type { Width } from './alu.ts';

export interface AtomicChange {
  /** What to store; nothing when a comparison failed. */
  readonly store?: bigint;
  /** The old value, zero-extended, where it goes into a register. */
  readonly fetched?: bigint;
}

const operations: Readonly<Record<number, (old: bigint, operand: bigint) => bigint>> = {
  [Atomic.ADD]: (old, operand) => old + operand,
  [Atomic.OR]: (old, operand) => old | operand,
  [Atomic.AND]: (old, operand) => old & operand,
  [Atomic.XOR]: (old, operand) => old ^ operand,
};

/** Of the operation in `imm`, or undefined when there is none; `expected` is r0, which CMPXCHG compares with. */
export function atomic(
  imm: number,
  width: Width,
  old: bigint,
  operand: bigint,
  expected: bigint,
): AtomicChange | undefined {
  const cut = (value: bigint): bigint => BigInt.asUintN(width, value);
  if (imm === Atomic.XCHG) return { store: cut(operand), fetched: old };
  if (imm === Atomic.CMPXCHG) return cut(expected) === old ? { store: cut(operand), fetched: old } : { fetched: old };
  const compute = operations[imm & ~Atomic.FETCH];
  if (!compute) return undefined;
  const store = cut(compute(old, cut(operand)));
  return (imm & Atomic.FETCH) !== 0 ? { store, fetched: old } : { store };
}
