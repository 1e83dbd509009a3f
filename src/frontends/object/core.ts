// CO-RE: numbers in the code that depend on the kernel's types. The compiler records what each number says about a type of the
// object (the offset of a field, whether a type exists, ...); here the same is asked of the types that the program will run on.
// Kinds: enum bpf_core_relo_kind, include/uapi/linux/bpf.h (5.17; objects of clang 10 and later have them).

import { type Btf, typeName } from '../../btf/index.ts';
import type { Instruction } from '../../isa/index.ts';
import type { CoreRecord } from './btf-ext.ts';
import { candidatesOf, essentialName, typesCompatible, typesMatch } from './core-compatible.ts';
import { type FieldSpec, fieldNumber, findField, localField } from './core-field.ts';
import { POISON, patch, poison } from './core-patch.ts';
import { objectError } from './object-error.ts';

export const CoreKind = {
  FIELD_BYTE_OFFSET: 0,
  FIELD_BYTE_SIZE: 1,
  FIELD_EXISTS: 2,
  FIELD_SIGNED: 3,
  FIELD_LSHIFT_U64: 4,
  FIELD_RSHIFT_U64: 5,
  TYPE_ID_LOCAL: 6,
  TYPE_ID_TARGET: 7,
  TYPE_EXISTS: 8,
  TYPE_SIZE: 9,
  ENUMVAL_EXISTS: 10,
  ENUMVAL_VALUE: 11,
  TYPE_MATCHES: 12,
} as const;

/** What a number becomes; a field's offset also with the widths of the access here and there. */
export interface CoreResult {
  readonly value: bigint;
  readonly resize?: { readonly from: number; readonly to: number; readonly allowed: boolean };
}

/** Applies the records of a section to its instructions, in place. */
export function applyCore(instructions: Instruction[], records: readonly CoreRecord[], local: Btf, target: Btf): void {
  for (const record of records) {
    const result = resolveCore(record, local, target);
    if (result) patch(instructions, record.slot, result);
    else poison(instructions, record.slot, POISON);
  }
}

/** The number on the target, or undefined when it has nothing like it. */
export function resolveCore(record: CoreRecord, local: Btf, target: Btf): CoreResult | undefined {
  const { kind, type } = record;
  if (kind === CoreKind.TYPE_ID_LOCAL) return { value: BigInt(type) };
  if (kind > CoreKind.TYPE_MATCHES) throw objectError(`a CO-RE relocation is of the unknown kind ${kind}.`);
  const results = candidatesOf(local, type, target).flatMap((candidate) => {
    const result = resolveFor(record, local, target, candidate);
    return result ? [result] : [];
  });
  const [first] = results;
  if (!first) return isQuestion(kind) ? { value: 0n } : undefined;
  if (results.some((other) => other.value !== first.value)) {
    throw objectError(
      `a CO-RE relocation to ${typeName(local, type)} is ambiguous: types of that name differ.`,
      'give the BTF of one kernel with --btf',
    );
  }
  return first;
}

/** Kinds that ask whether something is there: the answer to nothing is no. */
function isQuestion(kind: number): boolean {
  return (
    kind === CoreKind.FIELD_EXISTS ||
    kind === CoreKind.TYPE_EXISTS ||
    kind === CoreKind.ENUMVAL_EXISTS ||
    kind === CoreKind.TYPE_MATCHES
  );
}

function resolveFor(record: CoreRecord, local: Btf, target: Btf, candidate: number): CoreResult | undefined {
  switch (record.kind) {
    case CoreKind.TYPE_ID_TARGET:
    case CoreKind.TYPE_EXISTS:
    case CoreKind.TYPE_SIZE:
    case CoreKind.TYPE_MATCHES:
      return resolveType(record, local, target, candidate);
    case CoreKind.ENUMVAL_EXISTS:
    case CoreKind.ENUMVAL_VALUE:
      return resolveEnumerator(record, local, target, candidate);
    default:
      return resolveField(record, local, target, candidate);
  }
}

function resolveType(record: CoreRecord, local: Btf, target: Btf, candidate: number): CoreResult | undefined {
  const { kind, type } = record;
  const there = kind === CoreKind.TYPE_MATCHES ? typesMatch : typesCompatible;
  if (!there(local, type, target, candidate)) return undefined;
  if (kind === CoreKind.TYPE_SIZE) return { value: BigInt(target.sizeOf(candidate)) };
  return { value: kind === CoreKind.TYPE_ID_TARGET ? BigInt(candidate) : 1n };
}

function resolveEnumerator(record: CoreRecord, local: Btf, target: Btf, candidate: number): CoreResult | undefined {
  const mine = local.resolve(record.type);
  const theirs = target.resolve(candidate);
  if (mine.kind !== 'enum' || theirs.kind !== 'enum') return undefined;
  const wanted = mine.values[Number(record.access)];
  if (!wanted) throw objectError(`a CO-RE relocation names enumerator ${record.access}, which its enum does not have.`);
  const found = theirs.values.find((value) => essentialName(value.name) === essentialName(wanted.name));
  if (!found) return undefined;
  return { value: record.kind === CoreKind.ENUMVAL_EXISTS ? 1n : found.value };
}

function resolveField(record: CoreRecord, local: Btf, target: Btf, candidate: number): CoreResult | undefined {
  const mine = localField(local, record.type, record.access);
  const theirs = findField(local, mine, target, candidate);
  if (!theirs) return undefined;
  const value = fieldNumber(target, theirs, record.kind);
  if (record.kind !== CoreKind.FIELD_BYTE_OFFSET || mine.bitSize > 0 || theirs.bitSize > 0) return { value };
  return { value, resize: accessWidths(local, mine, target, theirs) };
}

/** A load may become wider or narrower with its field when no sign is involved. */
function accessWidths(local: Btf, mine: FieldSpec, target: Btf, theirs: FieldSpec): NonNullable<CoreResult['resize']> {
  const a = local.resolve(mine.type);
  const b = target.resolve(theirs.type);
  const pointers = a.kind === 'ptr' && b.kind === 'ptr';
  const unsigned = a.kind === 'int' && b.kind === 'int' && !a.signed && !b.signed;
  return { from: local.sizeOf(mine.type), to: target.sizeOf(theirs.type), allowed: pointers || unsigned };
}
