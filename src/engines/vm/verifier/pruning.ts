// The states that were explored at an instruction: when one covers the current state, its way ends here
// (is_state_visited() of kernel/bpf/states.c, as of Linux 6.18).

import { Class, Jump } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';
import { Match, statesEqual } from './equality.ts';
import { propagatePrecision } from './precision.ts';
import { ADD_CONST, isScalar, type Register } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { INVALID_SLOT, isSpill } from './stack-slot.ts';
import type { Frame, State } from './state.ts';
import { pushJumpStep } from './steps.ts';

const MAX_STEPS = 40;
/** States kept at one instruction without privileges. */
const MAX_STATES = 64;

/** Whether the current state is covered; if not, it may be stored. */
export function isVisited(env: Environment): boolean {
  const index = env.instruction;
  const { state } = env;
  const force = env.testStateFrequency || env.forceCheckpoint[index] === 1 || state.steps.length > MAX_STEPS;
  let adds =
    force || (env.jumpsProcessed - env.previousJumpsProcessed >= 2 && env.processed - env.previousProcessed >= 8);
  let visits = env.explored[index];
  if (!visits) {
    visits = [];
    env.explored[index] = visits;
  }
  for (let i = visits.length - 1; i >= 0; i--) {
    const old = visits[i]!;
    if (old.branches > 0) {
      const outcome = compareWithOpen(env, old);
      if (outcome === 'covered') return true;
      // Storing every turn of a loop would only cost time.
      const recent =
        env.jumpsProcessed - env.previousJumpsProcessed < 20 && env.processed - env.previousProcessed < 100;
      if (!force && recent) adds = false;
    } else {
      clean(env, old);
      if (statesEqual(env, old, state, old.looped ? Match.WITHIN : Match.RELEVANT)) {
        covered(env, old);
        return true;
      }
    }
    noteMiss(env, visits, i, old, adds);
  }
  if (!env.privileged && visits.length > MAX_STATES) return false;
  if (adds) store(env, visits);
  return false;
}

/** A state on the way to the current one: the program goes round. */
function compareWithOpen(env: Environment, old: State): 'covered' | 'differs' {
  const { state } = env;
  const index = env.instruction;
  const mayGoto = env.code[index] === (Class.JMP | Jump.JCOND);
  if (mayGoto && old.mayGotoDepth !== state.mayGotoDepth && statesEqual(env, old, state, Match.WITHIN)) {
    coveredByLoop(env, old);
    return 'covered';
  }
  if (env.callsCallback[index]) {
    if (!statesEqual(env, old, state, Match.WITHIN)) return 'differs';
    coveredByLoop(env, old);
    return 'covered';
  }
  const same =
    old.mayGotoDepth === state.mayGotoDepth &&
    old.callbackUnrollDepth === state.callbackUnrollDepth &&
    maybeLoops(old, state) &&
    statesEqual(env, old, state, Match.EXACT);
  if (same) reject(Errno.EINVAL, `infinite loop detected at insn ${index}`);
  return 'differs';
}

function maybeLoops(old: State, now: State): boolean {
  if (old.frames.length !== now.frames.length) return false;
  const before = old.top.registers;
  const after = now.top.registers;
  for (let i = 0; i < 10; i++) {
    const a = before[i]!;
    const b = after[i]!;
    if (a !== b && (a.type !== b.type || a.off !== b.off || a.value.bits.vl !== b.value.bits.vl)) return false;
  }
  return true;
}

function covered(env: Environment, old: State): void {
  old.hits++;
  if (env.jumpPoint[env.instruction]) pushJumpStep(env);
  propagatePrecision(env, old);
  if (old.looped) markLooped(env.state.parent, unsettled(old));
}

/** The loop that a state waits for, if it is still being explored. */
function unsettled(state: State): State | undefined {
  for (let loop = state.incomplete; loop; loop = loop.incomplete) {
    if (loop.branches > 0) return loop;
  }
  return undefined;
}

function coveredByLoop(env: Environment, head: State): void {
  head.hits++;
  if (env.jumpPoint[env.instruction]) pushJumpStep(env);
  propagatePrecision(env, head);
  markLooped(env.state.parent, head);
}

// What matters further on in the loop is not known yet where the loop closes, so the states on the way can only be compared
// by all that they hold. Slots may be forgotten once the loop is explored to its end.
function markLooped(from: State | undefined, head: State | undefined): void {
  for (let state = from; state; state = state.parent) {
    state.looped = true;
    if (state === head) return;
    if (head && state.incomplete !== head) state.incomplete = outer(state.incomplete, head);
  }
}

function outer(a: State | undefined, b: State): State {
  if (!a || a.branches === 0) return b;
  for (let state: State | undefined = a; state; state = state.parent) {
    if (state === b) return b;
  }
  return a;
}

function noteMiss(env: Environment, visits: State[], i: number, old: State, adds: boolean): void {
  if (adds) old.misses++;
  const patience = env.forceCheckpoint[env.instruction] === 1 && old.branches > 0 ? 64 : 3;
  if (old.misses > old.hits * patience + patience) visits.splice(i, 1);
}

/** Forgets slots that nothing reads from here on. */
function clean(env: Environment, old: State): void {
  if (old.cleaned || unsettled(old)) return;
  old.cleaned = true;
  old.frames.forEach((frame, n) => {
    const inner = old.frames[n + 1];
    const index = inner ? inner.callsite : old.instruction;
    for (let i = 0; i < frame.stack.length; i++) {
      if (!env.stackLiveness.isLive(index, i)) frame.stack[i] = INVALID_SLOT;
    }
  });
}

function store(env: Environment, visits: State[]): void {
  const { state } = env;
  env.previousJumpsProcessed = env.jumpsProcessed;
  env.previousProcessed = env.processed;
  clearSingularIds(state);
  const stored = state.copy();
  stored.instruction = env.instruction;
  stored.lastInstruction = env.previous;
  visits.push(stored);
  state.parent = stored;
  state.depth = stored.depth + 1;
  state.firstInstruction = env.instruction;
  state.steps = [];
}

/** An id that only one number has says nothing. */
function clearSingularIds(state: State): void {
  const counts = new Map<number, number>();
  const count = (register: Register): Register => {
    if (isScalar(register) && register.id !== 0) {
      const id = register.id & ~ADD_CONST;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return register;
  };
  eachRegister(state, count);
  if (counts.size === 0) return;
  state.replaceRegisters((register) =>
    isScalar(register) && register.id !== 0 && counts.get(register.id & ~ADD_CONST) === 1
      ? register.withId(0, 0)
      : register,
  );
}

function eachRegister(state: State, visit: (register: Register) => void): void {
  for (const frame of state.frames) eachOfFrame(frame, visit);
}

function eachOfFrame(frame: Frame, visit: (register: Register) => void): void {
  for (let i = 0; i < 10; i++) visit(frame.registers[i]!);
  for (const slot of frame.stack) if (isSpill(slot)) visit(slot.register);
}

/** The current way is explored to its end. */
export function finishWay(state: State): void {
  for (let at: State | undefined = state; at; at = at.parent) {
    at.branches--;
    if (at.branches > 0) return;
  }
}
