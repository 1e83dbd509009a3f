// What the kernel asks of a classic program before it takes it, in the order in which it looks.
// Source: bpf_check_classic and check_load_and_stores, net/core/filter.c (the latter 2.6.37).

import { CLASSIC_MAX_INSTRUCTIONS, CLASSIC_MEMORY_WORDS, type ClassicInstruction } from './instruction.ts';
import {
  ANCILLARY_OFFSET,
  ancillaryName,
  CLASSIC_OPCODES,
  CLASSIC_RET_A,
  CLASSIC_RET_K,
  ClassicAlu,
  ClassicClass,
  ClassicJump,
  ClassicMode,
  isClassicConditional,
} from './opcode.ts';

export interface ClassicProblem {
  /** Index of the instruction; the program's length when it is about the whole. */
  readonly index: number;
  /** One sentence. */
  readonly message: string;
}

/** The first thing that the kernel would refuse, or undefined for a program that it takes. */
export function validateClassic(program: readonly ClassicInstruction[]): ClassicProblem | undefined {
  if (program.length === 0) return { index: 0, message: 'A program needs an instruction at least.' };
  if (program.length > CLASSIC_MAX_INSTRUCTIONS) {
    const message = `A program has ${CLASSIC_MAX_INSTRUCTIONS} instructions at most, not ${program.length}.`;
    return { index: program.length, message };
  }
  for (const [index, instruction] of program.entries()) {
    const message = checkInstruction(instruction, index, program.length);
    if (message !== undefined) return { index, message };
  }
  const last = program[program.length - 1]!.code;
  if (last !== CLASSIC_RET_K && last !== CLASSIC_RET_A) {
    return { index: program.length - 1, message: 'The last instruction is no return.' };
  }
  return checkMemory(program);
}

function checkInstruction(instruction: ClassicInstruction, index: number, length: number): string | undefined {
  const { code, jt, jf, k } = instruction;
  if (!CLASSIC_OPCODES.has(code)) return `There is no opcode 0x${code.toString(16)}.`;
  if (isClassicConditional(code)) {
    return index + 1 + Math.max(jt, jf) >= length ? 'The jump goes beyond the end.' : undefined;
  }
  switch (code & 7) {
    case ClassicClass.ALU:
      return checkArithmetic(code, k);
    case ClassicClass.JMP:
      // JA is not limited to 255, but also goes forward only: k is unsigned.
      return (code & 0xf0) === ClassicJump.JA && k >= length - index - 1 ? 'The jump goes beyond the end.' : undefined;
    case ClassicClass.ST:
    case ClassicClass.STX:
      return k < CLASSIC_MEMORY_WORDS ? undefined : `There is no M[${k}].`;
    case ClassicClass.LD:
    case ClassicClass.LDX:
      return checkLoad(code, k);
    default:
      return undefined;
  }
}

function checkArithmetic(code: number, k: number): string | undefined {
  if ((code & 8) !== 0) return undefined;
  const operation = code & 0xf0;
  if ((operation === ClassicAlu.DIV || operation === ClassicAlu.MOD) && k === 0) return 'A division by zero.';
  const shifts = operation === ClassicAlu.LSH || operation === ClassicAlu.RSH;
  return shifts && k >= 32 ? 'A shift by more than 31 bits.' : undefined;
}

function checkLoad(code: number, k: number): string | undefined {
  const mode = code & 0xe0;
  if (mode === ClassicMode.MEM) return k < CLASSIC_MEMORY_WORDS ? undefined : `There is no M[${k}].`;
  if (mode === ClassicMode.ABS && k >= ANCILLARY_OFFSET && ancillaryName(k) === undefined) {
    return `The kernel has no ancillary data at ${k - ANCILLARY_OFFSET}.`;
  }
  return undefined;
}

/** On every way to a read of M[], something must have been written there. Jumps go forward, so one pass sees all ways. */
function checkMemory(program: readonly ClassicInstruction[]): ClassicProblem | undefined {
  const ways = new Array<number>(program.length).fill(-1);
  let written = 0;
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    written &= ways[index]!;
    const kind = code & 7;
    if (kind === ClassicClass.ST || kind === ClassicClass.STX) written |= 1 << k;
    else if (kind <= ClassicClass.LDX && (code & 0xe0) === ClassicMode.MEM && (written & (1 << k)) === 0) {
      return { index, message: `M[${k}] is read before it is written.` };
    } else if (kind === ClassicClass.JMP) {
      const targets = isClassicConditional(code) ? [index + 1 + jt, index + 1 + jf] : [index + 1 + k];
      for (const target of targets) ways[target]! &= written;
      written = -1;
    }
  }
  return undefined;
}
