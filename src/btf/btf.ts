// The BTF reader. Opening indexes nothing but where each type starts; types are decoded and names are hashed when
// someone asks, because a run touches a handful of the kernel's 126,000 types.

import { decodeType } from './decode.ts';
import { kindNames } from './format.ts';
import { findMember, findPath, listMembers } from './member.ts';
import { malformedBtf, openBtf, type TypeSection } from './open.ts';
import { StringSection } from './strings.ts';
import { TypeNames } from './type-names.ts';
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
/** A longer chain of types that refer to the next is a cycle in malformed BTF. */
const MAX_CHAIN = 64;

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

  readonly #section: TypeSection;
  readonly #strings: StringSection;
  readonly #names: TypeNames;
  readonly #firstId: number;
  readonly #types = new Map<number, BtfType>();

  private constructor(bytes: Uint8Array, base: Btf | undefined) {
    const { types, strings } = openBtf(bytes);
    this.base = base;
    this.#section = types;
    this.#strings = new StringSection(strings, base ? base.#strings : undefined);
    this.#names = new TypeNames(types, this.#strings);
    this.#firstId = base ? base.count : 1;
    this.count = this.#firstId + types.starts.length;
  }

  /** Opens BTF; `base` is what split BTF (of a module) was split from. */
  static parse(bytes: Uint8Array, base?: Btf): Btf {
    return new Btf(bytes, base);
  }

  /** The type with an id. */
  type(id: number): BtfType {
    if (id === 0) return VOID;
    if (id < this.#firstId && this.base) return this.base.type(id);
    const known = this.#types.get(id);
    if (known) return known;
    const start = this.#section.starts[id - this.#firstId];
    if (start === undefined) throw malformedBtf(`there is no type ${id}`);
    const type = decodeType(this.#section.words, this.#strings, id, start);
    this.#types.set(id, type);
    return type;
  }

  /** The kind of a type, without decoding it. */
  kindOf(id: number): BtfKind {
    if (id === 0) return 'void';
    if (id < this.#firstId && this.base) return this.base.kindOf(id);
    const kind = this.#section.kinds[id - this.#firstId];
    if (kind === undefined) throw malformedBtf(`there is no type ${id}`);
    return kindNames[kind] ?? 'unknown';
  }

  /** The first type of that kind and name; in split BTF the module's own before the base's. */
  find<K extends BtfKind>(name: string, kind: K): TypeOfKind<K> | undefined {
    const index = this.#names.find(name, kind)[0];
    return index === undefined ? this.base?.find(name, kind) : (this.type(this.#firstId + index) as TypeOfKind<K>);
  }

  /** Every type of that kind and name, in the order of ids, the base's last. */
  findAll<K extends BtfKind>(name: string, kind: K): TypeOfKind<K>[] {
    const found = this.#names.find(name, kind).map((index) => this.type(this.#firstId + index) as TypeOfKind<K>);
    return this.base ? found.concat(this.base.findAll(name, kind)) : found;
  }

  /** The ids of all types of a kind in the order of ids; without those of the base. */
  *ids(kind: BtfKind): Generator<number> {
    const { kinds } = this.#section;
    for (let index = 0; index < kinds.length; index++) {
      if ((kindNames[kinds[index]!] ?? 'unknown') === kind) yield this.#firstId + index;
    }
  }

  /** The names of all types of a kind in the order of ids; without anonymous ones and without those of the base. */
  *names(kind: BtfKind): Generator<string> {
    const { words, starts, kinds } = this.#section;
    for (let index = 0; index < kinds.length; index++) {
      if (kindNames[kinds[index]!] !== kind) continue;
      const nameOffset = words[starts[index]!]!;
      if (nameOffset !== 0) yield this.#strings.decode(nameOffset);
    }
  }

  /** The type behind typedefs, qualifiers and type tags. */
  resolve(id: number): BtfType {
    let type = this.type(id);
    for (let steps = 0; steps < MAX_CHAIN; steps++) {
      if (!isAlias(type)) return type;
      type = this.type(type.target);
    }
    throw malformedBtf(`type ${id} refers to itself`);
  }

  /** Size in bytes; 0 for what has none (void, functions, forward declarations). */
  sizeOf(id: number): number {
    let type = this.resolve(id);
    let count = 1;
    for (let steps = 0; steps < MAX_CHAIN; steps++) {
      if (type.kind === 'array') {
        count *= type.length;
        type = this.resolve(type.element);
      } else if (type.kind === 'var') {
        type = this.resolve(type.type);
      } else {
        return count * ownSize(type);
      }
    }
    throw malformedBtf(`type ${id} contains itself`);
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
    for (const index of this.#names.findEnumerator(name)) {
      const type = this.type(this.#firstId + index) as EnumType;
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

function ownSize(type: BtfType): number {
  if (type.kind === 'ptr') return POINTER_SIZE;
  return 'size' in type ? type.size : 0;
}
