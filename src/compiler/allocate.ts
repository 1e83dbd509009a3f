// Register allocation: linear scan over lifetime intervals with holes. Copies are joined first; what remains of them are
// hints. When the registers do not suffice, the cheapest value of those that compete is kept in the frame as a whole (or
// made again, when it is a constant), the code is rewritten, and the scan starts anew. Values whose bounds were checked
// are better not spilled: until 5.11 the verifier forgets the bounds of a spilled number (not of a pointer).

import { assert } from '../base/error.ts';
import { coalesce } from './coalesce.ts';
import { findLiveness, type Interval, type Liveness, rangesOverlap } from './liveness.ts';
import { ALLOCATABLE, isVirtual, type MachineFunction, mapRegisters, type Register } from './machine.ts';
import { sequenceMoves } from './moves.ts';
import { type SpillState, spill, virtualRegisters } from './spill.ts';

export interface AllocateOptions {
  /** Keeps every value in the frame; for tests that compare. */
  readonly spillEverything?: boolean;
}

/** Replaces virtual registers by the machine's and moves by instructions, in place. */
export function allocate(machine: MachineFunction, options: AllocateOptions = {}): void {
  const state: SpillState = { tiny: new Set(), made: new Set() };
  if (options.spillEverything) spill(machine, virtualRegisters(machine), state, true);
  for (let round = 0; ; round++) {
    assert(round < 100, `no registers found for ${machine.func.name}`);
    dropEmptyMoves(machine);
    const liveness = findLiveness(machine);
    for (const interval of liveness.intervals.values()) interval.tiny = state.tiny.has(interval.register);
    const nameOf = coalesce(machine, liveness);
    for (const interval of liveness.intervals.values()) if (!interval.tiny) state.tiny.delete(interval.register);
    const { assigned, spilled } = scan(machine, liveness);
    if (spilled.size === 0) {
      finish(machine, liveness, (register) => assigned.get(nameOf(register)) ?? register);
      return;
    }
    spill(machine, spilled, state);
  }
}

function dropEmptyMoves(machine: MachineFunction): void {
  for (const block of machine.blocks) {
    block.code = block.code.filter((instruction) => instruction.kind !== 'move' || instruction.moves.length > 0);
  }
}

function finish(machine: MachineFunction, liveness: Liveness, physical: (register: Register) => Register): void {
  for (const block of machine.blocks) {
    for (const instruction of block.code) mapRegisters(instruction, physical);
  }
  sequenceMoves(
    machine,
    liveness.liveOut.map((live) => new Set([...live].map(physical))),
  );
}

interface Scan {
  readonly assigned: Map<Register, Register>;
  readonly spilled: Set<Register>;
}

function scan(machine: MachineFunction, liveness: Liveness): Scan {
  const hints = new Hints(machine);
  const assigned = new Map<Register, Register>();
  const spilled = new Set<Register>();
  const waiting = [...liveness.intervals.values()]
    .filter(({ register }) => isVirtual(register))
    .sort((a, b) => a.start - b.start || a.register - b.register);
  let active: Interval[] = [];
  for (const current of waiting) {
    active = active.filter((interval) => interval.end > current.start);
    const rivals = findRivals(current, active, assigned, liveness);
    const free = chooseFree(current, rivals, hints, assigned);
    if (free !== undefined) {
      assigned.set(current.register, free);
      active.push(current);
      continue;
    }
    const victim = chooseVictim(current, rivals);
    if (victim === undefined) {
      assert(!current.tiny, `no register for a spilled value in ${machine.func.name}`);
      spilled.add(current.register);
      continue;
    }
    for (const loser of rivals[victim] ?? []) {
      spilled.add(loser.register);
      assigned.delete(loser.register);
      active = active.filter((interval) => interval !== loser);
    }
    assigned.set(current.register, victim);
    active.push(current);
  }
  return { assigned, spilled };
}

/** For each register those that hold it while `current` lives, or undefined when the machine itself uses it then. */
type Rivals = (Interval[] | undefined)[];

function findRivals(
  current: Interval,
  active: readonly Interval[],
  assigned: ReadonlyMap<Register, Register>,
  liveness: Liveness,
): Rivals {
  const rivals: Rivals = [];
  for (let register = 0; register < ALLOCATABLE; register++) {
    const fixed = liveness.intervals.get(register);
    rivals.push(fixed && rangesOverlap(current.ranges, fixed.ranges) ? undefined : []);
  }
  for (const interval of active) {
    const list = rivals[assigned.get(interval.register)!];
    if (list && interval.overlaps(current)) list.push(interval);
  }
  return rivals;
}

/** Registers that calls destroy come first: the others cost a push and a pop. R1 to R3 are most wanted by others. */
const PREFERENCE: readonly Register[] = [0, 5, 4, 3, 2, 1, 6, 7, 8, 9];

function chooseFree(
  current: Interval,
  rivals: Rivals,
  hints: Hints,
  assigned: ReadonlyMap<Register, Register>,
): Register | undefined {
  const wish = hints.of(current.register, assigned);
  let best: Register | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const register of PREFERENCE) {
    if (rivals[register]?.length !== 0) continue;
    const score = wish.get(register) ?? 0;
    if (score > bestScore) {
      best = register;
      bestScore = score;
    }
  }
  return best;
}

/** The register whose holders are cheapest to spill and cheaper than `current`. */
function chooseVictim(current: Interval, rivals: Rivals): Register | undefined {
  let best: Register | undefined;
  let bestWeight = weightOf(current);
  for (let register = 0; register < ALLOCATABLE; register++) {
    const list = rivals[register];
    if (!list) continue;
    const weight = list.reduce((sum, interval) => sum + weightOf(interval), 0);
    if (weight < bestWeight) {
      best = register;
      bestWeight = weight;
    }
  }
  return best;
}

function weightOf(interval: Interval): number {
  return interval.tiny ? Number.POSITIVE_INFINITY : interval.cost / (interval.length + 4);
}

/** Which registers would make a copy disappear. */
class Hints {
  readonly #partners = new Map<Register, { other: Register; weight: number }[]>();

  constructor(machine: MachineFunction) {
    for (const block of machine.blocks) {
      const weight = 10 ** Math.min(block.depth, 6);
      for (const instruction of block.code) {
        if (instruction.kind !== 'move') continue;
        for (const { dst, src } of instruction.moves) {
          if (typeof dst !== 'number' || typeof src !== 'number') continue;
          this.#add(dst, src, weight);
          this.#add(src, dst, weight);
        }
      }
    }
  }

  #add(register: Register, other: Register, weight: number): void {
    if (!isVirtual(register)) return;
    const list = this.#partners.get(register);
    if (list) list.push({ other, weight });
    else this.#partners.set(register, [{ other, weight }]);
  }

  /** By register of the machine, how much a copy into or out of it weighs. */
  of(register: Register, assigned: ReadonlyMap<Register, Register>): Map<Register, number> {
    const wish = new Map<Register, number>();
    for (const { other, weight } of this.#partners.get(register) ?? []) {
      const wanted = isVirtual(other) ? assigned.get(other) : other;
      if (wanted !== undefined) wish.set(wanted, (wish.get(wanted) ?? 0) + weight);
    }
    return wish;
  }
}
