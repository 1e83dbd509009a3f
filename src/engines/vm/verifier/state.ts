// The state of a program between two instructions: what every register and stack slot of every active frame holds, what is
// held (references, locks), and how it was reached. A stored state is compared with later ones at the same instruction.

import { type Register, UNINITIALIZED } from './register.ts';
import type { Slot } from './stack-slot.ts';

/** What a callback may return and how often it was entered. */
export interface Callback {
  /** The helper that calls it back. */
  readonly helper: string;
  readonly returnMin: number;
  readonly returnMax: number;
  readonly async: boolean;
}

/** One active call. */
export class Frame {
  registers: Register[];
  stack: Slot[];
  /** Where the call stands in the caller, or -1. */
  callsite: number;
  readonly number: number;
  readonly subprogram: number;
  callback: Callback | undefined;
  /** How often the callback that this frame calls was entered. */
  callbackDepth = 0;
  /** Registers whose exact value later instructions relied on; of stored states. */
  precise = 0;
  preciseSlotsLow = 0;
  preciseSlotsHigh = 0;

  constructor(number: number, subprogram: number, callsite: number) {
    this.number = number;
    this.subprogram = subprogram;
    this.callsite = callsite;
    this.registers = new Array<Register>(11).fill(UNINITIALIZED);
    this.stack = [];
  }

  copy(): Frame {
    const frame = new Frame(this.number, this.subprogram, this.callsite);
    frame.registers = this.registers.slice();
    frame.stack = this.stack.slice();
    frame.callback = this.callback;
    frame.callbackDepth = this.callbackDepth;
    return frame;
  }
}

/** A reference that must be given up before the program ends. */
export interface Reference {
  readonly id: number;
  readonly instruction: number;
  /** A lock or a section instead of an object. */
  readonly lock?: { readonly uid: number; readonly map: number };
}

/** One step that precision has to be followed back through when it was not a plain advance. */
export interface Step {
  readonly index: number;
  readonly previous: number;
  /** The frame and slot of a spill or fill, else -1. */
  frame: number;
  slot: number;
  /** Registers (frame * 16 + number) and slots (0x1000 + frame * 64 + slot) of one id that the jump narrowed together. */
  linked: readonly number[] | undefined;
}

export class State {
  frames: Frame[] = [];
  references: readonly Reference[] = [];
  /** The spin lock that is held. */
  lock: Reference['lock'] | undefined;
  /** The state that was stored last on the way here. */
  parent: State | undefined;
  /** How many ways from here are not explored to their end. */
  branches = 0;
  /** Where it stands. */
  instruction = 0;
  firstInstruction = 0;
  lastInstruction = 0;
  steps: Step[] = [];
  /** How many states were stored on the way here. */
  depth = 0;
  mayGotoDepth = 0;
  callbackUnrollDepth = 0;
  iteratorDepth = 0;
  /** Its marks lack those of a loop that was not finished when a state below it was found equal to the loop's head. */
  incomplete: State | undefined;
  /** A loop closes below it: what matters further on was not known there. */
  looped = false;
  /** Slots that nothing reads any more were forgotten. */
  cleaned = false;
  hits = 0;
  misses = 0;

  get top(): Frame {
    return this.frames[this.frames.length - 1]!;
  }

  copy(): State {
    const state = new State();
    state.frames = this.frames.map((frame) => frame.copy());
    state.references = this.references;
    state.lock = this.lock;
    state.parent = this.parent;
    state.branches = this.branches;
    state.instruction = this.instruction;
    state.firstInstruction = this.firstInstruction;
    state.lastInstruction = this.lastInstruction;
    state.steps = this.steps.slice();
    state.depth = this.depth;
    state.mayGotoDepth = this.mayGotoDepth;
    state.callbackUnrollDepth = this.callbackUnrollDepth;
    state.iteratorDepth = this.iteratorDepth;
    return state;
  }

  /** Changes every register that `change` gives another one for, spilled ones too. */
  replaceRegisters(change: (register: Register) => Register): void {
    for (const frame of this.frames) {
      const { registers, stack } = frame;
      for (let i = 0; i < 10; i++) registers[i] = change(registers[i]!);
      for (let i = 0; i < stack.length; i++) {
        const slot = stack[i]!;
        if ((slot.kinds & 0xf) !== 1) continue;
        const changed = change(slot.register);
        if (changed !== slot.register) stack[i] = { kinds: slot.kinds, register: changed };
      }
    }
  }
}
