// Fields of CO-RE relocations: what `0:1:2` means in a type of the object, the same path by names in a type of the target, and
// the numbers that are asked of it.

import type { Btf, BtfType, MemberLocation } from '../../btf/index.ts';
import { fieldsCompatible } from './core-compatible.ts';
import { objectError } from './object-error.ts';

/** A field: where it is and the path there without members that have no name. */
export interface FieldSpec {
  readonly type: number;
  readonly bitOffset: number;
  /** Width of a bit field; 0 for every other field. */
  readonly bitSize: number;
  readonly path: readonly Step[];
}

type Step =
  /** A member by name; `type` is that of the member. */
  | { readonly name: string; readonly type: number }
  /** An element of an array; `first` is the pointer's own index, as in p[1].x. */
  | { readonly index: number; readonly first?: true };

/** What the access string means in a type of the object. */
export function localField(btf: Btf, root: number, access: string): FieldSpec {
  const indices = access.split(':').map(Number);
  if (indices.some((index) => !Number.isInteger(index))) throw badAccess(access);
  const [first = 0, ...rest] = indices;
  let type = root;
  let bitOffset = first * btf.sizeOf(root) * 8;
  let bitSize = 0;
  const path: Step[] = [{ index: first, first: true }];
  for (const index of rest) {
    const outer = btf.resolve(type);
    if (outer.kind === 'struct' || outer.kind === 'union') {
      const member = outer.members[index];
      if (!member) throw badAccess(access);
      if (member.name !== '') path.push({ name: member.name, type: member.type });
      bitOffset += member.bitOffset;
      ({ type, bitSize } = member);
    } else if (outer.kind === 'array') {
      path.push({ index });
      bitOffset += index * btf.sizeOf(outer.element) * 8;
      type = outer.element;
      bitSize = 0;
    } else throw badAccess(access);
  }
  return { type, bitOffset, bitSize, path };
}

function badAccess(access: string): Error {
  return objectError(`a CO-RE relocation has the access string '${access}', which does not fit its type.`);
}

/** The same field in a type of the target, or undefined when it has none that could be meant. */
export function findField(local: Btf, field: FieldSpec, target: Btf, root: number): FieldSpec | undefined {
  let found = { type: root, bitOffset: 0, bitSize: 0 };
  for (const step of field.path) {
    const next = 'name' in step ? member(local, step, target, found.type) : element(target, found.type, step);
    if (!next) return undefined;
    found = { type: next.type, bitOffset: found.bitOffset + next.bitOffset, bitSize: next.bitSize };
  }
  return { ...found, path: field.path };
}

type Place = Pick<MemberLocation, 'type' | 'bitOffset' | 'bitSize'>;

function member(
  local: Btf,
  step: { readonly name: string; readonly type: number },
  target: Btf,
  outer: number,
): Place | undefined {
  const found = target.member(outer, step.name);
  return found && fieldsCompatible(local, step.type, target, found.type) ? found : undefined;
}

function element(
  target: Btf,
  outer: number,
  { index, first }: { readonly index: number; readonly first?: true },
): Place | undefined {
  if (first) return { type: outer, bitOffset: index * target.sizeOf(outer) * 8, bitSize: 0 };
  const type = target.resolve(outer);
  // An array without a length at the end of a struct has any number of elements.
  if (type.kind !== 'array' || (type.length > 0 && index >= type.length)) return undefined;
  return { type: type.element, bitOffset: index * target.sizeOf(type.element) * 8, bitSize: 0 };
}

/** The number that a relocation of that kind asks of a field. */
export function fieldNumber(btf: Btf, field: FieldSpec, kind: number): bigint {
  const type = btf.resolve(field.type);
  const place = storage(btf, field, type);
  switch (kind) {
    case 0:
      return BigInt(place.offset);
    case 1:
      return BigInt(place.size);
    case 3:
      return isSigned(type) ? 1n : 0n;
    case 4:
      return BigInt(64 - (field.bitOffset + place.bits - place.offset * 8));
    case 5:
      return BigInt(64 - place.bits);
    default:
      return 1n;
  }
}

interface Storage {
  readonly offset: number;
  readonly size: number;
  readonly bits: number;
}

/** The bytes to load: of a bit field the smallest aligned piece that has all of it. */
function storage(btf: Btf, field: FieldSpec, type: BtfType): Storage {
  const { bitOffset } = field;
  const bits = field.bitSize || oldBitField(type);
  let size = btf.sizeOf(field.type);
  if (bits === 0) return { offset: bitOffset / 8, size, bits: size * 8 };
  const start = (): number => Math.floor(bitOffset / 8 / size) * size;
  while (bitOffset + bits - start() * 8 > size * 8) {
    if (size >= 8) throw objectError('a bit field of a CO-RE relocation is spread over more than eight bytes.');
    size *= 2;
  }
  return { offset: start(), size, bits };
}

/** Old compilers gave bit fields an integer type of their width. */
function oldBitField(type: BtfType): number {
  return type.kind === 'int' && type.bits !== type.size * 8 && !type.bool ? type.bits : 0;
}

function isSigned(type: BtfType): boolean {
  return type.kind === 'enum' || (type.kind === 'int' && type.signed);
}
