// The control flow graph of one function: basic blocks of the slots that can be reached from its first.

import { CALL, EXIT, type Instruction, isConditional, isGoto, isWide, jumpDistance } from '../../../isa/index.ts';

/** How a block ends; numbers are blocks. */
export type Terminator =
  /** The last instruction leaves the function. */
  | { readonly kind: 'exit' }
  /** Execution runs on where there is no instruction. */
  | { readonly kind: 'off-end' }
  | { readonly kind: 'jump'; readonly to: number }
  /** The instruction in `slot` decides. */
  | { readonly kind: 'branch'; readonly slot: number; readonly taken: number; readonly next: number }
  /** Where the label local says; see irreducible.ts. */
  | { readonly kind: 'dispatch'; readonly targets: readonly number[] };

export interface Block {
  /** Slots from `first` to before `end`, the one that decides how it ends included. */
  readonly first: number;
  readonly end: number;
  readonly terminator: Terminator;
  /** What the block sets the label local to. */
  readonly label?: number;
}

/** Blocks; the first is where the function begins. */
export type Graph = readonly Block[];

export function successors({ terminator }: Block): readonly number[] {
  switch (terminator.kind) {
    case 'exit':
    case 'off-end':
      return [];
    case 'jump':
      return [terminator.to];
    case 'branch':
      return [terminator.taken, terminator.next];
    case 'dispatch':
      return terminator.targets;
  }
}

const NOT_REACHED = 0;
const REACHED = 1;
const LEADER = 2;

export function buildGraph(instructions: readonly Instruction[], entry: number): Graph {
  const { marks, leaders } = reach(instructions, entry);
  const ids = new Map<number, number>();
  for (const slot of leaders) ids.set(slot, ids.size);
  return leaders.map((slot) => makeBlock(instructions, marks, ids, slot));
}

/** Marks what can be reached; the leaders, in order of discovery, begin with the entry. */
function reach(instructions: readonly Instruction[], entry: number): { marks: Uint8Array; leaders: number[] } {
  const marks = new Uint8Array(instructions.length + 1);
  const leaders: number[] = [];
  const pending: number[] = [];
  const lead = (slot: number): void => {
    const at = slot >= 0 && slot < instructions.length ? slot : instructions.length;
    if (marks[at] === LEADER) return;
    if (marks[at] === NOT_REACHED) pending.push(at);
    marks[at] = LEADER;
    leaders.push(at);
  };
  lead(entry);
  for (let start = pending.pop(); start !== undefined; start = pending.pop()) {
    for (let slot = start; slot < instructions.length; ) {
      if (slot !== start) {
        if (marks[slot] !== NOT_REACHED) break;
        marks[slot] = REACHED;
      }
      const instruction = instructions[slot]!;
      const { code } = instruction;
      if (code === EXIT) break;
      if (isGoto(code)) {
        lead(slot + 1 + jumpDistance(instruction));
        break;
      }
      if (isConditional(code)) {
        lead(slot + 1);
        lead(slot + 1 + instruction.off);
        break;
      }
      slot += isWide(code) ? 2 : 1;
      if (slot >= instructions.length) lead(instructions.length);
    }
  }
  return { marks, leaders };
}

function makeBlock(
  instructions: readonly Instruction[],
  marks: Uint8Array,
  ids: ReadonlyMap<number, number>,
  first: number,
): Block {
  // Jumps to where no instruction is were made to lead behind the last one.
  const idOf = (slot: number): number => ids.get(slot) ?? ids.get(instructions.length)!;
  for (let slot = first; ; ) {
    const instruction = instructions[slot];
    if (!instruction) return { first, end: slot, terminator: { kind: 'off-end' } };
    if (slot !== first && marks[slot] === LEADER) {
      return { first, end: slot, terminator: { kind: 'jump', to: idOf(slot) } };
    }
    const { code } = instruction;
    const end = slot + 1;
    if (code === EXIT) return { first, end, terminator: { kind: 'exit' } };
    if (isGoto(code)) {
      return { first, end, terminator: { kind: 'jump', to: idOf(end + jumpDistance(instruction)) } };
    }
    if (isConditional(code)) {
      const taken = idOf(end + instruction.off);
      return { first, end, terminator: { kind: 'branch', slot, taken, next: idOf(end) } };
    }
    slot += isWide(code) ? 2 : 1;
  }
}

/** Whether a function calls anything. */
export function hasCalls(instructions: readonly Instruction[], graph: Graph): boolean {
  return graph.some(({ first, end }) => {
    for (let slot = first; slot < end; slot++) if (instructions[slot]!.code === CALL) return true;
    return false;
  });
}
