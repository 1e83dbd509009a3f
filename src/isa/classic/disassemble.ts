// Classic BPF as text, column for column what `tcpdump -d` prints, so that listings can be compared with its.

import type { ClassicInstruction } from './instruction.ts';
import {
  ancillaryName,
  CLASSIC_OPCODES,
  CLASSIC_RET_A,
  CLASSIC_RET_K,
  CLASSIC_TAX,
  ClassicAlu,
  ClassicClass,
  ClassicJump,
  ClassicMode,
  ClassicSize,
  ClassicSource,
  isClassicConditional,
} from './opcode.ts';

const aluNames = new Map<number, string>(Object.entries(ClassicAlu).map(([name, code]) => [code, name.toLowerCase()]));
const jumpNames = new Map<number, string>(
  Object.entries(ClassicJump).map(([name, code]) => [code, name.toLowerCase()]),
);
const sizeSuffixes = new Map<number, string>([
  [ClassicSize.W, ''],
  [ClassicSize.H, 'h'],
  [ClassicSize.B, 'b'],
]);

/** One line without its newline; `index` is where the instruction stands, for the targets of jumps. */
export function formatClassic(instruction: ClassicInstruction, index: number): string {
  const [name, operand] = nameAndOperand(instruction, index);
  const start = `(${String(index).padStart(3, '0')}) ${name.padEnd(8)} `;
  if (!isClassicConditional(instruction.code) || name === 'unimp') return start + operand;
  const { jt, jf } = instruction;
  return `${start}${operand.padEnd(16)} jt ${index + 1 + jt}\tjf ${index + 1 + jf}`;
}

/** The whole program, a line for each instruction. */
export function disassembleClassic(program: readonly ClassicInstruction[]): string {
  return program.map((instruction, index) => `${formatClassic(instruction, index)}\n`).join('');
}

function nameAndOperand(instruction: ClassicInstruction, index: number): readonly [string, string] {
  const { code, k } = instruction;
  if (!CLASSIC_OPCODES.has(code)) return ['unimp', hex(code)];
  switch (code & 7) {
    case ClassicClass.LD:
    case ClassicClass.LDX:
      return load(code, k);
    case ClassicClass.ST:
      return ['st', `M[${k | 0}]`];
    case ClassicClass.STX:
      return ['stx', `M[${k | 0}]`];
    case ClassicClass.ALU:
      return [aluNames.get(code & 0xf0)!, aluOperand(code, k)];
    case ClassicClass.JMP:
      return [jumpNames.get(code & 0xf0)!, jumpOperand(code, k, index)];
    default:
      return end(code, k);
  }
}

function load(code: number, k: number): readonly [string, string] {
  const name = (code & 7) === ClassicClass.LD ? `ld${sizeSuffixes.get(code & 0x18)}` : 'ldx';
  switch (code & 0xe0) {
    case ClassicMode.IMM:
      return [name, `#${hex(k)}`];
    case ClassicMode.ABS:
      return [name, `[${ancillaryName(k) ?? k | 0}]`];
    case ClassicMode.IND:
      return [name, `[x + ${k | 0}]`];
    case ClassicMode.MEM:
      return [name, `M[${k | 0}]`];
    case ClassicMode.LEN:
      return [name, '#pktlen'];
    default:
      return ['ldxb', `4*([${k | 0}]&0xf)`];
  }
}

function aluOperand(code: number, k: number): string {
  const operation = code & 0xf0;
  if (operation === ClassicAlu.NEG) return '';
  if ((code & ClassicSource.X) !== 0) return 'x';
  const bits = operation === ClassicAlu.AND || operation === ClassicAlu.OR || operation === ClassicAlu.XOR;
  return bits ? `#${hex(k)}` : `#${k | 0}`;
}

function jumpOperand(code: number, k: number, index: number): string {
  if ((code & 0xf0) === ClassicJump.JA) return `${(index + 1 + k) | 0}`;
  return (code & ClassicSource.X) === 0 ? `#${hex(k)}` : 'x';
}

function end(code: number, k: number): readonly [string, string] {
  if (code === CLASSIC_RET_K) return ['ret', `#${k | 0}`];
  if (code === CLASSIC_RET_A) return ['ret', ''];
  return [code === CLASSIC_TAX ? 'tax' : 'txa', ''];
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
