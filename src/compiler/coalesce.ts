// Joins registers that are copied into each other and never live at the same time, so that the copies disappear.

import type { Interval, Liveness } from './liveness.ts';
import {
  isVirtual,
  type MachineFunction,
  type MachineInstruction,
  type Move,
  mapRegisters,
  type Register,
} from './machine.ts';

/**
 * Renames registers in the code and joins their intervals in `liveness`, in place. The most frequent copies come first.
 * Gives the new name of every register.
 */
export function coalesce(machine: MachineFunction, liveness: Liveness): (register: Register) => Register {
  const joined = new Map<Register, Register>();
  const find = (register: Register): Register => {
    let at = register;
    for (let next = joined.get(at); next !== undefined; next = joined.get(at)) at = next;
    return at;
  };
  for (const { moves } of copies(machine)) {
    for (const move of moves) join(move, find, joined, liveness.intervals);
  }
  if (joined.size > 0) rename(machine, find);
  return find;
}

function copies(machine: MachineFunction): (MachineInstruction & { kind: 'move' })[] {
  const found: { instruction: MachineInstruction & { kind: 'move' }; depth: number }[] = [];
  for (const block of machine.blocks) {
    for (const instruction of block.code) {
      if (instruction.kind === 'move') found.push({ instruction, depth: block.depth });
    }
  }
  found.sort((a, b) => b.depth - a.depth);
  return found.map(({ instruction }) => instruction);
}

function join(
  move: Move,
  find: (register: Register) => Register,
  joined: Map<Register, Register>,
  intervals: Map<Register, Interval>,
): void {
  if (typeof move.dst !== 'number' || typeof move.src !== 'number') return;
  if (!isVirtual(move.dst) || !isVirtual(move.src)) return;
  const dst = find(move.dst);
  const src = find(move.src);
  if (dst === src) return;
  const into = intervals.get(src);
  const from = intervals.get(dst);
  if (!into || !from || into.overlaps(from)) return;
  into.absorb(from);
  intervals.delete(dst);
  joined.set(dst, src);
}

function rename(machine: MachineFunction, find: (register: Register) => Register): void {
  for (const block of machine.blocks) {
    for (const instruction of block.code) {
      mapRegisters(instruction, find);
      // An empty move stays: positions in `liveness` count instructions.
      if (instruction.kind === 'move') instruction.moves = instruction.moves.filter(({ dst, src }) => dst !== src);
    }
  }
}
