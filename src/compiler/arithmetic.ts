// What the operations do with constants: 64 bits that wrap around, as BPF computes.

import type { BinaryKind, Condition } from './ir.ts';

export function arithmetic(kind: BinaryKind, a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, RULES[kind](a, b));
}

const RULES: Readonly<Record<BinaryKind, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => (b === 0n ? 0n : a / b),
  mod: (a, b) => (b === 0n ? a : a % b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  shr: (a, b) => a >> (b & 63n),
  sar: (a, b) => BigInt.asIntN(64, a) >> (b & 63n),
};

export function holds(condition: Condition, a: bigint, b: bigint): boolean {
  const [sa, sb] = [BigInt.asIntN(64, a), BigInt.asIntN(64, b)];
  switch (condition) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
    case 'slt':
      return sa < sb;
    case 'sle':
      return sa <= sb;
    case 'sgt':
      return sa > sb;
    case 'sge':
      return sa >= sb;
    case 'set':
      return (a & b) !== 0n;
  }
}

/** The low `size` bytes in reverse order, zero-extended. */
export function reverseBytes(value: bigint, size: number): bigint {
  let result = 0n;
  for (let index = 0n; index < BigInt(size); index++) result = (result << 8n) | ((value >> (8n * index)) & 0xffn);
  return result;
}
