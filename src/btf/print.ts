// Types as C text: whole definitions, laid out as the kernel's own tools print them, and names for a use of a type.

import type { Btf } from './btf.ts';
import { isPacked, paddingBefore, trailingPadding } from './padding.ts';
import type { BtfType, EnumType, FuncProtoType, StructType, UnionType } from './types.ts';

/** The definition of a type as C, without a final newline: `struct list_head {` and so on. */
export function printType(btf: Btf, id: number): string {
  const type = btf.type(id);
  switch (type.kind) {
    case 'struct':
    case 'union':
    case 'enum':
      return `${definition(btf, type, 0)};`;
    case 'typedef':
      return `typedef ${declare(btf, type.target, type.name, 0)};`;
    case 'func':
      return `${declare(btf, type.proto, type.name, 0)};`;
    case 'var':
      return `${declare(btf, type.type, type.name, 0)};`;
    case 'fwd':
      return `${specifier(btf, type, 0)};`;
    default:
      return typeName(btf, id);
  }
}

/** The name of a type as a use of it is written: `struct sock *`, `int (*)(void *)`, `char[16]`. */
export function typeName(btf: Btf, id: number): string {
  return declare(btf, id, '', undefined);
}

/** The declaration of `name` with a type: `char comm[16]`. */
export function declaration(btf: Btf, id: number, name: string): string {
  return declare(btf, id, name, undefined);
}

// C declarators are written from the inside out: `inner` is what has been written so far, and each step from the outer
// type towards the base type wraps it. It starts with a space when it begins with a qualifier of a pointer.
// `level` is the depth to indent the bodies of anonymous types to; undefined leaves their bodies out.
function declare(btf: Btf, id: number, inner: string, level: number | undefined): string {
  const type = btf.type(id);
  switch (type.kind) {
    case 'ptr':
      return declare(btf, type.target, pointerTo(btf, type.target, inner), level);
    case 'array':
      return declare(btf, type.element, `${inner}[${type.length}]`, level);
    case 'func_proto':
      return declare(btf, type.returnType, `${inner}(${parameters(btf, type)})`, level);
    case 'const':
    case 'volatile':
    case 'restrict':
      return qualify(btf, type.target, type.kind, inner, level);
    case 'type_tag': {
      const tag = ` __attribute__((btf_type_tag("${type.name}")))`;
      return declare(btf, type.target, join(tag, inner), level);
    }
    default:
      return join(specifier(btf, type, level), inner);
  }
}

function pointerTo(btf: Btf, target: number, inner: string): string {
  // `* (*f)(int)`: a pointer to a function in brackets keeps its distance.
  const pointer = inner.startsWith('(') ? `* ${inner}` : `*${inner}`;
  const { kind } = withoutQualifiers(btf, target);
  return kind === 'array' || kind === 'func_proto' ? `(${pointer})` : pointer;
}

/** A qualifier of a pointer stands behind its star, one of anything else before the type. */
function qualify(btf: Btf, target: number, qualifier: string, inner: string, level: number | undefined): string {
  const { kind } = withoutQualifiers(btf, target);
  if (kind === 'ptr') return declare(btf, target, join(` ${qualifier}`, inner), level);
  // The qualifier of an array is that of its elements, which have it already.
  if (kind === 'array' || kind === 'func_proto') return declare(btf, target, inner, level);
  return `${qualifier} ${declare(btf, target, inner, level)}`;
}

function withoutQualifiers(btf: Btf, id: number): BtfType {
  let type = btf.type(id);
  while (type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'type_tag') {
    type = btf.type(type.target);
  }
  return type;
}

function join(before: string, inner: string): string {
  if (inner === '' || inner.startsWith(' ') || (inner.startsWith('[') && before !== '')) return `${before}${inner}`;
  return `${before} ${inner}`;
}

function parameters(btf: Btf, proto: FuncProtoType): string {
  const list = proto.params.map((param) => declare(btf, param.type, param.name, undefined));
  if (proto.variadic) list.push('...');
  return list.length === 0 ? 'void' : list.join(', ');
}

function specifier(btf: Btf, type: BtfType, level: number | undefined): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'struct':
    case 'union':
    case 'enum':
      if (type.name !== '') return `${type.kind} ${type.name}`;
      return level === undefined ? `${type.kind} {...}` : definition(btf, type, level);
    case 'fwd':
      return `${type.union ? 'union' : 'struct'} ${type.name}`;
    case 'int':
    case 'float':
    case 'typedef':
    case 'func':
    case 'var':
    case 'datasec':
    case 'decl_tag':
    case 'unknown':
      return type.name;
    default:
      return type.kind;
  }
}

function definition(btf: Btf, type: StructType | UnionType | EnumType, level: number): string {
  const head = type.name === '' ? type.kind : `${type.kind} ${type.name}`;
  return type.kind === 'enum' ? enumDefinition(type, head, level) : structDefinition(btf, type, head, level);
}

function enumDefinition(type: EnumType, head: string, level: number): string {
  const indent = '\t'.repeat(level);
  const suffix = type.size === 8 ? (type.signed ? 'LL' : 'ULL') : '';
  const values = type.values.map((value) => `${indent}\t${value.name} = ${value.value}${suffix},\n`);
  // Only the size says that an enum is smaller or larger than an int; C needs to be told.
  const modes: { readonly [size: number]: string } = { 1: 'byte', 2: 'half' };
  const mode = modes[type.size];
  return `${head} {\n${values.join('')}${indent}}${mode === undefined ? '' : ` __attribute__((mode(${mode})))`}`;
}

function structDefinition(btf: Btf, type: StructType | UnionType, head: string, level: number): string {
  const indent = '\t'.repeat(level);
  const packed = isPacked(btf, type);
  const lines: string[] = [];
  for (const [index, member] of type.members.entries()) {
    lines.push(...paddingBefore(btf, type, index, packed));
    const bits = member.bitSize > 0 ? `: ${member.bitSize}` : '';
    lines.push(`${declare(btf, member.type, member.name, level + 1)}${bits};`);
  }
  lines.push(...trailingPadding(btf, type, packed));
  const attribute = packed ? ' __attribute__((packed))' : '';
  if (lines.length === 0) return `${head} {}${attribute}`;
  return `${head} {\n${lines.map((line) => `${indent}\t${line}\n`).join('')}${indent}}${attribute}`;
}
