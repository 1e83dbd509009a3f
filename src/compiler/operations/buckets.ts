// Which bucket of a histogram a number belongs to.

import type { Aggregation } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import type { ProgramBuilder } from '../program.ts';

/** floor(log2) of 0 to 15 (0 counts as 1), four bits each. */
const SMALL_LOG2 = 0x3333333322221100n;

/**
 * floor(log2(value)) of a positive signed number, without branches: they would be unpredictable, and every one would double
 * the verifier's paths. Each step asks whether the upper half is used: (2^k - 1 - value) is negative then.
 */
export function log2(p: ProgramBuilder, value: Instruction): Instruction {
  const { b } = p;
  let rest = value;
  let result: Instruction | undefined;
  for (const width of [32, 16, 8, 4]) {
    const isLarge = b.binary('shr', b.sub(b.const((1n << BigInt(width)) - 1n), rest), 63);
    const shift = b.binary('shl', isLarge, Math.log2(width));
    rest = b.binary('shr', rest, shift);
    result = result ? b.binary('or', result, shift) : shift;
  }
  const small = b.and(b.binary('shr', b.const(SMALL_LOG2), b.binary('shl', rest, 2)), 3);
  return b.binary('or', result!, small);
}

/**
 * Bucket of hist: 0 for negative numbers, then one for each number up to 2^bits - 1, then 2^bits for each power of two.
 */
export function histBucket(p: ProgramBuilder, value: Instruction, bits: number): Instruction {
  const { b } = p;
  const mask = (1 << bits) - 1;
  return b.choose(
    'slt',
    value,
    0,
    () => b.const(0),
    () =>
      b.choose(
        'le',
        value,
        mask,
        () => b.add(value, 1),
        () => {
          const level = bits === 0 ? log2(p, value) : b.sub(log2(p, value), bits);
          if (bits === 0) return b.add(level, 2);
          const group = b.binary('shl', b.add(level, 1), bits);
          return b.add(b.add(group, b.and(b.binary('shr', value, level), mask)), 1);
        },
      ),
  );
}

/** Bucket of lhist: 0 below the range, the last one above it. */
export function lhistBucket(
  p: ProgramBuilder,
  value: Instruction,
  { min, max, step }: Extract<Aggregation, { kind: 'lhist' }>,
): Instruction {
  const { b } = p;
  const last = (max - min) / step + 1n;
  return b.choose(
    'slt',
    value,
    min,
    () => b.const(0),
    () =>
      b.choose(
        'sgt',
        value,
        max,
        () => b.const(last),
        () => {
          const distance = min === 0n ? value : b.sub(value, min);
          return b.add(step === 1n ? distance : b.binary('div', distance, step), 1);
        },
      ),
  );
}
