// Between the intermediate form and BPF: instructions as the machine has them, but over any number of virtual registers,
// with stack objects not yet placed and jumps to blocks. Made by select.ts, rewritten by allocate.ts, read by emit.ts.

import type { Span } from '../base/source.ts';
import { Alu, Atomic, Class, FRAME_POINTER, Jump, Mode, modeOf, operationOf, Source } from '../isa/index.ts';
import type { Func, OpenRelocation, StackSlot } from './ir.ts';

/** 0 to 9 are the machine's, 10 is the frame pointer, from `FIRST_VIRTUAL` on they are virtual. */
export type Register = number;

export const FIRST_VIRTUAL = 16;
/** R0 to R9 can be given to values. */
export const ALLOCATABLE = 10;
/** R0 to R5 do not survive calls. */
export const CALL_CLOBBERED = 6;

export function isVirtual(register: Register): boolean {
  return register >= FIRST_VIRTUAL;
}

/** What can be put into a register at any place without reading another: cheaper to make again than to keep. */
export type Constant =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'slot'; readonly slot: StackSlot; readonly offset: number }
  | { readonly kind: 'map'; readonly map: number }
  | { readonly kind: 'map-value'; readonly map: number; readonly offset: number }
  | { readonly kind: 'function'; readonly callee: Func }
  | { readonly kind: 'relocated'; readonly relocation: OpenRelocation; readonly value: bigint };

/** A value that lives in the frame. */
export interface Spilled {
  readonly kind: 'stack';
  readonly slot: StackSlot;
}

export interface Move {
  dst: Register | Spilled;
  src: Register | Constant | Spilled;
}

export type CallTarget =
  | { readonly kind: 'helper'; readonly helper: number }
  | { readonly kind: 'function'; readonly callee: Func }
  | { readonly kind: 'kfunc'; readonly symbol: string };

interface Notes {
  span?: Span;
}

/** One slot of BPF: arithmetic, loads and stores. */
export interface PlainInstruction extends Notes {
  readonly kind: 'plain';
  readonly code: number;
  dst: Register;
  src: Register;
  readonly off: number;
  readonly imm: number;
  /** The memory operand is this stack object plus `off`; its register is the frame pointer. */
  readonly slot?: StackSlot;
  readonly relocation?: { readonly open: OpenRelocation; readonly into: 'off' | 'imm' };
}

export interface MakeInstruction extends Notes {
  readonly kind: 'make';
  dst: Register;
  readonly what: Constant;
}

/** All moves at once: every source is read before any destination is written. */
export interface MoveInstruction extends Notes {
  readonly kind: 'move';
  moves: Move[];
}

/** Reads R1 to R`arity`, writes R0, destroys R1 to R5. */
export interface CallInstruction extends Notes {
  readonly kind: 'call';
  readonly target: CallTarget;
  readonly arity: number;
}

export interface BranchInstruction extends Notes {
  readonly kind: 'branch';
  /** A conditional jump of class JMP or JMP32. */
  readonly code: number;
  dst: Register;
  src: Register;
  readonly imm: number;
  taken: MachineBlock;
  otherwise: MachineBlock;
  /** The way that is seldom gone. */
  readonly seldom?: 'taken' | 'otherwise';
}

export interface JumpInstruction extends Notes {
  readonly kind: 'jump';
  to: MachineBlock;
}

/** Returns R0. */
export interface ExitInstruction extends Notes {
  readonly kind: 'exit';
}

export type MachineInstruction =
  | PlainInstruction
  | MakeInstruction
  | MoveInstruction
  | CallInstruction
  | BranchInstruction
  | JumpInstruction
  | ExitInstruction;

export interface MachineBlock {
  /** Index in the function's order. */
  index: number;
  readonly name: string;
  /** Ends with a branch, a jump or an exit. */
  code: MachineInstruction[];
  readonly predecessors: MachineBlock[];
  /** How many loops it is in. */
  readonly depth: number;
}

export interface MachineFunction {
  readonly func: Func;
  /** In the order in which they are emitted. */
  readonly blocks: MachineBlock[];
  /** The next virtual register. */
  nextRegister: number;
  /** The next number for a stack object that the allocator adds. */
  nextSlot: number;
  /** Stack objects that the allocator added: eight bytes that are only read and written as a whole. */
  readonly spills: Set<StackSlot>;
}

/** The source that the function's first instructions were made for. */
export function spanOf(machine: MachineFunction): Span | undefined {
  for (const { code } of machine.blocks) for (const { span } of code) if (span) return span;
  return undefined;
}

export function successorsOf(block: MachineBlock): MachineBlock[] {
  const last = block.code[block.code.length - 1]!;
  if (last.kind === 'jump') return [last.to];
  return last.kind === 'branch' ? [last.taken, last.otherwise] : [];
}

/** Calls `visit` with every register that the instruction reads, physical ones included, the frame pointer not. */
export function forEachRead(instruction: MachineInstruction, visit: (register: Register) => void): void {
  switch (instruction.kind) {
    case 'plain':
      if (readsDst(instruction.code) && instruction.dst !== FRAME_POINTER) visit(instruction.dst);
      if (readsSrc(instruction.code) && instruction.src !== FRAME_POINTER) visit(instruction.src);
      if (isCompareExchange(instruction)) visit(0);
      return;
    case 'move':
      for (const { src } of instruction.moves) if (typeof src === 'number') visit(src);
      return;
    case 'call':
      for (let register = 1; register <= instruction.arity; register++) visit(register);
      return;
    case 'branch':
      visit(instruction.dst);
      if (instruction.code & Source.X) visit(instruction.src);
      return;
    case 'exit':
      visit(0);
      return;
    default:
      return;
  }
}

/** Calls `visit` with every register that the instruction writes or destroys. */
export function forEachWrite(instruction: MachineInstruction, visit: (register: Register) => void): void {
  switch (instruction.kind) {
    case 'plain':
      if (writesDst(instruction.code)) visit(instruction.dst);
      if (isCompareExchange(instruction)) visit(0);
      else if (writesSrc(instruction)) visit(instruction.src);
      return;
    case 'make':
      visit(instruction.dst);
      return;
    case 'move':
      for (const { dst } of instruction.moves) if (typeof dst === 'number') visit(dst);
      return;
    case 'call':
      for (let register = 0; register < CALL_CLOBBERED; register++) visit(register);
      return;
    default:
      return;
  }
}

/** Puts other registers into the instruction's operands. */
export function mapRegisters(instruction: MachineInstruction, map: (register: Register) => Register): void {
  switch (instruction.kind) {
    case 'plain':
    case 'branch':
      instruction.dst = map(instruction.dst);
      instruction.src = map(instruction.src);
      return;
    case 'make':
      instruction.dst = map(instruction.dst);
      return;
    case 'move':
      for (const move of instruction.moves) {
        if (typeof move.dst === 'number') move.dst = map(move.dst);
        if (typeof move.src === 'number') move.src = map(move.src);
      }
      return;
    default:
      return;
  }
}

function isArithmetic(code: number): boolean {
  const kind = code & 0x07;
  return kind === Class.ALU || kind === Class.ALU64;
}

function readsDst(code: number): boolean {
  if (isArithmetic(code)) return operationOf(code) !== Alu.MOV;
  return (code & 0x07) !== Class.LDX;
}

function writesDst(code: number): boolean {
  return isArithmetic(code) || (code & 0x07) === Class.LDX;
}

function readsSrc(code: number): boolean {
  const kind = code & 0x07;
  if (kind === Class.LDX || kind === Class.STX) return true;
  if (!isArithmetic(code) || !(code & Source.X)) return false;
  return operationOf(code) !== Alu.END;
}

function isAtomic(code: number): boolean {
  return (code & 0x07) === Class.STX && modeOf(code) === Mode.ATOMIC;
}

function isCompareExchange(instruction: PlainInstruction): boolean {
  return isAtomic(instruction.code) && instruction.imm === Atomic.CMPXCHG;
}

function writesSrc(instruction: PlainInstruction): boolean {
  return isAtomic(instruction.code) && (instruction.imm & Atomic.FETCH) !== 0;
}

/** The jump that holds where the given one does not, or undefined for JSET. */
export function inverseJump(operation: number): number | undefined {
  return INVERSE.get(operation);
}

const INVERSE: ReadonlyMap<number, number> = new Map([
  [Jump.JEQ, Jump.JNE],
  [Jump.JNE, Jump.JEQ],
  [Jump.JGT, Jump.JLE],
  [Jump.JLE, Jump.JGT],
  [Jump.JGE, Jump.JLT],
  [Jump.JLT, Jump.JGE],
  [Jump.JSGT, Jump.JSLE],
  [Jump.JSLE, Jump.JSGT],
  [Jump.JSGE, Jump.JSLT],
  [Jump.JSLT, Jump.JSGE],
]);
