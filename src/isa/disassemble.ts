// Instructions to text, in the notation of the kernel's verifier log and of `bpftool prog dump xlated`
// (kernel/bpf/disasm.c). Every sequence of slots prints as text that assemble() reads back to the same slots: a slot that
// the notation cannot express without loss (unknown opcode, reserved fields in use, half a wide load) prints as `.raw` and
// its eight bytes.

import { toHex } from '../base/bytes.ts';
import { encode } from './encode.ts';
import { helperTitle } from './helpers.ts';
import type { Instruction } from './instruction.ts';
import { aluOperators, atomicNames, jumpOperators, signedSizeNames, sizeNames } from './notation.ts';
import {
  ADDR_SPACE_CAST,
  Alu,
  Atomic,
  CALL,
  Class,
  classOf,
  EXIT,
  isGoto,
  Jump,
  LD_IMM64,
  Mode,
  modeOf,
  operationOf,
  PseudoCall,
  PseudoLoad,
  Size,
  Source,
  sizeOf,
  usesRegisterSource,
} from './opcode.ts';

/** Names for what instructions refer to; each may answer undefined for the default text. */
export interface DisassembleNames {
  /** What a wide load loads, in place of its value or of `map[fd:5]`. */
  readonly wide?: (first: Instruction, second: Instruction) => string | undefined;
  /** The name of a called function, in place of the helper's name or `kernel-function`. */
  readonly call?: (instruction: Instruction) => string | undefined;
}

export interface DisassembleOptions {
  readonly names?: DisassembleNames;
  /** The opcode in brackets before each instruction, as the kernel prints it; true by default. */
  readonly opcodes?: boolean;
  /** The slot's index before each instruction; true by default. */
  readonly indices?: boolean;
  /** Targets inside the program as labels instead of `pc+3`; false by default. */
  readonly labels?: boolean;
  /** What maps are called by in `map[fd:5]`: `id` for programs that were read back from the kernel. */
  readonly mapKey?: 'fd' | 'id';
}

/** One line of a disassembly. */
export interface DisassembledLine {
  /** The index of the instruction's first slot. */
  readonly index: number;
  /** How many slots it takes: 2 for a wide load. */
  readonly slots: 1 | 2;
  /** The instruction without index and opcode. */
  readonly text: string;
  /** The label that stands before it, when labels are wanted and something jumps to it. */
  readonly label?: string;
}

/** The whole program as text, a line for each instruction. */
export function disassemble(instructions: readonly Instruction[], options: DisassembleOptions = {}): string {
  let text = '';
  for (const line of disassembleLines(instructions, options)) {
    if (line.label !== undefined) text += `${line.label}:\n`;
    const index = options.indices === false ? '' : `${String(line.index).padStart(4)}: `;
    text += `${index}${withOpcode(instructions[line.index]!, line.text, options)}\n`;
  }
  return text;
}

/** The whole program as lines, for listings that print something between them. */
export function disassembleLines(
  instructions: readonly Instruction[],
  options: DisassembleOptions = {},
): DisassembledLine[] {
  const labels = options.labels ? findLabels(instructions) : undefined;
  const lines: DisassembledLine[] = [];
  for (let index = 0; index < instructions.length; ) {
    const first = instructions[index]!;
    const second = instructions[index + 1];
    const wide = second && formatWide(first, second, target(labels, index), options);
    const text = wide ?? formatSlot(first, target(labels, index), options) ?? formatRaw(first);
    const slots = wide === undefined ? 1 : 2;
    const label = labels?.get(index);
    lines.push({ index, slots, text, ...(label === undefined ? {} : { label }) });
    index += slots;
  }
  return lines;
}

/** One instruction as text without its index; `second` is the slot after it, which a wide load needs. */
export function formatInstruction(
  first: Instruction,
  second?: Instruction,
  options: DisassembleOptions = {},
): { readonly text: string; readonly slots: 1 | 2 } {
  const wide = second && formatWide(first, second, relative, options);
  const text = wide ?? formatSlot(first, relative, options) ?? formatRaw(first);
  return { text: withOpcode(first, text, options), slots: wide === undefined ? 1 : 2 };
}

/** Prints where a distance leads, such as `pc+3` or a label. */
type TargetText = (distance: number, prefix: string) => string;

const relative: TargetText = (distance, prefix) => `${prefix}${signed(distance)}`;

function target(labels: ReadonlyMap<number, string> | undefined, index: number): TargetText {
  if (!labels) return relative;
  return (distance, prefix) => labels.get(index + 1 + distance) ?? relative(distance, prefix);
}

function withOpcode(first: Instruction, text: string, options: DisassembleOptions): string {
  if (options.opcodes === false || text.startsWith('.raw')) return text;
  return `(${first.code.toString(16).padStart(2, '0')}) ${text}`;
}

function findLabels(instructions: readonly Instruction[]): Map<number, string> {
  const starts = new Set<number>();
  const targets = new Set<number>();
  for (const line of disassembleLines(instructions)) {
    starts.add(line.index);
    const distance = targetDistance(instructions[line.index]!, line.slots);
    if (distance !== undefined) targets.add(line.index + 1 + distance);
  }
  // A target inside a wide load has no line that the label could stand before.
  const sorted = [...targets].filter((index) => starts.has(index)).sort((a, b) => a - b);
  return new Map(sorted.map((index) => [index, `L${index}`]));
}

function targetDistance(instruction: Instruction, slots: 1 | 2): number | undefined {
  const { code, src, off, imm } = instruction;
  if (slots === 2) return src === PseudoLoad.FUNC ? imm : undefined;
  if (code === CALL) return src === PseudoCall.SUBPROGRAM ? imm : undefined;
  if (code === EXIT || (classOf(code) !== Class.JMP && classOf(code) !== Class.JMP32)) return undefined;
  return isGoto(code) && classOf(code) === Class.JMP32 ? imm : off;
}

function formatRaw(instruction: Instruction): string {
  return `.raw ${toHex(encode([instruction])).replace(/..(?=.)/g, '$& ')}`;
}

function formatSlot(i: Instruction, to: TargetText, options: DisassembleOptions): string | undefined {
  switch (classOf(i.code)) {
    case Class.ALU:
    case Class.ALU64:
      return formatAlu(i);
    case Class.JMP:
    case Class.JMP32:
      return formatJump(i, to, options);
    case Class.LD:
      return formatPacketLoad(i);
    case Class.LDX:
      return formatLoad(i);
    case Class.ST:
      return formatStoreImmediate(i);
    case Class.STX:
      return modeOf(i.code) === Mode.ATOMIC ? formatAtomic(i) : formatStore(i);
  }
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}

function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

function formatAlu(i: Instruction): string | undefined {
  const operation = operationOf(i.code);
  if (operation === Alu.END) return formatEnd(i);
  const letter = classOf(i.code) === Class.ALU64 ? 'r' : 'w';
  const register = usesRegisterSource(i.code);
  if (operation === Alu.NEG) {
    return register || i.src || i.off || i.imm ? undefined : `${letter}${i.dst} = -${letter}${i.dst}`;
  }
  if (register && operation === Alu.MOV && i.off !== 0) return formatMoveWithOffset(i, letter);
  const operator = aluOperators.get(operation);
  if (operator === undefined || (register ? i.imm !== 0 : i.src !== 0)) return undefined;
  const canBeSigned = operation === Alu.DIV || operation === Alu.MOD;
  if (i.off !== 0 && !(canBeSigned && i.off === 1)) return undefined;
  const operand = register ? `${letter}${i.src}` : String(i.imm);
  return `${letter}${i.dst} ${i.off === 1 ? 's' : ''}${operator} ${operand}`;
}

function formatEnd(i: Instruction): string | undefined {
  if (i.src !== 0 || i.off !== 0 || (i.imm !== 16 && i.imm !== 32 && i.imm !== 64)) return undefined;
  if (classOf(i.code) === Class.ALU64) {
    return usesRegisterSource(i.code) ? undefined : `r${i.dst} = bswap${i.imm} r${i.dst}`;
  }
  return `r${i.dst} = ${usesRegisterSource(i.code) ? 'be' : 'le'}${i.imm} r${i.dst}`;
}

// A register move whose offset says that it is another instruction.
function formatMoveWithOffset(i: Instruction, letter: string): string | undefined {
  if (letter === 'r' && i.off === ADDR_SPACE_CAST) {
    return `r${i.dst} = addr_space_cast(r${i.src}, ${i.imm >>> 16}, ${i.imm & 0xffff})`;
  }
  if (i.imm !== 0) return undefined;
  // Only inside the kernel, after it has rewritten a program: the address of a per-CPU variable.
  if (letter === 'r' && i.off === -1) return `r${i.dst} = &(void __percpu *)(r${i.src})`;
  if (i.off !== 8 && i.off !== 16 && i.off !== 32) return undefined;
  return `${letter}${i.dst} = (s${i.off})${letter}${i.src}`;
}

function memory(size: Size, register: number, off: number): string {
  return `*(${sizeNames[size]} *)(r${register} ${signed(off)})`;
}

function formatLoad(i: Instruction): string | undefined {
  if (i.imm !== 0) return undefined;
  const size = sizeOf(i.code);
  if (modeOf(i.code) === Mode.MEM) return `r${i.dst} = ${memory(size, i.src, i.off)}`;
  const name = signedSizeNames[size];
  if (modeOf(i.code) !== Mode.MEMSX || name === undefined) return undefined;
  return `r${i.dst} = *(${name} *)(r${i.src} ${signed(i.off)})`;
}

// Only inside the kernel: a barrier against speculation.
const NOSPEC = 0xc2;

function formatStoreImmediate(i: Instruction): string | undefined {
  if (i.code === NOSPEC) return i.dst || i.src || i.off || i.imm ? undefined : 'nospec';
  if (modeOf(i.code) !== Mode.MEM || i.src !== 0) return undefined;
  return `${memory(sizeOf(i.code), i.dst, i.off)} = ${i.imm}`;
}

function formatStore(i: Instruction): string | undefined {
  if (modeOf(i.code) !== Mode.MEM || i.imm !== 0) return undefined;
  return `${memory(sizeOf(i.code), i.dst, i.off)} = r${i.src}`;
}

function formatAtomic(i: Instruction): string | undefined {
  const size = sizeOf(i.code);
  const width = size === Size.DW ? '64' : '';
  const pointer = (register: number) => `(${sizeNames[size]} *)(r${register} ${signed(i.off)})`;
  switch (i.imm) {
    case Atomic.LOAD_ACQ:
      return `r${i.dst} = load_acquire(${pointer(i.src)})`;
    case Atomic.STORE_REL:
      return `store_release(${pointer(i.dst)}, r${i.src})`;
    case Atomic.XCHG:
      return `r${i.src} = atomic${width}_xchg(${pointer(i.dst)}, r${i.src})`;
    case Atomic.CMPXCHG:
      return `r0 = atomic${width}_cmpxchg(${pointer(i.dst)}, r0, r${i.src})`;
  }
  const name = atomicNames.get(i.imm & ~Atomic.FETCH);
  if (name === undefined) return undefined;
  if (i.imm & Atomic.FETCH) return `r${i.src} = atomic${width}_fetch_${name}(${pointer(i.dst)}, r${i.src})`;
  return `lock *${pointer(i.dst)} ${aluOperators.get(i.imm)} r${i.src}`;
}

function formatPacketLoad(i: Instruction): string | undefined {
  if (i.dst !== 0 || i.off !== 0) return undefined;
  const name = sizeNames[sizeOf(i.code)];
  if (modeOf(i.code) === Mode.ABS && i.src === 0) return `r0 = *(${name} *)skb[${i.imm}]`;
  if (modeOf(i.code) === Mode.IND) return `r0 = *(${name} *)skb[r${i.src} + ${i.imm}]`;
  return undefined;
}

function formatWide(
  first: Instruction,
  second: Instruction,
  to: TargetText,
  options: DisassembleOptions,
): string | undefined {
  if (first.code !== LD_IMM64 || first.off !== 0) return undefined;
  if (second.code !== 0 || second.dst !== 0 || second.src !== 0 || second.off !== 0) return undefined;
  const value = options.names?.wide?.(first, second) ?? formatWideValue(first, second.imm, to, options);
  return value === undefined ? undefined : `r${first.dst} = ${value}`;
}

function formatWideValue(
  { src, imm }: Instruction,
  next: number,
  to: TargetText,
  options: DisassembleOptions,
): string | undefined {
  const low = imm >>> 0;
  const high = next >>> 0;
  const key = options.mapKey ?? 'fd';
  switch (src) {
    case PseudoLoad.NONE:
      return `0x${((BigInt(high) << 32n) | BigInt(low)).toString(16)}`;
    case PseudoLoad.MAP_FD:
      return high === 0 ? `map[${key}:${low}]` : undefined;
    case PseudoLoad.MAP_VALUE:
      return `map[${key}:${low}][0]+${high}`;
    case PseudoLoad.BTF_ID:
      return high === 0 ? `btf[id:${low}]` : `btf[id:${low},fd:${high}]`;
    case PseudoLoad.FUNC:
      return high === 0 ? `subprog[${to(imm, '')}]` : undefined;
    case PseudoLoad.MAP_IDX:
      return high === 0 ? `map[idx:${low}]` : undefined;
    case PseudoLoad.MAP_IDX_VALUE:
      return `map[idx:${low}]+${high}`;
    default:
      return undefined;
  }
}

function formatJump(i: Instruction, to: TargetText, options: DisassembleOptions): string | undefined {
  switch (i.code) {
    case CALL:
      return formatCall(i, to, options);
    case CALL | Source.X:
      return i.src || i.off || i.imm ? undefined : `callx r${i.dst}`;
    case EXIT:
      return i.dst || i.src || i.off || i.imm ? undefined : 'exit';
    case Class.JMP | Jump.JA:
      return i.dst || i.src || i.imm ? undefined : `goto ${to(i.off, 'pc')}`;
    case Class.JMP | Jump.JA | Source.X:
      return i.src || i.off || i.imm ? undefined : `gotox r${i.dst}`;
    case Class.JMP32 | Jump.JA:
      return i.dst || i.src || i.off ? undefined : `gotol ${to(i.imm, 'pc')}`;
    case Class.JMP | Jump.JCOND:
      return i.dst || i.src || i.imm ? undefined : `may_goto ${to(i.off, 'pc')}`;
  }
  const operator = jumpOperators.get(operationOf(i.code));
  const register = usesRegisterSource(i.code);
  if (operator === undefined || (register ? i.imm !== 0 : i.src !== 0)) return undefined;
  const letter = classOf(i.code) === Class.JMP ? 'r' : 'w';
  const operand = register ? `${letter}${i.src}` : hex32(i.imm);
  return `if ${letter}${i.dst} ${operator} ${operand} goto ${to(i.off, 'pc')}`;
}

function formatCall(i: Instruction, to: TargetText, options: DisassembleOptions): string | undefined {
  if (i.dst !== 0) return undefined;
  if (i.src === PseudoCall.KFUNC) {
    // The kernel does not print the index; without it the text would lose which BTF the id is of.
    const index = i.off === 0 ? '' : ` fd[idx:${i.off}]`;
    return `call ${options.names?.call?.(i) ?? 'kernel-function'}#${i.imm}${index}`;
  }
  if (i.off !== 0) return undefined;
  if (i.src === PseudoCall.SUBPROGRAM) return `call ${to(i.imm, 'pc')}`;
  if (i.src !== PseudoCall.HELPER) return undefined;
  return `call ${options.names?.call?.(i) ?? helperTitle(i.imm)}#${i.imm}`;
}
