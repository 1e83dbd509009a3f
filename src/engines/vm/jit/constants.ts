// Which constant a register holds at a place of a function, found backwards from there: the map of a helper call, the callback,
// a size. Asked for few registers at few places, so nothing is computed that nobody asks for.

import { Alu, CALL, Class, classOf, FRAME_POINTER, type Instruction, isWide, Source } from '../../../isa/index.ts';
import { type Graph, successors } from './cfg.ts';

/** What the paths to a place agree on: nothing yet, one value, or no value. */
type Found = 'any' | 'none' | bigint;

/** So far a search goes: what is further away is not worth the time, nor the depth of the recursion. */
const MAX_BLOCKS = 500;

const move64 = Class.ALU64 | Alu.MOV;
const move32 = Class.ALU | Alu.MOV;

export class Constants {
  readonly #instructions: readonly Instruction[];
  readonly #wide: readonly (bigint | undefined)[];
  readonly #graph: Graph;
  #predecessors: number[][] | undefined;

  constructor(instructions: readonly Instruction[], wide: readonly (bigint | undefined)[], graph: Graph) {
    this.#instructions = instructions;
    this.#wide = wide;
    this.#graph = graph;
  }

  /** The value of a register before the instruction in `slot` of a block, or undefined. */
  before(block: number, slot: number, register: number): bigint | undefined {
    const found = this.#search(block, slot, register, new Set());
    return typeof found === 'bigint' ? found : undefined;
  }

  #search(block: number, end: number, register: number, seen: Set<number>): Found {
    const { first } = this.#graph[block]!;
    let wanted = register;
    for (let slot = end - 1; slot >= first; slot--) {
      const instruction = this.#instructions[slot]!;
      // The second half of a wide load looks like an instruction of its own.
      if (slot > first && isWide(this.#instructions[slot - 1]!.code) && instruction.code === 0) continue;
      if (!writes(instruction, wanted)) continue;
      const value = this.#valueOf(instruction, slot);
      if (value === undefined) return 'none';
      if (typeof value === 'bigint') return value;
      wanted = value.register;
    }
    return this.#meet(block, wanted, seen);
  }

  /** The value of a register at the beginning of a block. */
  #meet(block: number, register: number, seen: Set<number>): Found {
    if (block === 0) return 'none';
    const key = block * 16 + register;
    if (seen.has(key)) return 'any';
    if (seen.size === MAX_BLOCKS) return 'none';
    seen.add(key);
    let met: Found = 'any';
    for (const from of this.#predecessorsOf(block)) {
      const found = this.#search(from, this.#graph[from]!.end, register, seen);
      if (found === 'any' || found === met) continue;
      if (found === 'none' || met !== 'any') return 'none';
      met = found;
    }
    return met;
  }

  #predecessorsOf(block: number): readonly number[] {
    if (!this.#predecessors) {
      const lists: number[][] = this.#graph.map(() => []);
      this.#graph.forEach((each, from) => {
        for (const to of successors(each)) lists[to]!.push(from);
      });
      this.#predecessors = lists;
    }
    return this.#predecessors[block]!;
  }

  #valueOf({ code, src, off, imm }: Instruction, slot: number): bigint | { readonly register: number } | undefined {
    if (isWide(code)) return this.#wide[slot];
    if (code === (move64 | Source.K)) return BigInt.asUintN(64, BigInt(imm));
    if (code === (move32 | Source.K)) return BigInt(imm >>> 0);
    if (code === (move64 | Source.X) && off === 0 && src !== FRAME_POINTER) return { register: src };
    return undefined;
  }
}

/** Whether an instruction may change a register. */
function writes({ code, dst, src }: Instruction, register: number): boolean {
  switch (classOf(code)) {
    case Class.ALU:
    case Class.ALU64:
    case Class.LDX:
      return dst === register;
    case Class.LD:
      return isWide(code) ? dst === register : register <= 5;
    case Class.STX:
      // Atomic operations fetch into their source, r0 or (load-acquire) their destination.
      return isAtomic(code) && (src === register || dst === register || register === 0);
    case Class.JMP:
      return code === CALL && register <= 5;
    default:
      return false;
  }
}

function isAtomic(code: number): boolean {
  return (code & 0xe0) === 0xc0;
}
