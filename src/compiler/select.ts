// Chooses instructions: intermediate form to machine code over virtual registers. Out of SSA form too: each phi becomes a
// register of its own that every predecessor writes at its end and the block copies at its start; the allocator removes
// the copies that it can. Constants and addresses get no register across blocks: they are made again where they are used.

import { assert } from '../base/error.ts';
import { Alu, Atomic, Class, FRAME_POINTER, Mode, Source, sizeOfBytes } from '../isa/index.ts';
import type { BinaryKind, Block, Condition, Func, Instruction, InstructionOf, Terminator } from './ir.ts';
import { seldomSide } from './likely.ts';
import {
  type CallTarget,
  type Constant,
  FIRST_VIRTUAL,
  type MachineBlock,
  type MachineFunction,
  type MachineInstruction,
  type Move,
  type PlainInstruction,
  type Register,
} from './machine.ts';
import { ALU, ATOMICS, COMMUTATIVE, isShift, isSigned, JUMPS, SWAPPED } from './operators.ts';
import { type BlockOrder, orderBlocks } from './order.ts';
import { findPatterns, isSmall, type Patterns } from './patterns.ts';
import { asS64, constantOf, countUses, fitsImmediate, type Uses } from './values.ts';
import { fits32 } from './width.ts';

/** Machine code for a function. Does not change it. */
export function select(func: Func): MachineFunction {
  return new Selector(func, orderBlocks(func)).run();
}

class Selector {
  readonly #func: Func;
  readonly #order: BlockOrder;
  readonly #uses: Uses;
  readonly #blocks = new Map<Block, MachineBlock>();
  readonly #layout: MachineBlock[] = [];
  readonly #registers = new Map<Instruction, Register>();
  /** The register that carries a phi's value from the predecessors into the block. */
  readonly #carriers = new Map<Instruction, Register>();
  /** Constants in registers; forgotten at calls, where keeping them would cost more than making them again. */
  readonly #made = new Map<Instruction, Register>();
  readonly #patterns: Patterns;
  #nextRegister = FIRST_VIRTUAL;
  #out: MachineInstruction[] = [];
  #at: Instruction | Terminator | undefined;

  constructor(func: Func, order: BlockOrder) {
    this.#func = func;
    this.#order = order;
    this.#uses = countUses(order.blocks);
    this.#patterns = findPatterns(order.blocks, this.#uses);
  }

  run(): MachineFunction {
    for (const block of this.#order.blocks) this.#prepare(block);
    for (const block of this.#order.blocks) this.#selectBlock(block);
    this.#layout.forEach((block, index) => {
      block.index = index;
    });
    return {
      func: this.#func,
      blocks: this.#layout,
      nextRegister: this.#nextRegister,
      nextSlot: this.#slotCount(),
      spills: new Set(),
    };
  }

  #slotCount(): number {
    let next = 0;
    for (const { instructions } of this.#order.blocks) {
      for (const one of instructions) if (one.op === 'slot') next = Math.max(next, one.slot.id + 1);
    }
    return next;
  }

  #prepare(block: Block): void {
    const depth = this.#order.depth.get(block) ?? 0;
    this.#blocks.set(block, { index: 0, name: `${block.name}${block.id}`, code: [], predecessors: [], depth });
    for (const instruction of block.instructions) {
      if (instruction.op === 'phi') this.#carriers.set(instruction, this.#fresh());
    }
  }

  #selectBlock(block: Block): void {
    const machine = this.#blocks.get(block)!;
    this.#layout.push(machine);
    this.#out = machine.code;
    this.#made.clear();
    if (block === this.#order.blocks[0]) this.#takeArguments(block);
    this.#takePhis(block);
    for (const instruction of block.instructions) {
      this.#at = instruction;
      this.#select(instruction);
    }
    const end = block.terminator;
    assert(end, `block ${block.name}${block.id} of ${this.#func.name} has no end`);
    this.#at = end;
    this.#selectEnd(block, machine, end);
  }

  #takeArguments(entry: Block): void {
    const moves: Move[] = [];
    for (const one of entry.instructions) {
      if (one.op === 'argument' && this.#uses.has(one)) moves.push({ dst: this.#define(one), src: 1 + one.index });
    }
    if (moves.length > 0) this.#emit({ kind: 'move', moves });
  }

  #takePhis(block: Block): void {
    const moves: Move[] = [];
    for (const phi of block.instructions) {
      if (phi.op !== 'phi') break;
      moves.push({ dst: this.#define(phi), src: this.#carriers.get(phi)! });
    }
    if (moves.length > 0) this.#emit({ kind: 'move', moves });
  }

  // ---- values

  #fresh(): Register {
    return this.#nextRegister++;
  }

  #define(value: Instruction): Register {
    const register = this.#fresh();
    this.#registers.set(value, register);
    return register;
  }

  /** A register that holds the value here. */
  #register(value: Instruction): Register {
    const made = this.#made.get(value);
    if (made !== undefined) return made;
    const constant = constantOf(value);
    if (constant) {
      const register = this.#fresh();
      this.#emit({ kind: 'make', dst: register, what: constant });
      this.#made.set(value, register);
      return register;
    }
    if (this.#patterns.nearby.has(value)) this.#binary(value as InstructionOf<'binary'>, Class.ALU64);
    const register = this.#registers.get(value);
    assert(register !== undefined, `%${value.id} of ${this.#func.name} is used before it is made`);
    if (this.#patterns.nearby.has(value)) this.#made.set(value, register);
    return register;
  }

  #moveSource(value: Instruction): Register | Constant {
    return constantOf(value) ?? this.#register(value);
  }

  #emit(instruction: MachineInstruction): void {
    const at = this.#at;
    if (at?.span) instruction.span = at.span;
    this.#out.push(instruction);
  }

  #plain(
    code: number,
    dst: Register,
    src: Register,
    off = 0,
    imm = 0,
    more: Pick<PlainInstruction, 'slot' | 'relocation'> = {},
  ): void {
    this.#emit({ kind: 'plain', code, dst, src, off, imm, ...more });
  }

  // ---- instructions

  #select(instruction: Instruction): void {
    switch (instruction.op) {
      case 'binary':
        if (this.#isMadeHere(instruction)) this.#binary(instruction, Class.ALU64);
        return;
      case 'extend':
        this.#extend(instruction);
        return;
      case 'swap':
        this.#swap(instruction);
        return;
      case 'load':
        this.#load(instruction);
        return;
      case 'store':
        this.#store(instruction);
        return;
      case 'atomic':
        this.#atomic(instruction);
        return;
      case 'call':
        this.#call(instruction, { kind: 'helper', helper: instruction.helper });
        return;
      case 'call-function':
        this.#call(instruction, { kind: 'function', callee: instruction.callee });
        return;
      case 'call-kfunc':
        this.#call(instruction, { kind: 'kfunc', symbol: instruction.symbol });
        return;
      default:
        return;
    }
  }

  #isMadeHere(instruction: InstructionOf<'binary'>): boolean {
    return (
      !constantOf(instruction) && !this.#patterns.narrowed.has(instruction) && !this.#patterns.nearby.has(instruction)
    );
  }

  #binary(instruction: InstructionOf<'binary'>, width: number, result: Instruction = instruction): void {
    const [a, b] = this.#operands(instruction, width);
    if (instruction.kind === 'sub' && a.op === 'const' && a.value === 0n) {
      this.#plain(width | Alu.NEG, this.#startFrom(b, result), 0);
      return;
    }
    const operation = width | ALU[instruction.kind];
    if (a === b) {
      const dst = this.#startFrom(a, result);
      this.#plain(operation | Source.X, dst, dst);
      return;
    }
    const immediate = this.#immediate(b, width, instruction.kind);
    // The second operand first: making it must not come between the copy and the operation.
    const right = immediate ? 0 : this.#register(b);
    const dst = this.#startFrom(a, result);
    if (!immediate) {
      this.#plain(operation | Source.X, dst, right);
      return;
    }
    this.#plain(operation, dst, 0, 0, immediate.imm, immediate.more);
  }

  #operands(instruction: InstructionOf<'binary'>, width: number): [Instruction, Instruction] {
    const [a, b] = instruction.args as [Instruction, Instruction];
    const { kind } = instruction;
    if (!COMMUTATIVE.has(kind) || this.#immediate(b, width, kind)) return [a, b];
    if (this.#immediate(a, width, kind)) return [b, a];
    // A constant that must be made anyway is made where the result will be.
    if (constantOf(a)) return [a, b];
    if (constantOf(b)) return [b, a];
    // The operand that nobody else needs is overwritten, unless the other is a loop's variable going round.
    const goesRound = a.op === 'phi' && a.args.includes(instruction);
    return this.#uses.get(b) === 1 && this.#uses.get(a) !== 1 && !goesRound ? [b, a] : [a, b];
  }

  /** A new register for `result` that holds `value`. */
  #startFrom(value: Instruction, result: Instruction): Register {
    const src = this.#moveSource(value);
    const dst = this.#define(result);
    this.#emit({ kind: 'move', moves: [{ dst, src }] });
    return dst;
  }

  #immediate(
    value: Instruction,
    width: number,
    kind: BinaryKind,
  ): { imm: number; more: Pick<PlainInstruction, 'relocation'> } | undefined {
    if (value.op === 'relocated' && kind === 'add' && isSmall(value)) {
      return { imm: Number(asS64(value.value)), more: { relocation: { open: value.relocation, into: 'imm' } } };
    }
    if (value.op !== 'const') return undefined;
    if (isShift(kind)) return { imm: Number(value.value & (width === Class.ALU64 ? 63n : 31n)), more: {} };
    const fits = width === Class.ALU ? true : fitsImmediate(value.value);
    // The verifier refuses to divide by a constant zero; a register that holds it is fine.
    if (!fits || ((kind === 'div' || kind === 'mod') && value.value === 0n)) return undefined;
    return { imm: Number(BigInt.asIntN(32, value.value)), more: {} };
  }

  #extend(instruction: InstructionOf<'extend'>): void {
    if (this.#patterns.compared.has(instruction)) return;
    const [value] = instruction.args as [Instruction];
    const { size, signed } = instruction;
    if (this.#patterns.narrowed.has(value)) {
      this.#binary(value as InstructionOf<'binary'>, Class.ALU, instruction);
      return;
    }
    if (!signed && size === 4) {
      const src = this.#register(value);
      this.#plain(Class.ALU | Source.X | Alu.MOV, this.#define(instruction), src);
      return;
    }
    const dst = this.#startFrom(value, instruction);
    if (!signed) {
      this.#plain(Class.ALU64 | Alu.AND, dst, 0, 0, size === 1 ? 0xff : 0xffff);
      return;
    }
    const shift = 64 - size * 8;
    this.#plain(Class.ALU64 | Alu.LSH, dst, 0, 0, shift);
    this.#plain(Class.ALU64 | Alu.ARSH, dst, 0, 0, shift);
  }

  #swap(instruction: InstructionOf<'swap'>): void {
    const dst = this.#startFrom(instruction.args[0]!, instruction);
    // To big-endian on a little-endian machine reverses and zero-extends; bswap itself is only in 6.6.
    this.#plain(Class.ALU | Alu.END | Source.X, dst, 0, 0, instruction.size * 8);
  }

  // ---- memory

  #address(
    base: Instruction,
    offset: number,
  ): { register: Register; off: number; more: Pick<PlainInstruction, 'slot'> } {
    const constant = constantOf(base);
    if (constant?.kind === 'slot') {
      return { register: FRAME_POINTER, off: constant.offset + offset, more: { slot: constant.slot } };
    }
    return { register: this.#register(base), off: offset, more: {} };
  }

  #load(instruction: InstructionOf<'load'>): void {
    const { register, off, more } = this.#address(instruction.args[0]!, instruction.offset);
    const code = Class.LDX | Mode.MEM | sizeOfBytes(instruction.size);
    const open = instruction.relocation;
    if (!open) {
      this.#plain(code, this.#define(instruction), register, off, 0, more);
      return;
    }
    const relocation = { open, into: 'off' } as const;
    this.#plain(code, this.#define(instruction), register, off + relocatedValue(open), 0, { ...more, relocation });
  }

  #store(instruction: InstructionOf<'store'>): void {
    const [base, value] = instruction.args as [Instruction, Instruction];
    const size = sizeOfBytes(instruction.size);
    const { register, off, more } = this.#address(base, instruction.offset);
    if (value.op === 'const' && (instruction.size < 8 || fitsImmediate(value.value))) {
      const bits = instruction.size === 8 ? 32 : instruction.size * 8;
      const imm = Number(BigInt.asIntN(bits, value.value));
      this.#plain(Class.ST | Mode.MEM | size, register, 0, off, imm, more);
      return;
    }
    this.#plain(Class.STX | Mode.MEM | size, register, this.#register(value), off, 0, more);
  }

  #atomic(instruction: InstructionOf<'atomic'>): void {
    const [base, value, expected] = instruction.args as [Instruction, Instruction, Instruction | undefined];
    const { register, off, more } = this.#address(base, instruction.offset);
    const code = Class.STX | Mode.ATOMIC | sizeOfBytes(instruction.size);
    const operation = ATOMICS[instruction.kind];
    if (instruction.kind === 'cmpxchg') {
      const src = this.#register(value);
      this.#emit({ kind: 'move', moves: [{ dst: 0, src: this.#moveSource(expected!) }] });
      this.#plain(code, register, src, off, operation, more);
      this.#takeResult(instruction);
      return;
    }
    if (!instruction.fetch && instruction.kind !== 'xchg') {
      this.#plain(code, register, this.#register(value), off, operation, more);
      return;
    }
    const operand = this.#startFrom(value, instruction);
    this.#plain(code, register, operand, off, operation | Atomic.FETCH, more);
  }

  #call(instruction: Instruction, target: CallTarget): void {
    const moves = instruction.args.map((arg, index): Move => ({ dst: 1 + index, src: this.#moveSource(arg) }));
    if (moves.length > 0) this.#emit({ kind: 'move', moves });
    this.#emit({ kind: 'call', target, arity: moves.length });
    this.#made.clear();
    this.#takeResult(instruction);
  }

  #takeResult(instruction: Instruction): void {
    if (this.#uses.has(instruction)) this.#emit({ kind: 'move', moves: [{ dst: this.#define(instruction), src: 0 }] });
  }

  // ---- the ends of blocks

  #selectEnd(block: Block, machine: MachineBlock, end: Terminator): void {
    switch (end.kind) {
      case 'return':
        this.#emit({ kind: 'move', moves: [{ dst: 0, src: this.#moveSource(end.value) }] });
        this.#emit({ kind: 'exit' });
        return;
      case 'jump':
        this.#carry(block, end.to, 0);
        this.#emit({ kind: 'jump', to: this.#enter(end.to, machine) });
        return;
      case 'branch':
        this.#branch(block, machine, end);
        return;
    }
  }

  #branch(block: Block, machine: MachineBlock, end: Terminator & { kind: 'branch' }): void {
    const swap = constantOf(end.a) !== undefined && constantOf(end.b) === undefined;
    const [left, right] = swap ? [end.b, end.a] : [end.a, end.b];
    const condition = swap ? SWAPPED[end.condition] : end.condition;
    const isNarrow = this.#patterns.compared.has(left);
    const [a, b] = [this.#comparedPart(left), this.#comparedPart(right)];
    const { width, imm } = comparison(a, b, condition, isNarrow);
    const src = imm === undefined ? this.#register(b) : 0;
    const seldom = seldomSide(end);
    const branch: MachineInstruction = {
      kind: 'branch',
      code: width | JUMPS[condition] | (imm === undefined ? Source.X : Source.K),
      dst: this.#register(a),
      src,
      imm: imm ?? 0,
      taken: machine,
      otherwise: machine,
      ...(seldom ? { seldom: seldom === 'then' ? 'taken' : seldom } : {}),
    };
    this.#emit(branch);
    const both = end.then === end.otherwise;
    branch.taken = this.#edge(block, machine, end.then, 0);
    branch.otherwise = this.#edge(block, machine, end.otherwise, both ? 1 : 0);
  }

  #comparedPart(value: Instruction): Instruction {
    return this.#patterns.compared.has(value) ? value.args[0]! : value;
  }

  /** Where a branch goes: the block itself, or one between that writes the block's phis. */
  #edge(from: Block, machine: MachineBlock, to: Block, occurrence: number): MachineBlock {
    if (to.instructions[0]?.op !== 'phi') return this.#enter(to, machine);
    const depth = Math.min(machine.depth, this.#blocks.get(to)!.depth);
    const between: MachineBlock = { index: 0, name: `edge`, code: [], predecessors: [machine], depth };
    this.#layout.push(between);
    this.#out = between.code;
    this.#carry(from, to, occurrence);
    this.#emit({ kind: 'jump', to: this.#enter(to, between) });
    return between;
  }

  #enter(to: Block, from: MachineBlock): MachineBlock {
    const machine = this.#blocks.get(to)!;
    machine.predecessors.push(from);
    return machine;
  }

  /** Writes the phis of `to` on the way from `from`. */
  #carry(from: Block, to: Block, occurrence: number): void {
    let index = to.predecessors.indexOf(from);
    if (occurrence === 1) index = to.predecessors.indexOf(from, index + 1);
    const moves: Move[] = [];
    for (const phi of to.instructions) {
      if (phi.op !== 'phi') break;
      moves.push({ dst: this.#carriers.get(phi)!, src: this.#moveSource(phi.args[index]!) });
    }
    if (moves.length > 0) this.#emit({ kind: 'move', moves });
  }
}

function relocatedValue(relocation: InstructionOf<'load'>['relocation']): number {
  return relocation && 'value' in relocation ? relocation.value : 0;
}

/** The class of the comparison, and its immediate where the second operand can be one. */
function comparison(
  a: Instruction,
  b: Instruction,
  condition: Condition,
  isNarrow: boolean,
): { width: number; imm: number | undefined } {
  const width = isNarrow ? Class.JMP32 : Class.JMP;
  if (b.op !== 'const') return { width, imm: undefined };
  const low = Number(BigInt.asIntN(32, b.value));
  if (isNarrow || fitsImmediate(b.value)) return { width, imm: low };
  // A number of 32 bits does not fit a 64-bit comparison's immediate when its top bit is set.
  if (b.value <= 0xffff_ffffn && !isSigned(condition) && fits32(a)) return { width: Class.JMP32, imm: low };
  return { width, imm: undefined };
}
