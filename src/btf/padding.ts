// Holes in structs. BTF says where members lie, and C text must make a compiler lay them out so: holes that natural
// alignment does not explain become unnamed bit fields, and misaligned members make the struct packed.

import type { Btf } from './btf.ts';
import type { Member, StructType, UnionType } from './types.ts';

/** Types of unnamed bit fields, the widest first. */
const fillers = [
  { name: 'long', bits: 64 },
  { name: 'int', bits: 32 },
  { name: 'short', bits: 16 },
  { name: 'char', bits: 8 },
] as const;

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** The alignment in bytes that a compiler gives a type by itself. */
export function alignmentOf(btf: Btf, id: number): number {
  const type = btf.resolve(id);
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'enum':
      return Math.min(type.size, 16) || 1;
    case 'ptr':
      return 8;
    case 'array':
      return alignmentOf(btf, type.element);
    case 'struct':
    case 'union':
      return isPacked(btf, type) ? 1 : memberAlignment(btf, type);
    default:
      return 1;
  }
}

const alignments = new WeakMap<StructType | UnionType, number>();

function memberAlignment(btf: Btf, type: StructType | UnionType): number {
  let alignment = alignments.get(type);
  if (alignment === undefined) {
    alignment = type.members.reduce((most, member) => Math.max(most, alignmentOf(btf, member.type)), 1);
    alignments.set(type, alignment);
  }
  return alignment;
}

/** What was found for each struct and union: asking again would walk all that they contain, for each that contains them. */
const packedTypes = new WeakMap<StructType | UnionType, boolean>();

/** Whether the layout is possible only with `__attribute__((packed))`. */
export function isPacked(btf: Btf, type: StructType | UnionType): boolean {
  const known = packedTypes.get(type);
  if (known !== undefined) return known;
  const packed = isMisaligned(btf, type);
  packedTypes.set(type, packed);
  return packed;
}

function isMisaligned(btf: Btf, type: StructType | UnionType): boolean {
  if (type.members.length > 0 && type.size % memberAlignment(btf, type) !== 0) return true;
  return type.members.some(
    (member) => member.bitSize === 0 && member.bitOffset % (alignmentOf(btf, member.type) * 8) !== 0,
  );
}

/** The unnamed bit fields to write before a member. */
export function paddingBefore(btf: Btf, type: StructType | UnionType, index: number, packed: boolean): string[] {
  if (type.kind === 'union') return [];
  const member = type.members[index]!;
  const start = index === 0 ? 0 : endOf(btf, type.members[index - 1]!);
  const alignment = packed ? 8 : alignmentOf(btf, member.type) * 8;
  return padding(start, member.bitOffset, alignment, member.bitSize > 0);
}

/** The unnamed bit fields to write behind the last member. */
export function trailingPadding(btf: Btf, type: StructType | UnionType, packed: boolean): string[] {
  if (type.kind === 'union') return [];
  const last = type.members.at(-1);
  const alignment = packed ? 8 : memberAlignment(btf, type) * 8;
  return padding(last ? endOf(btf, last) : 0, type.size * 8, alignment, false);
}

function endOf(btf: Btf, member: Member): number {
  return member.bitOffset + (member.bitSize || btf.sizeOf(member.type) * 8);
}

/** Fills the bits from `start` to `end`, where something of this alignment follows. */
function padding(start: number, end: number, alignment: number, bitFieldFollows: boolean): string[] {
  if (start >= end || (!bitFieldFollows && roundUp(start, alignment) === end)) return [];
  const filler = fillers.find(({ bits }) => (start % bits === 0 ? start + bits : roundUp(start, bits)) <= end);
  // A bit field that continues within the same byte.
  if (!filler) return [`char: ${end - start};`];
  const lines: string[] = [];
  let at = roundUp(start, filler.bits);
  if (at > start) {
    if (bitFieldFollows) lines.push(`${filler.name}: ${at - start};`);
    // A full unit that follows aligns itself; without one, a width of zero does it.
    else if (at === end) lines.push(`${filler.name}: 0;`);
  }
  for (; at + filler.bits <= end; at += filler.bits) lines.push(`${filler.name}: ${filler.bits};`);
  return lines.concat(padding(at, end, alignment, bitFieldFollows));
}
