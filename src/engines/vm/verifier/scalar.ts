// What is known of a 64-bit value: its bits, and its bounds as signed and unsigned number of 64 and of 32 bits. The five
// views refine one another (reg_bounds_sync() of kernel/bpf/verifier.c, as of Linux 6.18).

import {
  castBits,
  constantBits,
  intersectBits,
  isConstant,
  rangeBits,
  type Tnum,
  Tnum as TnumClass,
  UNKNOWN_BITS,
} from './tnum.ts';
import { highOf, lowOf, signed, slt, ult, unsigned } from './word.ts';

const MIN = 0x8000_0000 | 0;
const MAX = 0x7fff_ffff;

/**
 * Bounds of a value. Words are halves of int32; bounds of 32 bits are int32 too, unsigned ones by their bits. An instance
 * is changed only by who made it, before anyone else sees it.
 */
export class Scalar {
  bits: Tnum = UNKNOWN_BITS;
  sminH = MIN;
  sminL = 0;
  smaxH = MAX;
  smaxL = -1;
  uminH = 0;
  uminL = 0;
  umaxH = -1;
  umaxL = -1;
  smin32 = MIN;
  smax32 = MAX;
  umin32 = 0;
  umax32 = -1;

  copy(): Scalar {
    const c = new Scalar();
    c.bits = this.bits;
    c.sminH = this.sminH;
    c.sminL = this.sminL;
    c.smaxH = this.smaxH;
    c.smaxL = this.smaxL;
    c.uminH = this.uminH;
    c.uminL = this.uminL;
    c.umaxH = this.umaxH;
    c.umaxL = this.umaxL;
    c.smin32 = this.smin32;
    c.smax32 = this.smax32;
    c.umin32 = this.umin32;
    c.umax32 = this.umax32;
    return c;
  }

  get smin(): bigint {
    return signed(this.sminH, this.sminL);
  }

  get smax(): bigint {
    return signed(this.smaxH, this.smaxL);
  }

  get umin(): bigint {
    return unsigned(this.uminH, this.uminL);
  }

  get umax(): bigint {
    return unsigned(this.umaxH, this.umaxL);
  }

  get isConstant(): boolean {
    return isConstant(this.bits);
  }

  setSigned(minH: number, minL: number, maxH: number, maxL: number): void {
    this.sminH = minH;
    this.sminL = minL;
    this.smaxH = maxH;
    this.smaxL = maxL;
  }

  setUnsigned(minH: number, minL: number, maxH: number, maxL: number): void {
    this.uminH = minH;
    this.uminL = minL;
    this.umaxH = maxH;
    this.umaxL = maxL;
  }

  setUnboundedSigned(): void {
    this.setSigned(MIN, 0, MAX, -1);
  }

  setUnboundedUnsigned(): void {
    this.setUnsigned(0, 0, -1, -1);
  }

  setUnboundedSigned32(): void {
    this.smin32 = MIN;
    this.smax32 = MAX;
  }

  setUnboundedUnsigned32(): void {
    this.umin32 = 0;
    this.umax32 = -1;
  }

  setUnbounded32(): void {
    this.setUnboundedSigned32();
    this.setUnboundedUnsigned32();
  }

  setUnbounded64(): void {
    this.setUnboundedSigned();
    this.setUnboundedUnsigned();
  }

  raiseSmin(h: number, l: number): void {
    if (slt(this.sminH, this.sminL, h, l)) {
      this.sminH = h;
      this.sminL = l;
    }
  }

  lowerSmax(h: number, l: number): void {
    if (slt(h, l, this.smaxH, this.smaxL)) {
      this.smaxH = h;
      this.smaxL = l;
    }
  }

  raiseUmin(h: number, l: number): void {
    if (ult(this.uminH, this.uminL, h, l)) {
      this.uminH = h;
      this.uminL = l;
    }
  }

  lowerUmax(h: number, l: number): void {
    if (ult(h, l, this.umaxH, this.umaxL)) {
      this.umaxH = h;
      this.umaxL = l;
    }
  }

  raiseSmin32(value: number): void {
    if (this.smin32 < value) this.smin32 = value;
  }

  lowerSmax32(value: number): void {
    if (value < this.smax32) this.smax32 = value;
  }

  raiseUmin32(value: number): void {
    if (this.umin32 >>> 0 < value >>> 0) this.umin32 = value;
  }

  lowerUmax32(value: number): void {
    if (value >>> 0 < this.umax32 >>> 0) this.umax32 = value;
  }

  /** Takes into the bounds what the bits say. */
  updateFromBits(): void {
    const { vh, vl, mh, ml } = this.bits;
    this.raiseSmin32(vl | (ml & MIN));
    this.lowerSmax32(vl | (ml & MAX));
    this.raiseUmin32(vl);
    this.lowerUmax32(vl | ml);
    this.raiseSmin(vh | (mh & MIN), vl);
    this.lowerSmax(vh | (mh & MAX), vl | ml);
    this.raiseUmin(vh, vl);
    this.lowerUmax(vh | mh, vl | ml);
  }

  /** Lets every view refine the others. */
  sync(): this {
    this.updateFromBits();
    this.#deduce();
    this.#deduce();
    this.#deduce();
    this.#boundBits();
    this.updateFromBits();
    return this;
  }

  #deduce(): void {
    this.#deduce32();
    this.#deduce64();
    this.#deduceMixed();
  }

  #deduce32(): void {
    const { uminH, uminL, umaxH, umaxL, sminH, sminL, smaxH, smaxL } = this;
    if (uminH === umaxH) {
      this.raiseUmin32(uminL);
      this.lowerUmax32(umaxL);
      if (uminL <= umaxL) this.#tightenSigned32(uminL, umaxL);
    }
    if (sminH === smaxH) {
      if (sminL >>> 0 <= smaxL >>> 0) {
        this.raiseUmin32(sminL);
        this.lowerUmax32(smaxL);
      }
      if (sminL <= smaxL) this.#tightenSigned32(sminL, smaxL);
    }
    // The upper halves are two neighbours, so the lower ones go from negative to positive through zero.
    if (((uminH + 1) | 0) === umaxH && uminL < 0 && umaxL >= 0) this.#tightenSigned32(uminL, umaxL);
    if (((sminH + 1) | 0) === smaxH && sminL < 0 && smaxL >= 0) this.#tightenSigned32(sminL, smaxL);
    if (this.umin32 <= this.umax32) this.#tightenSigned32(this.umin32, this.umax32);
    if (this.smin32 >>> 0 <= this.smax32 >>> 0) {
      this.raiseUmin32(this.smin32);
      this.lowerUmax32(this.smax32);
    }
  }

  #tightenSigned32(min: number, max: number): void {
    this.raiseSmin32(min);
    this.lowerSmax32(max);
  }

  #deduce64(): void {
    if (!slt(this.umaxH, this.umaxL, this.uminH, this.uminL)) {
      this.raiseSmin(this.uminH, this.uminL);
      this.lowerSmax(this.umaxH, this.umaxL);
    }
    if (!ult(this.smaxH, this.smaxL, this.sminH, this.sminL)) {
      this.raiseUmin(this.sminH, this.sminL);
      this.lowerUmax(this.smaxH, this.smaxL);
    } else if (ult(this.umaxH, this.umaxL, this.sminH, this.sminL)) {
      // The signed range crosses zero; the unsigned one overlaps its non-negative part only.
      this.sminH = this.uminH;
      this.sminL = this.uminL;
      this.lowerUmax(this.smaxH, this.smaxL);
    } else if (ult(this.smaxH, this.smaxL, this.uminH, this.uminL)) {
      this.smaxH = this.umaxH;
      this.smaxL = this.umaxL;
      this.raiseUmin(this.sminH, this.sminL);
    }
  }

  #deduceMixed(): void {
    this.raiseUmin(this.uminH, this.umin32);
    this.lowerUmax(this.umaxH, this.umax32);
    this.raiseSmin(this.sminH, this.umin32);
    this.lowerSmax(this.smaxH, this.umax32);
    // The 64-bit range is one of sign-extended 32-bit values.
    if (fits32(this.sminH, this.sminL) && fits32(this.smaxH, this.smaxL)) {
      this.raiseSmin(this.smin32 >> 31, this.smin32);
      this.lowerSmax(this.smax32 >> 31, this.smax32);
    }
  }

  #boundBits(): void {
    const wide = intersectBits(this.bits, rangeBits(this.uminH, this.uminL, this.umaxH, this.umaxL));
    const low = intersectBits(castBits(wide, 4), rangeBits(0, this.umin32, 0, this.umax32));
    if (low.vl === wide.vl && low.ml === wide.ml) this.bits = wide;
    else this.bits = new TnumClass(wide.vh, low.vl, wide.mh, low.ml);
  }
}

function fits32(h: number, l: number): boolean {
  return h === l >> 31;
}

/** A value of which nothing is known. */
export const UNKNOWN = new Scalar();

/** The constant with these halves. */
export function constant(h: number, l: number): Scalar {
  const s = new Scalar();
  s.bits = constantBits(h, l);
  s.setSigned(h, l, h, l);
  s.setUnsigned(h, l, h, l);
  s.smin32 = l;
  s.smax32 = l;
  s.umin32 = l;
  s.umax32 = l;
  return s;
}

const smallConstants: Scalar[] = [];
for (let value = -16; value < 256; value++) smallConstants.push(constant(value >> 31, value));

/** The constant of a sign-extended 32-bit number. */
export function constant32(value: number): Scalar {
  return value >= -16 && value < 256 ? smallConstants[value + 16]! : constant(value >> 31, value);
}

export const ZERO = constant32(0);

export function constantOf(value: bigint): Scalar {
  return constant(highOf(value), lowOf(value));
}

/** An unknown value of so many bytes, zero-extended. */
export function unknownOfSize(bytes: number): Scalar {
  return bytes >= 8 ? UNKNOWN : bytes === 4 ? UNKNOWN_4 : bytes === 2 ? UNKNOWN_2 : UNKNOWN_1;
}

/** The value cut to its low bytes, the rest zero: what a load or store of that size leaves. */
export function truncated(value: Scalar, bytes: number): Scalar {
  if (bytes >= 8) return value;
  const s = value.copy();
  s.bits = castBits(value.bits, bytes);
  const limit = bytes === 4 ? -1 : (1 << (bytes * 8)) - 1;
  // Bounds whose parts above the cut are equal stay bounds.
  const sameAbove = value.uminH === value.umaxH && (value.uminL & ~limit) === (value.umaxL & ~limit);
  if (sameAbove) s.setUnsigned(0, value.uminL & limit, 0, value.umaxL & limit);
  else s.setUnsigned(0, 0, 0, limit);
  s.setSigned(s.uminH, s.uminL, s.umaxH, s.umaxL);
  if (bytes < 4) s.setUnbounded32();
  return s.sync();
}

function unknownBytes(bytes: number): Scalar {
  return truncated(UNKNOWN, bytes);
}

const UNKNOWN_1 = unknownBytes(1);
const UNKNOWN_2 = unknownBytes(2);
const UNKNOWN_4 = unknownBytes(4);

export function sameScalar(a: Scalar, b: Scalar): boolean {
  if (a === b) return true;
  const x = a.bits;
  const y = b.bits;
  if (x.vh !== y.vh || x.vl !== y.vl || x.mh !== y.mh || x.ml !== y.ml) return false;
  return (
    a.sminH === b.sminH &&
    a.sminL === b.sminL &&
    a.smaxH === b.smaxH &&
    a.smaxL === b.smaxL &&
    a.uminH === b.uminH &&
    a.uminL === b.uminL &&
    a.umaxH === b.umaxH &&
    a.umaxL === b.umaxL &&
    a.smin32 === b.smin32 &&
    a.smax32 === b.smax32 &&
    a.umin32 === b.umin32 &&
    a.umax32 === b.umax32
  );
}

/** Whether every bound of `inner` lies within those of `outer`. */
export function rangeWithin(outer: Scalar, inner: Scalar): boolean {
  return (
    !ult(inner.uminH, inner.uminL, outer.uminH, outer.uminL) &&
    !ult(outer.umaxH, outer.umaxL, inner.umaxH, inner.umaxL) &&
    !slt(inner.sminH, inner.sminL, outer.sminH, outer.sminL) &&
    !slt(outer.smaxH, outer.smaxL, inner.smaxH, inner.smaxL) &&
    outer.umin32 >>> 0 <= inner.umin32 >>> 0 &&
    outer.umax32 >>> 0 >= inner.umax32 >>> 0 &&
    outer.smin32 <= inner.smin32 &&
    outer.smax32 >= inner.smax32
  );
}
