// Bounds: whatever an operation or a comparison says of values must hold for every value within the bounds it started from.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Alu, Jump } from '../../../isa/index.ts';
import { constantOf, Scalar, truncated } from './scalar.ts';
import { byteReversed, calculate, signExtended32, signExtended64, zeroExtended } from './scalar-alu.ts';
import { opposite, predict, refine } from './scalar-branch.ts';
import { formatBits, Tnum } from './tnum.ts';
import { highOf, lowOf, unsigned } from './word.ts';

const U64 = (n: bigint): bigint => BigInt.asUintN(64, n);
const S64 = (n: bigint): bigint => BigInt.asIntN(64, n);
const U32 = (n: bigint): bigint => BigInt.asUintN(32, n);
const S32 = (n: bigint): bigint => BigInt.asIntN(32, n);

function contains(s: Scalar, n: bigint): boolean {
  const low = lowOf(n);
  const mask = unsigned(s.bits.mh, s.bits.ml);
  return (
    (U64(n) & ~mask) === unsigned(s.bits.vh, s.bits.vl) &&
    s.umin <= U64(n) &&
    U64(n) <= s.umax &&
    s.smin <= S64(n) &&
    S64(n) <= s.smax &&
    s.umin32 >>> 0 <= low >>> 0 &&
    low >>> 0 <= s.umax32 >>> 0 &&
    s.smin32 <= low &&
    low <= s.smax32
  );
}

// Numbers near the edges at which signs and halves change.
const edge = fc
  .tuple(
    fc.constantFrom(0n, 1n << 31n, 1n << 32n, 1n << 63n, (1n << 64n) - (1n << 31n), 1n << 15n),
    fc.integer({ min: -300, max: 300 }),
  )
  .map(([base, off]) => U64(base + BigInt(off)));
const word = fc.oneof(edge, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 70000n }));

/** Bounds around a number, in one or several views, and the number. */
const bounded = fc
  .record({ n: word, below: word, above: word, mask: word, view: fc.integer({ min: 0, max: 31 }) })
  .map(({ n, below, above, mask, view }) => {
    const s = new Scalar();
    const between = (low: bigint, high: bigint, limit: (x: bigint) => bigint): [bigint, bigint] => {
      const at = limit(n);
      return [low < at ? low : at, high > at ? high : at];
    };
    if (view & 1) {
      const [min, max] = between(U64(below), U64(above), U64);
      s.setUnsigned(highOf(min), lowOf(min), highOf(max), lowOf(max));
    }
    if (view & 2) {
      const [min, max] = between(S64(below), S64(above), S64);
      s.setSigned(highOf(min), lowOf(min), highOf(max), lowOf(max));
    }
    if (view & 4) {
      const [min, max] = between(U32(below), U32(above), U32);
      s.umin32 = lowOf(min);
      s.umax32 = lowOf(max);
    }
    if (view & 8) {
      const [min, max] = between(S32(below), S32(above), S32);
      s.smin32 = lowOf(min);
      s.smax32 = lowOf(max);
    }
    if (view & 16) s.bits = new Tnum(highOf(n & ~mask), lowOf(n & ~mask), highOf(mask), lowOf(mask));
    return { s: s.sync(), n };
  });

const constant = word.map((n) => ({ s: constantOf(n), n }));
const operand = fc.oneof({ arbitrary: bounded, weight: 3 }, constant);
const runs = { numRuns: 3000 };

function describeScalar(s: Scalar): string {
  return `u[${s.umin},${s.umax}] s[${s.smin},${s.smax}] u32[${s.umin32 >>> 0},${s.umax32 >>> 0}] s32[${s.smin32},${s.smax32}] ${formatBits(s.bits)}`;
}

function expectIn(s: Scalar, n: bigint): void {
  if (!contains(s, n)) expect.fail(`${U64(n)} is not in ${describeScalar(s)}`);
}

const arithmetic: readonly [string, number, (a: bigint, b: bigint) => bigint][] = [
  ['add', Alu.ADD, (a, b) => a + b],
  ['sub', Alu.SUB, (a, b) => a - b],
  ['mul', Alu.MUL, (a, b) => a * b],
  ['and', Alu.AND, (a, b) => a & b],
  ['or', Alu.OR, (a, b) => a | b],
  ['xor', Alu.XOR, (a, b) => a ^ b],
];

describe('arithmetic on bounds', () => {
  it('keeps the number through synchronisation', () => {
    fc.assert(
      fc.property(bounded, ({ s, n }) => expectIn(s, n)),
      runs,
    );
  });

  it.each(arithmetic)('%s contains the result', (_name, operation, concrete) => {
    fc.assert(
      fc.property(operand, operand, (a, b) => {
        expectIn(calculate(operation, a.s, b.s, 64), concrete(a.n, b.n));
        expectIn(calculate(operation, a.s, b.s, 32), U32(concrete(a.n, b.n)));
      }),
      runs,
    );
  });

  it('shifts contain the result', () => {
    fc.assert(
      fc.property(operand, fc.integer({ min: 0, max: 63 }), ({ s, n }, count) => {
        const by = constantOf(BigInt(count));
        const c = BigInt(count);
        expectIn(calculate(Alu.LSH, s, by, 64), n << c);
        expectIn(calculate(Alu.RSH, s, by, 64), U64(n) >> c);
        expectIn(calculate(Alu.ARSH, s, by, 64), S64(n) >> c);
        if (count > 31) return;
        expectIn(calculate(Alu.LSH, s, by, 32), U32(n << c));
        expectIn(calculate(Alu.RSH, s, by, 32), U32(n) >> c);
        expectIn(calculate(Alu.ARSH, s, by, 32), U32(S32(n) >> c));
      }),
      runs,
    );
  });

  it('unary operations contain the result', () => {
    fc.assert(
      fc.property(operand, ({ s, n }) => {
        expectIn(calculate(Alu.NEG, s, s, 64), -n);
        expectIn(calculate(Alu.NEG, s, s, 32), U32(-n));
        expectIn(zeroExtended(s), U32(n));
        for (const bytes of [1, 2, 4]) {
          expectIn(truncated(s, bytes), BigInt.asUintN(bytes * 8, n));
          expectIn(signExtended64(s, bytes), BigInt.asIntN(bytes * 8, n));
          if (bytes < 4) expectIn(signExtended32(s, bytes), U32(BigInt.asIntN(bytes * 8, n)));
        }
        expectIn(byteReversed(s, 2), ((n & 0xffn) << 8n) | ((n >> 8n) & 0xffn));
      }),
      runs,
    );
  });
});

const comparisons: readonly [string, number, (a: bigint, b: bigint) => boolean, (a: bigint, b: bigint) => boolean][] = [
  ['==', Jump.JEQ, (a, b) => U64(a) === U64(b), (a, b) => U32(a) === U32(b)],
  ['!=', Jump.JNE, (a, b) => U64(a) !== U64(b), (a, b) => U32(a) !== U32(b)],
  ['>', Jump.JGT, (a, b) => U64(a) > U64(b), (a, b) => U32(a) > U32(b)],
  ['>=', Jump.JGE, (a, b) => U64(a) >= U64(b), (a, b) => U32(a) >= U32(b)],
  ['<', Jump.JLT, (a, b) => U64(a) < U64(b), (a, b) => U32(a) < U32(b)],
  ['<=', Jump.JLE, (a, b) => U64(a) <= U64(b), (a, b) => U32(a) <= U32(b)],
  ['s>', Jump.JSGT, (a, b) => S64(a) > S64(b), (a, b) => S32(a) > S32(b)],
  ['s>=', Jump.JSGE, (a, b) => S64(a) >= S64(b), (a, b) => S32(a) >= S32(b)],
  ['s<', Jump.JSLT, (a, b) => S64(a) < S64(b), (a, b) => S32(a) < S32(b)],
  ['s<=', Jump.JSLE, (a, b) => S64(a) <= S64(b), (a, b) => S32(a) <= S32(b)],
  ['&', Jump.JSET, (a, b) => (U64(a) & U64(b)) !== 0n, (a, b) => (U32(a) & U32(b)) !== 0n],
];

describe('comparisons of bounds', () => {
  it.each(comparisons)('%s is predicted and refined truly', (_name, operation, wide, narrow) => {
    fc.assert(
      fc.property(operand, operand, fc.boolean(), (a, b, is64) => {
        const width = is64 ? 64 : 32;
        const holds = (is64 ? wide : narrow)(a.n, b.n);
        const predicted = predict(operation, a.s, b.s, width);
        if (predicted !== -1) expect(predicted === 1).toBe(holds);
        const left = a.s.copy();
        const right = b.s.copy();
        refine(holds ? operation : opposite(operation), left, right, width);
        expectIn(left, a.n);
        expectIn(right, b.n);
      }),
      runs,
    );
  });
});
