// Parallel moves to instructions: an order in which nothing is overwritten before it is read. Cycles are broken through a
// register that is free, or through the frame when none is.

import { assert } from '../base/error.ts';
import { Alu, Class, FRAME_POINTER, Mode, Size, Source } from '../isa/index.ts';
import type { StackSlot } from './ir.ts';
import {
  ALLOCATABLE,
  type Constant,
  forEachRead,
  forEachWrite,
  type MachineFunction,
  type MachineInstruction,
  type Move,
  type MoveInstruction,
  type Register,
  type Spilled,
} from './machine.ts';
import { newSlot } from './spill.ts';
import { asS64, fitsImmediate } from './values.ts';

/** Replaces all moves, in place. Registers are the machine's; `liveOut` says by block index which are live at its end. */
export function sequenceMoves(machine: MachineFunction, liveOut: readonly ReadonlySet<Register>[]): void {
  const spares = new Map<SpareName, StackSlot>();
  const spare = (name: SpareName): StackSlot => {
    const slot = spares.get(name) ?? newSlot(machine, name);
    spares.set(name, slot);
    return slot;
  };
  for (const block of machine.blocks) {
    const live = new Set(liveOut[block.index]);
    const reversed: MachineInstruction[] = [];
    for (let index = block.code.length - 1; index >= 0; index--) {
      const instruction = block.code[index]!;
      if (instruction.kind === 'move') {
        reversed.push(...new Sequencer(instruction, live, spare).run().reverse());
      } else {
        reversed.push(instruction);
      }
      forEachWrite(instruction, (register) => void live.delete(register));
      forEachRead(instruction, (register) => void live.add(register));
    }
    block.code = reversed.reverse();
  }
}

/** Stack objects for a moment: what a cycle would overwrite, and a register that is borrowed. */
type SpareName = 'cycle' | 'borrowed';

type Place = Register | Constant | Spilled;

class Sequencer {
  readonly #instruction: MoveInstruction;
  readonly #spare: (name: SpareName) => StackSlot;
  readonly #out: MachineInstruction[] = [];
  /** Registers that nobody needs during or after the moves. */
  readonly #free: Register[] = [];
  /** Registers that surely hold something, so that they may be saved for a moment. */
  readonly #filled = new Set<Register>();
  #pending: Move[];

  constructor(instruction: MoveInstruction, liveAfter: ReadonlySet<Register>, spare: (name: SpareName) => StackSlot) {
    this.#instruction = instruction;
    this.#spare = spare;
    this.#pending = instruction.moves.filter(({ dst, src }) => !samePlace(dst, src));
    const used = new Set<Place>(instruction.moves.flatMap(({ dst, src }) => [dst, src]));
    for (let register = 0; register < ALLOCATABLE; register++) {
      if (!used.has(register) && !liveAfter.has(register)) this.#free.push(register);
      const isTarget = instruction.moves.some(({ dst }) => dst === register);
      const isSource = instruction.moves.some(({ src }) => src === register);
      if (isSource || (liveAfter.has(register) && !isTarget)) this.#filled.add(register);
    }
  }

  run(): MachineInstruction[] {
    while (this.#pending.length > 0) {
      const index = this.#pending.findIndex((move) => !this.#isRead(move.dst, move));
      if (index === -1) {
        this.#breakCycle(this.#pending[0]!);
        continue;
      }
      const [move] = this.#pending.splice(index, 1);
      this.#emitMove(move!);
    }
    return this.#out;
  }

  #isRead(place: Place, except: Move): boolean {
    return this.#pending.some((move) => move !== except && samePlace(move.src, place));
  }

  /** Saves what `move` would destroy; its readers read the saved value. */
  #breakCycle(move: Move): void {
    const spare: Register | Spilled = this.#free.shift() ?? { kind: 'stack', slot: this.#spare('cycle') };
    this.#emitMove({ dst: spare, src: move.dst });
    for (const other of this.#pending) if (samePlace(other.src, move.dst)) other.src = spare;
  }

  #emitMove({ dst, src }: Move): void {
    if (typeof dst === 'number') {
      this.#fill(dst, src);
    } else if (typeof src === 'number') {
      this.#emit(Class.STX | Mode.MEM | Size.DW, FRAME_POINTER, src, 0, dst.slot);
    } else if (src.kind === 'number' && fitsImmediate(src.value)) {
      this.#emit(Class.ST | Mode.MEM | Size.DW, FRAME_POINTER, 0, Number(asS64(src.value)), dst.slot);
    } else {
      this.#throughRegister(dst, src);
    }
  }

  #fill(dst: Register, src: Place): void {
    this.#filled.add(dst);
    if (typeof src === 'number') this.#emit(Class.ALU64 | Source.X | Alu.MOV, dst, src, 0);
    else if (src.kind === 'stack') this.#emit(Class.LDX | Mode.MEM | Size.DW, dst, FRAME_POINTER, 0, src.slot);
    else this.#push({ kind: 'make', dst, what: src });
  }

  #throughRegister(dst: Spilled, src: Constant | Spilled): void {
    const free = this.#free[0];
    if (free !== undefined) {
      this.#fill(free, src);
      this.#emit(Class.STX | Mode.MEM | Size.DW, FRAME_POINTER, free, 0, dst.slot);
      return;
    }
    const [victim] = this.#filled;
    assert(victim !== undefined, 'no register can be saved');
    const saved = this.#spare('borrowed');
    this.#emit(Class.STX | Mode.MEM | Size.DW, FRAME_POINTER, victim, 0, saved);
    this.#fill(victim, src);
    this.#emit(Class.STX | Mode.MEM | Size.DW, FRAME_POINTER, victim, 0, dst.slot);
    this.#emit(Class.LDX | Mode.MEM | Size.DW, victim, FRAME_POINTER, 0, saved);
  }

  #emit(code: number, dst: Register, src: Register, imm: number, slot?: StackSlot): void {
    this.#push({ kind: 'plain', code, dst, src, off: 0, imm, ...(slot ? { slot } : {}) });
  }

  #push(instruction: MachineInstruction): void {
    const { span } = this.#instruction;
    if (span) instruction.span = span;
    this.#out.push(instruction);
  }
}

function samePlace(a: Place, b: Place): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.kind === 'stack' && b.kind === 'stack' && a.slot === b.slot;
}
