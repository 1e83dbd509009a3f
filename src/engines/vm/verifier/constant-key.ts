// Array look-ups with a key that is known: those inside the array never fail, so the result need not be checked (6.15).

import type { Environment } from './environment.ts';
import { markSlotPrecise } from './precision.ts';
import { type Register, Type } from './register.ts';
import { slotOf } from './stack.ts';
import { Byte, isScalarSpill, kindAt, spillBytes } from './stack-slot.ts';

/** The key that a pointer to the stack surely points to, or -1 (get_constant_map_key()). */
export function constantKey(env: Environment, key: Register, size: number): number {
  if (!env.privileged || key.type !== Type.STACK || !key.value.isConstant) return -1;
  const off = key.off + key.value.bits.vl;
  const frame = env.state.frames[key.extent]!;
  const index = slotOf(off);
  const slot = frame.stack[index]!;
  const first = off & 7;
  let zeroes = 0;
  while (first + zeroes < 8 && kindAt(slot.kinds, first + zeroes) === Byte.ZERO) zeroes++;
  if (zeroes >= size) return 0;
  if (first !== 0 || !isScalarSpill(slot) || spillBytes(slot) !== size || !slot.register.value.isConstant) return -1;
  markSlotPrecise(env, key.extent, index);
  const { vh, vl } = slot.register.value.bits;
  return vh === 0 ? vl >>> 0 : -1;
}
