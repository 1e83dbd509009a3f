// The words and signs of the kernel's notation, for the disassembler that prints and the assembler that reads them.
// Source: the output of the verifier and of bpftool (kernel/bpf/disasm.c).

import { Alu, Atomic, Jump, Size } from './opcode.ts';

/** The types of memory that is loaded or stored. */
export const sizeNames: Readonly<Record<Size, string>> = {
  [Size.B]: 'u8',
  [Size.H]: 'u16',
  [Size.W]: 'u32',
  [Size.DW]: 'u64',
};

/** The types of sign-extending loads. */
export const signedSizeNames: Readonly<Record<Size, string | undefined>> = {
  [Size.B]: 's8',
  [Size.H]: 's16',
  [Size.W]: 's32',
  [Size.DW]: undefined,
};

/** The operators of arithmetic, by operation. NEG and END have a notation of their own. */
export const aluOperators: ReadonlyMap<number, string> = new Map([
  [Alu.ADD, '+='],
  [Alu.SUB, '-='],
  [Alu.MUL, '*='],
  [Alu.DIV, '/='],
  [Alu.OR, '|='],
  [Alu.AND, '&='],
  [Alu.LSH, '<<='],
  [Alu.RSH, '>>='],
  [Alu.MOD, '%='],
  [Alu.XOR, '^='],
  [Alu.MOV, '='],
  [Alu.ARSH, 's>>='],
]);

/** The operators of conditional jumps, by operation. */
export const jumpOperators: ReadonlyMap<number, string> = new Map([
  [Jump.JEQ, '=='],
  [Jump.JGT, '>'],
  [Jump.JGE, '>='],
  [Jump.JSET, '&'],
  [Jump.JNE, '!='],
  [Jump.JSGT, 's>'],
  [Jump.JSGE, 's>='],
  [Jump.JLT, '<'],
  [Jump.JLE, '<='],
  [Jump.JSLT, 's<'],
  [Jump.JSLE, 's<='],
]);

/** The atomic operations that have a form without FETCH, by `imm`. */
export const atomicNames: ReadonlyMap<number, string> = new Map([
  [Atomic.ADD, 'add'],
  [Atomic.AND, 'and'],
  [Atomic.OR, 'or'],
  [Atomic.XOR, 'xor'],
]);
