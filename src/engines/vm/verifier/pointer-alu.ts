// Adding numbers to pointers and subtracting them (adjust_ptr_min_max_vals() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Alu, Class } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';
import { checkMapBounds } from './map-access.ts';
import { operatorTexts } from './operators.ts';
import { baseOf, Flag, isPacketPointer, type Register, Type, typeName, UNKNOWN_SCALAR } from './register.ts';
import { Errno, Rejection, reject } from './rejection.ts';
import type { Scalar } from './scalar.ts';
import { MAX_STACK, MAX_VARIABLE_OFFSET } from './stack.ts';
import { addBits, formatBits, isConstant, subBits } from './tnum.ts';
import { addHigh, slt, subHigh, toNumber, ult } from './word.ts';

const MIN = 0x8000_0000 | 0;

/** Pointers that numbers may be added to. */
const movable: ReadonlySet<number> = new Set([
  Type.CTX,
  Type.MAP_VALUE,
  Type.MAP_KEY,
  Type.STACK,
  Type.PACKET_META,
  Type.PACKET,
  Type.TP_BUFFER,
  Type.BTF_ID,
  Type.MEM,
  Type.BUF,
  Type.FUNC,
  Type.DYNPTR,
]);

/** Puts `pointer ± distance` into the destination; `reversed` when the destination held the number. */
export function adjustPointer(
  env: Environment,
  i: number,
  from: Register,
  distance: Register,
  reversed: boolean,
): void {
  const number = env.dst[i]!;
  const code = env.code[i]!;
  const operation = code & 0xf0;
  const { value } = distance;
  if (isContradiction(value)) {
    env.registers[number] = UNKNOWN_SCALAR;
    return;
  }
  if ((code & 0x07) !== Class.ALU64) {
    if (operation !== Alu.SUB || !env.privileged) {
      reject(Errno.EACCES, `R${number} 32-bit pointer arithmetic prohibited`, number);
    }
    env.registers[number] = UNKNOWN_SCALAR;
    return;
  }
  checkMovable(number, from, operation, value);
  checkSane(distance, from.type, number);
  checkSane(from, from.type, number);
  if (!env.privileged && (operation === Alu.ADD || operation === Alu.SUB)) sanitize(env, i, from, value, reversed);
  const result = moved(env, number, operation, from, value, reversed);
  checkSane(result, from.type, number);
  env.registers[number] = result;
  if (!env.privileged) checkUnprivilegedBounds(env, number, result);
}

/** Bounds that no value has: what is left of a branch that cannot be taken. */
function isContradiction(s: Scalar): boolean {
  if (
    isConstant(s.bits) &&
    (s.sminH !== s.smaxH || s.sminL !== s.smaxL || s.uminH !== s.umaxH || s.uminL !== s.umaxL)
  ) {
    return true;
  }
  return slt(s.smaxH, s.smaxL, s.sminH, s.sminL) || ult(s.umaxH, s.umaxL, s.uminH, s.uminL);
}

function checkMovable(number: number, from: Register, operation: number, value: Scalar): void {
  const { type } = from;
  if (type & Flag.MAYBE_NULL) {
    const text = `R${number} pointer arithmetic on ${typeName(type)} prohibited, null-check it first`;
    reject(Errno.EACCES, text, number);
  }
  const base = baseOf(type);
  if (movable.has(base)) return;
  const known = value.isConstant;
  if (base === Type.FLOW_KEYS && known) return;
  const zero = known && (value.bits.vh | value.bits.vl) === 0 && operation === Alu.ADD;
  if ((base === Type.MAP || base === Type.FLOW_KEYS) && zero) return;
  reject(Errno.EACCES, `R${number} pointer arithmetic on ${typeName(type)} prohibited`, number);
}

/** Offsets stay far below what could overflow (check_reg_sane_offset()). */
function checkSane(register: Register, type: number, number: number): void {
  const { value, off } = register;
  if (value.isConstant) {
    const known = toNumber(value.bits.vh, value.bits.vl);
    if (known >= MAX_VARIABLE_OFFSET || known <= -MAX_VARIABLE_OFFSET) {
      const text = BigInt.asIntN(64, value.umin);
      reject(Errno.EINVAL, `math between ${typeName(type)} pointer and ${text} is not allowed`, number);
    }
  }
  if (off >= MAX_VARIABLE_OFFSET || off <= -MAX_VARIABLE_OFFSET) {
    reject(Errno.EINVAL, `${typeName(type)} pointer offset ${off} is not allowed`, number);
  }
  if (value.sminH === MIN && value.sminL === 0) {
    const text = `math between ${typeName(type)} pointer and register with unbounded min value is not allowed`;
    reject(Errno.EINVAL, text, number);
  }
  const min = toNumber(value.sminH, value.sminL);
  if (min >= MAX_VARIABLE_OFFSET || min <= -MAX_VARIABLE_OFFSET) {
    reject(Errno.EINVAL, `value ${value.smin} makes ${typeName(type)} pointer be out of bounds`, number);
  }
}

function moved(
  env: Environment,
  number: number,
  operation: number,
  from: Register,
  distance: Scalar,
  reversed: boolean,
): Register {
  switch (operation) {
    case Alu.ADD:
      return advanced(env, from, distance);
    case Alu.SUB:
      if (reversed) reject(Errno.EACCES, `R${number} tried to subtract pointer from scalar`, number);
      if (from.type === Type.STACK)
        reject(Errno.EACCES, `R${number} subtraction from stack pointer prohibited`, number);
      return retreated(env, from, distance);
    case Alu.AND:
    case Alu.OR:
    case Alu.XOR: {
      const text = `R${number} bitwise operator ${operatorTexts[operation >> 4]} on pointer prohibited`;
      return reject(Errno.EACCES, text, number);
    }
    default: {
      const text = `R${number} pointer arithmetic with ${operatorTexts[operation >> 4]} operator prohibited`;
      return reject(Errno.EACCES, text, number);
    }
  }
}

function advanced(env: Environment, from: Register, distance: Scalar): Register {
  if (distance.isConstant) {
    const off = from.off + toNumber(distance.bits.vh, distance.bits.vl);
    if (off === (off | 0)) return from.moved(off, from.value);
  }
  const d = from.value.copy();
  d.setUnbounded32();
  const minH = addHigh(d.sminH, d.sminL, distance.sminH, distance.sminL);
  const maxH = addHigh(d.smaxH, d.smaxL, distance.smaxH, distance.smaxL);
  const overflows =
    ((d.sminH ^ minH) & (distance.sminH ^ minH)) < 0 || ((d.smaxH ^ maxH) & (distance.smaxH ^ maxH)) < 0;
  if (overflows) d.setUnboundedSigned();
  else d.setSigned(minH, (d.sminL + distance.sminL) | 0, maxH, (d.smaxL + distance.smaxL) | 0);
  const uminH = addHigh(d.uminH, d.uminL, distance.uminH, distance.uminL);
  const uminL = (d.uminL + distance.uminL) | 0;
  const umaxH = addHigh(d.umaxH, d.umaxL, distance.umaxH, distance.umaxL);
  const umaxL = (d.umaxL + distance.umaxL) | 0;
  if (ult(uminH, uminL, d.uminH, d.uminL) || ult(umaxH, umaxL, d.umaxH, d.umaxL)) d.setUnboundedUnsigned();
  else d.setUnsigned(uminH, uminL, umaxH, umaxL);
  d.bits = addBits(from.value.bits, distance.bits);
  d.sync();
  // A packet pointer at a new place was not compared with the end yet.
  return isPacketPointer(from.type) ? from.moved(from.off, d, env.nextId(), 0) : from.moved(from.off, d);
}

function retreated(env: Environment, from: Register, distance: Scalar): Register {
  if (distance.isConstant) {
    const off = from.off - toNumber(distance.bits.vh, distance.bits.vl);
    if (off === (off | 0)) return from.moved(off, from.value);
  }
  const d = from.value.copy();
  d.setUnbounded32();
  const minH = subHigh(d.sminH, d.sminL, distance.smaxH, distance.smaxL);
  const maxH = subHigh(d.smaxH, d.smaxL, distance.sminH, distance.sminL);
  const overflows =
    ((d.sminH ^ distance.smaxH) & (d.sminH ^ minH)) < 0 || ((d.smaxH ^ distance.sminH) & (d.smaxH ^ maxH)) < 0;
  if (overflows) d.setUnboundedSigned();
  else d.setSigned(minH, (d.sminL - distance.smaxL) | 0, maxH, (d.smaxL - distance.sminL) | 0);
  if (ult(d.uminH, d.uminL, distance.umaxH, distance.umaxL)) d.setUnboundedUnsigned();
  else {
    d.setUnsigned(
      subHigh(d.uminH, d.uminL, distance.umaxH, distance.umaxL),
      (d.uminL - distance.umaxL) | 0,
      subHigh(d.umaxH, d.umaxL, distance.uminH, distance.uminL),
      (d.umaxL - distance.uminL) | 0,
    );
  }
  d.bits = subBits(from.value.bits, distance.bits);
  d.sync();
  if (!isPacketPointer(from.type)) return from.moved(from.off, d);
  // Going back by something that is not negative leaves what was checked behind it valid.
  return from.moved(from.off, d, env.nextId(), distance.sminH < 0 ? 0 : from.extent);
}

const PROHIBITED = 'pointer arithmetic with it prohibited for !root';

// Without privileges the kernel masks such arithmetic against speculation, which it can for some shapes only
// (sanitize_ptr_alu()).
function sanitize(env: Environment, i: number, from: Register, distance: Scalar, reversed: boolean): void {
  if ((env.code[i]! & 0x08) === 0) return;
  const number = env.dst[i]!;
  const offNumber = reversed ? number : env.src[i]!;
  const operation = env.code[i]! & 0xf0;
  const negative = distance.sminH < 0;
  if (!distance.isConstant && negative !== distance.smaxH < 0) {
    const text = `R${offNumber} has unknown scalar with mixed signed bounds, ${PROHIBITED}`;
    reject(Errno.EACCES, text, offNumber);
  }
  const left = (operation === Alu.ADD) === negative;
  const base = baseOf(from.type);
  if (base !== Type.STACK && base !== Type.MAP_VALUE) {
    reject(Errno.EACCES, `R${number} has pointer with unsupported alu operation, ${PROHIBITED}`, number);
  }
  const { value, off } = from;
  const limit =
    base === Type.STACK
      ? -(value.bits.vl + off)
      : (left ? toNumber(value.sminH, value.sminL) : toNumber(value.umaxH, value.umaxL)) + off;
  const max = base === Type.STACK ? MAX_STACK + (left ? 1 : 0) : env.maps[from.map]!.valueSize;
  if (limit < 0 || limit >= max) {
    const verb = operation === Alu.ADD ? 'add' : 'sub';
    reject(Errno.EACCES, `R${number} tried to ${verb} beyond pointer bounds, ${PROHIBITED}`, number);
  }
  checkSamePath(env, i, from, limit, left);
}

/** One instruction can be masked in one way only. */
function checkSamePath(env: Environment, i: number, from: Register, limit: number, left: boolean): void {
  const way = `${from.type} ${limit} ${left}`;
  const known = env.maskings.get(i);
  if (known !== undefined && known !== way) {
    const verb = (env.code[i]! & 0xf0) === Alu.ADD ? 'add' : 'sub';
    const number = env.dst[i]!;
    const text = `R${number} tried to ${verb} from different maps, paths or scalars, ${PROHIBITED}`;
    reject(Errno.EACCES, text, number);
  }
  env.maskings.set(i, way);
}

function checkUnprivilegedBounds(env: Environment, number: number, result: Register): void {
  if (result.type === Type.STACK) {
    const off = result.off + result.value.bits.vl;
    if (!result.value.isConstant) {
      const bits = formatBits(result.value.bits);
      reject(Errno.EACCES, `R${number} variable stack access prohibited for !root, var_off=${bits} off=${off}`, number);
    }
    if (off >= 0 || off < -MAX_STACK) {
      const text = `R${number} stack pointer arithmetic goes out of range, prohibited for !root; off=${off}`;
      reject(Errno.EACCES, text, number);
    }
  }
  if (result.type !== Type.MAP_VALUE) return;
  try {
    checkMapBounds(env, number, result.off, 1, false, 'helper');
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const text = `${error.message}\nR${number} pointer arithmetic of map value goes out of range, prohibited for !root`;
    reject(Errno.EACCES, text, number);
  }
}
