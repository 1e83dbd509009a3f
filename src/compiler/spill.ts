// Rewrites the code so that some values live in the frame: written where they are made, read where they are used. A value
// that was read stays in its new register until the next call, also into blocks that can only be reached from here, so
// that a check and what it guards see one register. Constants are not stored but made again.

import type { StackSlot } from './ir.ts';
import {
  type Constant,
  forEachRead,
  forEachWrite,
  isVirtual,
  type MachineBlock,
  type MachineFunction,
  type MachineInstruction,
  type MoveInstruction,
  mapRegisters,
  type Register,
  type Spilled,
} from './machine.ts';

/** What is remembered between the rounds of one allocation. */
export interface SpillState {
  /** Registers that live for one instruction and must not be spilled again. */
  readonly tiny: Set<Register>;
  /** All registers that were made for spilled values. */
  readonly made: Set<Register>;
}

/** Where a spilled register's value is found. */
interface Home {
  readonly place: Constant | Spilled;
  /** Whether its definition goes away because the place has the value anyway. */
  readonly again: boolean;
  /** It was itself made for a spilled value: its replacements live for one instruction. */
  readonly brief: boolean;
}

/** Where a spilled value can be had at one point of the code. */
interface Copy {
  register?: Register;
  /** The move that wrote it to the frame could write a register, too. */
  writer?: { readonly instruction: MoveInstruction; readonly src: Register | Constant | Spilled };
}

/** Spills `registers`, in place; with `brief` no value stays in a register longer than one instruction. */
export function spill(
  machine: MachineFunction,
  registers: ReadonlySet<Register>,
  state: SpillState,
  brief = false,
): void {
  const known = findPlaces(machine, registers);
  const homes = new Map<Register, Home>();
  for (const register of registers) {
    const place = known.get(register);
    homes.set(register, {
      place: place ?? { kind: 'stack', slot: newSlot(machine, 'spill') },
      again: place !== undefined,
      brief: brief || state.made.has(register),
    });
  }
  new Spiller(machine, homes, state).run();
}

/** A new stack object for one register. */
export function newSlot(machine: MachineFunction, name: string): StackSlot {
  const slot: StackSlot = { id: machine.nextSlot++, size: 8, align: 8, name };
  machine.spills.add(slot);
  return slot;
}

/**
 * Registers with one definition that says where else the value is: a constant, or a stack object that is written once.
 * (Then no way leads from the definition over another write of the object to a use, because the first write dominates.)
 */
function findPlaces(machine: MachineFunction, registers: ReadonlySet<Register>): Map<Register, Constant | Spilled> {
  const definitions = new Map<Register, number>();
  const places = new Map<Register, Constant | Spilled>();
  const writes = new Map<StackSlot, number>();
  for (const instruction of machine.blocks.flatMap(({ code }) => code)) {
    forEachWrite(instruction, (register) => {
      definitions.set(register, (definitions.get(register) ?? 0) + 1);
    });
    if (instruction.kind === 'make') places.set(instruction.dst, instruction.what);
    if (instruction.kind !== 'move') continue;
    for (const { dst, src } of instruction.moves) {
      if (typeof dst !== 'number') writes.set(dst.slot, (writes.get(dst.slot) ?? 0) + 1);
      else if (typeof src !== 'number') places.set(dst, src);
    }
  }
  for (const [register, place] of places) {
    const sole = registers.has(register) && definitions.get(register) === 1;
    if (!sole || (place.kind === 'stack' && writes.get(place.slot) !== 1)) places.delete(register);
  }
  return places;
}

class Spiller {
  readonly #machine: MachineFunction;
  readonly #homes: ReadonlyMap<Register, Home>;
  readonly #state: SpillState;
  #copies = new Map<Register, Copy>();
  #out: MachineInstruction[] = [];

  constructor(machine: MachineFunction, homes: ReadonlyMap<Register, Home>, state: SpillState) {
    this.#machine = machine;
    this.#homes = homes;
    this.#state = state;
  }

  run(): void {
    const atEnd = new Map<MachineBlock, Map<Register, Copy>>();
    for (const block of this.#machine.blocks) {
      const [only, ...more] = block.predecessors;
      const before = only && more.length === 0 ? atEnd.get(only) : undefined;
      // Each entry is copied: what one block adds must not show in its siblings.
      this.#copies = new Map([...(before ?? [])].map(([register, copy]) => [register, { ...copy }]));
      this.#out = [];
      for (const instruction of block.code) this.#rewrite(instruction);
      block.code = this.#out;
      atEnd.set(block, this.#copies);
    }
  }

  #rewrite(instruction: MachineInstruction): void {
    switch (instruction.kind) {
      case 'move':
        this.#rewriteMove(instruction);
        return;
      case 'call':
        this.#copies.clear();
        this.#out.push(instruction);
        return;
      case 'make':
        if (this.#homes.get(instruction.dst)?.again) return;
        this.#rewriteOperands(instruction);
        return;
      default:
        this.#rewriteOperands(instruction);
        return;
    }
  }

  #rewriteMove(instruction: MoveInstruction): void {
    const written: { register: Register; copy: Copy }[] = [];
    const moves: MoveInstruction['moves'] = [];
    for (const move of instruction.moves) {
      const src = typeof move.src === 'number' ? this.#source(move.src) : move.src;
      const home = typeof move.dst === 'number' ? this.#homes.get(move.dst) : undefined;
      if (!home) {
        moves.push({ dst: move.dst, src });
      } else if (!home.again) {
        moves.push({ dst: home.place as Spilled, src });
        written.push({ register: move.dst as Register, copy: { writer: { instruction, src } } });
      }
    }
    instruction.moves = moves;
    this.#out.push(instruction);
    for (const { register, copy } of written) this.#copies.set(register, copy);
  }

  /** What a move reads instead of the register. */
  #source(register: Register): Register | Constant | Spilled {
    const home = this.#homes.get(register);
    if (!home) return register;
    return this.#copies.get(register)?.register ?? home.place;
  }

  #rewriteOperands(instruction: MachineInstruction): void {
    const replaced = new Map<Register, Register>();
    forEachRead(instruction, (register) => {
      const home = this.#homes.get(register);
      if (home && !replaced.has(register)) replaced.set(register, this.#reload(register, home, instruction));
    });
    const stores: MoveInstruction[] = [];
    forEachWrite(instruction, (register) => {
      const home = this.#homes.get(register);
      if (!home) return;
      const dst = replaced.get(register) ?? this.#fresh(home);
      replaced.set(register, dst);
      const move: MoveInstruction = { kind: 'move', moves: [{ dst: home.place as Spilled, src: dst }] };
      if (instruction.span) move.span = instruction.span;
      stores.push(move);
      if (!home.brief) this.#copies.set(register, { register: dst });
    });
    if (replaced.size > 0) mapRegisters(instruction, (register) => replaced.get(register) ?? register);
    this.#out.push(instruction, ...stores);
  }

  /** A register that holds the spilled value before the next instruction. */
  #reload(register: Register, home: Home, user: MachineInstruction): Register {
    const copy = home.brief ? undefined : this.#copies.get(register);
    if (copy?.register !== undefined) return copy.register;
    const dst = this.#fresh(home);
    if (copy?.writer) {
      copy.writer.instruction.moves.push({ dst, src: copy.writer.src });
    } else {
      const move: MoveInstruction = { kind: 'move', moves: [{ dst, src: home.place }] };
      if (user.span) move.span = user.span;
      this.#out.push(move);
    }
    if (!home.brief) this.#copies.set(register, { register: dst });
    return dst;
  }

  #fresh(home: Home): Register {
    const register = this.#machine.nextRegister++;
    this.#state.made.add(register);
    if (home.brief) this.#state.tiny.add(register);
    return register;
  }
}

/** All virtual registers of a function. */
export function virtualRegisters(machine: MachineFunction): Set<Register> {
  const registers = new Set<Register>();
  const add = (register: Register): void => {
    if (isVirtual(register)) registers.add(register);
  };
  for (const { code } of machine.blocks) {
    for (const instruction of code) {
      forEachRead(instruction, add);
      forEachWrite(instruction, add);
    }
  }
  return registers;
}
