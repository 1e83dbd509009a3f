// Tristate numbers: what is known of each of 64 bits. Where `mask` has a 1 the bit is unknown, elsewhere it is that of
// `value`; a bit is never set in both. The algebra is that of kernel/bpf/tnum.c ("Sound, precise and fast abstract
// interpretation with tristate numbers", Vishwanathan et al., CGO 2022; multiplication as of Linux 6.18).

import { addHigh, bitLength, sarHigh, sarLow, shlHigh, shlLow, shrHigh, shrLow, subHigh, unsigned } from './word.ts';

/** An immutable tristate number, its words as halves. */
export class Tnum {
  readonly vh: number;
  readonly vl: number;
  readonly mh: number;
  readonly ml: number;

  constructor(vh: number, vl: number, mh: number, ml: number) {
    this.vh = vh;
    this.vl = vl;
    this.mh = mh;
    this.ml = ml;
  }
}

export const UNKNOWN_BITS = new Tnum(0, 0, -1, -1);
export const ZERO_BITS = new Tnum(0, 0, 0, 0);

/** From a word of values and a word of unknown bits that may overlap: unknown wins. */
function masked(vh: number, vl: number, mh: number, ml: number): Tnum {
  return new Tnum(vh & ~mh, vl & ~ml, mh, ml);
}

export function constantBits(h: number, l: number): Tnum {
  return new Tnum(h, l, 0, 0);
}

export function isConstant(a: Tnum): boolean {
  return (a.mh | a.ml) === 0;
}

export function isConstantLow(a: Tnum): boolean {
  return a.ml === 0;
}

export function isUnknown(a: Tnum): boolean {
  return (a.mh & a.ml) === -1;
}

export function equalBits(a: Tnum, b: Tnum): boolean {
  return a === b || (a.vh === b.vh && a.vl === b.vl && a.mh === b.mh && a.ml === b.ml);
}

/** The least that contains every number from min to max, unsigned. */
export function rangeBits(minH: number, minL: number, maxH: number, maxL: number): Tnum {
  const bits = bitLength(minH ^ maxH, minL ^ maxL);
  if (bits > 63) return UNKNOWN_BITS;
  const mh = bits > 32 ? (1 << (bits - 32)) - 1 : 0;
  const ml = bits >= 32 ? -1 : (1 << bits) - 1;
  return masked(minH, minL, mh, ml);
}

export function addBits(a: Tnum, b: Tnum): Tnum {
  const svh = addHigh(a.vh, a.vl, b.vh, b.vl);
  const svl = (a.vl + b.vl) | 0;
  const smh = addHigh(a.mh, a.ml, b.mh, b.ml);
  const sml = (a.ml + b.ml) | 0;
  const mh = (addHigh(smh, sml, svh, svl) ^ svh) | a.mh | b.mh;
  const ml = (((sml + svl) | 0) ^ svl) | a.ml | b.ml;
  return masked(svh, svl, mh, ml);
}

export function subBits(a: Tnum, b: Tnum): Tnum {
  const dvh = subHigh(a.vh, a.vl, b.vh, b.vl);
  const dvl = (a.vl - b.vl) | 0;
  const mh = (addHigh(dvh, dvl, a.mh, a.ml) ^ subHigh(dvh, dvl, b.mh, b.ml)) | a.mh | b.mh;
  const ml = (((dvl + a.ml) | 0) ^ ((dvl - b.ml) | 0)) | a.ml | b.ml;
  return masked(dvh, dvl, mh, ml);
}

export function negBits(a: Tnum): Tnum {
  return subBits(ZERO_BITS, a);
}

export function andBits(a: Tnum, b: Tnum): Tnum {
  const vh = a.vh & b.vh;
  const vl = a.vl & b.vl;
  return new Tnum(vh, vl, (a.vh | a.mh) & (b.vh | b.mh) & ~vh, (a.vl | a.ml) & (b.vl | b.ml) & ~vl);
}

export function orBits(a: Tnum, b: Tnum): Tnum {
  const vh = a.vh | b.vh;
  const vl = a.vl | b.vl;
  return new Tnum(vh, vl, (a.mh | b.mh) & ~vh, (a.ml | b.ml) & ~vl);
}

export function xorBits(a: Tnum, b: Tnum): Tnum {
  return masked(a.vh ^ b.vh, a.vl ^ b.vl, a.mh | b.mh, a.ml | b.ml);
}

export function shlBits(a: Tnum, n: number): Tnum {
  return new Tnum(shlHigh(a.vh, a.vl, n), shlLow(a.vl, n), shlHigh(a.mh, a.ml, n), shlLow(a.ml, n));
}

export function shrBits(a: Tnum, n: number): Tnum {
  return new Tnum(shrHigh(a.vh, n), shrLow(a.vh, a.vl, n), shrHigh(a.mh, n), shrLow(a.mh, a.ml, n));
}

/** Arithmetic shift of the low 32 bits or of all 64. */
export function sarBits(a: Tnum, n: number, width: 32 | 64): Tnum {
  if (width === 32) return new Tnum(0, a.vl >> n, 0, a.ml >> n);
  return new Tnum(sarHigh(a.vh, n), sarLow(a.vh, a.vl, n), sarHigh(a.mh, n), sarLow(a.mh, a.ml, n));
}

export function mulBits(first: Tnum, second: Tnum): Tnum {
  let a = first;
  let b = second;
  let product = ZERO_BITS;
  while ((a.vh | a.vl | a.mh | a.ml) !== 0) {
    if (a.vl & 1) product = addBits(product, b);
    else if (a.ml & 1) product = unionBits(product, addBits(product, b));
    a = shrBits(a, 1);
    b = shlBits(b, 1);
  }
  return product;
}

/** What is true of both: a number that either says is possible. */
export function unionBits(a: Tnum, b: Tnum): Tnum {
  const mh = (a.vh ^ b.vh) | a.mh | b.mh;
  const ml = (a.vl ^ b.vl) | a.ml | b.ml;
  return masked(a.vh & b.vh, a.vl & b.vl, mh, ml);
}

/** The numbers that both say are possible; meaningless when there are none. */
export function intersectBits(a: Tnum, b: Tnum): Tnum {
  return masked(a.vh | b.vh, a.vl | b.vl, a.mh & b.mh, a.ml & b.ml);
}

/** Whether every number of `b` is one of `a`. */
export function containsBits(a: Tnum, b: Tnum): boolean {
  if ((b.mh & ~a.mh) | (b.ml & ~a.ml)) return false;
  return a.vh === (b.vh & ~a.mh) && a.vl === (b.vl & ~a.ml);
}

/** Whether the two have a number in common. */
export function overlapBits(a: Tnum, b: Tnum): boolean {
  const mh = a.mh | b.mh;
  const ml = a.ml | b.ml;
  return (a.vh & ~mh) === (b.vh & ~mh) && (a.vl & ~ml) === (b.vl & ~ml);
}

/** The low bytes alone, the rest zero. */
export function castBits(a: Tnum, bytes: number): Tnum {
  if (bytes >= 8) return a;
  if (bytes === 4) return a.vh | a.mh ? new Tnum(0, a.vl, 0, a.ml) : a;
  const keep = (1 << (bytes * 8)) - 1;
  return new Tnum(0, a.vl & keep, 0, a.ml & keep);
}

function swapped32(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24) | 0;
}

/** The low bytes in reverse order, the rest zero. */
export function reverseBits(a: Tnum, bytes: number): Tnum {
  const { vh, vl, mh, ml } = a;
  if (bytes === 8) return new Tnum(swapped32(vl), swapped32(vh), swapped32(ml), swapped32(mh));
  if (bytes === 4) return new Tnum(0, swapped32(vl), 0, swapped32(ml));
  return new Tnum(0, swapped32(vl << 16), 0, swapped32(ml << 16));
}

/** The high half of `a` with the low half of `low`. */
export function withLowBits(a: Tnum, low: Tnum): Tnum {
  return new Tnum(a.vh, low.vl, a.mh, low.ml);
}

/** Whether the number is a multiple of a power of two, whatever the unknown bits are. */
export function isAlignedBits(a: Tnum, size: number): boolean {
  return size === 0 || ((a.vl | a.ml) & (size - 1)) === 0;
}

/** As the kernel prints it: `(0x0; 0xff)`, or the number when all bits are known. */
export function formatBits(a: Tnum): string {
  if (isConstant(a)) return a.vh === 0 && a.vl >>> 0 <= 0xffff ? `${a.vl}` : `0x${unsigned(a.vh, a.vl).toString(16)}`;
  return `(0x${unsigned(a.vh, a.vl).toString(16)}; 0x${unsigned(a.mh, a.ml).toString(16)})`;
}
