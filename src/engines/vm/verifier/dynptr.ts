// Dynptrs on the stack: two slots that only helpers may touch, bound to memory whose size is known at run time.

import type { Environment } from './environment.ts';
import { Register, Type, UNINITIALIZED } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { ZERO } from './scalar.ts';
import { Byte, INVALID_SLOT, Slot, uniform } from './stack-slot.ts';
import type { Frame } from './state.ts';

const ALL_DYNPTR = uniform(Byte.DYNPTR);

/** Whether the slot holds half of a dynptr. */
export function isDynptr(slot: Slot | undefined): slot is Slot {
  return slot !== undefined && slot.kinds === ALL_DYNPTR;
}

/** Makes the slot and the one above it a dynptr. `extent` of the register says which half it is. */
export function placeDynptr(frame: Frame, slot: number, kind: string, id: number, reference: number): void {
  const half = (first: number): Slot =>
    new Slot(ALL_DYNPTR, new Register(Type.DYNPTR, ZERO, 0, id, reference, -1, first, 0, kind));
  frame.stack[slot] = half(1);
  frame.stack[slot - 1] = half(0);
}

/** A store into a dynptr destroys it, unless something must be given up through it. */
export function destroyDynptr(env: Environment, frame: Frame, slot: number): void {
  const held = frame.stack[slot];
  if (!isDynptr(held)) return;
  const { reference, id, extent } = held.register;
  if (reference !== 0) {
    const copies = countDynptrs(env, reference);
    if (copies <= 1) reject(Errno.EINVAL, 'cannot overwrite referenced dynptr');
  }
  removeDynptr(frame, extent === 1 ? slot : slot + 1);
  invalidateSlices(env, id);
}

export function removeDynptr(frame: Frame, slot: number): void {
  frame.stack[slot] = INVALID_SLOT;
  frame.stack[slot - 1] = INVALID_SLOT;
}

function countDynptrs(env: Environment, reference: number): number {
  let count = 0;
  for (const frame of env.state.frames) {
    for (const slot of frame.stack) {
      if (isDynptr(slot) && slot.register.extent === 1 && slot.register.reference === reference) count++;
    }
  }
  return count;
}

/** Pointers into what a dynptr stood for may no longer be used. */
export function invalidateSlices(env: Environment, id: number): void {
  env.state.replaceRegisters((register) =>
    register.type !== Type.DYNPTR && register.uid === id && register.struct === 'dynptr-slice'
      ? UNINITIALIZED
      : register,
  );
}
