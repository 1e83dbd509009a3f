// Loads, stores and helper accesses on the stack. Slots keep what was spilled to them, also numbers; a frame is 512 bytes
// (check_stack_read() and its neighbours in kernel/bpf/verifier.c, as of Linux 6.18).

import { destroyDynptr } from './dynptr.ts';
import type { Environment } from './environment.ts';
import { markStackRead, markStackWrite } from './liveness.ts';
import { markPrecise } from './precision.ts';
import {
  isNull,
  isScalar,
  type Register,
  scalar,
  Type,
  UNINITIALIZED,
  UNKNOWN_SCALAR,
  ZERO_SCALAR,
} from './register.ts';
import { Errno, reject } from './rejection.ts';
import { constant32 } from './scalar.ts';
import {
  Byte,
  INVALID_SLOT,
  isScalarSpill,
  isSpecial,
  isSpill,
  kindAt,
  Slot,
  scrubbed,
  spillBytes,
  withKind,
} from './stack-slot.ts';
import type { Frame } from './state.ts';
import { pushStackStep } from './steps.ts';
import { formatBits } from './tnum.ts';
import { bitLength, toNumber } from './word.ts';

export const MAX_STACK = 512;
/** BPF_MAX_VAR_OFF: pointers further away are unbounded. */
export const MAX_VARIABLE_OFFSET = 1 << 29;

/** The offsets that a pointer with its distance can have. */
export interface OffsetRange {
  readonly min: number;
  readonly max: number;
  readonly fixed: boolean;
}

/** Checks that an access stays in the frame and makes the frame as deep as it reaches. */
export function stackRange(env: Environment, number: number, off: number, size: number, write: boolean): OffsetRange {
  const register = env.registers[number]!;
  const { value } = register;
  const frame = env.state.frames[register.extent]!;
  const verb = write ? ' write to' : ' read from';
  const fixed = value.isConstant;
  if (!fixed && isUnbounded(register)) {
    reject(Errno.EACCES, `invalid unbounded variable-offset${verb} stack R${number}`, number);
  }
  const min = toNumber(value.sminH, value.sminL) + off;
  const max = toNumber(value.smaxH, value.smaxL) + off;
  const lowest = write || env.privileged ? -MAX_STACK : -frame.stack.length * 8;
  const outside = min < lowest || min > -1;
  if (outside || max + size > 0 || size < 0) {
    const text = fixed
      ? `invalid${verb} stack R${number} off=${min} size=${size}`
      : `invalid variable-offset${verb} stack R${number} var_off=${formatBits(value.bits)} off=${off} size=${size}`;
    reject(outside ? Errno.EACCES : max + size > 0 ? Errno.EINVAL : Errno.EFAULT, text, number);
  }
  growStack(env, frame, -min);
  return { min, max, fixed };
}

function isUnbounded({ value }: Register): boolean {
  return (
    toNumber(value.smaxH, value.smaxL) >= MAX_VARIABLE_OFFSET ||
    toNumber(value.sminH, value.sminL) <= -MAX_VARIABLE_OFFSET
  );
}

function growStack(env: Environment, frame: Frame, bytes: number): void {
  const slots = Math.ceil(bytes / 8);
  while (frame.stack.length < slots) frame.stack.push(INVALID_SLOT);
  const subprogram = env.subprograms[frame.subprogram]!;
  if (subprogram.stackDepth < slots * 8) subprogram.stackDepth = slots * 8;
}

/** The index of the slot of an offset; the first is the one at the top, at -8. */
export function slotOf(offset: number): number {
  return (-offset - 1) >> 3;
}

function byteOf(offset: number): number {
  return offset & 7;
}

/** A load of `size` bytes at what the pointer register and the offset say; gives what is loaded. */
export function readStack(env: Environment, number: number, off: number, size: number): Register {
  const register = env.registers[number]!;
  const range = stackRange(env, number, off, size, false);
  const frame = env.state.frames[register.extent]!;
  if (range.fixed) return readFixed(env, frame, range.min, size);
  checkInitialized(env, number, off, size, { zeroSize: false, write: false });
  return readBytes(frame, range.min, range.max + size);
}

/** A load of an atomic instruction that keeps nothing: pointers may not be read as numbers. */
export function checkStackReadable(env: Environment, number: number, off: number, size: number): void {
  const register = env.registers[number]!;
  const range = stackRange(env, number, off, size, false);
  if (!range.fixed) {
    const bits = formatBits(register.value.bits);
    const text = `variable offset stack pointer cannot be passed into helper function; var_off=${bits} off=${off} size=${size}`;
    reject(Errno.EACCES, text, number);
  }
  const frame = env.state.frames[register.extent]!;
  const slot = frame.stack[slotOf(range.min)]!;
  markStackRead(env, frame.number, slotOf(range.min));
  if (!isSpill(slot)) {
    checkBytes(env, slot, range.min, size);
    return;
  }
  if (size !== 8 || spillBytes(slot) !== 8) {
    if (slot.register.type !== Type.SCALAR) reject(Errno.EACCES, 'invalid size of register fill');
    return;
  }
  if (!env.privileged && !isScalar(slot.register)) reject(Errno.EACCES, `leaking pointer from stack off ${range.min}`);
}

function checkBytes(env: Environment, slot: Slot, off: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const kind = kindAt(slot.kinds, byteOf(off + i));
    if (kind === Byte.MISC || kind === Byte.ZERO || (kind === Byte.INVALID && env.privileged)) continue;
    reject(Errno.EACCES, `invalid read from stack off ${off}+${i} size ${size}`);
  }
}

function readFixed(env: Environment, frame: Frame, off: number, size: number): Register {
  const index = slotOf(off);
  const slot = frame.stack[index]!;
  markStackRead(env, frame.number, index);
  if (!isSpill(slot)) {
    checkBytes(env, slot, off, size);
    return readBytes(frame, off, off + size);
  }
  const spilled = spillBytes(slot);
  if (size === 8 && spilled === 8) {
    pushStackStep(env, frame.number, index);
    return slot.register;
  }
  if (slot.register.type !== Type.SCALAR) reject(Errno.EACCES, 'invalid size of register fill');
  if (size <= spilled && (off & 7) === 0) {
    pushStackStep(env, frame.number, index);
    return widthOf(slot.register) > size * 8 ? slot.register.withId(0, 0) : slot.register;
  }
  return readPartOfSpill(env, frame, index, off, size);
}

function readPartOfSpill(env: Environment, frame: Frame, index: number, off: number, size: number): Register {
  const slot = frame.stack[index]!;
  let spills = 0;
  let zeroes = 0;
  for (let i = 0; i < size; i++) {
    const kind = kindAt(slot.kinds, byteOf(off + i));
    if (kind === Byte.SPILL) spills++;
    else if (kind === Byte.ZERO) zeroes++;
    else if (kind !== Byte.MISC && !(kind === Byte.INVALID && env.privileged)) {
      reject(Errno.EACCES, `invalid read from stack off ${off}+${i} size ${size}`);
    }
  }
  if (spills === size && isNull(slot.register)) {
    pushStackStep(env, frame.number, index);
    return ZERO_SCALAR;
  }
  return zeroes === size ? ZERO_SCALAR : UNKNOWN_SCALAR;
}

/** Bits that the value can have set. */
function widthOf({ value }: Register): number {
  return bitLength(value.umaxH, value.umaxL);
}

/** What loading bytes gives that hold no register: zero when all are, else anything. */
function readBytes(frame: Frame, from: number, to: number): Register {
  for (let off = from; off < to; off++) {
    if (kindAt(frame.stack[slotOf(off)]!.kinds, byteOf(off)) !== Byte.ZERO) return UNKNOWN_SCALAR;
  }
  return ZERO_SCALAR;
}

/** What a store writes: a register, or a constant of the instruction. */
export interface Stored {
  /** Number of the register, or -1. */
  readonly number: number;
  /** The constant when there is no register; undefined for what an atomic instruction leaves. */
  readonly constant: number | undefined;
}

/** A store of `size` bytes at what the pointer register and the offset say. */
export function writeStack(env: Environment, number: number, off: number, size: number, stored: Stored): void {
  const register = env.registers[number]!;
  const range = stackRange(env, number, off, size, true);
  const frame = env.state.frames[register.extent]!;
  if (range.fixed) writeFixed(env, frame, range.min, size, stored);
  else writeVariable(env, frame, range.min, range.max + size, stored);
}

function writeFixed(env: Environment, frame: Frame, off: number, size: number, stored: Stored): void {
  const index = slotOf(off);
  const old = frame.stack[index]!;
  if (!env.privileged && isSpill(old) && !isScalarSpill(old) && size !== 8) {
    reject(Errno.EACCES, 'attempt to corrupt spilled pointer on stack');
  }
  destroyDynptr(env, frame, index);
  const slot = frame.stack[index]!;
  if (size === 8) markStackWrite(env, frame.number, index);
  const register = stored.number >= 0 ? env.registers[stored.number]! : undefined;
  const aligned = (off & 7) === 0;
  if (aligned && env.privileged && register?.type === Type.SCALAR) {
    spillScalar(env, frame, index, size, stored.number);
    pushStackStep(env, frame.number, index);
  } else if (aligned && env.privileged && stored.constant !== undefined) {
    frame.stack[index] = spilled(env, slot, scalar(constant32(stored.constant)), size);
    pushStackStep(env, frame.number, index);
  } else if (register && isSpillable(register)) {
    if (size !== 8) reject(Errno.EACCES, 'invalid size of register spill', stored.number);
    if (frame !== env.frame && register.type === Type.STACK) {
      reject(Errno.EINVAL, 'cannot spill pointers to stack into stack frame of the caller', stored.number);
    }
    frame.stack[index] = spilled(env, slot, register, size);
    pushStackStep(env, frame.number, index);
  } else {
    writeData(env, frame, index, off, size, stored);
  }
}

function isSpillable(register: Register): boolean {
  return register.type !== Type.NOT_INIT && register.type !== Type.SCALAR;
}

function spillScalar(env: Environment, frame: Frame, index: number, size: number, number: number): void {
  const { registers } = env;
  let register = registers[number]!;
  const fits = widthOf(register) <= size * 8;
  if (fits) {
    register = identified(env, register);
    registers[number] = register;
  }
  const kept = fits || register.id === 0 ? register : register.withId(0, 0);
  frame.stack[index] = spilled(env, frame.stack[index]!, kept, size);
}

/** A number with an id, by which its copies are known to be equal. */
export function identified(env: Environment, register: Register): Register {
  // A number that is a constant away from others starts a class of its own.
  const own = register.id < 0 ? register.withId(0, 0) : register;
  return own.id !== 0 || own.value.isConstant ? own : own.withId(env.nextId());
}

function spilled(env: Environment, old: Slot, register: Register, size: number): Slot {
  let { kinds } = old;
  for (let byte = 0; byte < 8; byte++) {
    if (byte < size) kinds = withKind(kinds, byte, Byte.SPILL);
    else kinds = withKind(kinds, byte, afterSpill(env, kindAt(kinds, byte)));
  }
  return new Slot(kinds, register);
}

function afterSpill(env: Environment, kind: number): number {
  if (kind === Byte.ZERO) return kind;
  return env.privileged && kind === Byte.INVALID ? kind : Byte.MISC;
}

function writeData(env: Environment, frame: Frame, index: number, off: number, size: number, stored: Stored): void {
  const slot = frame.stack[index]!;
  let kinds = isSpecial(slot) ? scrubbed(slot.kinds) : slot.kinds;
  const zero = isZeroStore(env, stored);
  if (zero && stored.number >= 0) markPrecise(env, stored.number);
  for (let i = 0; i < size; i++) kinds = withKind(kinds, byteOf(off + i), zero ? Byte.ZERO : Byte.MISC);
  frame.stack[index] = new Slot(kinds, UNINITIALIZED);
}

function isZeroStore(env: Environment, stored: Stored): boolean {
  return stored.number >= 0 ? isNull(env.registers[stored.number]!) : stored.constant === 0;
}

function writeVariable(env: Environment, frame: Frame, from: number, to: number, stored: Stored): void {
  const zero = isZeroStore(env, stored);
  let zeroUsed = false;
  for (let off = from; off < to; off++) destroyDynptr(env, frame, slotOf(off));
  for (let off = from; off < to; off++) {
    const index = slotOf(off);
    const slot = frame.stack[index]!;
    const kind = kindAt(slot.kinds, byteOf(off));
    if (!env.privileged && kind !== Byte.MISC && kind !== Byte.ZERO) {
      const where = `insn ${env.instruction}, ptr off: ${off}`;
      reject(Errno.EINVAL, `spilled ptr in range of var-offset stack write; ${where}`);
    }
    if (zero && kind === Byte.SPILL && isScalarSpill(slot) && isNull(slot.register)) {
      zeroUsed = true;
      continue;
    }
    const stays = zero && kind === Byte.ZERO;
    zeroUsed ||= stays;
    frame.stack[index] = new Slot(withKind(slot.kinds, byteOf(off), stays ? Byte.ZERO : Byte.MISC), UNINITIALIZED);
  }
  if (zeroUsed && stored.number >= 0) markPrecise(env, stored.number);
}

/** How a helper accesses memory on the stack. */
export interface HelperAccess {
  readonly zeroSize: boolean;
  readonly write: boolean;
  /** The helper fills the memory, so it need not hold anything before; gives the range to mark afterwards. */
  readonly uninitialized?: (frame: Frame, from: number, to: number) => void;
}

/** Checks that a helper, or a load at a variable offset, finds every byte initialised (check_stack_range_initialized()). */
export function checkInitialized(
  env: Environment,
  number: number,
  off: number,
  size: number,
  access: HelperAccess,
): void {
  const register = env.registers[number]!;
  if (size === 0 && !access.zeroSize) reject(Errno.EACCES, 'invalid zero-sized read', number);
  const { min, max, fixed } = stackRange(env, number, off, size, access.write);
  if (!fixed && !env.privileged) {
    const bits = formatBits(register.value.bits);
    reject(Errno.EACCES, `R${number} variable offset stack access prohibited for !root, var_off=${bits}`, number);
  }
  const frame = env.state.frames[register.extent]!;
  if (fixed && access.uninitialized) {
    for (let i = min; i < max + size; i++) {
      if (kindAt(frame.stack[slotOf(i)]!.kinds, byteOf(i)) === Byte.DYNPTR) {
        reject(Errno.EACCES, `potential write to dynptr at off=${i} disallowed`, number);
      }
    }
    access.uninitialized(frame, min, max + size);
    return;
  }
  for (let i = min; i < max + size; i++) {
    if (!accessByte(env, frame, i, access.write)) {
      const where = fixed ? `off ${min}+${i - min}` : `var_off ${formatBits(register.value.bits)}+${i - min}`;
      reject(Errno.EACCES, `invalid read from stack R${number} ${where} size ${size}`, number);
    }
    markStackRead(env, frame.number, slotOf(i));
  }
}

function accessByte(env: Environment, frame: Frame, off: number, write: boolean): boolean {
  const index = slotOf(off);
  const slot = frame.stack[index]!;
  const kind = kindAt(slot.kinds, byteOf(off));
  if (kind === Byte.MISC) return true;
  if (kind === Byte.ZERO || (kind === Byte.INVALID && env.privileged)) {
    if (write) frame.stack[index] = new Slot(withKind(slot.kinds, byteOf(off), Byte.MISC), slot.register);
    return true;
  }
  if (!isSpill(slot) || !(slot.register.type === Type.SCALAR || env.privileged)) return false;
  if (write) frame.stack[index] = new Slot(scrubbed(slot.kinds), UNINITIALIZED);
  return true;
}

/** Bytes that a helper filled hold something unknown. */
export function fillStack(env: Environment, frame: Frame, from: number, to: number): void {
  for (let off = from; off < to; off++) {
    const index = slotOf(off);
    if ((off & 7) === 0 && off + 8 <= to) markStackWrite(env, frame.number, index);
    const slot = frame.stack[index]!;
    if (!env.privileged && isSpill(slot) && !isScalarSpill(slot)) {
      reject(Errno.EACCES, 'attempt to corrupt spilled pointer on stack');
    }
    const kinds = isSpecial(slot) ? scrubbed(slot.kinds) : slot.kinds;
    frame.stack[index] = new Slot(withKind(kinds, byteOf(off), Byte.MISC), UNINITIALIZED);
  }
}
