// The BTF reader. Opening indexes nothing but where each type starts; types are decoded and names are hashed when
// someone asks, because a run touches a handful of the kernel's 126,000 types.

import { TraceError } from '../base/error.ts';
import { decodeType } from './decode.ts';
import {
  BTF_HEADER_LENGTH,
  BTF_MAGIC,
  elementLength,
  fixedLength,
  infoKind,
  infoLength,
  Kind,
  kindNames,
} from './format.ts';
import { findMember, findPath, listMembers } from './member.ts';
import { NameIndex } from './name-index.ts';
import { StringSection } from './strings.ts';
import type {
  BtfFunction,
  BtfKind,
  BtfType,
  EnumType,
  FuncProtoType,
  MemberLocation,
  Param,
  TypeOfKind,
} from './types.ts';

const VOID: BtfType = { kind: 'void', id: 0 };
const POINTER_SIZE = 8;

/** Whether a type of this kind number has a name that people look for. */
const isNamedKind = (kind: number): boolean =>
  kind !== Kind.FUNC && kind !== Kind.DECL_TAG && kind !== Kind.TYPE_TAG && kind !== Kind.FUNC_PROTO;

/** An enumerator with the enum that declares it. */
export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
  readonly enum: EnumType;
}

/** The types of a kernel, a module or an object file. */
export class Btf {
  /** What the ids and strings of split BTF continue. */
  readonly base: Btf | undefined;
  /** Number of type ids, those of the base and void included: ids are 0 to count - 1. */
  readonly count: number;

  readonly #words: Uint32Array;
  readonly #strings: StringSection;
  readonly #starts: Uint32Array;
  readonly #firstId: number;
  readonly #types = new Map<number, BtfType>();
  #typeNames: NameIndex | undefined;
  #functionNames: NameIndex | undefined;
  #enumeratorNames: NameIndex | undefined;

  private constructor(sections: Sections, base: Btf | undefined) {
    this.base = base;
    this.#words = sections.words;
    this.#strings = new StringSection(sections.strings, base ? base.#strings : undefined);
    this.#firstId = base ? base.count : 1;
    this.#starts = indexTypes(sections);
    this.count = this.#firstId + this.#starts.length;
  }

  /** Opens BTF; `base` is what split BTF (of a module) was split from. */
  static parse(bytes: Uint8Array, base?: Btf): Btf {
    return new Btf(readHeader(bytes), base);
  }

  /** The type with an id. */
  type(id: number): BtfType {
    if (id === 0) return VOID;
    if (id < this.#firstId && this.base) return this.base.type(id);
    const known = this.#types.get(id);
    if (known) return known;
    const start = this.#starts[id - this.#firstId];
    if (start === undefined) throw malformed(`there is no type ${id}`);
    const type = decodeType(this.#words, this.#strings, id, start);
    this.#types.set(id, type);
    return type;
  }

  /** The kind of a type, without decoding it. */
  kindOf(id: number): BtfKind {
    if (id === 0) return 'void';
    if (id < this.#firstId && this.base) return this.base.kindOf(id);
    const start = this.#starts[id - this.#firstId];
    if (start === undefined) throw malformed(`there is no type ${id}`);
    return kindNames[infoKind(this.#words[start + 1]!)] ?? 'unknown';
  }

  /** The first type of that kind and name; in split BTF the module's own before the base's. */
  find<K extends BtfKind>(name: string, kind: K): TypeOfKind<K> | undefined {
    for (const id of this.#idsOf(name, kind)) return this.type(id) as TypeOfKind<K>;
    return this.base?.find(name, kind);
  }

  /** Every type of that kind and name, in the order of ids, the base's last. */
  findAll<K extends BtfKind>(name: string, kind: K): TypeOfKind<K>[] {
    const found: TypeOfKind<K>[] = [];
    for (const id of this.#idsOf(name, kind)) found.push(this.type(id) as TypeOfKind<K>);
    return this.base ? found.concat(this.base.findAll(name, kind)) : found;
  }

  /** The ids of all types of a kind in the order of ids; without those of the base. */
  *ids(kind: BtfKind): Generator<number> {
    for (let index = 0; index < this.#starts.length; index++) {
      const number = infoKind(this.#words[this.#starts[index]! + 1]!);
      if ((kindNames[number] ?? 'unknown') === kind) yield this.#firstId + index;
    }
  }

  /** The names of all types of a kind in the order of ids; without anonymous ones and without those of the base. */
  *names(kind: BtfKind): Generator<string> {
    for (let index = 0; index < this.#starts.length; index++) {
      const start = this.#starts[index]!;
      const nameOffset = this.#words[start]!;
      if (nameOffset === 0 || kindNames[infoKind(this.#words[start + 1]!)] !== kind) continue;
      yield this.#strings.decode(nameOffset);
    }
  }

  /** The type behind typedefs, qualifiers and type tags. */
  resolve(id: number): BtfType {
    let type = this.type(id);
    // A chain longer than this is a cycle in malformed BTF.
    for (let steps = 0; steps < 64; steps++) {
      if (!isAlias(type)) return type;
      type = this.type(type.target);
    }
    throw malformed(`type ${id} refers to itself`);
  }

  /** Size in bytes; 0 for what has none (void, functions, forward declarations). */
  sizeOf(id: number): number {
    const type = this.resolve(id);
    switch (type.kind) {
      case 'int':
      case 'float':
      case 'struct':
      case 'union':
      case 'enum':
      case 'datasec':
        return type.size;
      case 'ptr':
        return POINTER_SIZE;
      case 'array':
        return type.length * this.sizeOf(type.element);
      case 'var':
        return this.sizeOf(type.type);
      default:
        return 0;
    }
  }

  /** The member of a struct or union, looked for in its anonymous structs and unions too. */
  member(structId: number, name: string): MemberLocation | undefined {
    return findMember(this, structId, name);
  }

  /** What a path such as `a.b[2].c` leads to without following a pointer. */
  path(structId: number, path: string): MemberLocation | undefined {
    return findPath(this, structId, path);
  }

  /** The members that can be named, those of anonymous structs and unions included, in the order of declaration. */
  members(structId: number): MemberLocation[] {
    return listMembers(this, structId);
  }

  /** The value of an enumerator of any enum. */
  enumValue(name: string): bigint | undefined {
    return this.enumerator(name)?.value;
  }

  /** The first enumerator of that name, with its enum. */
  enumerator(name: string): Enumerator | undefined {
    this.#enumeratorNames ??= this.#indexEnumerators();
    for (const id of this.#enumeratorNames.find(name)) {
      const type = this.type(id) as EnumType;
      const found = type.values.find((value) => value.name === name);
      if (found) return { name, value: found.value, enum: type };
    }
    return this.base?.enumerator(name);
  }

  /** The function of that name with its parameters. */
  func(name: string): BtfFunction | undefined {
    const type = this.find(name, 'func');
    const proto = type && this.prototypeOf(type.id);
    if (!proto) return undefined;
    return { id: type.id, name, returnType: proto.returnType, params: proto.params, variadic: proto.variadic };
  }

  /** The parameters of a function by its name. */
  functionParams(name: string): readonly Param[] | undefined {
    return this.func(name)?.params;
  }

  /** The prototype of a function, of a function type, or behind pointers to one (such as `btf_trace_sched_switch`). */
  prototypeOf(id: number): FuncProtoType | undefined {
    const type = this.resolve(id);
    if (type.kind === 'func_proto') return type;
    if (type.kind === 'func') return this.prototypeOf(type.proto);
    if (type.kind === 'ptr') return this.prototypeOf(type.target);
    return undefined;
  }

  #idsOf(name: string, kind: BtfKind): number[] {
    if (name === '') return [];
    return this.#namesOf(kind)
      .find(name)
      .filter((id) => this.kindOf(id) === kind);
  }

  /** Functions have an index of their own: they are three quarters of all names, and most runs ask for none. */
  #namesOf(kind: BtfKind): NameIndex {
    if (kind === 'func') {
      this.#functionNames ??= this.#indexNames((number) => number === Kind.FUNC);
      return this.#functionNames;
    }
    this.#typeNames ??= this.#indexNames(isNamedKind);
    return this.#typeNames;
  }

  #indexNames(wanted: (kind: number) => boolean): NameIndex {
    const words = this.#words;
    const isWanted = Uint8Array.from({ length: 128 }, (_, kind) => Number(wanted(kind)));
    const indices: number[] = [];
    for (let index = 0; index < this.#starts.length; index++) {
      const start = this.#starts[index]!;
      if (words[start] !== 0 && isWanted[infoKind(words[start + 1]!)] === 1) indices.push(index);
    }
    const names = new NameIndex(this.#strings, indices.length);
    for (const index of indices) names.add(words[this.#starts[index]!]!, this.#firstId + index);
    return names;
  }

  #indexEnumerators(): NameIndex {
    const words = this.#words;
    const pairs: number[] = [];
    for (let index = 0; index < this.#starts.length; index++) {
      const start = this.#starts[index]!;
      const kind = infoKind(words[start + 1]!);
      if (kind !== Kind.ENUM && kind !== Kind.ENUM64) continue;
      const step = elementLength[kind]! / 4;
      const end = start + 3 + infoLength(words[start + 1]!) * step;
      for (let word = start + 3; word < end; word += step) pairs.push(words[word]!, this.#firstId + index);
    }
    const names = new NameIndex(this.#strings, pairs.length / 2);
    for (let at = 0; at < pairs.length; at += 2) names.add(pairs[at]!, pairs[at + 1]!);
    return names;
  }
}

interface Sections {
  readonly words: Uint32Array;
  readonly strings: Uint8Array;
  /** Bytes behind the common part of kinds that this reader does not know: fixed part and part for each element. */
  readonly layouts: readonly { readonly fixed: number; readonly element: number }[];
}

function readHeader(bytes: Uint8Array): Sections {
  if (bytes.length < BTF_HEADER_LENGTH) throw malformed('it is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint16(0, true);
  if (magic === 0x9feb) throw malformed('it is big-endian');
  if (magic !== BTF_MAGIC) throw malformed('it does not start with the magic number');
  if (view.getUint8(2) !== 1) throw malformed(`its version is ${view.getUint8(2)}, not 1`);
  const headerLength = view.getUint32(4, true);
  const section = (at: number): Uint8Array => {
    const start = headerLength + view.getUint32(at, true);
    const end = start + view.getUint32(at + 4, true);
    if (end > bytes.length) throw malformed('a section ends behind the last byte');
    return bytes.subarray(start, end);
  };
  const types = section(8);
  const layouts = headerLength >= 32 ? readLayouts(section(24)) : [];
  return { words: asWords(types), strings: section(16), layouts };
}

/** The table of the header that says how long types of each kind are, four bytes a kind (kernel 7.0). */
function readLayouts(table: Uint8Array): { fixed: number; element: number }[] {
  const layouts: { fixed: number; element: number }[] = [];
  for (let at = 0; at + 4 <= table.length; at += 4) layouts.push({ fixed: table[at]!, element: table[at + 1]! });
  return layouts;
}

function asWords(types: Uint8Array): Uint32Array {
  const aligned = types.byteOffset % 4 === 0 ? types : types.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
}

/** The word at which each type starts. The only pass over all types that opening makes: 1 to 2 ms for a kernel. */
function indexTypes({ words, layouts }: Sections): Uint32Array {
  const kinds = Math.max(fixedLength.length, layouts.length);
  const fixedWords = new Int32Array(kinds);
  const elementWords = new Int32Array(kinds);
  for (let kind = 0; kind < kinds; kind++) {
    fixedWords[kind] = (fixedLength[kind] ?? layouts[kind]!.fixed) >> 2;
    elementWords[kind] = (elementLength[kind] ?? layouts[kind]!.element) >> 2;
  }
  const starts = new Uint32Array(Math.floor(words.length / 3));
  let count = 0;
  let at = 0;
  while (at + 3 <= words.length) {
    const info = words[at + 1]!;
    const kind = infoKind(info);
    if (kind === 0 || kind >= kinds) throw malformed(`a type is of the unknown kind ${kind}`);
    starts[count++] = at;
    // Of kinds that use vlen for something else (FUNC: linkage) the element part is zero.
    at += 3 + fixedWords[kind]! + elementWords[kind]! * infoLength(info);
  }
  if (at !== words.length) throw malformed('the last type is cut off');
  return starts.slice(0, count);
}

function isAlias(type: BtfType): type is Extract<BtfType, { target: number }> {
  return (
    type.kind === 'typedef' ||
    type.kind === 'const' ||
    type.kind === 'volatile' ||
    type.kind === 'restrict' ||
    type.kind === 'type_tag'
  );
}

function malformed(reason: string): TraceError {
  return new TraceError('ERR_BTF_MALFORMED', `the BTF cannot be read: ${reason}`);
}
