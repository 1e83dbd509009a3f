// Eight bytes of a stack frame: what each byte is, and the register that was spilled there.

import { type Register, Type, UNINITIALIZED } from './register.ts';

/** What a byte of the stack holds (enum bpf_stack_slot_type). */
export const Byte = { INVALID: 0, SPILL: 1, MISC: 2, ZERO: 3, DYNPTR: 4, ITER: 5 } as const;

/** Immutable: states share slots. */
export class Slot {
  /** Four bits for each byte, the byte at the lowest address in the lowest bits. */
  readonly kinds: number;
  /** The spilled register; UNINITIALIZED where none is. */
  readonly register: Register;

  constructor(kinds: number, register: Register) {
    this.kinds = kinds;
    this.register = register;
  }
}

/** All eight bytes of one kind. */
export function uniform(kind: number): number {
  return Math.imul(kind, 0x1111_1111) | 0;
}

export const ALL_MISC = uniform(Byte.MISC);
export const ALL_ZERO = uniform(Byte.ZERO);
export const ALL_SPILL = uniform(Byte.SPILL);
export const INVALID_SLOT = new Slot(0, UNINITIALIZED);

export function kindAt(kinds: number, byte: number): number {
  return (kinds >>> (byte * 4)) & 0xf;
}

export function withKind(kinds: number, byte: number, kind: number): number {
  return (kinds & ~(0xf << (byte * 4))) | (kind << (byte * 4));
}

/** A spill starts at the lowest byte of its slot. */
export function isSpill(slot: Slot): boolean {
  return (slot.kinds & 0xf) === Byte.SPILL;
}

export function isScalarSpill(slot: Slot): boolean {
  return isSpill(slot) && slot.register.type === Type.SCALAR;
}

/** How many bytes the spill has: 1, 2, 4 or 8. */
export function spillBytes(slot: Slot): number {
  let bytes = 0;
  while (bytes < 8 && kindAt(slot.kinds, bytes) === Byte.SPILL) bytes++;
  return bytes;
}

/** Spilled registers, dynptrs and iterators: what plain data destroys. */
export function isSpecial(slot: Slot): boolean {
  const kind = slot.kinds & 0xf;
  return kind === Byte.SPILL || kind === Byte.DYNPTR || kind === Byte.ITER;
}

/** Bytes that held anything hold something unknown. */
export function scrubbed(kinds: number): number {
  let result = kinds;
  for (let byte = 0; byte < 8; byte++) {
    if (kindAt(kinds, byte) !== Byte.INVALID) result = withKind(result, byte, Byte.MISC);
  }
  return result;
}
