// Loops whose number of turns is not known: what changes from turn to turn, and is relied on by nothing, is forgotten, so that
// the turns become equal (widen_imprecise_scalars() of kernel/bpf/verifier.c, as of Linux 6.18).

import type { Environment } from './environment.ts';
import { isScalar, type Register, UNKNOWN_SCALAR } from './register.ts';
import { sameScalar } from './scalar.ts';
import { isSpill, Slot } from './stack-slot.ts';
import type { Frame, State } from './state.ts';

/** The state of an earlier turn at the same instruction that is still being explored, before `now`. */
export function findEarlierVisit(env: Environment, now: State, index: number): State | undefined {
  const visits = env.explored[index];
  if (!visits) return undefined;
  for (let i = visits.length - 1; i >= 0; i--) {
    const state = visits[i]!;
    if (state.branches > 0 && state.depth < now.depth && sameCallsites(state, now)) return state;
  }
  return undefined;
}

function sameCallsites(a: State, b: State): boolean {
  return a.frames.length === b.frames.length && a.frames.every((frame, n) => frame.callsite === b.frames[n]!.callsite);
}

export function widen(earlier: State, state: State): void {
  state.frames.forEach((frame, n) => {
    const old = earlier.frames[n];
    if (old) widenFrame(old, frame);
  });
}

function widenFrame(old: Frame, frame: Frame): void {
  for (let i = 0; i < 10; i++) {
    const precise = (old.precise & (1 << i)) !== 0;
    frame.registers[i] = widened(old.registers[i]!, frame.registers[i]!, precise);
  }
  for (let i = 0; i < frame.stack.length && i < old.stack.length; i++) {
    const before = old.stack[i]!;
    const slot = frame.stack[i]!;
    if (!isSpill(before) || !isSpill(slot)) continue;
    const register = widened(before.register, slot.register, isSlotPrecise(old, i));
    if (register !== slot.register) frame.stack[i] = new Slot(slot.kinds, register);
  }
}

export function isSlotPrecise(frame: Frame, slot: number): boolean {
  return ((slot < 32 ? frame.preciseSlotsLow >>> slot : frame.preciseSlotsHigh >>> (slot - 32)) & 1) !== 0;
}

function widened(old: Register, register: Register, precise: boolean): Register {
  if (precise || !isScalar(old) || !isScalar(register)) return register;
  const same = sameScalar(old.value, register.value) && old.off === register.off;
  return same ? register : UNKNOWN_SCALAR;
}
