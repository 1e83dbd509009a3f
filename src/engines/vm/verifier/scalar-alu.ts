// Arithmetic on what is known of values. Each operation gives a superset of all results (adjust_scalar_min_max_vals() of
// kernel/bpf/verifier.c, as of Linux 6.18: division, modulo and byte swaps leave nothing known).

import { Alu } from '../../../isa/index.ts';
import { constant, Scalar, UNKNOWN, ZERO } from './scalar.ts';
import {
  addBits,
  andBits,
  castBits,
  isConstant,
  isConstantLow,
  mulBits,
  negBits,
  orBits,
  reverseBits,
  sarBits,
  shlBits,
  shrBits,
  subBits,
  xorBits,
} from './tnum.ts';
import {
  addHigh,
  highOf,
  lowOf,
  sarHigh,
  sarLow,
  shlHigh,
  shlLow,
  shrHigh,
  shrLow,
  slt,
  subHigh,
  ult,
} from './word.ts';

const MIN = 0x8000_0000 | 0;
const U64_LIMIT = 1n << 64n;
const S64_LIMIT = 1n << 63n;

/** Whether the kernel computes bounds of this operation; else the result is unknown. */
function isTracked(operation: number, source: Scalar, width: 32 | 64): boolean {
  switch (operation) {
    case Alu.ADD:
    case Alu.SUB:
    case Alu.NEG:
    case Alu.AND:
    case Alu.XOR:
    case Alu.OR:
    case Alu.MUL:
      return true;
    case Alu.LSH:
    case Alu.RSH:
    case Alu.ARSH:
      return isShiftKnown(source, width) && source.uminH === 0 && source.umaxH === 0 && source.umaxL >>> 0 < width;
    default:
      return false;
  }
}

function isShiftKnown(s: Scalar, width: 32 | 64): boolean {
  if (width === 32) return isConstantLow(s.bits) && s.smin32 === s.smax32 && s.umin32 === s.umax32;
  return isConstant(s.bits) && s.sminH === s.smaxH && s.sminL === s.smaxL && s.uminH === s.umaxH && s.uminL === s.umaxL;
}

/** `left operation right`; the width is that of the instruction, 32-bit results are zero-extended. */
export function calculate(operation: number, left: Scalar, right: Scalar, width: 32 | 64): Scalar {
  if (!isTracked(operation, right, width)) return UNKNOWN;
  if (isConstant(left.bits) && isConstant(right.bits)) {
    const folded = fold(operation, left, right, width);
    if (folded) return folded;
  }
  const result = left.copy();
  switch (operation) {
    case Alu.ADD:
      add32(result, right);
      add64(result, right);
      result.bits = addBits(left.bits, right.bits);
      break;
    case Alu.SUB:
      sub32(result, right);
      sub64(result, right);
      result.bits = subBits(left.bits, right.bits);
      break;
    case Alu.NEG:
      negate(result, left);
      break;
    case Alu.MUL:
      result.bits = mulBits(left.bits, right.bits);
      mul32(result, right);
      mul64(result, right);
      break;
    case Alu.AND:
      result.bits = andBits(left.bits, right.bits);
      and32(result, right);
      and64(result, right);
      break;
    case Alu.OR:
      result.bits = orBits(left.bits, right.bits);
      or32(result, right);
      or64(result, right);
      break;
    case Alu.XOR:
      result.bits = xorBits(left.bits, right.bits);
      xor32(result);
      xor64(result);
      break;
    case Alu.LSH:
      if (width === 32) shl32(result, right.umaxL, right.uminL);
      else shl64(result, right.umaxL, right.uminL);
      break;
    case Alu.RSH:
      if (width === 32) shr32(result, right.uminL, right.umaxL);
      else shr64(result, right.uminL, right.umaxL);
      break;
    case Alu.ARSH:
      if (width === 32) sar32(result, right.uminL);
      else sar64(result, right.uminL);
      break;
  }
  if (width === 32) zeroExtend(result);
  return result.sync();
}

/** The result of constants, or undefined where the general way must decide. */
function fold(operation: number, left: Scalar, right: Scalar, width: 32 | 64): Scalar | undefined {
  const { vh: ah, vl: al } = left.bits;
  const { vh: bh, vl: bl } = right.bits;
  let high: number;
  let low: number;
  switch (operation) {
    case Alu.ADD:
      high = addHigh(ah, al, bh, bl);
      low = (al + bl) | 0;
      break;
    case Alu.SUB:
      high = subHigh(ah, al, bh, bl);
      low = (al - bl) | 0;
      break;
    case Alu.AND:
      high = ah & bh;
      low = al & bl;
      break;
    case Alu.OR:
      high = ah | bh;
      low = al | bl;
      break;
    case Alu.XOR:
      high = ah ^ bh;
      low = al ^ bl;
      break;
    default:
      return undefined;
  }
  return constant(width === 32 ? 0 : high, low);
}

/** Bounds of the low 32 bits become bounds of all 64, zeroes above. */
function zeroExtend(s: Scalar): void {
  s.bits = castBits(s.bits, 4);
  s.setUnsigned(0, s.umin32, 0, s.umax32);
  if (s.smin32 >= 0 && s.smax32 >= 0) s.setSigned(0, s.smin32, 0, s.smax32);
  else s.setSigned(0, 0, 0, -1);
}

/** The low bytes in reverse order: what is known of each bit moves with it. */
export function byteReversed(value: Scalar, bytes: number): Scalar {
  const result = new Scalar();
  result.bits = reverseBits(value.bits, bytes);
  return result.sync();
}

/** The low 32 bits, zeroes above. */
export function zeroExtended(value: Scalar): Scalar {
  const result = value.copy();
  zeroExtend(result);
  return result.sync();
}

function add64(d: Scalar, s: Scalar): void {
  const minH = addHigh(d.sminH, d.sminL, s.sminH, s.sminL);
  const maxH = addHigh(d.smaxH, d.smaxL, s.smaxH, s.smaxL);
  const overflow = addOverflows(d.sminH, s.sminH, minH) || addOverflows(d.smaxH, s.smaxH, maxH);
  if (overflow) d.setUnboundedSigned();
  else d.setSigned(minH, (d.sminL + s.sminL) | 0, maxH, (d.smaxL + s.smaxL) | 0);
  const uminH = addHigh(d.uminH, d.uminL, s.uminH, s.uminL);
  const uminL = (d.uminL + s.uminL) | 0;
  const umaxH = addHigh(d.umaxH, d.umaxL, s.umaxH, s.umaxL);
  const umaxL = (d.umaxL + s.umaxL) | 0;
  const minOverflows = ult(uminH, uminL, d.uminH, d.uminL);
  const maxOverflows = ult(umaxH, umaxL, d.umaxH, d.umaxL);
  // When all sums overflow or none does, the bounds wrap together.
  if (!minOverflows && maxOverflows) d.setUnboundedUnsigned();
  else d.setUnsigned(uminH, uminL, umaxH, umaxL);
}

function addOverflows(a: number, b: number, sum: number): boolean {
  return ((a ^ sum) & (b ^ sum)) < 0;
}

function subOverflows(a: number, b: number, difference: number): boolean {
  return ((a ^ b) & (a ^ difference)) < 0;
}

function add32(d: Scalar, s: Scalar): void {
  const min = (d.smin32 + s.smin32) | 0;
  const max = (d.smax32 + s.smax32) | 0;
  const overflow = addOverflows(d.smin32, s.smin32, min) || addOverflows(d.smax32, s.smax32, max);
  if (overflow) d.setUnboundedSigned32();
  else {
    d.smin32 = min;
    d.smax32 = max;
  }
  const umin = (d.umin32 + s.umin32) | 0;
  const umax = (d.umax32 + s.umax32) | 0;
  if (umin >>> 0 >= d.umin32 >>> 0 && umax >>> 0 < d.umax32 >>> 0) d.setUnboundedUnsigned32();
  else {
    d.umin32 = umin;
    d.umax32 = umax;
  }
}

function sub64(d: Scalar, s: Scalar): void {
  const minH = subHigh(d.sminH, d.sminL, s.smaxH, s.smaxL);
  const maxH = subHigh(d.smaxH, d.smaxL, s.sminH, s.sminL);
  const overflow = subOverflows(d.sminH, s.smaxH, minH) || subOverflows(d.smaxH, s.sminH, maxH);
  if (overflow) d.setUnboundedSigned();
  else d.setSigned(minH, (d.sminL - s.smaxL) | 0, maxH, (d.smaxL - s.sminL) | 0);
  const minUnderflows = ult(d.uminH, d.uminL, s.umaxH, s.umaxL);
  const maxUnderflows = ult(d.umaxH, d.umaxL, s.uminH, s.uminL);
  if (minUnderflows && !maxUnderflows) {
    d.setUnboundedUnsigned();
    return;
  }
  d.setUnsigned(
    subHigh(d.uminH, d.uminL, s.umaxH, s.umaxL),
    (d.uminL - s.umaxL) | 0,
    subHigh(d.umaxH, d.umaxL, s.uminH, s.uminL),
    (d.umaxL - s.uminL) | 0,
  );
}

function sub32(d: Scalar, s: Scalar): void {
  const min = (d.smin32 - s.smax32) | 0;
  const max = (d.smax32 - s.smin32) | 0;
  const overflow = subOverflows(d.smin32, s.smax32, min) || subOverflows(d.smax32, s.smin32, max);
  if (overflow) d.setUnboundedSigned32();
  else {
    d.smin32 = min;
    d.smax32 = max;
  }
  const minUnderflows = d.umin32 >>> 0 < s.umax32 >>> 0;
  const maxUnderflows = d.umax32 >>> 0 < s.umin32 >>> 0;
  if (minUnderflows && !maxUnderflows) {
    d.setUnboundedUnsigned32();
    return;
  }
  const umin = (d.umin32 - s.umax32) | 0;
  d.umax32 = (d.umax32 - s.umin32) | 0;
  d.umin32 = umin;
}

function negate(d: Scalar, operand: Scalar): void {
  Object.assign(d, ZERO);
  sub32(d, operand);
  sub64(d, operand);
  d.bits = negBits(operand.bits);
}

// The one operation whose bounds need more than 64 bits on the way; BigInt is only used for operands of more than 31 bits.
function mul64(d: Scalar, s: Scalar): void {
  if (isSmall(d) && isSmall(s)) {
    const min = d.uminL * s.uminL;
    const max = d.umaxL * s.umaxL;
    const minH = Math.floor(min / 0x1_0000_0000);
    const maxH = Math.floor(max / 0x1_0000_0000);
    // A product of 31-bit numbers has at most 62 bits, more than a double holds, so the low halves are multiplied alone.
    const minL = Math.imul(d.uminL, s.uminL);
    const maxL = Math.imul(d.umaxL, s.umaxL);
    if (max < Number.MAX_SAFE_INTEGER) {
      d.setUnsigned(minH, minL, maxH, maxL);
      d.setSigned(minH, minL, maxH, maxL);
      return;
    }
  }
  const umax = d.umax * s.umax;
  const umin = d.umin * s.umin;
  const products = [d.smin * s.smin, d.smin * s.smax, d.smax * s.smin, d.smax * s.smax];
  if (umax >= U64_LIMIT || umin >= U64_LIMIT) d.setUnboundedUnsigned();
  else d.setUnsigned(highOf(umin), lowOf(umin), highOf(umax), lowOf(umax));
  if (products.some((product) => product >= S64_LIMIT || product < -S64_LIMIT)) {
    d.setUnboundedSigned();
    return;
  }
  const min = products.reduce((a, b) => (b < a ? b : a));
  const max = products.reduce((a, b) => (b > a ? b : a));
  d.setSigned(highOf(min), lowOf(min), highOf(max), lowOf(max));
}

/** Non-negative and below 2^31 in every view. */
function isSmall(s: Scalar): boolean {
  return s.umaxH === 0 && s.umaxL >= 0 && s.sminH === 0 && s.smaxH === 0 && s.sminL === s.uminL && s.smaxL === s.umaxL;
}

function mul32(d: Scalar, s: Scalar): void {
  const products = [d.smin32 * s.smin32, d.smin32 * s.smax32, d.smax32 * s.smin32, d.smax32 * s.smax32];
  const umin = (d.umin32 >>> 0) * (s.umin32 >>> 0);
  const umax = (d.umax32 >>> 0) * (s.umax32 >>> 0);
  if (umax > 0xffff_ffff || umin > 0xffff_ffff) d.setUnboundedUnsigned32();
  else {
    d.umin32 = umin | 0;
    d.umax32 = umax | 0;
  }
  const min = Math.min(...products);
  const max = Math.max(...products);
  if (min < MIN || max > 0x7fff_ffff) d.setUnboundedSigned32();
  else {
    // A product of zero and a negative number is -0 here.
    d.smin32 = min | 0;
    d.smax32 = max | 0;
  }
}

function and64(d: Scalar, s: Scalar): void {
  const { vh, vl } = d.bits;
  d.uminH = vh;
  d.uminL = vl;
  d.lowerUmax(s.umaxH, s.umaxL);
  signedFromUnsigned64(d);
  d.updateFromBits();
}

function or64(d: Scalar, s: Scalar): void {
  const { vh, vl, mh, ml } = d.bits;
  d.raiseUmin(s.uminH, s.uminL);
  d.umaxH = vh | mh;
  d.umaxL = vl | ml;
  signedFromUnsigned64(d);
  d.updateFromBits();
}

function xor64(d: Scalar): void {
  const { vh, vl, mh, ml } = d.bits;
  d.setUnsigned(vh, vl, vh | mh, vl | ml);
  signedFromUnsigned64(d);
  d.updateFromBits();
}

/** The signed bounds are the unsigned ones when those do not cross the sign. */
function signedFromUnsigned64(d: Scalar): void {
  if (slt(d.umaxH, d.umaxL, d.uminH, d.uminL)) d.setUnboundedSigned();
  else d.setSigned(d.uminH, d.uminL, d.umaxH, d.umaxL);
}

function and32(d: Scalar, s: Scalar): void {
  d.umin32 = d.bits.vl;
  d.lowerUmax32(s.umax32);
  signedFromUnsigned32(d);
}

function or32(d: Scalar, s: Scalar): void {
  d.raiseUmin32(s.umin32);
  d.umax32 = d.bits.vl | d.bits.ml;
  signedFromUnsigned32(d);
}

function xor32(d: Scalar): void {
  d.umin32 = d.bits.vl;
  d.umax32 = d.bits.vl | d.bits.ml;
  signedFromUnsigned32(d);
}

function signedFromUnsigned32(d: Scalar): void {
  if (d.umin32 <= d.umax32) {
    d.smin32 = d.umin32;
    d.smax32 = d.umax32;
  } else {
    d.setUnboundedSigned32();
  }
}

function shl32Bounds(d: Scalar, max: number, min: number): void {
  d.setUnboundedSigned32();
  // Bits might be shifted out at the top.
  if (max > 31 || d.umax32 >>> 0 > 2 ** (31 - max)) d.setUnboundedUnsigned32();
  else {
    d.umin32 <<= min;
    d.umax32 <<= max;
  }
}

function shl32(d: Scalar, max: number, min: number): void {
  const low = castBits(d.bits, 4);
  shl32Bounds(d, max, min);
  d.bits = castBits(shlBits(low, min), 4);
  d.setUnbounded64();
  d.updateFromBits();
}

function shl64(d: Scalar, max: number, min: number): void {
  // The two shifts by 32 with which compilers extend the sign of a 32-bit value.
  const pair = min === 32 && max === 32;
  if (pair && d.smax32 >= 0) {
    d.smaxH = d.smax32;
    d.smaxL = 0;
  } else {
    d.smaxH = 0x7fff_ffff;
    d.smaxL = -1;
  }
  if (pair && d.smin32 >= 0) {
    d.sminH = d.smin32;
    d.sminL = 0;
  } else {
    d.sminH = MIN;
    d.sminL = 0;
  }
  const limit = 63 - max;
  if (ult(shlHigh(0, 1, limit), shlLow(1, limit), d.umaxH, d.umaxL)) d.setUnboundedUnsigned();
  else {
    d.setUnsigned(
      shlHigh(d.uminH, d.uminL, min),
      shlLow(d.uminL, min),
      shlHigh(d.umaxH, d.umaxL, max),
      shlLow(d.umaxL, max),
    );
  }
  shl32Bounds(d, max, min);
  d.bits = shlBits(d.bits, min);
  d.updateFromBits();
}

function shr32(d: Scalar, min: number, max: number): void {
  const low = castBits(d.bits, 4);
  d.setUnboundedSigned32();
  d.bits = shrBits(low, min);
  d.umin32 = (d.umin32 >>> max) | 0;
  d.umax32 = (d.umax32 >>> min) | 0;
  d.setUnbounded64();
  d.updateFromBits();
}

function shr64(d: Scalar, min: number, max: number): void {
  d.setUnboundedSigned();
  d.bits = shrBits(d.bits, min);
  d.setUnsigned(
    shrHigh(d.uminH, max),
    shrLow(d.uminH, d.uminL, max),
    shrHigh(d.umaxH, min),
    shrLow(d.umaxH, d.umaxL, min),
  );
  d.setUnbounded32();
  d.updateFromBits();
}

function sar32(d: Scalar, count: number): void {
  d.smin32 >>= count;
  d.smax32 >>= count;
  d.bits = sarBits(castBits(d.bits, 4), count, 32);
  d.setUnboundedUnsigned32();
  d.setUnbounded64();
  d.updateFromBits();
}

function sar64(d: Scalar, count: number): void {
  d.setSigned(
    sarHigh(d.sminH, count),
    sarLow(d.sminH, d.sminL, count),
    sarHigh(d.smaxH, count),
    sarLow(d.smaxH, d.smaxL, count),
  );
  d.bits = sarBits(d.bits, count, 64);
  d.setUnboundedUnsigned();
  d.setUnbounded32();
  d.updateFromBits();
}

/** The low bytes sign-extended to 64 bits. */
export function signExtended64(value: Scalar, bytes: number): Scalar {
  const shift = 64 - bytes * 8;
  if (isConstant(value.bits)) {
    const h = shlHigh(value.bits.vh, value.bits.vl, shift);
    const l = shlLow(value.bits.vl, shift);
    return constant(sarHigh(h, shift), sarLow(h, l, shift));
  }
  const min = sarLow(shlHigh(value.sminH, value.sminL, shift), shlLow(value.sminL, shift), shift);
  const max = sarLow(shlHigh(value.smaxH, value.smaxL, shift), shlLow(value.smaxL, shift), shift);
  const width = bytes * 8;
  const sameAbove =
    sarHigh(value.sminH, width) === sarHigh(value.smaxH, width) &&
    sarLow(value.sminH, value.sminL, width) === sarLow(value.smaxH, value.smaxL, width);
  return signBounded(sameAbove, min, max, width);
}

/** The low bytes sign-extended to 32 bits, zeroes above. */
export function signExtended32(value: Scalar, bytes: number): Scalar {
  const shift = 32 - bytes * 8;
  if (isConstant(value.bits)) return constant(0, (value.bits.vl << shift) >> shift);
  const width = bytes * 8;
  const sameAbove = value.smin32 >> width === value.smax32 >> width;
  const min = (value.smin32 << shift) >> shift;
  const max = (value.smax32 << shift) >> shift;
  const result = signBounded(sameAbove, min, max, width).copy();
  zeroExtend(result);
  return result.sync();
}

// Bounds of a sign-extended value of so many bits: those given when extending keeps the order of the values, else the widest.
function signBounded(sameAbove: boolean, min: number, max: number, width: number): Scalar {
  const s = new Scalar();
  const ordered = sameAbove && min >= 0 === max >= 0;
  s.smin32 = ordered ? Math.min(min, max) : -(2 ** (width - 1)) | 0;
  s.smax32 = ordered ? Math.max(min, max) : (2 ** (width - 1) - 1) | 0;
  s.setSigned(s.smin32 >> 31, s.smin32, s.smax32 >> 31, s.smax32);
  return s.sync();
}
