// What a comparison says of values: whether its outcome is known, and what the values can be on either side of it
// (is_scalar_branch_taken() and regs_refine_cond_op() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Jump } from '../../../isa/index.ts';
import type { Scalar } from './scalar.ts';
import {
  andBits,
  castBits,
  constantBits,
  intersectBits,
  isConstant,
  isConstantLow,
  orBits,
  overlapBits,
  type Tnum,
  withLowBits,
} from './tnum.ts';
import { slt, ult } from './word.ts';

/** The opposite of JSET, which no instruction has. */
export const NOT_SET = Jump.JSET | 0x08;

const opposites: Readonly<Record<number, number>> = {
  [Jump.JEQ]: Jump.JNE,
  [Jump.JNE]: Jump.JEQ,
  [Jump.JGT]: Jump.JLE,
  [Jump.JLE]: Jump.JGT,
  [Jump.JGE]: Jump.JLT,
  [Jump.JLT]: Jump.JGE,
  [Jump.JSGT]: Jump.JSLE,
  [Jump.JSLE]: Jump.JSGT,
  [Jump.JSGE]: Jump.JSLT,
  [Jump.JSLT]: Jump.JSGE,
  [Jump.JSET]: NOT_SET,
  [NOT_SET]: Jump.JSET,
};

const swapped: Readonly<Record<number, number>> = {
  [Jump.JGT]: Jump.JLT,
  [Jump.JLT]: Jump.JGT,
  [Jump.JGE]: Jump.JLE,
  [Jump.JLE]: Jump.JGE,
  [Jump.JSGT]: Jump.JSLT,
  [Jump.JSLT]: Jump.JSGT,
  [Jump.JSGE]: Jump.JSLE,
  [Jump.JSLE]: Jump.JSGE,
};

/** The operation that holds where the given one does not. */
export function opposite(operation: number): number {
  return opposites[operation]!;
}

/** The operation with its operands exchanged. */
export function exchanged(operation: number): number {
  return swapped[operation] ?? operation;
}

/** 1 when the comparison always holds, 0 when it never does, -1 when both are possible. */
export function predict(operation: number, a: Scalar, b: Scalar, width: 32 | 64): 0 | 1 | -1 {
  switch (operation) {
    case Jump.JEQ:
      return predictEqual(a, b, width);
    case Jump.JNE: {
      const equal = predictEqual(a, b, width);
      return equal === -1 ? -1 : equal === 1 ? 0 : 1;
    }
    case Jump.JSET:
      return predictSet(a, b, width);
    case Jump.JGT:
      return unsignedLess(b, a, width);
    case Jump.JLT:
      return unsignedLess(a, b, width);
    case Jump.JGE:
      return not(unsignedLess(a, b, width));
    case Jump.JLE:
      return not(unsignedLess(b, a, width));
    case Jump.JSGT:
      return signedLess(b, a, width);
    case Jump.JSLT:
      return signedLess(a, b, width);
    case Jump.JSGE:
      return not(signedLess(a, b, width));
    default:
      return not(signedLess(b, a, width));
  }
}

function not(outcome: 0 | 1 | -1): 0 | 1 | -1 {
  return outcome === -1 ? -1 : outcome === 1 ? 0 : 1;
}

function unsignedLess(a: Scalar, b: Scalar, width: 32 | 64): 0 | 1 | -1 {
  if (width === 32) {
    if (a.umax32 >>> 0 < b.umin32 >>> 0) return 1;
    return a.umin32 >>> 0 >= b.umax32 >>> 0 ? 0 : -1;
  }
  if (ult(a.umaxH, a.umaxL, b.uminH, b.uminL)) return 1;
  return ult(a.uminH, a.uminL, b.umaxH, b.umaxL) ? -1 : 0;
}

function signedLess(a: Scalar, b: Scalar, width: 32 | 64): 0 | 1 | -1 {
  if (width === 32) {
    if (a.smax32 < b.smin32) return 1;
    return a.smin32 >= b.smax32 ? 0 : -1;
  }
  if (slt(a.smaxH, a.smaxL, b.sminH, b.sminL)) return 1;
  return slt(a.sminH, a.sminL, b.smaxH, b.smaxL) ? -1 : 0;
}

function predictEqual(a: Scalar, b: Scalar, width: 32 | 64): 0 | 1 | -1 {
  const x = width === 32 ? castBits(a.bits, 4) : a.bits;
  const y = width === 32 ? castBits(b.bits, 4) : b.bits;
  if (isConstant(x) && isConstant(y)) return x.vh === y.vh && x.vl === y.vl ? 1 : 0;
  if (!overlapBits(x, y) || disjoint32(a, b)) return 0;
  if (width === 32) return -1;
  const apart =
    ult(b.umaxH, b.umaxL, a.uminH, a.uminL) ||
    ult(a.umaxH, a.umaxL, b.uminH, b.uminL) ||
    slt(b.smaxH, b.smaxL, a.sminH, a.sminL) ||
    slt(a.smaxH, a.smaxL, b.sminH, b.sminL);
  return apart ? 0 : -1;
}

function disjoint32(a: Scalar, b: Scalar): boolean {
  return (
    a.umin32 >>> 0 > b.umax32 >>> 0 || a.umax32 >>> 0 < b.umin32 >>> 0 || a.smin32 > b.smax32 || a.smax32 < b.smin32
  );
}

function isConstantIn(s: Scalar, width: 32 | 64): boolean {
  return width === 32 ? isConstantLow(s.bits) : isConstant(s.bits);
}

function predictSet(first: Scalar, second: Scalar, width: 32 | 64): 0 | 1 | -1 {
  const [value, mask] = isConstantIn(second, width) ? [first, second] : [second, first];
  if (!isConstantIn(mask, width)) return -1;
  const { vh, vl, mh, ml } = value.bits;
  const high = width === 32 ? 0 : mask.bits.vh;
  const low = mask.bits.vl;
  if ((vh & high) | (vl & low)) return 1;
  return ((vh | mh) & high) | ((vl | ml) & low) ? -1 : 0;
}

/** Narrows two values to those for which the comparison holds. Both are changed; both may be the same value's copies. */
export function refine(operation: number, a: Scalar, b: Scalar, width: 32 | 64): void {
  refineBounds(operation, a, b, width);
  a.sync();
  b.sync();
}

function refineBounds(operation: number, a: Scalar, b: Scalar, width: 32 | 64): void {
  switch (operation) {
    case Jump.JEQ:
      if (width === 32) refineEqual32(a, b);
      else refineEqual64(a, b);
      break;
    case Jump.JNE:
      withConstant(a, b, width, refineNotEqual);
      break;
    case Jump.JSET:
      withConstant(a, b, width, refineSet);
      break;
    case NOT_SET:
      withConstant(a, b, width, refineNotSet);
      break;
    case Jump.JLE:
    case Jump.JLT:
      refineUnsignedLess(a, b, width, operation === Jump.JLT);
      break;
    case Jump.JSLE:
    case Jump.JSLT:
      refineSignedLess(a, b, width, operation === Jump.JSLT);
      break;
    default:
      refineBounds(exchanged(operation), b, a, width);
  }
}

function withConstant(
  a: Scalar,
  b: Scalar,
  width: 32 | 64,
  refineBy: (value: Scalar, by: Tnum, width: 32 | 64) => void,
): void {
  if (isConstantIn(b, width)) refineBy(a, b.bits, width);
  else if (isConstantIn(a, width)) refineBy(b, a.bits, width);
}

function refineEqual32(a: Scalar, b: Scalar): void {
  a.raiseUmin32(b.umin32);
  a.lowerUmax32(b.umax32);
  a.raiseSmin32(b.smin32);
  a.lowerSmax32(b.smax32);
  b.umin32 = a.umin32;
  b.umax32 = a.umax32;
  b.smin32 = a.smin32;
  b.smax32 = a.smax32;
  const low = intersectBits(castBits(a.bits, 4), castBits(b.bits, 4));
  a.bits = withLowBits(a.bits, low);
  b.bits = withLowBits(b.bits, low);
}

function refineEqual64(a: Scalar, b: Scalar): void {
  a.raiseUmin(b.uminH, b.uminL);
  a.lowerUmax(b.umaxH, b.umaxL);
  a.raiseSmin(b.sminH, b.sminL);
  a.lowerSmax(b.smaxH, b.smaxL);
  b.setUnsigned(a.uminH, a.uminL, a.umaxH, a.umaxL);
  b.setSigned(a.sminH, a.sminL, a.smaxH, a.smaxL);
  a.bits = intersectBits(a.bits, b.bits);
  b.bits = a.bits;
}

// A constant at the edge of a range takes the edge off.
function refineNotEqual(value: Scalar, by: Tnum, width: 32 | 64): void {
  const { vh: h, vl: l } = by;
  if (width === 32) {
    if (value.umin32 === l) value.umin32 = (value.umin32 + 1) | 0;
    if (value.umax32 === l) value.umax32 = (value.umax32 - 1) | 0;
    if (value.smin32 === l) value.smin32 = (value.smin32 + 1) | 0;
    if (value.smax32 === l) value.smax32 = (value.smax32 - 1) | 0;
    return;
  }
  if (value.uminH === h && value.uminL === l) {
    value.uminL = (l + 1) | 0;
    value.uminH = (h + (value.uminL === 0 ? 1 : 0)) | 0;
  }
  if (value.umaxH === h && value.umaxL === l) {
    value.umaxL = (l - 1) | 0;
    value.umaxH = (h - (l === 0 ? 1 : 0)) | 0;
  }
  if (value.sminH === h && value.sminL === l) {
    value.sminL = (l + 1) | 0;
    value.sminH = (h + (value.sminL === 0 ? 1 : 0)) | 0;
  }
  if (value.smaxH === h && value.smaxL === l) {
    value.smaxL = (l - 1) | 0;
    value.smaxH = (h - (l === 0 ? 1 : 0)) | 0;
  }
}

function isPowerOfTwo(h: number, l: number): boolean {
  if (h === 0) return l !== 0 && (l & (l - 1)) === 0;
  return l === 0 && (h & (h - 1)) === 0;
}

function refineSet(value: Scalar, by: Tnum, width: 32 | 64): void {
  const high = width === 32 ? 0 : by.vh;
  if (isPowerOfTwo(high, by.vl)) value.bits = orBits(value.bits, constantBits(high, by.vl));
}

function refineNotSet(value: Scalar, by: Tnum, width: 32 | 64): void {
  // On a branch that cannot be taken the old bounds would contradict the new bits.
  value.setUnbounded64();
  value.setUnbounded32();
  value.bits = andBits(value.bits, constantBits(width === 32 ? -1 : ~by.vh, ~by.vl));
}

function refineUnsignedLess(a: Scalar, b: Scalar, width: 32 | 64, strict: boolean): void {
  const step = strict ? 1 : 0;
  if (width === 32) {
    a.lowerUmax32((b.umax32 - step) | 0);
    b.raiseUmin32((a.umin32 + step) | 0);
    return;
  }
  a.lowerUmax((b.umaxH - (step > b.umaxL >>> 0 ? 1 : 0)) | 0, (b.umaxL - step) | 0);
  const low = (a.uminL + step) | 0;
  b.raiseUmin((a.uminH + (strict && low === 0 ? 1 : 0)) | 0, low);
}

function refineSignedLess(a: Scalar, b: Scalar, width: 32 | 64, strict: boolean): void {
  const step = strict ? 1 : 0;
  if (width === 32) {
    a.lowerSmax32((b.smax32 - step) | 0);
    b.raiseSmin32((a.smin32 + step) | 0);
    return;
  }
  a.lowerSmax((b.smaxH - (step > b.smaxL >>> 0 ? 1 : 0)) | 0, (b.smaxL - step) | 0);
  const low = (a.sminL + step) | 0;
  b.raiseSmin((a.sminH + (strict && low === 0 ? 1 : 0)) | 0, low);
}
