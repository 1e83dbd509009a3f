// Arithmetic: 32 and 64 bits, with the cases that BPF defines and WebAssembly traps on.

import { Alu, Class, classOf, type Instruction, operationOf, usesRegisterSource } from '../../../isa/index.ts';
import type { FunctionCode } from './registers.ts';
import { Op, ValueType } from './wasm/opcode.ts';

/** `off` of DIV and MOD that makes them signed. */
const SIGNED = 1;

/** The same operation in both widths. */
type Pair = readonly [narrow: number, wide: number];

const plain: Readonly<Record<number, Pair>> = {
  [Alu.ADD]: [Op.I32_ADD, Op.I64_ADD],
  [Alu.SUB]: [Op.I32_SUB, Op.I64_SUB],
  [Alu.MUL]: [Op.I32_MUL, Op.I64_MUL],
  [Alu.OR]: [Op.I32_OR, Op.I64_OR],
  [Alu.AND]: [Op.I32_AND, Op.I64_AND],
  [Alu.XOR]: [Op.I32_XOR, Op.I64_XOR],
  // Both take the count modulo the width.
  [Alu.LSH]: [Op.I32_SHL, Op.I64_SHL],
  [Alu.RSH]: [Op.I32_SHR_U, Op.I64_SHR_U],
  [Alu.ARSH]: [Op.I32_SHR_S, Op.I64_SHR_S],
};

export function writeAlu(f: FunctionCode, instruction: Instruction): void {
  const { code } = instruction;
  const operation = operationOf(code);
  const wide = classOf(code) === Class.ALU64;
  switch (operation) {
    case Alu.MOV:
      writeMove(f, instruction, wide);
      return;
    case Alu.NEG:
      writeNegation(f, instruction.dst, wide);
      return;
    case Alu.END:
      writeByteOrder(f, instruction, wide);
      return;
    case Alu.DIV:
    case Alu.MOD:
      writeDivision(f, instruction, wide);
      return;
  }
  pushOperand(f, instruction.dst, wide);
  pushSource(f, instruction, wide);
  f.code.op(plain[operation]![wide ? 1 : 0]);
  popResult(f, instruction.dst, wide);
}

function pushOperand(f: FunctionCode, register: number, wide: boolean): void {
  if (wide) f.push(register);
  else f.push32(register);
}

/** The second operand: a register or the immediate, sign-extended. */
export function pushSource(f: FunctionCode, { code, src, imm }: Instruction, wide: boolean): void {
  if (usesRegisterSource(code)) pushOperand(f, src, wide);
  else if (wide) f.code.i64(imm);
  else f.code.i32(imm);
}

function popResult(f: FunctionCode, register: number, wide: boolean): void {
  if (wide) f.pop(register);
  else f.pop32(register);
}

function writeMove(f: FunctionCode, instruction: Instruction, wide: boolean): void {
  const { dst, off } = instruction;
  if (!wide && !usesRegisterSource(instruction.code)) {
    f.code.wide(BigInt(instruction.imm >>> 0));
    f.pop(dst);
    return;
  }
  pushSource(f, instruction, wide);
  // An addr_space_cast (off 1) changes nothing here: there is one address space.
  if (off === 8) f.code.op(wide ? Op.I64_EXTEND8_S : Op.I32_EXTEND8_S);
  else if (off === 16) f.code.op(wide ? Op.I64_EXTEND16_S : Op.I32_EXTEND16_S);
  else if (off === 32 && wide) f.code.op(Op.I64_EXTEND32_S);
  popResult(f, dst, wide);
}

function writeNegation(f: FunctionCode, register: number, wide: boolean): void {
  if (wide) f.code.i64(0);
  else f.code.i32(0);
  pushOperand(f, register, wide);
  f.code.op(wide ? Op.I64_SUB : Op.I32_SUB);
  popResult(f, register, wide);
}

// ---- division

const divisions: Readonly<Record<string, Pair>> = {
  div: [Op.I32_DIV_U, Op.I64_DIV_U],
  mod: [Op.I32_REM_U, Op.I64_REM_U],
  sdiv: [Op.I32_DIV_S, Op.I64_DIV_S],
  smod: [Op.I32_REM_S, Op.I64_REM_S],
};

/** x / 0 is 0, x % 0 is x, MIN / -1 is MIN, MIN % -1 is 0. */
function writeDivision(f: FunctionCode, instruction: Instruction, wide: boolean): void {
  const { code, dst, imm } = instruction;
  const signed = instruction.off === SIGNED;
  const isDivision = operationOf(code) === Alu.DIV;
  const operation = divisions[`${signed ? 's' : ''}${isDivision ? 'div' : 'mod'}`]![wide ? 1 : 0];
  const hard = (): void => {
    pushOperand(f, dst, wide);
    pushSource(f, instruction, wide);
    f.code.op(operation);
  };
  const easy = (): void => {
    pushOperand(f, dst, wide);
    if (!isDivision) return;
    // By 0 and by -1 a division is a multiplication.
    pushSource(f, instruction, wide);
    f.code.op(wide ? Op.I64_MUL : Op.I32_MUL);
  };
  if (usesRegisterSource(code)) {
    pushIsHard(f, instruction, wide, signed && isDivision);
    f.code.open(Op.IF, wide ? ValueType.I64 : ValueType.I32);
    hard();
    f.code.op(Op.ELSE);
    easy();
    f.code.end();
  } else if (imm === 0 || (imm === -1 && signed && isDivision)) easy();
  else hard();
  popResult(f, dst, wide);
}

/** Whether the divisor is not 0, and for signed division not -1 either. */
function pushIsHard(f: FunctionCode, instruction: Instruction, wide: boolean, alsoMinusOne: boolean): void {
  pushSource(f, instruction, wide);
  if (wide) f.code.i64(alsoMinusOne ? 1 : 0);
  else f.code.i32(alsoMinusOne ? 1 : 0);
  if (!alsoMinusOne) {
    f.code.op(wide ? Op.I64_NE : Op.I32_NE);
    return;
  }
  f.code.op(wide ? Op.I64_ADD : Op.I32_ADD);
  if (wide) f.code.i64(1);
  else f.code.i32(1);
  f.code.op(wide ? Op.I64_GT_U : Op.I32_GT_U);
}

// ---- byte order

function writeByteOrder(f: FunctionCode, { code, dst, imm }: Instruction, always: boolean): void {
  // `le` on a little-endian machine only cuts off.
  const swap = always || usesRegisterSource(code);
  if (imm === 64) {
    if (!swap) return;
    f.push(dst);
    writeSwap64(f);
    f.pop(dst);
    return;
  }
  f.push32(dst);
  if (swap) writeSwap(f, imm);
  else if (imm === 16) {
    f.code.i32(0xffff);
    f.code.op(Op.I32_AND);
  }
  f.pop32(dst);
}

/** Swaps the bytes of the low 16 or all 32 bits of an i32; the rest becomes zero. */
export function writeSwap(f: FunctionCode, bits: number): void {
  const { code } = f;
  const x = f.scratch('swap', ValueType.I32);
  if (bits === 16) {
    code.tee(x);
    code.i32(8);
    code.op(Op.I32_SHR_U);
    code.i32(0xff);
    code.op(Op.I32_AND);
    code.get(x);
    code.i32(0xff);
    code.op(Op.I32_AND);
    code.i32(8);
    code.op(Op.I32_SHL);
    code.op(Op.I32_OR);
    return;
  }
  code.tee(x);
  code.i32(8);
  code.op(Op.I32_ROTL);
  code.i32(0x00ff00ff);
  code.op(Op.I32_AND);
  code.get(x);
  code.i32(24);
  code.op(Op.I32_ROTL);
  code.i32(0xff00ff00 | 0);
  code.op(Op.I32_AND);
  code.op(Op.I32_OR);
}

/** Bytes, then pairs of bytes, then halves change places. */
function writeSwap64(f: FunctionCode): void {
  const { code } = f;
  const x = f.scratch('swap', ValueType.I64);
  const steps = [
    [8, 0x00ff00ff00ff00ffn],
    [16, 0x0000ffff0000ffffn],
  ] as const;
  for (const [distance, mask] of steps) {
    code.tee(x);
    code.i64(distance);
    code.op(Op.I64_SHR_U);
    code.wide(mask);
    code.op(Op.I64_AND);
    code.get(x);
    code.wide(mask);
    code.op(Op.I64_AND);
    code.i64(distance);
    code.op(Op.I64_SHL);
    code.op(Op.I64_OR);
  }
  code.i64(32);
  code.op(Op.I64_ROTL);
}
