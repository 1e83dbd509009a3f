// Classic BPF from text: what `disassembleClassic` and `tcpdump -d` print, and the same written by hand with labels.
// A jump's target is the number of an instruction (`jt 2 jf 5`, `ja 4`) or a label (`drop:` on its own line or before one).

import { CLASSIC_MEMORY_WORDS, type ClassicInstruction } from './instruction.ts';
import {
  ANCILLARY,
  ANCILLARY_OFFSET,
  type AncillaryName,
  CLASSIC_RET_A,
  CLASSIC_RET_K,
  CLASSIC_TAX,
  CLASSIC_TXA,
  ClassicAlu,
  ClassicClass,
  ClassicJump,
  ClassicMode,
  ClassicSize,
  ClassicSource,
} from './opcode.ts';

export type ClassicAssembly =
  | { readonly program: readonly ClassicInstruction[] }
  | { readonly line: number; readonly message: string };

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Assembles a program, or says in one sentence what is wrong in which line (counted from 1). */
export function assembleClassic(text: string): ClassicAssembly {
  const labels = new Map<string, number>();
  const lines: Line[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    let rest = raw.replace(/[;].*$/, '').trim();
    rest = rest.replace(/^\(\d+\)\s*/, '');
    for (let label = /^([A-Za-z_]\w*):\s*/.exec(rest); label; label = /^([A-Za-z_]\w*):\s*/.exec(rest)) {
      labels.set(label[1]!, lines.length);
      rest = rest.slice(label[0].length);
    }
    if (rest !== '') lines.push({ number: index + 1, text: rest });
  }
  const program: ClassicInstruction[] = [];
  for (const line of lines) {
    const made = assembleLine(line.text, program.length, labels);
    if (typeof made === 'string') return { line: line.number, message: made };
    program.push(made);
  }
  return { program };
}

type Made = ClassicInstruction | string;
type Labels = ReadonlyMap<string, number>;

const loads: Record<string, number> = {
  ld: ClassicClass.LD | ClassicSize.W,
  ldh: ClassicClass.LD | ClassicSize.H,
  ldb: ClassicClass.LD | ClassicSize.B,
  ldx: ClassicClass.LDX | ClassicSize.W,
  ldxb: ClassicClass.LDX | ClassicSize.B,
};
const plain: Record<string, number> = {
  tax: CLASSIC_TAX,
  txa: CLASSIC_TXA,
  neg: ClassicClass.ALU | ClassicAlu.NEG,
};
const stores: Record<string, number> = { st: ClassicClass.ST, stx: ClassicClass.STX };

function assembleLine(text: string, index: number, labels: Labels): Made {
  const match = /^(\S+)\s*(.*)$/.exec(text)!;
  const name = match[1]!.toLowerCase();
  const operand = match[2]!.trim();
  const upper = name.toUpperCase();
  if (Object.hasOwn(plain, name)) return operand === '' ? make(plain[name]!, 0) : `${name} takes no operand.`;
  if (Object.hasOwn(loads, name)) return assembleLoad(name, operand);
  if (Object.hasOwn(stores, name)) return memory(stores[name]!, operand) ?? `${name} needs M[0] to M[15].`;
  if (name === 'ret') return assembleReturn(operand);
  if (Object.hasOwn(ClassicAlu, upper)) {
    return (
      source(ClassicClass.ALU | ClassicAlu[upper as keyof typeof ClassicAlu], operand) ?? badOperand(name, operand)
    );
  }
  if (name === 'ja' || name === 'jmp') return assembleGoto(operand, index, labels);
  if (Object.hasOwn(ClassicJump, upper)) return assembleJump(upper as keyof typeof ClassicJump, operand, index, labels);
  return `There is no instruction ${name}.`;
}

function assembleReturn(operand: string): Made {
  if (operand === '' || operand.toLowerCase() === 'a') return make(CLASSIC_RET_A, 0);
  const k = immediate(operand);
  return k === undefined ? badOperand('ret', operand) : make(CLASSIC_RET_K, k);
}

function assembleLoad(name: string, operand: string): Made {
  const code = loads[name]!;
  if (name === 'ldxb') {
    const header = /^4\s*\*\s*\(\s*\[([^\]]+)\]\s*&\s*(?:0xf|15)\s*\)$/i.exec(operand);
    const k = header ? number(header[1]!) : undefined;
    return k === undefined ? badOperand(name, operand) : make(code | ClassicMode.MSH, k);
  }
  const word = name === 'ld' || name === 'ldx';
  if (word && /^#(pktlen|len)$/i.test(operand)) return make(code | ClassicMode.LEN, 0);
  const k = word ? immediate(operand) : undefined;
  if (k !== undefined) return make(code | ClassicMode.IMM, k);
  const made = (word ? memory(code | ClassicMode.MEM, operand) : undefined) ?? packet(name, code, operand);
  return made ?? badOperand(name, operand);
}

function packet(name: string, code: number, operand: string): ClassicInstruction | undefined {
  if (name === 'ldx') return undefined;
  const inside = /^\[\s*(.*?)\s*\]$/.exec(operand)?.[1];
  if (inside === undefined) return undefined;
  const indexed = /^x\s*(?:([+-])\s*(.+))?$/i.exec(inside);
  if (indexed) {
    const k = indexed[2] === undefined ? 0 : number(indexed[2]);
    return k === undefined ? undefined : make(code | ClassicMode.IND, indexed[1] === '-' ? -k >>> 0 : k);
  }
  if (Object.hasOwn(ANCILLARY, inside)) {
    return make(code | ClassicMode.ABS, ANCILLARY_OFFSET + ANCILLARY[inside as AncillaryName]);
  }
  const k = number(inside);
  return k === undefined ? undefined : make(code | ClassicMode.ABS, k);
}

function assembleGoto(operand: string, index: number, labels: Labels): Made {
  const target = resolve(operand, labels);
  return target === undefined
    ? badOperand('ja', operand)
    : make(ClassicClass.JMP | ClassicJump.JA, (target - index - 1) >>> 0);
}

function assembleJump(name: keyof typeof ClassicJump, operand: string, index: number, labels: Labels): Made {
  const lower = name.toLowerCase();
  const parts = /^(.*?)\s*,?\s+jt\s+(\S+?)\s*,?\s+jf\s+(\S+)$/i.exec(operand);
  if (!parts) return `${lower} needs an operand and two targets: ${lower} #1 jt 2 jf 3.`;
  const made = source(ClassicClass.JMP | ClassicJump[name], parts[1]!);
  if (!made) return badOperand(lower, parts[1]!);
  const distances = [parts[2]!, parts[3]!].map((word) => (resolve(word, labels) ?? Number.NaN) - index - 1);
  const [jt, jf] = distances;
  if (!distances.every((distance) => distance >= 0 && distance <= 255)) {
    return `The targets of ${lower} must be labels or numbers of the 256 instructions that follow.`;
  }
  return { ...made, jt: jt!, jf: jf! };
}

function resolve(word: string, labels: Labels): number | undefined {
  return /^-?\d+$/.test(word) ? Number(word) : labels.get(word);
}

function source(code: number, operand: string): ClassicInstruction | undefined {
  if (operand.toLowerCase() === 'x') return make(code | ClassicSource.X, 0);
  const k = immediate(operand);
  return k === undefined ? undefined : make(code, k);
}

function memory(code: number, operand: string): ClassicInstruction | undefined {
  const word = /^M\[\s*(\d+)\s*\]$/i.exec(operand)?.[1];
  return word === undefined || Number(word) >= CLASSIC_MEMORY_WORDS ? undefined : make(code, Number(word));
}

function immediate(operand: string): number | undefined {
  return operand.startsWith('#') ? number(operand.slice(1)) : undefined;
}

/** A number of 32 bits, signed or unsigned. */
function number(text: string): number | undefined {
  const match = /^\s*(-?)(0x[0-9a-f]+|\d+)\s*$/i.exec(text);
  if (!match) return undefined;
  const value = Number(match[2]);
  if (value > (match[1] ? 0x80000000 : 0xffffffff)) return undefined;
  return match[1] ? -value >>> 0 : value;
}

function make(code: number, k: number): ClassicInstruction {
  return { code, jt: 0, jf: 0, k };
}

function badOperand(name: string, operand: string): string {
  return operand === '' ? `${name} needs an operand.` : `${name} does not take ${operand}.`;
}
