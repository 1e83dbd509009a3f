// Strings and numbers. Kernel: kernel/bpf/helpers.c.

import { EINVAL, ERANGE } from '../errno.ts';
import type { Machine } from '../machine.ts';
import type { VmHelper } from './helper.ts';

/** Compares up to `size` bytes or a NUL; below, equal or above 0. */
export const strncmp: VmHelper = {
  name: 'strncmp',
  parameters: ['pointer', 'i32', 'pointer'],
  result: 'i32',
  call: ({ memory }, one, size, other) => {
    const { u8 } = memory;
    for (let at = 0; at < size >>> 0; at++) {
      const difference = u8[one + at]! - u8[other! + at]!;
      if (difference !== 0) return difference < 0 ? -1 : 1;
      if (u8[one + at] === 0) return 0;
    }
    return 0;
  },
};

interface Parsed {
  readonly value: bigint;
  readonly negative: boolean;
  /** Characters that were read. */
  readonly length: number;
}

const BASES = [0, 8, 10, 16];

/** White space, a sign, a prefix that names the base where none is given, digits; or a negative error number. */
function parseNumber(machine: Machine, at: number, size: number, flags: number): Parsed | number {
  const base = flags & 0x1f;
  if (size <= 0 || (flags & ~0x1f) !== 0 || !BASES.includes(base)) return -EINVAL;
  const text = String.fromCharCode(...machine.memory.read(at, Math.min(size, 4096)));
  const space = /^[ \t-\r\xa0]*/.exec(text)![0].length;
  const negative = text[space] === '-';
  let position = space + (negative ? 1 : 0);
  const radix = base === 0 ? baseOf(text.slice(position)) : base;
  // Also without digits behind it, which then is an error.
  if (radix === 16 && /^0[xX]/.test(text.slice(position))) position += 2;
  const digits = { 8: /^[0-7]*/, 10: /^[0-9]*/, 16: /^[0-9a-fA-F]*/ }[radix]!.exec(text.slice(position))![0];
  if (digits === '') return -EINVAL;
  let value = 0n;
  for (const digit of digits) value = value * BigInt(radix) + BigInt(Number.parseInt(digit, 16));
  if (value >= 2n ** 64n) return -ERANGE;
  return { value, negative, length: position + digits.length };
}

function baseOf(text: string): 8 | 10 | 16 {
  if (/^0[xX][0-9a-fA-F]/.test(text)) return 16;
  return text.startsWith('0') ? 8 : 10;
}

function parser(name: VmHelper['name'], isSigned: boolean): VmHelper {
  return {
    name,
    parameters: ['pointer', 'i32', 'i64', 'pointer'],
    result: 'i32',
    call: (machine, text, size, flags, flagsHigh, result) => {
      machine.memory.setU64(result!, 0n);
      if (flagsHigh !== 0) return -EINVAL;
      const parsed = parseNumber(machine, text!, size! >>> 0, flags!);
      if (typeof parsed === 'number') return parsed;
      const { value, negative, length } = parsed;
      if (!isSigned && negative) return -EINVAL;
      if (isSigned && value > (negative ? 2n ** 63n : 2n ** 63n - 1n)) return -ERANGE;
      machine.memory.setU64(result!, BigInt.asUintN(64, negative ? -value : value));
      return length;
    },
  };
}

export const strtol = parser('strtol', true);
export const strtoul = parser('strtoul', false);
