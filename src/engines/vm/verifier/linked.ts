// Numbers that are copies of one another, or a constant apart: what a comparison says of one it says of all
// (collect_linked_regs() and sync_linked_regs() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Alu } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';
import { SLOT } from './linked-places.ts';
import { instructionIn } from './liveness.ts';
import { ADD_CONST, type Register, Type } from './register.ts';
import { constant32 } from './scalar.ts';
import { calculate } from './scalar-alu.ts';
import { isSpill, Slot } from './stack-slot.ts';
import type { State } from './state.ts';

const MAX_LINKED = 6;

/** The places of live registers and slots with the ids of either operand; what goes beyond six loses its id. */
export function collectLinked(env: Environment, first: number, second: number): number[] {
  const places: number[] = [];
  for (const id of [first, second]) {
    if (id !== 0) collect(env, id & ~ADD_CONST, places);
  }
  return places;
}

function collect(env: Environment, id: number, places: number[]): void {
  const { frames } = env.state;
  for (let n = frames.length - 1; n >= 0; n--) {
    const frame = frames[n]!;
    const live = env.liveRegisters[instructionIn(env, n)]!;
    for (let i = 0; i < 10; i++) {
      const register = frame.registers[i]!;
      if ((live & (1 << i)) === 0 || !hasId(register, id)) continue;
      if (!add(places, n * 16 + i)) frame.registers[i] = register.withId(0, 0);
    }
    frame.stack.forEach((slot, i) => {
      if (!isSpill(slot) || !hasId(slot.register, id)) return;
      if (!add(places, SLOT + n * 64 + i)) frame.stack[i] = new Slot(slot.kinds, slot.register.withId(0, 0));
    });
  }
}

function hasId(register: Register, id: number): boolean {
  return register.type === Type.SCALAR && (register.id & ~ADD_CONST) === id;
}

function add(places: number[], place: number): boolean {
  if (places.includes(place)) return true;
  if (places.length >= MAX_LINKED) return false;
  places.push(place);
  return true;
}

/** Gives the linked places of a state what is now known of one of them. */
export function syncLinked(state: State, known: Register, places: readonly number[]): void {
  for (const place of places) {
    if (place < SLOT) {
      const { registers } = state.frames[place >> 4]!;
      registers[place & 15] = synced(registers[place & 15]!, known);
    } else {
      const { stack } = state.frames[(place - SLOT) >> 6]!;
      const at = (place - SLOT) & 63;
      const slot = stack[at]!;
      const register = synced(slot.register, known);
      if (register !== slot.register) stack[at] = new Slot(slot.kinds, register);
    }
  }
}

function synced(register: Register, known: Register): Register {
  if (register === known || !hasId(register, known.id & ~ADD_CONST)) return register;
  const together = register.id >= 0 && known.id >= 0;
  if (together || register.off === known.off) return known;
  const distance = constant32(register.off - known.off);
  return register.withValue(calculate(Alu.ADD, known.value, distance, 64));
}
