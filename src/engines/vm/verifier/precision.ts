// Which numbers matter. States are compared without regard to numbers that nothing relied on; when something does (a jump
// whose way is known, a size, an offset), the number is followed back to where it came from, and marked precise in every
// stored state on the way (mark_chain_precision() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Alu, Atomic, CALL, Class, EXIT, Mode, PseudoCall } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';
import { SLOT } from './linked-places.ts';
import { isScalar } from './register.ts';
import { isScalarSpill, isSpill } from './stack-slot.ts';
import type { Frame, State, Step } from './state.ts';
import { BackWalk } from './steps.ts';

const MAX_FRAMES = 16;
const ARGUMENTS = 0x3e;
const R0 = 1;

/** Registers and slots that are still to be followed, in each frame. */
class Marks {
  frame: number;
  readonly registers = new Int32Array(MAX_FRAMES);
  readonly low = new Int32Array(MAX_FRAMES);
  readonly high = new Int32Array(MAX_FRAMES);

  constructor(frame: number) {
    this.frame = frame;
  }

  get isEmpty(): boolean {
    for (let n = 0; n <= this.frame; n++) {
      if ((this.registers[n]! | this.low[n]! | this.high[n]!) !== 0) return false;
    }
    return true;
  }

  has(register: number): boolean {
    return (this.registers[this.frame]! & (1 << register)) !== 0;
  }

  set(register: number): void {
    this.registers[this.frame]! |= 1 << register;
  }

  clear(register: number): void {
    this.registers[this.frame]! &= ~(1 << register);
  }

  hasSlot(frame: number, slot: number): boolean {
    const mask = slot < 32 ? this.low[frame]! : this.high[frame]!;
    return (mask & (1 << (slot & 31))) !== 0;
  }

  setSlot(frame: number, slot: number): void {
    if (slot < 32) this.low[frame]! |= 1 << slot;
    else this.high[frame]! |= 1 << (slot - 32);
  }

  clearSlot(frame: number, slot: number): void {
    if (slot < 32) this.low[frame]! &= ~(1 << slot);
    else this.high[frame]! &= ~(1 << (slot - 32));
  }

  /** Registers and slots that a jump narrowed together are followed together. */
  link(step: Step | undefined): void {
    const linked = step?.linked;
    if (!linked?.some((place) => this.#hasPlace(place))) return;
    for (const place of linked) {
      if (place < SLOT) this.registers[place >> 4]! |= 1 << (place & 15);
      else this.setSlot((place - SLOT) >> 6, (place - SLOT) & 63);
    }
  }

  #hasPlace(place: number): boolean {
    if (place < SLOT) return (this.registers[place >> 4]! & (1 << (place & 15))) !== 0;
    return this.hasSlot((place - SLOT) >> 6, (place - SLOT) & 63);
  }
}

/** Something relies on the exact value of a register of the current frame. */
export function markPrecise(env: Environment, register: number): void {
  // Without privileges every number is precise anyway.
  if (!env.privileged) return;
  const marks = new Marks(env.state.frames.length - 1);
  marks.set(register);
  follow(env, env.state, marks);
}

/** Something relies on the exact value that was spilled to a slot. */
export function markSlotPrecise(env: Environment, frame: number, slot: number): void {
  if (!env.privileged) return;
  const marks = new Marks(env.state.frames.length - 1);
  marks.setSlot(frame, slot);
  follow(env, env.state, marks);
}

/** The current state was found equal to an explored one: what mattered there matters here. */
export function propagatePrecision(env: Environment, explored: State): void {
  if (!env.privileged) return;
  const marks = new Marks(env.state.frames.length - 1);
  explored.frames.forEach((frame, n) => {
    marks.registers[n] = frame.precise;
    marks.low[n] = frame.preciseSlotsLow;
    marks.high[n] = frame.preciseSlotsHigh;
  });
  if (!marks.isEmpty) follow(env, env.state, marks);
}

function follow(env: Environment, from: State, marks: Marks): void {
  let state = from;
  let walk = new BackWalk(state, env.instruction);
  let subsequent = -1;
  let first = true;
  const isSecondSlot = (index: number): boolean => index > 0 && env.code[index] === 0 && env.code[index - 1] === 0x18;
  for (;;) {
    do {
      if (first) first = false;
      else if (!stepBack(env, walk, subsequent, marks)) {
        markAllPrecise(from);
        return;
      }
      if (marks.isEmpty) return;
      subsequent = walk.index;
    } while (walk.back(isSecondSlot));
    const { parent } = state;
    if (!parent) break;
    if (marks.frame >= parent.frames.length) {
      markAllPrecise(from);
      return;
    }
    markState(parent, marks);
    if (marks.isEmpty) return;
    state = parent;
    walk = new BackWalk(state, state.lastInstruction);
  }
  const { frames } = state;
  const onlyArguments =
    frames.length === 1 && (marks.registers[0]! & ~ARGUMENTS) === 0 && (marks.low[0]! | marks.high[0]!) === 0;
  if (!onlyArguments) markAllPrecise(from);
}

/** Marks what is followed in a stored state; what is marked already, or is no number, was followed before. */
function markState(state: State, marks: Marks): void {
  for (let n = marks.frame; n >= 0; n--) {
    const frame = state.frames[n]!;
    for (let i = 0; i < 10; i++) {
      const bit = 1 << i;
      if ((marks.registers[n]! & bit) === 0) continue;
      if (!isScalar(frame.registers[i]!) || (frame.precise & bit) !== 0) marks.registers[n]! &= ~bit;
      else frame.precise |= bit;
    }
    if ((marks.low[n]! | marks.high[n]!) !== 0) markSlots(frame, n, marks);
  }
}

function markSlots(frame: Frame, n: number, marks: Marks): void {
  for (let i = 0; i < 64; i++) {
    if (!marks.hasSlot(n, i)) continue;
    const slot = frame.stack[i];
    const bit = 1 << (i & 31);
    const known = ((i < 32 ? frame.preciseSlotsLow : frame.preciseSlotsHigh) & bit) !== 0;
    if (!slot || !isScalarSpill(slot) || known) marks.clearSlot(n, i);
    else if (i < 32) frame.preciseSlotsLow |= bit;
    else frame.preciseSlotsHigh |= bit;
  }
}

/** What could not be followed: every number in every state on the way may matter. */
function markAllPrecise(from: State): void {
  for (let state = from.parent; state; state = state.parent) {
    for (const frame of state.frames) {
      frame.registers.forEach((register, i) => {
        if (isScalar(register)) frame.precise |= 1 << i;
      });
      frame.stack.forEach((slot, i) => {
        if (!isSpill(slot) || !isScalarSpill(slot)) return;
        if (i < 32) frame.preciseSlotsLow |= 1 << i;
        else frame.preciseSlotsHigh |= 1 << (i - 32);
      });
    }
  }
}

/** Follows the marks back over one instruction; false when it cannot be done. */
function stepBack(env: Environment, walk: BackWalk, subsequent: number, marks: Marks): boolean {
  const { index, step } = walk;
  marks.link(step);
  const code = env.code[index]!;
  const kind = code & 0x07;
  let ok = true;
  if (kind === Class.ALU || kind === Class.ALU64) backOverAlu(env, index, marks);
  else if (kind === Class.LDX || isAtomicLoad(env, index)) backOverLoad(env.dst[index]!, step, marks);
  else if (kind === Class.ST || kind === Class.STX) ok = backOverStore(env, index, step, marks);
  else if (kind === Class.LD) ok = backOverWide(env, index, marks);
  else ok = backOverJump(env, index, subsequent, marks);
  marks.link(step);
  return ok;
}

function isAtomicLoad(env: Environment, index: number): boolean {
  const code = env.code[index]!;
  return (code & 0xe7) === (Class.STX | Mode.ATOMIC) && env.imm[index] === Atomic.LOAD_ACQ;
}

function backOverAlu(env: Environment, index: number, marks: Marks): void {
  const code = env.code[index]!;
  const dst = env.dst[index]!;
  const src = env.src[index]!;
  const operation = code & 0xf0;
  if (!marks.has(dst) || operation === Alu.END || operation === Alu.NEG) return;
  if (operation === Alu.MOV) marks.clear(dst);
  if ((code & 0x08) !== 0 && src !== 10) marks.set(src);
}

function backOverLoad(dst: number, step: Step | undefined, marks: Marks): void {
  if (!marks.has(dst)) return;
  marks.clear(dst);
  if (step && step.frame >= 0) marks.setSlot(step.frame, step.slot);
}

function backOverStore(env: Environment, index: number, step: Step | undefined, marks: Marks): boolean {
  // A number that is used as an address comes from the subtraction of pointers.
  if (marks.has(env.dst[index]!)) return false;
  const code = env.code[index]!;
  if ((code & 0xe7) === (Class.STX | Mode.ATOMIC)) backOverFetch(env, index, marks);
  if (!step || step.frame < 0 || !marks.hasSlot(step.frame, step.slot)) return true;
  marks.clearSlot(step.frame, step.slot);
  if ((code & 0x07) === Class.STX) marks.set(env.src[index]!);
  return true;
}

/** What an atomic instruction returns was loaded from memory. */
function backOverFetch(env: Environment, index: number, marks: Marks): void {
  const operation = env.imm[index]!;
  if (operation === Atomic.CMPXCHG) marks.clear(0);
  else if (operation !== Atomic.STORE_REL && operation & Atomic.FETCH) marks.clear(env.src[index]!);
}

function backOverWide(env: Environment, index: number, marks: Marks): boolean {
  const mode = env.code[index]! & 0xe0;
  if (mode === Mode.IMM) {
    marks.clear(env.dst[index]!);
    return true;
  }
  if (!marks.has(0)) return true;
  return false;
}

function backOverJump(env: Environment, index: number, subsequent: number, marks: Marks): boolean {
  const code = env.code[index]!;
  if (code === CALL) return backOverCall(env, index, subsequent, marks);
  if (code === EXIT) return backIntoCall(env, subsequent, marks);
  const dst = env.dst[index]!;
  const src = env.src[index]!;
  if ((code & 0x08) !== 0 && (marks.has(dst) || marks.has(src))) {
    if (src !== 10) marks.set(src);
    if (dst !== 10) marks.set(dst);
  }
  return true;
}

function backOverCall(env: Environment, index: number, subsequent: number, marks: Marks): boolean {
  const { frame } = marks;
  const isOwn = env.src[index] === PseudoCall.SUBPROGRAM;
  if (isOwn) {
    const target = index + 1 + env.imm[index]!;
    // A global function is not walked into.
    if (subsequent !== target || isGlobal(env, target)) {
      marks.clear(0);
      return (marks.registers[frame]! & ARGUMENTS) === 0;
    }
    return leaveCall(marks, true);
  }
  if (env.callsCallback[index] && subsequent !== index + 1) return leaveCall(marks, false);
  marks.clear(0);
  return (marks.registers[frame]! & ARGUMENTS) === 0;
}

function isGlobal(env: Environment, start: number): boolean {
  return env.input.functions?.some((info) => info.start === start && info.global && start !== 0) === true;
}

/** From the first instruction of a function back to its call. */
function leaveCall(marks: Marks, passesArguments: boolean): boolean {
  const { frame } = marks;
  if (frame === 0) return false;
  const wanted = marks.registers[frame]!;
  if ((wanted & ~ARGUMENTS) !== 0 || (marks.low[frame]! | marks.high[frame]!) !== 0) return false;
  marks.registers[frame] = 0;
  marks.frame = frame - 1;
  if (passesArguments) marks.registers[frame - 1]! |= wanted;
  return true;
}

/** From behind a call back to the exit of what it called. */
function backIntoCall(env: Environment, subsequent: number, marks: Marks): boolean {
  const { frame } = marks;
  if (subsequent >= 0 && env.callsCallback[subsequent]) marks.registers[frame]! &= ~ARGUMENTS;
  if ((marks.registers[frame]! & ARGUMENTS) !== 0 || frame + 1 >= MAX_FRAMES) return false;
  const call = subsequent - 1;
  const fromFunction = call >= 0 && env.code[call] === CALL && env.src[call] === PseudoCall.SUBPROGRAM;
  const result = fromFunction && marks.has(0);
  marks.clear(0);
  marks.frame = frame + 1;
  marks.registers[frame + 1] = result ? R0 : 0;
  marks.low[frame + 1] = 0;
  marks.high[frame + 1] = 0;
  return true;
}
