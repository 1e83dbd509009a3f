// The layout of BTF, the type format of the kernel: Documentation/bpf/btf.rst and include/uapi/linux/btf.h.

import type { BtfKind } from './types.ts';

/** First two bytes of every BTF blob, as a little-endian number. */
export const BTF_MAGIC = 0xeb9f;

/** Length of the header that every version has; longer headers add fields behind it. */
export const BTF_HEADER_LENGTH = 24;

/** Kind numbers of the format. ENUM64 and what follows it: kernel 6.0. */
export const Kind = {
  VOID: 0,
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

/** Names of the kinds by number; ENUM64 is an `enum` of size 8 to everyone who reads types. */
export const kindNames: readonly BtfKind[] = [
  'void',
  'int',
  'ptr',
  'array',
  'struct',
  'union',
  'enum',
  'fwd',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'func',
  'func_proto',
  'var',
  'datasec',
  'float',
  'decl_tag',
  'type_tag',
  'enum',
];

/** Bytes that follow the 12 common ones: a fixed part and a part for each of the `vlen` elements, by kind number. */
export const fixedLength: readonly number[] = [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0];
export const elementLength: readonly number[] = [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12];

/**
 * Number of elements. The format widened this field from 16 to 24 bits and the kind from 5 to 7 bits; the bits between
 * were zero before, so one reading serves both.
 */
export function infoLength(info: number): number {
  return info & 0xffffff;
}

export function infoKind(info: number): number {
  return (info >>> 24) & 0x7f;
}

/** The kind_flag: bit fields in a struct, signed values in an enum, a union behind a forward declaration. */
export function infoFlag(info: number): boolean {
  return info >>> 31 === 1;
}
