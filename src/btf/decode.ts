// One type record to one value. Called once for a type that someone asks about; Btf keeps the results.

import { infoFlag, infoKind, infoLength, Kind } from './format.ts';
import type { StringSection } from './strings.ts';
import type { BtfType, EnumValue, Member, Param } from './types.ts';

/** Decodes the record that starts at word `at`. */
export function decodeType(words: Uint32Array, strings: StringSection, id: number, at: number): BtfType {
  const info = words[at + 1]!;
  const sizeOrType = words[at + 2]!;
  const name = strings.text(words[at]!);
  switch (infoKind(info)) {
    case Kind.INT:
      return decodeInt(words[at + 3]!, id, name, sizeOrType);
    case Kind.PTR:
      return { kind: 'ptr', id, target: sizeOrType };
    case Kind.ARRAY:
      return { kind: 'array', id, element: words[at + 3]!, indexType: words[at + 4]!, length: words[at + 5]! };
    case Kind.STRUCT:
      return { kind: 'struct', id, name, size: sizeOrType, members: decodeMembers(words, strings, at) };
    case Kind.UNION:
      return { kind: 'union', id, name, size: sizeOrType, members: decodeMembers(words, strings, at) };
    case Kind.ENUM:
      return {
        kind: 'enum',
        id,
        name,
        size: sizeOrType,
        signed: infoFlag(info),
        values: decodeEnum(words, strings, at),
      };
    case Kind.ENUM64:
      return {
        kind: 'enum',
        id,
        name,
        size: sizeOrType,
        signed: infoFlag(info),
        values: decodeEnum64(words, strings, at),
      };
    case Kind.FWD:
      return { kind: 'fwd', id, name, union: infoFlag(info) };
    case Kind.TYPEDEF:
      return { kind: 'typedef', id, name, target: sizeOrType };
    case Kind.VOLATILE:
      return { kind: 'volatile', id, target: sizeOrType };
    case Kind.CONST:
      return { kind: 'const', id, target: sizeOrType };
    case Kind.RESTRICT:
      return { kind: 'restrict', id, target: sizeOrType };
    case Kind.FUNC:
      return { kind: 'func', id, name, proto: sizeOrType, linkage: linkageName(infoLength(info)) };
    case Kind.FUNC_PROTO:
      return { kind: 'func_proto', id, returnType: sizeOrType, ...decodeParams(words, strings, at) };
    case Kind.VAR:
      return { kind: 'var', id, name, type: sizeOrType, linkage: linkageName(words[at + 3]!) };
    case Kind.DATASEC:
      return { kind: 'datasec', id, name, size: sizeOrType, variables: decodeVariables(words, at) };
    case Kind.FLOAT:
      return { kind: 'float', id, name, size: sizeOrType };
    case Kind.DECL_TAG:
      return { kind: 'decl_tag', id, name, target: sizeOrType, component: words[at + 3]! | 0 };
    case Kind.TYPE_TAG:
      return { kind: 'type_tag', id, name, target: sizeOrType };
    default:
      return { kind: 'unknown', id, name };
  }
}

function decodeInt(encoding: number, id: number, name: string, size: number): BtfType {
  return {
    kind: 'int',
    id,
    name,
    size,
    bits: encoding & 0xff,
    bitOffset: (encoding >>> 16) & 0xff,
    signed: (encoding & (1 << 24)) !== 0,
    char: (encoding & (2 << 24)) !== 0,
    bool: (encoding & (4 << 24)) !== 0,
  };
}

function decodeMembers(words: Uint32Array, strings: StringSection, at: number): Member[] {
  const info = words[at + 1]!;
  const hasBitSizes = infoFlag(info);
  const members: Member[] = [];
  const end = at + 3 + infoLength(info) * 3;
  for (let word = at + 3; word < end; word += 3) {
    const offset = words[word + 2]!;
    members.push({
      name: strings.text(words[word]!),
      type: words[word + 1]!,
      bitOffset: hasBitSizes ? offset & 0xffffff : offset,
      bitSize: hasBitSizes ? offset >>> 24 : 0,
    });
  }
  return members;
}

function decodeEnum(words: Uint32Array, strings: StringSection, at: number): EnumValue[] {
  const info = words[at + 1]!;
  const signed = infoFlag(info);
  const values: EnumValue[] = [];
  const end = at + 3 + infoLength(info) * 2;
  for (let word = at + 3; word < end; word += 2) {
    const value = words[word + 1]!;
    values.push({ name: strings.text(words[word]!), value: BigInt(signed ? value | 0 : value) });
  }
  return values;
}

function decodeEnum64(words: Uint32Array, strings: StringSection, at: number): EnumValue[] {
  const info = words[at + 1]!;
  const values: EnumValue[] = [];
  const end = at + 3 + infoLength(info) * 3;
  for (let word = at + 3; word < end; word += 3) {
    const value = (BigInt(words[word + 2]!) << 32n) | BigInt(words[word + 1]!);
    values.push({ name: strings.text(words[word]!), value: infoFlag(info) ? BigInt.asIntN(64, value) : value });
  }
  return values;
}

function decodeParams(words: Uint32Array, strings: StringSection, at: number): { params: Param[]; variadic: boolean } {
  const params: Param[] = [];
  const end = at + 3 + infoLength(words[at + 1]!) * 2;
  for (let word = at + 3; word < end; word += 2) {
    params.push({ name: strings.text(words[word]!), type: words[word + 1]! });
  }
  // A last parameter without name and type stands for `...`.
  const last = params.at(-1);
  const variadic = last !== undefined && last.name === '' && last.type === 0;
  if (variadic) params.pop();
  return { params, variadic };
}

function decodeVariables(words: Uint32Array, at: number): { type: number; offset: number; size: number }[] {
  const variables: { type: number; offset: number; size: number }[] = [];
  const end = at + 3 + infoLength(words[at + 1]!) * 3;
  for (let word = at + 3; word < end; word += 3) {
    variables.push({ type: words[word]!, offset: words[word + 1]!, size: words[word + 2]! });
  }
  return variables;
}

function linkageName(linkage: number): 'static' | 'global' | 'extern' {
  return linkage === 0 ? 'static' : linkage === 1 ? 'global' : 'extern';
}
