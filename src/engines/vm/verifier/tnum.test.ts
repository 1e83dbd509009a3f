// Tristate numbers against all numbers of four bits, and against random 64-bit ones.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addBits,
  andBits,
  castBits,
  containsBits,
  formatBits,
  intersectBits,
  isAlignedBits,
  mulBits,
  negBits,
  orBits,
  overlapBits,
  rangeBits,
  reverseBits,
  sarBits,
  shlBits,
  shrBits,
  subBits,
  Tnum,
  unionBits,
  xorBits,
} from './tnum.ts';
import { highOf, lowOf, unsigned } from './word.ts';

function tnum(value: bigint, mask: bigint): Tnum {
  const v = value & ~mask;
  return new Tnum(highOf(v), lowOf(v), highOf(mask), lowOf(mask));
}

function has(t: Tnum, n: bigint): boolean {
  const mask = unsigned(t.mh, t.ml);
  return (BigInt.asUintN(64, n) & ~mask) === unsigned(t.vh, t.vl);
}

const BITS = 4n;
const small: Tnum[] = [];
for (let mask = 0n; mask < 1n << BITS; mask++) {
  for (let value = 0n; value < 1n << BITS; value++) {
    if ((value & mask) === 0n) small.push(tnum(value, mask));
  }
}

function members(t: Tnum): bigint[] {
  const all: bigint[] = [];
  for (let n = 0n; n < 1n << BITS; n++) if (has(t, n)) all.push(n);
  return all;
}

const operations: readonly [string, (a: Tnum, b: Tnum) => Tnum, (a: bigint, b: bigint) => bigint][] = [
  ['add', addBits, (a, b) => a + b],
  ['sub', subBits, (a, b) => a - b],
  ['mul', mulBits, (a, b) => a * b],
  ['and', andBits, (a, b) => a & b],
  ['or', orBits, (a, b) => a | b],
  ['xor', xorBits, (a, b) => a ^ b],
];

describe('tristate numbers of four bits', () => {
  it.each(operations)('%s gives every result', (_name, abstract, concrete) => {
    for (const a of small) {
      for (const b of small) {
        const result = abstract(a, b);
        for (const x of members(a)) {
          for (const y of members(b)) {
            if (!has(result, concrete(x, y))) {
              expect.fail(`${formatBits(a)} ${formatBits(b)}: ${x} ${y} is not in ${formatBits(result)}`);
            }
          }
        }
      }
    }
  });

  it('intersects, unites, compares', () => {
    for (const a of small) {
      for (const b of small) {
        const inBoth = members(a).filter((x) => has(b, x));
        expect(overlapBits(a, b)).toBe(inBoth.length > 0);
        const both = intersectBits(a, b);
        expect(inBoth.every((x) => has(both, x))).toBe(true);
        const either = unionBits(a, b);
        expect([...members(a), ...members(b)].every((x) => has(either, x))).toBe(true);
        expect(containsBits(a, b)).toBe(members(b).every((x) => has(a, x)));
      }
    }
  });

  it('covers ranges', () => {
    for (let min = 0; min < 16; min++) {
      for (let max = min; max < 16; max++) {
        const range = rangeBits(0, min, 0, max);
        for (let x = min; x <= max; x++) expect(has(range, BigInt(x))).toBe(true);
      }
    }
  });
});

const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const pair = fc.tuple(word, word, word).map(([value, mask, choice]) => {
  const t = tnum(value, mask);
  return { t, n: (value & ~mask) | (choice & mask) };
});

describe('tristate numbers of 64 bits', () => {
  it.each(operations)('%s gives the result of any members', (_name, abstract, concrete) => {
    fc.assert(fc.property(pair, pair, (a, b) => has(abstract(a.t, b.t), concrete(a.n, b.n))));
  });

  it('shifts, negates, reverses and cuts', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 0, max: 63 }), ({ t, n }, count) => {
        const by = BigInt(count);
        expect(has(shlBits(t, count), n << by)).toBe(true);
        expect(has(shrBits(t, count), n >> by)).toBe(true);
        expect(has(sarBits(t, count, 64), BigInt.asIntN(64, n) >> by)).toBe(true);
        const low = BigInt.asIntN(32, n) >> (by & 31n);
        expect(has(sarBits(castBits(t, 4), count & 31, 32), BigInt.asUintN(32, low))).toBe(true);
        expect(has(negBits(t), -n)).toBe(true);
        for (const bytes of [1, 2, 4, 8]) expect(has(castBits(t, bytes), BigInt.asUintN(bytes * 8, n))).toBe(true);
        for (const bytes of [2, 4, 8]) expect(has(reverseBits(t, bytes), reversed(n, bytes))).toBe(true);
        expect(isAlignedBits(t, 8) ? n % 8n : 0n).toBe(0n);
      }),
    );
  });

  it('covers ranges', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const [min, n, max] = [a, b, c].sort((x, y) => (x < y ? -1 : 1)) as [bigint, bigint, bigint];
        return has(rangeBits(highOf(min), lowOf(min), highOf(max), lowOf(max)), n);
      }),
    );
  });
});

function reversed(n: bigint, bytes: number): bigint {
  let result = 0n;
  for (let i = 0; i < bytes; i++) result = (result << 8n) | ((n >> BigInt(8 * i)) & 0xffn);
  return result;
}
