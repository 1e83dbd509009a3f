// What the operations mean, on bigints: shared by the two interpreters of the tests, and written from RFC 9669 alone.

import type { BinaryKind, Condition } from '../ir.ts';

export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
export const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/** `a kind b` on `bits` bits, zero-extended. */
export function arithmetic(kind: BinaryKind, left: bigint, right: bigint, bits: 32 | 64 = 64): bigint {
  const a = BigInt.asUintN(bits, left);
  const b = BigInt.asUintN(bits, right);
  const count = b & BigInt(bits - 1);
  switch (kind) {
    case 'add':
      return BigInt.asUintN(bits, a + b);
    case 'sub':
      return BigInt.asUintN(bits, a - b);
    case 'mul':
      return BigInt.asUintN(bits, a * b);
    case 'div':
      return b === 0n ? 0n : a / b;
    case 'mod':
      return b === 0n ? a : a % b;
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return BigInt.asUintN(bits, a << count);
    case 'shr':
      return a >> count;
    case 'sar':
      return BigInt.asUintN(bits, BigInt.asIntN(bits, a) >> count);
  }
}

export function compare(condition: Condition, left: bigint, right: bigint, bits: 32 | 64 = 64): boolean {
  const [a, b] = [BigInt.asUintN(bits, left), BigInt.asUintN(bits, right)];
  const [sa, sb] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
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

/** The low `bytes` bytes in reverse order. */
export function reverse(value: bigint, bytes: number): bigint {
  let result = 0n;
  for (let index = 0; index < bytes; index++) result = (result << 8n) | ((value >> BigInt(8 * index)) & 0xffn);
  return result;
}

/** Bytes by address; reading what was never written fails. */
export class TestMemory {
  readonly #bytes = new Map<bigint, number>();

  read(address: bigint, size: number): bigint {
    let value = 0n;
    for (let index = size - 1; index >= 0; index--) {
      const byte = this.#bytes.get(address + BigInt(index));
      if (byte === undefined) throw new Error(`read of ${size} bytes at ${address.toString(16)}, not written`);
      value = (value << 8n) | BigInt(byte);
    }
    return value;
  }

  write(address: bigint, size: number, value: bigint): void {
    for (let index = 0; index < size; index++) {
      this.#bytes.set(address + BigInt(index), Number((value >> BigInt(8 * index)) & 0xffn));
    }
  }
}

/** A call that the program made; what it returned is a fixed function of it. */
export interface TestCall {
  readonly helper: number;
  readonly args: readonly bigint[];
}

export function resultOf(call: TestCall): bigint {
  let hash = BigInt(call.helper) * 0x9e37_79b9_7f4a_7c15n;
  for (const arg of call.args) hash = u64((hash ^ arg) * 0xff51_afd7_ed55_8ccdn) ^ (hash >> 29n);
  return u64(hash);
}

export interface TestRun {
  readonly result: bigint;
  readonly calls: readonly TestCall[];
}
