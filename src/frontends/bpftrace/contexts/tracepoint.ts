// tracepoint: the record that the tracepoint writes, as its format file describes it.

import {
  loadMember,
  type Member,
  memberAddress,
  type Operand,
  read,
  readString,
  scalar,
  untrack,
} from '../../../compiler/operations/index.ts';
import {
  type AddressSpace,
  arrayType,
  intType,
  isScalar,
  pointerType,
  sizeOf,
  stringType,
  type Type,
} from '../../../image/index.ts';
import type { TracepointField } from '../../../tracefs/index.ts';
import type { CTypes } from '../check/ctypes.ts';
import { typeOfText } from '../check/plain.ts';
import type { Lowering } from '../lower/context.ts';
import type { ContextOf, ContextRules } from './context.ts';

export const tracepoint: ContextRules<'tracepoint'> = {
  fields(context, types) {
    const space = spaceOf(context);
    return context.format.fields
      .filter((field) => !field.common)
      .map((field) => ({ name: field.name, type: fieldType(field, types, space) }));
  },
  readField(cx, context, { name, type }) {
    const field = context.format.fields.find((one) => one.name === name)!;
    return readField(cx, context, field, type);
  },
};

/** System calls are given pointers of the process; all other events point into the kernel. */
function spaceOf({ category }: ContextOf<'tracepoint'>): AddressSpace {
  return category === 'syscalls' ? 'user' : 'kernel';
}

function fieldType(field: TracepointField, types: CTypes, space: AddressSpace): Type {
  const element = typeOfText(types, field.type, space);
  if (field.dataLoc) return pointerType(element ?? intType(1, true), 'kernel');
  if (field.isArray) return arrayField(field, element);
  return scalarField(field, element);
}

function arrayField(field: TracepointField, element: Type | undefined): Type {
  if (field.type === 'char' || field.type === 'const char') return stringType(field.arrayLength ?? field.size);
  const size = element && sizeOf(element) > 0 ? sizeOf(element) : 1;
  const known = element && sizeOf(element) > 0 ? element : intType(1, false);
  return arrayType(known, field.arrayLength ?? Math.floor(field.size / size));
}

/**
 * The type that the kernel's source gives the field. Arguments of system calls take eight bytes whatever their type; the
 * low bytes are the value.
 */
export function scalarField(field: Pick<TracepointField, 'size' | 'signed'>, type: Type | undefined): Type {
  if (type && type.kind === 'struct' && type.size === field.size) return type;
  if (type && isScalar(type) && sizeOf(type) <= field.size) return type;
  return intType([1, 2, 4, 8].includes(field.size) ? field.size : 8, field.signed);
}

function readField(cx: Lowering, context: ContextOf<'tracepoint'>, field: TracepointField, type: Type): Operand {
  const { p } = cx;
  const member: Member = {
    offset: field.offset,
    relocation: {
      kind: 'tracepoint-field',
      tracepoint: `${context.category}:${context.event}`,
      field: field.name,
      value: field.offset,
    },
  };
  if (field.dataLoc) return located(cx, field, type, member);
  if (isScalar(type)) return loadMember(p, type, p.ctx, member);
  const address = memberAddress(p, p.ctx, member);
  if (type.kind === 'string') return readString(p, { space: 'kernel', address, size: type.size, asked: true });
  return read(p, type, 'kernel', address);
}

/** The record holds where the bytes lie: their offset in the low half of a u32. */
function located(cx: Lowering, field: TracepointField, type: Type, member: Member): Operand {
  const { b } = cx.p;
  const where = loadMember(cx.p, { kind: 'int', size: 4, signed: false }, cx.p.ctx, member);
  const offset = b.and((where as { value: Parameters<typeof b.and>[0] }).value, 0xffff);
  const start = untrack(cx.p, cx.p.ctx);
  const base = field.dataLoc === 'relative' ? b.add(memberAddress(cx.p, start, member), 4) : start;
  return scalar(type, b.add(base, offset));
}
