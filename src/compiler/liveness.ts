// Where registers are live. Instruction number i reads at position 2i and writes at 2i + 1, so that a value may die in the
// instruction that makes another one in the same register.

import {
  forEachRead,
  forEachWrite,
  type MachineBlock,
  type MachineFunction,
  type MachineInstruction,
  type Register,
} from './machine.ts';

/** A half-open range of positions. */
export interface Range {
  start: number;
  end: number;
}

/** All positions at which one register is live: disjoint ranges in ascending order, holes between them. */
export class Interval {
  readonly register: Register;
  ranges: Range[] = [];
  /** What spilling would cost: uses, those in loops counting more. */
  cost = 0;
  /** It was made to hold a spilled value for one instruction and cannot be spilled again. */
  tiny = false;

  constructor(register: Register) {
    this.register = register;
  }

  get start(): number {
    return this.ranges[0]!.start;
  }

  get end(): number {
    return this.ranges[this.ranges.length - 1]!.end;
  }

  /** Positions covered. */
  get length(): number {
    let length = 0;
    for (const range of this.ranges) length += range.end - range.start;
    return length;
  }

  /** Adds a range that ends no later than all others begin, or touches the first: intervals are built backwards. */
  prepend(start: number, end: number): void {
    const last = this.ranges[this.ranges.length - 1];
    if (last && last.start <= end) {
      last.start = Math.min(last.start, start);
      last.end = Math.max(last.end, end);
    } else {
      this.ranges.push({ start, end });
    }
  }

  overlaps(other: Interval): boolean {
    return rangesOverlap(this.ranges, other.ranges);
  }

  covers(position: number): boolean {
    return this.ranges.some((range) => range.start <= position && position < range.end);
  }

  /** Takes over the ranges of an interval that does not overlap. */
  absorb(other: Interval): void {
    this.ranges = mergeRanges(this.ranges, other.ranges);
    this.cost += other.cost;
    this.tiny &&= other.tiny;
  }
}

export function rangesOverlap(a: readonly Range[], b: readonly Range[]): boolean {
  let left = 0;
  let right = firstEndingAfter(b, a[0]?.start ?? 0);
  while (left < a.length && right < b.length) {
    const one = a[left]!;
    const two = b[right]!;
    if (one.start < two.end && two.start < one.end) return true;
    if (one.end <= two.end) left++;
    else right++;
  }
  return false;
}

function firstEndingAfter(ranges: readonly Range[], position: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mergeRanges(a: readonly Range[], b: readonly Range[]): Range[] {
  const all = [...a, ...b].sort((one, two) => one.start - two.start);
  const merged: Range[] = [];
  for (const range of all) {
    const last = merged[merged.length - 1];
    if (last && last.end >= range.start) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged;
}

export interface Liveness {
  /** By register, physical ones included. */
  readonly intervals: Map<Register, Interval>;
  /** By block index. */
  readonly liveOut: readonly ReadonlySet<Register>[];
  /** The number of the first instruction of each block, and after the last block the count of all. */
  readonly firstInstruction: readonly number[];
}

/** The number of uses that one iteration of a loop is worth. */
const LOOP_WEIGHT = 10;

/** What an instruction reads and writes of the things whose lives are looked for. */
export interface Access {
  readonly reads: (instruction: MachineInstruction, visit: (thing: number) => void) => void;
  readonly writes: (instruction: MachineInstruction, visit: (thing: number) => void) => void;
}

const REGISTERS: Access = { reads: forEachRead, writes: forEachWrite };

export function findLiveness(machine: MachineFunction, access: Access = REGISTERS): Liveness {
  const { blocks } = machine;
  const liveOut = findLiveOut(blocks, access);
  const firstInstruction: number[] = [];
  let count = 0;
  for (const block of blocks) {
    firstInstruction.push(count);
    count += block.code.length;
  }
  firstInstruction.push(count);
  const intervals = new Map<Register, Interval>();
  for (let index = blocks.length - 1; index >= 0; index--) {
    addRanges(blocks[index]!, firstInstruction[index]!, liveOut[index]!, intervals, access);
  }
  for (const interval of intervals.values()) interval.ranges.reverse();
  return { intervals, liveOut, firstInstruction };
}

function findLiveOut(blocks: readonly MachineBlock[], access: Access): Set<Register>[] {
  const liveIn = blocks.map(() => new Set<Register>());
  const liveOut = blocks.map(() => new Set<Register>());
  const written = blocks.map(() => new Set<Register>());
  const exposed = blocks.map((block, index) => exposedReads(block, written[index]!, access));
  for (const block of blocks) {
    for (const register of exposed[block.index]!) {
      const work = [block];
      for (let at = work.pop(); at; at = work.pop()) {
        if (liveIn[at.index]!.has(register)) continue;
        liveIn[at.index]!.add(register);
        for (const predecessor of at.predecessors) {
          liveOut[predecessor.index]!.add(register);
          if (!written[predecessor.index]!.has(register)) work.push(predecessor);
        }
      }
    }
  }
  return liveOut;
}

/** The registers that a block reads before it writes them; also collects all that it writes. */
function exposedReads(block: MachineBlock, written: Set<Register>, access: Access): Set<Register> {
  const exposed = new Set<Register>();
  for (const instruction of block.code) {
    access.reads(instruction, (register) => {
      if (!written.has(register)) exposed.add(register);
    });
    access.writes(instruction, (register) => {
      written.add(register);
    });
  }
  return exposed;
}

function addRanges(
  block: MachineBlock,
  first: number,
  liveOut: ReadonlySet<Register>,
  intervals: Map<Register, Interval>,
  access: Access,
): void {
  const of = (register: Register): Interval => {
    let interval = intervals.get(register);
    if (!interval) {
      interval = new Interval(register);
      intervals.set(register, interval);
    }
    return interval;
  };
  const start = 2 * first;
  const end = start + 2 * block.code.length;
  /** Where the life of each register that is live here ends. */
  const live = new Map<Register, number>();
  for (const register of liveOut) live.set(register, end);
  const weight = LOOP_WEIGHT ** Math.min(block.depth, 6);
  for (let index = block.code.length - 1; index >= 0; index--) {
    const instruction = block.code[index]!;
    const position = start + 2 * index;
    access.writes(instruction, (register) => {
      const interval = of(register);
      interval.prepend(position + 1, live.get(register) ?? position + 2);
      interval.cost += weight;
      live.delete(register);
    });
    // A compared value should stay in its register: the verifier of 5.10 forgets the bounds of spilled numbers.
    const readWeight = instruction.kind === 'branch' ? 3 * weight : weight;
    access.reads(instruction, (register) => {
      of(register).cost += readWeight;
      if (!live.has(register)) live.set(register, position + 1);
    });
  }
  for (const [register, until] of live) of(register).prepend(start, until);
}
