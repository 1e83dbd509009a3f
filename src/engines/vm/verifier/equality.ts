// Whether a state is one that was explored already: everything that was found safe from there is safe from here
// (states_equal() of kernel/bpf/states.c, as of Linux 6.18).

import type { Environment } from './environment.ts';
import { instructionIn } from './liveness.ts';
import { ADD_CONST, baseOf, type Register, Type, UNKNOWN_SCALAR } from './register.ts';
import { rangeWithin, sameScalar } from './scalar.ts';
import { ALL_SPILL, Byte, isSpill, kindAt, type Slot } from './stack-slot.ts';
import type { Frame, State } from './state.ts';
import { containsBits } from './tnum.ts';
import { isSlotPrecise } from './widening.ts';

/** How closely states are compared. */
export const Match = {
  /** Numbers that nothing relied on may differ. */
  RELEVANT: 0,
  /** Every number must be within the explored one. */
  WITHIN: 1,
  /** Everything must be the same: the program would go round for ever. */
  EXACT: 2,
} as const;

export type Match = (typeof Match)[keyof typeof Match];

/** Pairs ids of the explored state with those of the current one. One serves all comparisons: they are many and short. */
class IdMap {
  readonly #old: number[] = [];
  readonly #now: number[] = [];
  #count = 0;
  #temporary = 0x4000_0000;

  reset(): this {
    this.#count = 0;
    return this;
  }

  matches(old: number, now: number): boolean {
    if (old === 0 || now === 0) return old === now;
    for (let i = 0; i < this.#count; i++) {
      if (this.#old[i] === old) return this.#now[i] === now;
      if (this.#now[i] === now) return false;
    }
    this.#old[this.#count] = old;
    this.#now[this.#count] = now;
    this.#count++;
    return true;
  }

  /** For numbers: being equal to more others than before does no harm. */
  matchesScalar(old: number, now: number): boolean {
    const before = old & ~ADD_CONST;
    if (before === 0) return true;
    let after = now & ~ADD_CONST;
    if (after === 0) {
      this.#temporary++;
      after = this.#temporary;
    }
    return this.matches(before, after);
  }
}

const sharedIds = new IdMap();

/** Whether `old`, which was explored, covers `now`, which stands at the same instruction. */
export function statesEqual(env: Environment, old: State, now: State, match: Match): boolean {
  if (old.frames.length !== now.frames.length) return false;
  const ids = sharedIds.reset();
  if (!sameHoldings(old, now, ids)) return false;
  for (let n = 0; n < old.frames.length; n++) {
    const before = old.frames[n]!;
    const after = now.frames[n]!;
    if (before.callsite !== after.callsite || before.callback?.helper !== after.callback?.helper) return false;
    if (before.callbackDepth > after.callbackDepth) return false;
    if (!framesEqual(env, before, after, ids, match)) return false;
  }
  return true;
}

function sameHoldings(old: State, now: State, ids: IdMap): boolean {
  if (old.references === now.references && !old.lock && !now.lock && old.references.length === 0) return true;
  if (old.references.length !== now.references.length) return false;
  const same = old.references.every((reference, n) => ids.matches(reference.id, now.references[n]!.id));
  if (!same || (old.lock === undefined) !== (now.lock === undefined)) return false;
  return !old.lock || (old.lock.map === now.lock!.map && ids.matches(old.lock.uid, now.lock!.uid));
}

function framesEqual(env: Environment, old: Frame, now: Frame, ids: IdMap, match: Match): boolean {
  const live = env.liveRegisters[instructionIn(env, old.number)]!;
  for (let i = 0; i < 10; i++) {
    if ((live & (1 << i)) === 0) continue;
    const precise = (old.precise & (1 << i)) !== 0;
    if (!registerCovers(env, old.registers[i]!, now.registers[i]!, ids, match, precise)) return false;
  }
  return stackCovers(env, old, now, ids, match);
}

function registerCovers(
  env: Environment,
  old: Register,
  now: Register,
  ids: IdMap,
  match: Match,
  precise: boolean,
): boolean {
  if (match === Match.EXACT) return isExact(old, now, ids);
  if (old.type === Type.NOT_INIT) return true;
  if (old.type !== now.type) return false;
  switch (baseOf(old.type)) {
    case Type.SCALAR:
      if (env.privileged && !precise && match === Match.RELEVANT) return true;
      return numberCovers(old, now, ids);
    case Type.MAP_KEY:
    case Type.MAP_VALUE:
    case Type.MEM:
    case Type.BUF:
    case Type.TP_BUFFER:
      return samePlace(old, now) && valueCovers(old, now) && idsMatch(old, now, ids);
    case Type.PACKET:
    case Type.PACKET_META: {
      const ends = old.extent < 0 || now.extent < 0;
      if (ends ? old.extent !== now.extent : old.extent > now.extent) return false;
      return old.off === now.off && ids.matches(old.id, now.id) && valueCovers(old, now);
    }
    default:
      return isExact(old, now, ids);
  }
}

function numberCovers(old: Register, now: Register, ids: IdMap): boolean {
  if (old.id < 0 && (now.id >= 0 || old.off !== now.off)) return false;
  if (old.id > 0 && now.id < 0) return false;
  return valueCovers(old, now) && ids.matchesScalar(old.id, now.id);
}

function valueCovers(old: Register, now: Register): boolean {
  if (old.value === now.value) return true;
  return rangeWithin(old.value, now.value) && containsBits(old.value.bits, now.value.bits);
}

function idsMatch(old: Register, now: Register, ids: IdMap): boolean {
  return ids.matches(old.id, now.id) && ids.matches(old.reference, now.reference);
}

function samePlace(old: Register, now: Register): boolean {
  return (
    old.off === now.off &&
    old.map === now.map &&
    old.extent === now.extent &&
    old.uid === now.uid &&
    old.struct === now.struct
  );
}

function isExact(old: Register, now: Register, ids: IdMap): boolean {
  if (old === now) return old.id === 0 || idsMatch(old, now, ids);
  return old.type === now.type && samePlace(old, now) && sameScalar(old.value, now.value) && idsMatch(old, now, ids);
}

function stackCovers(env: Environment, old: Frame, now: Frame, ids: IdMap, match: Match): boolean {
  for (let i = 0; i < old.stack.length; i++) {
    const before = old.stack[i]!;
    const after = now.stack[i];
    if (match === Match.EXACT && (!after || before.kinds !== after.kinds)) return false;
    if (before.kinds === 0 || (before === after && !isSpill(before))) continue;
    if (!slotCovers(env, before, after, ids, match, isSlotPrecise(old, i))) return false;
  }
  return true;
}

function slotCovers(
  env: Environment,
  old: Slot,
  now: Slot | undefined,
  ids: IdMap,
  match: Match,
  precise: boolean,
): boolean {
  const before = wholeNumber(env, old);
  const after = now && wholeNumber(env, now);
  if (before && after) return registerCovers(env, before, after, ids, match, precise);
  for (let byte = 0; byte < 8; byte++) {
    const kind = kindAt(old.kinds, byte);
    if (kind === Byte.INVALID || (env.privileged && kind === Byte.MISC)) continue;
    if (!now) return false;
    const held = kindAt(now.kinds, byte);
    if (kind === Byte.MISC && held === Byte.ZERO) continue;
    if (kind !== held) return false;
  }
  if (!now) return true;
  const first = kindAt(old.kinds, 0);
  if (first === Byte.SPILL) return registerCovers(env, old.register, now.register, ids, match, precise);
  if (first !== Byte.DYNPTR) return true;
  return (
    old.register.struct === now.register.struct &&
    old.register.extent === now.register.extent &&
    idsMatch(old.register, now.register, ids)
  );
}

/** The number that loading the whole slot gives, when it holds no pointer. */
function wholeNumber(env: Environment, slot: Slot): Register | undefined {
  if (slot.kinds === ALL_SPILL) return slot.register.type === Type.SCALAR ? slot.register : undefined;
  for (let byte = 0; byte < 8; byte++) {
    const kind = kindAt(slot.kinds, byte);
    if (kind !== Byte.MISC && !(env.privileged && kind === Byte.INVALID)) return undefined;
  }
  return UNKNOWN_SCALAR;
}
