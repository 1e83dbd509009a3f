// Arithmetic instructions on registers: numbers, and pointers to which numbers are added
// (check_alu_op() and adjust_reg_min_max_vals() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Alu, Class, validateOperation } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';
import { operatorTexts } from './operators.ts';
import { adjustPointer } from './pointer-alu.ts';
import { markPrecise } from './precision.ts';
import { ADD_CONST, isScalar, type Register, scalar, UNKNOWN_SCALAR } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { constant, constant32, type Scalar, truncated } from './scalar.ts';
import { byteReversed, calculate, signExtended32, signExtended64, zeroExtended } from './scalar-alu.ts';
import { identified } from './stack.ts';
import { bitLength } from './word.ts';

/** Walks over one instruction of class ALU or ALU64. */
export function checkAlu(env: Environment, i: number): void {
  switch (env.code[i]! & 0xf0) {
    case Alu.END:
    case Alu.NEG:
      checkUnary(env, i);
      return;
    case Alu.MOV:
      checkMove(env, i);
      return;
    default:
      checkBinary(env, i);
  }
}

function widthOf(env: Environment, i: number): 32 | 64 {
  return (env.code[i]! & 0x07) === Class.ALU64 ? 64 : 32;
}

function checkUnary(env: Environment, i: number): void {
  const number = env.dst[i]!;
  const register = env.readable(number);
  if (!env.privileged && !isScalar(register)) {
    reject(Errno.EACCES, `R${number} pointer arithmetic prohibited`, number);
  }
  env.checkWritable(number);
  env.registers[number] = isScalar(register) ? unary(env, i, register) : UNKNOWN_SCALAR;
}

function unary(env: Environment, i: number, register: Register): Register {
  const { value } = register;
  const code = env.code[i]!;
  if ((code & 0xf0) === Alu.NEG) return scalar(calculate(Alu.NEG, value, value, widthOf(env, i)));
  const bytes = env.imm[i]! >> 3;
  // On a little-endian machine `le` only cuts.
  const reverses = (code & 0x07) === Class.ALU64 || (code & 0x08) !== 0;
  return scalar(reverses ? byteReversed(value, bytes) : truncated(value, bytes));
}

function checkMove(env: Environment, i: number): void {
  const number = env.dst[i]!;
  const wide = widthOf(env, i) === 64;
  if ((env.code[i]! & 0x08) === 0) {
    env.checkWritable(number);
    const imm = env.imm[i]!;
    env.registers[number] = scalar(wide ? constant32(imm) : constant(0, imm));
    return;
  }
  const from = env.src[i]!;
  env.readable(from);
  env.checkWritable(number);
  if (env.imm[i] !== 0) {
    reject(Errno.EINVAL, 'addr_space_cast insn can only be used in a program that has an associated arena');
  }
  env.registers[number] = wide ? moved64(env, i, from) : moved32(env, i, from);
}

function moved64(env: Environment, i: number, from: number): Register {
  const off = env.off[i]!;
  if (off === 0) return shared(env, from);
  const source = env.registers[from]!;
  if (!isScalar(source)) {
    if (!env.privileged) reject(Errno.EACCES, `R${from} sign-extension part of pointer`, from);
    return UNKNOWN_SCALAR;
  }
  return extended(env, from, off, signExtended64(source.value, off >> 3));
}

function moved32(env: Environment, i: number, from: number): Register {
  const off = env.off[i]!;
  const source = env.registers[from]!;
  if (!isScalar(source)) {
    if (!env.privileged) reject(Errno.EACCES, `R${from} partial copy of pointer`, from);
    return scalar(zeroExtended(UNKNOWN_SCALAR.value));
  }
  if (off !== 0) return extended(env, from, off, signExtended32(source.value, off >> 3));
  const fits = source.value.umaxH === 0;
  if (fits) return shared(env, from);
  return scalar(zeroExtended(source.value));
}

/** The source itself: both are known to be equal from here on. */
function shared(env: Environment, from: number): Register {
  const source = env.registers[from]!;
  if (!isScalar(source)) return source;
  const named = identified(env, source);
  env.registers[from] = named;
  return named;
}

// A value whose sign bit is clear is its own extension, so the two stay equal.
function extended(env: Environment, from: number, bits: number, value: Scalar): Register {
  const source = env.registers[from]!;
  const { umaxH, umaxL } = source.value;
  if (bitLength(umaxH, umaxL) >= bits) return scalar(value);
  return shared(env, from).withValue(value);
}

function checkBinary(env: Environment, i: number): void {
  const code = env.code[i]!;
  const number = env.dst[i]!;
  const hasRegister = (code & 0x08) !== 0;
  if (hasRegister) env.readable(env.src[i]!);
  const left = env.readable(number);
  const wrong = validateOperation(env.instructions[i]!);
  if (wrong) reject(Errno.EINVAL, wrong);
  env.checkWritable(number);
  const right = hasRegister ? env.registers[env.src[i]!]! : scalar(constant32(env.imm[i]!));
  if (env.input.collect === 'facts') noteDivisor(env, i, right.value);
  if (!isScalar(left)) pointerLeft(env, i, left, right);
  else if (!isScalar(right)) {
    markPrecise(env, number);
    adjustPointer(env, i, right, left, true);
  } else {
    env.registers[number] = adjustedScalar(env, i, left, right);
  }
}

function pointerLeft(env: Environment, i: number, left: Register, right: Register): void {
  const number = env.dst[i]!;
  const operation = env.code[i]! & 0xf0;
  if (isScalar(right)) {
    if ((env.code[i]! & 0x08) !== 0) markPrecise(env, env.src[i]!);
    adjustPointer(env, i, left, right, false);
    return;
  }
  if (operation !== Alu.SUB || !env.privileged) {
    reject(Errno.EACCES, `R${number} pointer ${operatorTexts[operation >> 4]} pointer prohibited`, number);
  }
  env.registers[number] = UNKNOWN_SCALAR;
}

function adjustedScalar(env: Environment, i: number, left: Register, right: Register): Register {
  const operation = env.code[i]! & 0xf0;
  const width = widthOf(env, i);
  const value = calculate(operation, left.value, right.value, width);
  if (!env.privileged || operation !== Alu.ADD || width === 32 || left.id === 0) return scalar(value);
  const { bits } = right.value;
  // Several additions are not accumulated.
  if (!right.value.isConstant || left.id < 0 || bits.vh !== 0 || bits.vl < 0) return scalar(value);
  const moved = scalar(value, left.id | ADD_CONST);
  return moved.withId(moved.id, bits.vl);
}

function noteDivisor(env: Environment, i: number, divisor: Scalar): void {
  const operation = env.code[i]! & 0xf0;
  if (operation !== Alu.DIV && operation !== Alu.MOD) return;
  const fact = env.fact(i);
  const wide = widthOf(env, i) === 64;
  const { bits } = divisor;
  const nonZero = wide
    ? (bits.vh | bits.vl) !== 0 || (divisor.uminH | divisor.uminL) !== 0
    : bits.vl !== 0 || divisor.umin32 !== 0;
  fact.nonZeroDivisor = nonZero && fact.nonZeroDivisor !== false;
}
