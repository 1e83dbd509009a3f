// What one verification works on: the program in flat arrays, what was found of each instruction, the current state, the
// states to explore and those explored, and the counters that limit the work.

import type { Instruction } from '../../../isa/index.ts';
import type { ProgramRules } from './context/program-rules.ts';
import type { InstructionFact, MapShape, VerifierInput } from './input.ts';
import { StackLiveness } from './liveness.ts';
import { type Register, Type } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { Frame, State } from './state.ts';

/** BPF_COMPLEXITY_LIMIT_INSNS and BPF_COMPLEXITY_LIMIT_JMP_SEQ. */
export const MAX_PROCESSED = 1_000_000;
const MAX_PENDING = 8192;

export const LoadFlag = {
  STRICT_ALIGNMENT: 1,
  ANY_ALIGNMENT: 2,
  TEST_RND_HI32: 4,
  TEST_STATE_FREQ: 8,
  SLEEPABLE: 16,
} as const;

/** A function of the program. */
export interface Subprogram {
  readonly start: number;
  end: number;
  stackDepth: number;
  isCallback: boolean;
  isAsyncCallback: boolean;
  hasTailCall: boolean;
  hasPacketLoad: boolean;
  /** It calls a helper that moves packet data. */
  changesPacket: boolean;
}

/** A way that was put off. */
interface Pending {
  readonly state: State;
  readonly instruction: number;
  readonly previous: number;
}

export class Environment {
  readonly input: VerifierInput;
  readonly instructions: readonly Instruction[];
  readonly length: number;
  readonly maps: readonly MapShape[];
  readonly rules: ProgramRules;
  readonly code: Uint8Array;
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly off: Int32Array;
  readonly imm: Int32Array;
  readonly privileged: boolean;
  readonly strictAlignment: boolean;
  readonly testStateFrequency: boolean;
  readonly sleepable: boolean;
  readonly gpl: boolean;

  subprograms: Subprogram[] = [];
  /** The subprogram of each instruction. */
  subprogramOf: Int32Array;
  readonly prunePoint: Uint8Array;
  readonly forceCheckpoint: Uint8Array;
  readonly jumpPoint: Uint8Array;
  readonly callsCallback: Uint8Array;
  readonly seen: Uint8Array;
  readonly liveRegisters: Uint16Array;
  /** Pointer type with which an instruction first accessed memory, when the kernel's rewriting depends on it. */
  readonly accessType: Int32Array;
  readonly explored: (State[] | undefined)[];
  readonly facts: (InstructionFact | undefined)[];
  /** How pointer arithmetic is masked against speculation. */
  readonly maskings = new Map<number, string>();
  /** Slots that the current instruction surely overwrites. */
  writtenLow = 0;
  writtenHigh = 0;
  #stackLiveness: StackLiveness | undefined;
  readonly #innerMaps: Int32Array;

  state: State;
  instruction = 0;
  previous = -1;
  processed = 0;
  jumpsProcessed = 0;
  previousJumpsProcessed = 0;
  previousProcessed = 0;
  readonly pending: Pending[] = [];
  #ids = 0;

  constructor(input: VerifierInput, rules: ProgramRules) {
    this.input = input;
    this.rules = rules;
    this.instructions = input.instructions;
    const length = input.instructions.length;
    this.length = length;
    const maps = input.maps.slice();
    this.#innerMaps = new Int32Array(maps.length).fill(-1);
    input.maps.forEach(({ inner }, n) => {
      if (inner) this.#innerMaps[n] = maps.push(inner) - 1;
    });
    this.maps = maps;
    this.code = new Uint8Array(length);
    this.dst = new Uint8Array(length);
    this.src = new Uint8Array(length);
    this.off = new Int32Array(length);
    this.imm = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const { code, dst, src, off, imm } = input.instructions[i]!;
      this.code[i] = code;
      this.dst[i] = dst;
      this.src[i] = src;
      this.off[i] = off;
      this.imm[i] = imm;
    }
    const flags = input.flags ?? 0;
    this.privileged = input.privileged;
    this.strictAlignment = (flags & LoadFlag.STRICT_ALIGNMENT) !== 0;
    this.testStateFrequency = (flags & LoadFlag.TEST_STATE_FREQ) !== 0;
    this.sleepable = (flags & LoadFlag.SLEEPABLE) !== 0;
    this.gpl = isGplCompatible(input.license ?? 'GPL');
    this.subprogramOf = new Int32Array(length);
    this.prunePoint = new Uint8Array(length);
    this.forceCheckpoint = new Uint8Array(length);
    this.jumpPoint = new Uint8Array(length);
    this.callsCallback = new Uint8Array(length);
    this.seen = new Uint8Array(length);
    this.liveRegisters = new Uint16Array(length);
    this.accessType = new Int32Array(length);
    this.explored = new Array<State[] | undefined>(length);
    this.facts = [];
    this.state = new State();
  }

  get stackLiveness(): StackLiveness {
    this.#stackLiveness ??= new StackLiveness(this);
    return this.#stackLiveness;
  }

  /** The index of the shape of the maps that a map holds, or -1. */
  innerMap(map: number): number {
    return this.#innerMaps[map] ?? -1;
  }

  nextId(): number {
    this.#ids++;
    return this.#ids;
  }

  get frame(): Frame {
    return this.state.top;
  }

  get registers(): Register[] {
    return this.state.top.registers;
  }

  /** Puts off a copy of the current state, to go on at an instruction later. */
  push(instruction: number, previous: number): State {
    const state = this.state.copy();
    this.#enter(state);
    this.pending.push({ state, instruction, previous });
    if (this.pending.length > MAX_PENDING) {
      reject(Errno.E2BIG, `The sequence of ${this.pending.length} jumps is too complex.`);
    }
    return state;
  }

  /** Puts off a callback that runs some other time, with a stack of its own. */
  pushAsync(instruction: number, previous: number, subprogram: number): State {
    const state = new State();
    state.frames = [new Frame(0, subprogram, -1)];
    state.branches = 1;
    state.parent = undefined;
    this.pending.push({ state, instruction, previous });
    if (this.pending.length > MAX_PENDING) {
      reject(Errno.E2BIG, `The sequence of ${this.pending.length} jumps is too complex for async cb.`);
    }
    return state;
  }

  #enter(state: State): void {
    state.branches = 1;
    if (state.parent) state.parent.branches++;
  }

  /** Takes up what was put off last; false when nothing is left. */
  pop(): boolean {
    const next = this.pending.pop();
    if (!next) return false;
    this.state = next.state;
    this.instruction = next.instruction;
    this.previous = next.previous;
    return true;
  }

  /** What a register holds, which must have been written. */
  readable(register: number): Register {
    const held = this.registers[register]!;
    if (held.type === 0) reject(Errno.EACCES, `R${register} !read_ok`, register);
    return held;
  }

  checkWritable(register: number): void {
    if (register === 10) reject(Errno.EACCES, 'frame pointer is read only', register);
  }

  /** What is known of an instruction, to be added to. */
  fact(index: number): InstructionFact {
    let fact = this.facts[index];
    if (!fact) {
      fact = {};
      this.facts[index] = fact;
    }
    return fact;
  }
}

const gplCompatible: ReadonlySet<string> = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

/** license_is_gpl_compatible() of include/linux/license.h. */
function isGplCompatible(license: string): boolean {
  return gplCompatible.has(license);
}

/** Whether a register may not be used as a number, because the loader must not learn addresses. */
export function leaksPointer(env: Environment, register: Register): boolean {
  return !env.privileged && register.type !== Type.SCALAR && register.type !== Type.NOT_INIT;
}
