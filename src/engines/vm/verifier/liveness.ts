// Which registers and stack slots later instructions may read: states that differ only in others are equal.
// Registers: computed once from the text. Slots: what each instruction read and surely overwrote in the ways explored so far,
// followed back through the graph whenever it grows. By the time a state's ways are all explored its answer is final.

import { Alu, Atomic, Class, helperById, Jump, Mode, PseudoCall } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';

const ALL = 0xffff;
const CALLER_SAVED = 0x3f;
const R0 = 1;

/** Registers that an instruction reads and overwrites, as masks; use in the low half, definition in the high half. */
function useAndDefinition(env: Environment, index: number): number {
  const code = env.code[index]!;
  const dst = 1 << env.dst[index]!;
  const src = 1 << env.src[index]!;
  const register = (code & 0x08) !== 0;
  switch (code & 0x07) {
    case Class.LD:
      return (code & 0xe0) === Mode.IMM ? pair(0, dst) : pair(ALL, 0);
    case Class.LDX:
      return pair(src, dst);
    case Class.ST:
      return pair(dst, 0);
    case Class.STX:
      return (code & 0xe0) === Mode.ATOMIC ? atomicUse(env.imm[index]!, dst, src) : pair(dst | src, 0);
    case Class.ALU:
    case Class.ALU64: {
      const operation = code & 0xf0;
      if (operation === Alu.MOV) return pair(register ? src : 0, dst);
      if (operation === Alu.END || operation === Alu.NEG) return pair(dst, dst);
      return pair(register ? dst | src : dst, dst);
    }
    default:
      return jumpUse(env, index, dst, src);
  }
}

function pair(use: number, definition: number): number {
  return use | (definition << 16);
}

function atomicUse(operation: number, dst: number, src: number): number {
  if (operation === Atomic.CMPXCHG) return pair(R0 | dst | src, R0);
  if (operation === Atomic.LOAD_ACQ) return pair(src, dst);
  return pair(dst | src, operation !== Atomic.STORE_REL && (operation & Atomic.FETCH) !== 0 ? src : 0);
}

function jumpUse(env: Environment, index: number, dst: number, src: number): number {
  const code = env.code[index]!;
  switch (code & 0xf0) {
    case Jump.JA:
    case Jump.JCOND:
      return 0;
    case Jump.EXIT:
      return pair(R0, 0);
    case Jump.CALL: {
      const helper = env.src[index] === PseudoCall.HELPER ? helperById(env.imm[index]!) : undefined;
      const count = helper ? helper.prototype.args.length : 5;
      return pair(((1 << count) - 1) << 1, CALLER_SAVED);
    }
    default:
      return pair((code & 0x08) !== 0 ? dst | src : dst, 0);
  }
}

/** The instructions that may follow, calls taken as plain instructions. */
export function successors(env: Environment, index: number, visit: (next: number) => void): void {
  const code = env.code[index]!;
  const kind = code & 0x07;
  if (kind !== Class.JMP && kind !== Class.JMP32) {
    visit(index + (code === 0x18 ? 2 : 1));
    return;
  }
  const operation = code & 0xf0;
  if (operation === Jump.EXIT) return;
  if (operation === Jump.JA) {
    visit(index + 1 + (kind === Class.JMP32 ? env.imm[index]! : env.off[index]!));
    return;
  }
  visit(index + 1);
  if (operation !== Jump.CALL) visit(index + 1 + env.off[index]!);
}

/** Fills `liveRegisters`: the registers that may be read from each instruction on. */
export function computeLiveRegisters(env: Environment): void {
  const { liveRegisters, length } = env;
  let changed = true;
  while (changed) {
    changed = false;
    for (let i = length - 1; i >= 0; i--) {
      if (i > 0 && env.code[i - 1] === 0x18 && env.code[i] === 0) continue;
      let out = 0;
      successors(env, i, (next) => {
        if (next >= 0 && next < length) out |= liveRegisters[next]!;
      });
      const both = useAndDefinition(env, i);
      const live = (both & 0xffff) | (out & ~(both >>> 16));
      if (live !== liveRegisters[i]) {
        liveRegisters[i] = live;
        changed = true;
      }
    }
  }
}

/** Masks of 64 slots for each instruction, in two halves. */
export class StackLiveness {
  readonly #env: Environment;
  readonly #read: Int32Array;
  readonly #written: Int32Array;
  readonly #live: Int32Array;
  readonly #predecessors: Int32Array[];
  readonly #visited: Uint8Array;
  readonly #queue: number[] = [];

  constructor(env: Environment) {
    this.#read = new Int32Array(env.length * 2);
    // An instruction that was not seen is taken to overwrite all, so that its answer only grows.
    this.#written = new Int32Array(env.length * 2).fill(-1);
    this.#live = new Int32Array(env.length * 2);
    this.#visited = new Uint8Array(env.length);
    const lists: number[][] = Array.from({ length: env.length }, () => []);
    for (let i = 0; i < env.length; i++) {
      if (i > 0 && env.code[i - 1] === 0x18 && env.code[i] === 0) continue;
      successors(env, i, (next) => lists[next]?.push(i));
    }
    this.#predecessors = lists.map((list) => Int32Array.from(list));
    this.#env = env;
  }

  /** An instruction reads a slot of its own frame. */
  read(index: number, slot: number): void {
    const at = index * 2 + (slot >> 5);
    const bit = 1 << (slot & 31);
    if (this.#read[at]! & bit) return;
    this.#read[at]! |= bit;
    this.#queue.push(index);
  }

  /** An instruction was walked through and surely overwrote the slots of the masks. */
  wrote(index: number, low: number, high: number): void {
    const at = index * 2;
    const first = this.#visited[index] === 0;
    this.#visited[index] = 1;
    const newLow = this.#written[at]! & low;
    const newHigh = this.#written[at + 1]! & high;
    if (!first && newLow === this.#written[at] && newHigh === this.#written[at + 1]) return;
    this.#written[at] = newLow;
    this.#written[at + 1] = newHigh;
    this.#queue.push(index);
  }

  /** Whether the slot may be read from this instruction on. */
  isLive(index: number, slot: number): boolean {
    if (this.#queue.length > 0) this.#propagate();
    return (this.#live[index * 2 + (slot >> 5)]! & (1 << (slot & 31))) !== 0;
  }

  #propagate(): void {
    const queue = this.#queue;
    const live = this.#live;
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
      let low = 0;
      let high = 0;
      successors(this.#env, index, (next) => {
        low |= live[next * 2]!;
        high |= live[next * 2 + 1]!;
      });
      const at = index * 2;
      low = this.#read[at]! | (low & ~this.#written[at]!);
      high = this.#read[at + 1]! | (high & ~this.#written[at + 1]!);
      if (low === live[at] && high === live[at + 1]) continue;
      live[at] = low;
      live[at + 1] = high;
      for (const previous of this.#predecessors[index]!) queue.push(previous);
    }
  }
}

/** The current instruction reads a slot of a frame; a caller's is read by its call. */
export function markStackRead(env: Environment, frame: number, slot: number): void {
  env.stackLiveness.read(instructionIn(env, frame), slot);
}

/** The current instruction overwrites a slot. A callee's write does not count for the caller's frame. */
export function markStackWrite(env: Environment, frame: number, slot: number): void {
  if (frame !== env.state.frames.length - 1) return;
  if (slot < 32) env.writtenLow |= 1 << slot;
  else env.writtenHigh |= 1 << (slot - 32);
}

/** The instruction at which a frame of the current state stands: the call for those above the innermost. */
export function instructionIn(env: Environment, frame: number): number {
  const { frames } = env.state;
  return frame === frames.length - 1 ? env.instruction : frames[frame + 1]!.callsite;
}
