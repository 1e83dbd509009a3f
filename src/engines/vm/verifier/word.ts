// 64-bit words as two int32 halves (high, low). The verifier computes with bounds of 64 bits on every instruction; BigInt
// allocates on every operation and would make it ten times slower.

/** Unsigned a < b. */
export function ult(ah: number, al: number, bh: number, bl: number): boolean {
  return ah === bh ? al >>> 0 < bl >>> 0 : ah >>> 0 < bh >>> 0;
}

/** Signed a < b. */
export function slt(ah: number, al: number, bh: number, bl: number): boolean {
  return ah === bh ? al >>> 0 < bl >>> 0 : ah < bh;
}

/** Unsigned a < b of 32-bit words that are kept as int32. */
export function ult32(a: number, b: number): boolean {
  return a >>> 0 < b >>> 0;
}

/** The high half of a + b; the low half is `(al + bl) | 0`. */
export function addHigh(ah: number, al: number, bh: number, bl: number): number {
  return (ah + bh + ((al >>> 0) + (bl >>> 0) > 0xffff_ffff ? 1 : 0)) | 0;
}

/** The high half of a - b; the low half is `(al - bl) | 0`. */
export function subHigh(ah: number, al: number, bh: number, bl: number): number {
  return (ah - bh - (al >>> 0 < bl >>> 0 ? 1 : 0)) | 0;
}

/** The halves of `a << n` for 0 <= n < 64. */
export function shlHigh(h: number, l: number, n: number): number {
  if (n === 0) return h;
  return n < 32 ? (h << n) | (l >>> (32 - n)) : l << (n - 32);
}

export function shlLow(l: number, n: number): number {
  return n < 32 ? l << n : 0;
}

/** The halves of `a >> n`, zeroes shifted in, for 0 <= n < 64. */
export function shrHigh(h: number, n: number): number {
  return n < 32 ? (h >>> n) | 0 : 0;
}

export function shrLow(h: number, l: number, n: number): number {
  if (n === 0) return l;
  return n < 32 ? (l >>> n) | (h << (32 - n)) : (h >>> (n - 32)) | 0;
}

/** The halves of `a >> n`, sign shifted in, for 0 <= n < 64. */
export function sarHigh(h: number, n: number): number {
  return n < 32 ? h >> n : h >> 31;
}

export function sarLow(h: number, l: number, n: number): number {
  if (n === 0) return l;
  return n < 32 ? (l >>> n) | (h << (32 - n)) : h >> (n - 32);
}

/** How many bits a word needs: 0 for 0, 64 for one with its top bit set. */
export function bitLength(h: number, l: number): number {
  return h !== 0 ? 64 - Math.clz32(h) : 32 - Math.clz32(l);
}

export function unsigned(h: number, l: number): bigint {
  return (BigInt(h >>> 0) << 32n) | BigInt(l >>> 0);
}

export function signed(h: number, l: number): bigint {
  return (BigInt(h) << 32n) | BigInt(l >>> 0);
}

export { highHalf as highOf } from '../../../base/bytes.ts';

export function lowOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** A signed word as a number: exact within 2^53, nearest beyond, which is enough to compare with limits below 2^53. */
export function toNumber(h: number, l: number): number {
  return h * 0x1_0000_0000 + (l >>> 0);
}
