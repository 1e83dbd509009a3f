// The values that operations take and give. Scalars are in a register (extended to 64 bits as their type says), all else
// is in memory, or not yet anywhere: a deferred operand is written straight to where it is needed (a record in the ring, a
// key, a variable) and so is never copied. It must be used once, in a place that its parts reach.

import { assert } from '../../base/error.ts';
import type { Field, Type, TypeOf } from '../../image/index.ts';
import { isScalar, isSigned, sizeOf } from '../../image/index.ts';
import type { AccessSize, Instruction } from '../ir.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { after, copy, storeBytes, zero } from './memory.ts';

export interface ScalarOperand {
  readonly kind: 'scalar';
  readonly type: Type;
  readonly value: Instruction;
}

/** Bytes that programs can read directly. */
export interface MemoryOperand extends Place {
  readonly kind: 'memory';
  readonly type: Type;
  /** Bytes that do not count (after a string's NUL, between fields) are zero. */
  readonly clean: boolean;
  /** Known when compiling: a string with its NUL. */
  readonly constant?: Uint8Array;
}

/**
 * Writes a value. With `clean` the bytes that do not count must be made zero. A value whose type ends with a string,
 * buffer or stack may say how many bytes it used.
 */
export type Writer = (place: Place, clean: boolean) => Instruction | undefined;

export interface DeferredOperand {
  readonly kind: 'deferred';
  readonly type: Type;
  readonly write: Writer;
}

export type Operand = ScalarOperand | MemoryOperand | DeferredOperand;

export function scalar(type: Type, value: Instruction): ScalarOperand {
  return { kind: 'scalar', type, value };
}

export function memory(type: Type, place: Place, clean = true): MemoryOperand {
  return { kind: 'memory', type, ...place, clean };
}

export function deferred(type: Type, write: Writer): DeferredOperand {
  return { kind: 'deferred', type, write };
}

/** A string that is known when compiling. It costs nothing until it is used; `size` is that of its type, the NUL included. */
export function constantString(p: ProgramBuilder, text: string | Uint8Array, size?: number): MemoryOperand {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const length = size ?? bytes.length + 1;
  const constant = new Uint8Array(length);
  constant.set(bytes.subarray(0, length));
  const { map, offset } = p.module.constant(constant);
  return {
    kind: 'memory',
    type: { kind: 'string', size: length },
    base: p.b.mapValue(map, offset),
    offset: 0,
    clean: true,
    constant,
  };
}

/** The register of a scalar operand. */
export function registerOf(operand: Operand): Instruction {
  assert(operand.kind === 'scalar', `a scalar is needed, not a ${operand.type.kind}`);
  return operand.value;
}

/** The operand in memory: a scalar or a deferred one is written to temporary memory first. */
export function inMemory(p: ProgramBuilder, operand: Operand, clean = false): MemoryOperand {
  if (operand.kind === 'memory' && (operand.clean || !clean)) return operand;
  const place = p.temp(sizeOf(operand.type));
  store(p, place, operand.type, operand, clean);
  return memory(operand.type, place, clean || operand.kind === 'scalar');
}

/** Reads what is at a place: scalars are loaded, all else stays where it is. */
export function load(p: ProgramBuilder, type: Type, place: Place, clean = true): ScalarOperand | MemoryOperand {
  if (!isScalar(type)) return memory(type, place, clean);
  return scalar(type, loadScalar(p, type, place));
}

/** The scalar of a type at a place, extended as the type says. */
export function loadScalar(p: ProgramBuilder, type: Type, place: Place): Instruction {
  const size = sizeOf(type) as AccessSize;
  const value = p.b.load(size, place.base, place.offset);
  return isSigned(type) ? p.b.extend(value, size, true) : value;
}

/**
 * Writes an operand to a place as a value of `type`: integers get its size, strings its length (cut or filled up), tuples
 * and records are converted field by field. Returns how many bytes were used when that is not all of them.
 */
export function store(
  p: ProgramBuilder,
  place: Place,
  type: Type,
  operand: Operand,
  clean = true,
): Instruction | undefined {
  if (operand.kind === 'scalar') {
    p.b.store(sizeOf(type) as AccessSize, place.base, place.offset, operand.value);
    return undefined;
  }
  if (operand.kind === 'deferred') return storeDeferred(p, place, type, operand, clean);
  storeMemory(p, place, type, operand, clean);
  return undefined;
}

function storeDeferred(
  p: ProgramBuilder,
  place: Place,
  type: Type,
  operand: DeferredOperand,
  clean: boolean,
): Instruction | undefined {
  if (sizeOf(operand.type) === sizeOf(type) && !needsConversion(type, operand.type)) return operand.write(place, clean);
  if (operand.type.kind === 'string' && type.kind === 'string' && operand.type.size < type.size) {
    if (clean) zero(p, after(place, operand.type.size), type.size - operand.type.size);
    // A shorter string that fills all its bytes must still end inside a longer type.
    if (!clean) zero(p, after(place, operand.type.size), 1);
    return operand.write(place, clean);
  }
  storeMemory(p, place, type, inMemory(p, operand, clean), clean);
  return undefined;
}

function storeMemory(p: ProgramBuilder, place: Place, type: Type, operand: MemoryOperand, clean: boolean): void {
  const from = operand.type;
  if ((type.kind === 'tuple' || type.kind === 'record') && needsConversion(type, from)) {
    storeFields(p, place, type, operand, clean);
    return;
  }
  const size = sizeOf(type);
  const shared = Math.min(size, sizeOf(from));
  if (operand.constant && shared <= CONSTANT_LIMIT) storeBytes(p, place, operand.constant.subarray(0, shared));
  else copy(p, place, operand, shared);
  if (shared < size) zero(p, after(place, shared), clean ? size - shared : 1);
}

/** Constants up to this size are written as immediates; longer ones are copied. */
const CONSTANT_LIMIT = 64;

/** Whether the bytes of `from` cannot simply be taken for those of `to`. */
function needsConversion(to: Type, from: Type): boolean {
  if ((to.kind !== 'tuple' && to.kind !== 'record') || (from.kind !== 'tuple' && from.kind !== 'record')) return false;
  return to.fields.some((field, index) => {
    const other = from.fields[index];
    return (
      !other ||
      other.offset !== field.offset ||
      sizeOf(other.type) !== sizeOf(field.type) ||
      needsConversion(field.type, other.type)
    );
  });
}

function storeFields(
  p: ProgramBuilder,
  place: Place,
  type: TypeOf<'tuple'> | TypeOf<'record'>,
  operand: MemoryOperand,
  clean: boolean,
): void {
  const from = operand.type as TypeOf<'tuple'> | TypeOf<'record'>;
  if (clean && hasGaps(type)) zero(p, place, type.size);
  type.fields.forEach((target, index) => {
    const source = fieldOf(p, operand, from.fields[index]!);
    store(p, after(place, target.offset), target.type, source, clean);
  });
}

/** A field of a tuple, record or struct that is in memory; bit fields are taken out of their integer. */
export function fieldOf(p: ProgramBuilder, operand: MemoryOperand, field: Field): ScalarOperand | MemoryOperand {
  const placed: Place = { base: operand.base, offset: operand.offset + field.offset, align: operand.align ?? 8 };
  const whole = load(p, field.type, placed, operand.clean);
  if (!field.bits || whole.kind !== 'scalar') return whole;
  return scalar(field.type, bitField(p, whole.value, field.bits.shift, field.bits.width, isSigned(field.type)));
}

/** `width` bits from bit `shift` of a value, extended to 64 bits. */
export function bitField(
  p: ProgramBuilder,
  value: Instruction,
  shift: number,
  width: number,
  signed: boolean,
): Instruction {
  const { b } = p;
  const left = 64 - shift - width;
  const top = left === 0 ? value : b.binary('shl', value, left);
  return width === 64 ? top : b.binary(signed ? 'sar' : 'shr', top, 64 - width);
}

/** Whether a tuple or record has bytes that belong to no field. */
export function hasGaps(type: Type): boolean {
  if (type.kind !== 'tuple' && type.kind !== 'record') return false;
  let end = 0;
  for (const field of type.fields) {
    if (field.offset > end) return true;
    end = field.offset + sizeOf(field.type);
  }
  return end < type.size;
}

/** A tuple or record made of its fields, each written where it goes. */
export function build(
  p: ProgramBuilder,
  type: TypeOf<'tuple'> | TypeOf<'record'>,
  elements: readonly Operand[],
): DeferredOperand {
  return deferred(type, (place, clean) => {
    if (clean && hasGaps(type)) zero(p, place, type.size);
    type.fields.forEach((field, index) => {
      store(p, after(place, field.offset), field.type, elements[index]!, clean);
    });
    return undefined;
  });
}
