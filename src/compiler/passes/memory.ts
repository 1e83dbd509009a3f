// Loads of what was just stored or loaded, and stores that nobody sees: inside one block, and for stack objects whose
// address never leaves the function. Other memory may be changed by others at any time, but as in C a program that does
// not say otherwise may read it once.

import type { Func, Instruction, InstructionOf, StackSlot } from '../ir.ts';
import { constantOf } from '../values.ts';
import { Replacements } from './rewriter.ts';

/** In place; whether anything changed. */
export function forwardMemory(func: Func): boolean {
  const slots = new SlotUse(func);
  const replacements = new Replacements();
  let changed = false;
  for (const block of func.blocks) {
    const known = new KnownMemory(slots);
    block.instructions = block.instructions.map((instruction) => {
      replacements.applyTo(instruction);
      const better = known.visit(instruction, func);
      if (!better) return instruction;
      changed = true;
      replacements.set(instruction, better);
      // A new extension takes the load's place; an old value needs none.
      return better.op === 'extend' && better.id === func.nextId - 1 ? better : instruction;
    });
  }
  replacements.apply(func);
  return dropDeadStores(func) || changed;
}

function dropDeadStores(func: Func): boolean {
  const slots = new SlotUse(func);
  const dropped = new Set<Instruction>();
  for (const block of func.blocks) findDeadStores(block.instructions, slots, dropped);
  if (dropped.size === 0) return false;
  for (const block of func.blocks) block.instructions = block.instructions.filter((one) => !dropped.has(one));
  return true;
}

/** A piece of memory: bytes from `offset` of a stack object, or of what a value points to. */
interface Piece {
  readonly base: StackSlot | Instruction;
  readonly offset: number;
  readonly size: number;
}

function pieceOf(one: InstructionOf<'load' | 'store' | 'atomic'>): Piece | undefined {
  if (one.op === 'load' && one.relocation) return undefined;
  const [base] = one.args as [Instruction];
  const constant = constantOf(base);
  if (constant?.kind === 'slot') return { base: constant.slot, offset: constant.offset + one.offset, size: one.size };
  return { base, offset: one.offset, size: one.size };
}

function isSlot(base: StackSlot | Instruction): base is StackSlot {
  return !('op' in base);
}

/** How the stack objects of a function are used. */
class SlotUse {
  /** Those whose address is more than the base of loads and stores: calls and unknown pointers may reach them. */
  readonly #escaped = new Set<StackSlot>();
  readonly #loaded = new Set<StackSlot>();

  constructor(func: Func) {
    for (const block of func.blocks) {
      for (const instruction of block.instructions) this.#visit(instruction);
      const end = block.terminator;
      if (end?.kind === 'return') this.#escape(end.value);
      if (end?.kind === 'branch') {
        this.#escape(end.a);
        this.#escape(end.b);
      }
    }
  }

  #visit(instruction: Instruction): void {
    if (constantOf(instruction)) return;
    const isAccess = instruction.op === 'load' || instruction.op === 'store' || instruction.op === 'atomic';
    instruction.args.forEach((arg, index) => {
      if (!isAccess || index > 0) this.#escape(arg);
    });
    const place = isAccess && instruction.op !== 'store' ? constantOf(instruction.args[0]!) : undefined;
    if (place?.kind === 'slot') this.#loaded.add(place.slot);
  }

  #escape(value: Instruction): void {
    const constant = constantOf(value);
    if (constant?.kind === 'slot') this.#escaped.add(constant.slot);
  }

  escapes(slot: StackSlot): boolean {
    return this.#escaped.has(slot);
  }

  /** Whether anything can read the object. */
  isRead(slot: StackSlot): boolean {
    return this.#escaped.has(slot) || this.#loaded.has(slot);
  }
}

/** What memory holds at one point of a block. */
class KnownMemory {
  readonly #slots: SlotUse;
  #entries: { piece: Piece; value: Instruction; stored: boolean }[] = [];

  constructor(slots: SlotUse) {
    this.#slots = slots;
  }

  /** A value that stands for the instruction's, when memory is known to hold it. */
  visit(instruction: Instruction, func: Func): Instruction | undefined {
    switch (instruction.op) {
      case 'load':
        return this.#load(instruction, func);
      case 'store': {
        const piece = pieceOf(instruction)!;
        this.#invalidate(piece);
        this.#entries.push({ piece, value: instruction.args[1]!, stored: true });
        return undefined;
      }
      case 'atomic':
        this.#invalidate(pieceOf(instruction)!);
        return undefined;
      case 'call':
      case 'call-function':
      case 'call-kfunc':
        this.#entries = this.#entries.filter(({ piece: { base } }) => isSlot(base) && !this.#slots.escapes(base));
        return undefined;
      default:
        return undefined;
    }
  }

  #load(load: InstructionOf<'load'>, func: Func): Instruction | undefined {
    const piece = pieceOf(load);
    if (!piece) return undefined;
    const found = this.#entries.find((entry) => samePiece(entry.piece, piece));
    if (!found) {
      this.#entries.push({ piece, value: load, stored: false });
      return undefined;
    }
    if (!found.stored || load.size === 8) return found.value;
    const { span } = load;
    return {
      op: 'extend',
      size: load.size as 1 | 2 | 4,
      signed: false,
      id: func.nextId++,
      args: [found.value],
      ...(span ? { span } : {}),
    };
  }

  #invalidate(written: Piece): void {
    this.#entries = this.#entries.filter(({ piece }) => !this.#mayOverlap(piece, written));
  }

  #mayOverlap(a: Piece, b: Piece): boolean {
    if (a.base === b.base) return a.offset < b.offset + b.size && b.offset < a.offset + a.size;
    const [one, two] = [isSlot(a.base), isSlot(b.base)];
    if (one && two) return false;
    if (one) return this.#slots.escapes(a.base as StackSlot);
    return two ? this.#slots.escapes(b.base as StackSlot) : true;
  }
}

function samePiece(a: Piece, b: Piece): boolean {
  return a.base === b.base && a.offset === b.offset && a.size === b.size;
}

/** Backwards: a store whose bytes are all stored again before anything can read them. */
function findDeadStores(instructions: readonly Instruction[], slots: SlotUse, dropped: Set<Instruction>): void {
  let overwritten: Piece[] = [];
  for (let index = instructions.length - 1; index >= 0; index--) {
    const one = instructions[index]!;
    if (one.op === 'store') {
      const piece = pieceOf(one)!;
      if (!isSlot(piece.base)) continue;
      if (!slots.isRead(piece.base) || overwritten.some((later) => covers(later, piece))) dropped.add(one);
      else overwritten.push(piece);
    } else if (one.op === 'load' || one.op === 'atomic') {
      const base = pieceOf(one)?.base ?? one.args[0]!;
      overwritten = overwritten.filter((piece) =>
        isSlot(base) ? piece.base !== base : !slots.escapes(piece.base as StackSlot),
      );
    } else if (one.op === 'call' || one.op === 'call-function' || one.op === 'call-kfunc') {
      overwritten = overwritten.filter((piece) => !slots.escapes(piece.base as StackSlot));
    }
  }
}

function covers(outer: Piece, inner: Piece): boolean {
  return (
    outer.base === inner.base && outer.offset <= inner.offset && outer.offset + outer.size >= inner.offset + inner.size
  );
}
