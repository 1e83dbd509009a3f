// The rules of the language about types: what integers promote to, what two assigned values have in common, what may be
// cast to what. Pure functions on the value types; nothing here knows scripts or kernels.

import { arrayType, INT64, intType, isScalar, sameType, sizeOf, type Type, tupleType } from '../../../image/index.ts';
import { recordType, type TypeOf, typeName, UINT64 } from '../../../image/type.ts';

/** A value that is known while the script is compiled. */
export type Constant = bigint | string | boolean;

/** What is known of an expression. */
export interface TypeInfo {
  readonly type: Type;
  readonly constant?: Constant;
}

/** Not known yet (first rounds of the fixpoint), or not knowable after an error. Nothing is reported about it. */
export const UNRESOLVED: Type = { kind: 'void' };
export const UNRESOLVED_INFO: TypeInfo = { type: UNRESOLVED };

export function isUnresolved(type: Type): boolean {
  return type === UNRESOLVED;
}

/** Whether a type or a part of it is unresolved. */
export function hasUnresolved(type: Type): boolean {
  if (type === UNRESOLVED) return true;
  return (type.kind === 'tuple' || type.kind === 'record') && type.fields.some((field) => hasUnresolved(field.type));
}

const MAX_INT64 = (1n << 63n) - 1n;

/** The smallest signed type that holds the number; above the largest int64, uint64. */
export function literalType(value: bigint): TypeOf<'int'> {
  if (value > MAX_INT64) return UINT64 as TypeOf<'int'>;
  for (const size of [1, 2, 4]) {
    if (BigInt.asIntN(size * 8, value) === value) return intType(size, true);
  }
  return INT64 as TypeOf<'int'>;
}

/** Whether the number is one of the type's values. */
export function holds(type: TypeOf<'int' | 'enum'>, value: bigint): boolean {
  const bits = type.size * 8;
  return (type.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value;
}

/** The number as a value of the type: cut to its size. */
export function wrap(type: Type, value: bigint): bigint {
  if (type.kind === 'bool') return value === 0n ? 0n : 1n;
  const bits = sizeOf(type) * 8 || 64;
  return (type.kind === 'int' || type.kind === 'enum') && type.signed
    ? BigInt.asIntN(bits, value)
    : BigInt.asUintN(bits, value);
}

/** The constant as a number: truth values are 0 and 1. */
export function constantNumber(info: TypeInfo): bigint | undefined {
  if (typeof info.constant === 'bigint') return info.constant;
  if (typeof info.constant === 'boolean') return info.constant ? 1n : 0n;
  return undefined;
}

/** Whether integer arithmetic takes the value: integers, enums, truth values. */
export function isInteger(type: Type): type is TypeOf<'int' | 'enum' | 'bool'> {
  return type.kind === 'int' || type.kind === 'enum' || type.kind === 'bool';
}

/** Whether a value can decide a branch. */
export function isCondition(type: Type): boolean {
  return isScalar(type);
}

/** A number that was written, not computed at run time, and is not negative: it takes the sign of what it meets. */
function isFlexible(info: TypeInfo): boolean {
  return typeof info.constant === 'bigint' && info.constant >= 0n && sameType(info.type, literalType(info.constant));
}

/** Integer types as arithmetic sees them: enums and truth values are unsigned or signed integers of their size. */
export function asInt(type: TypeOf<'int' | 'enum' | 'bool'>): TypeOf<'int'> {
  if (type.kind === 'bool') return intType(1, false);
  return type.kind === 'int' ? type : intType(type.size, type.signed);
}

/** The smallest integer type that holds the values of both; `mixed` when no type does and int64 has to stand in. */
export function promote(a: TypeInfo, b: TypeInfo): { readonly type: TypeOf<'int'>; readonly mixed: boolean } {
  const left = asInt(a.type as TypeOf<'int'>);
  const right = asInt(b.type as TypeOf<'int'>);
  if (left.signed === right.signed)
    return { type: intType(Math.max(left.size, right.size), left.signed), mixed: false };
  if (isFlexible(a) && !right.signed) return { type: unsignedFor(a, right), mixed: false };
  if (isFlexible(b) && !left.signed) return { type: unsignedFor(b, left), mixed: false };
  const [signed, unsigned] = left.signed ? [left, right] : [right, left];
  if (signed.size > unsigned.size) return { type: signed, mixed: false };
  if (unsigned.size < 8) return { type: intType(unsigned.size * 2, true), mixed: false };
  return { type: INT64 as TypeOf<'int'>, mixed: true };
}

function unsignedFor(literal: TypeInfo, other: TypeOf<'int'>): TypeOf<'int'> {
  const needed =
    [1, 2, 4, 8].find((size) => BigInt.asUintN(size * 8, literal.constant as bigint) === literal.constant) ?? 8;
  return intType(Math.max(needed, other.size), false);
}

/** The type of arithmetic on two integers: always 64 bits, signed when an operand is or when the operator subtracts. */
export function arithmeticType(operator: string, a: TypeInfo, b: TypeInfo): Type {
  return operator === '-' || promote(a, b).type.signed ? INT64 : UINT64;
}

/** The type that holds the values of both, as an assignment or a ternary needs it; undefined when there is none. */
export function join(a: TypeInfo, b: TypeInfo): Type | undefined {
  const [left, right] = [a.type, b.type];
  if (isUnresolved(left)) return right;
  if (isUnresolved(right) || sameType(left, right)) return left;
  if ((left.kind === 'int' || left.kind === 'enum') && (right.kind === 'int' || right.kind === 'enum')) {
    return promote(a, b).type;
  }
  if (left.kind === 'string' && right.kind === 'string') return left.size >= right.size ? left : right;
  if (left.kind === 'buffer' && right.kind === 'buffer') return left.size >= right.size ? left : right;
  if (left.kind === 'pointer') return joinPointer(left, b);
  if (right.kind === 'pointer') return joinPointer(right, a);
  if (left.kind === 'tuple' && right.kind === 'tuple') return joinTuples(left, right);
  if (left.kind === 'record' && right.kind === 'record') return joinRecords(left, right);
  if (left.kind === 'array' && right.kind === 'array' && left.length === right.length) {
    const element = join({ type: left.element }, { type: right.element });
    return element && arrayType(element, left.length);
  }
  if ((left.kind === 'kstack' || left.kind === 'ustack') && left.kind === right.kind) {
    return left.mode === right.mode ? (left.limit >= right.limit ? left : right) : undefined;
  }
  return undefined;
}

function joinPointer(pointer: TypeOf<'pointer'>, other: TypeInfo): Type | undefined {
  if (other.constant === 0n) return pointer;
  if (other.type.kind !== 'pointer') return undefined;
  if (pointer.to.kind === 'void') return other.type;
  return other.type.to.kind === 'void' || sameType(pointer.to, other.type.to) ? pointer : undefined;
}

function joinTuples(a: TypeOf<'tuple'>, b: TypeOf<'tuple'>): Type | undefined {
  if (a.fields.length !== b.fields.length) return undefined;
  const types = a.fields.map((field, index) => join({ type: field.type }, { type: b.fields[index]!.type }));
  return types.every((type) => type !== undefined) ? tupleType(types) : undefined;
}

function joinRecords(a: TypeOf<'record'>, b: TypeOf<'record'>): Type | undefined {
  if (a.fields.length !== b.fields.length || a.name !== b.name || a.name !== '') return undefined;
  const fields: { name: string; type: Type }[] = [];
  for (const [index, field] of a.fields.entries()) {
    const other = b.fields[index]!;
    const type = field.name === other.name ? join({ type: field.type }, { type: other.type }) : undefined;
    if (!type) return undefined;
    fields.push({ name: field.name, type });
  }
  return recordType('', fields);
}

/** Members are reached through pointers of any depth. */
export function behindPointers(type: Type): Type {
  let current = type;
  while (current.kind === 'pointer') current = current.to;
  return current;
}

/** Whether `(to)from` may be written. */
export function castable(from: Type, to: Type): boolean {
  if (sameType(from, to)) return true;
  const rule = CASTS[from.kind];
  return rule?.(from as never, to) ?? false;
}

type CastRules = { readonly [K in Type['kind']]?: (from: TypeOf<K>, to: Type) => boolean };

const CASTS: CastRules = {
  bool: (_from, to) => isInteger(to),
  int: castFromInteger,
  enum: castFromInteger,
  pointer: (_from, to) => to.kind === 'int' || to.kind === 'pointer',
  string: (_from, to) => to.kind === 'string' || isByteArray(to),
  array: (from, to) => to.kind === 'int' && sizeOf(from) === to.size,
  buffer: (_from, to) => to.kind === 'buffer',
  ksym: (_from, to) => to.kind === 'int',
  username: (_from, to) => to.kind === 'int',
  timestamp: (_from, to) => to.kind === 'int',
};

function castFromInteger(from: TypeOf<'int' | 'enum'>, to: Type): boolean {
  switch (to.kind) {
    case 'int':
    case 'enum':
    case 'bool':
    case 'pointer':
    case 'username':
      return true;
    case 'array':
      return isInteger(to.element) && sizeOf(to) === from.size;
    default:
      return false;
  }
}

/** Whether the type is an array of bytes, or the unsized `int8[]` whose length the cast finds out. */
function isByteArray(type: Type): type is TypeOf<'array'> {
  return type.kind === 'array' && type.element.kind === 'int' && type.element.size === 1;
}

/** Whether == and != compare values of the type. */
export function isComparable(type: Type): boolean {
  return isScalar(type) || ['string', 'array', 'tuple', 'record', 'inet', 'mac', 'usym', 'buffer'].includes(type.kind);
}

/** The type as messages quote it; what is not known is `none`. */
export function nameOf(type: Type): string {
  return isUnresolved(type) ? 'none' : typeName(type);
}
