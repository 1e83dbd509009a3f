// Writes BTF for the programs that we load: the types of maps, of functions, of what the program's source names. Equal
// types get equal ids by construction, so there is nothing to deduplicate afterwards.

import { ByteWriter, highHalf, utf8Bytes } from '../base/bytes.ts';
import { assert } from '../base/error.ts';
import { BTF_HEADER_LENGTH, BTF_MAGIC, Kind } from './format.ts';
import type { EnumValue, Member, Param } from './types.ts';

/** A member to write; `bitSize` only for bit fields. */
export type MemberSpec = Omit<Member, 'bitSize'> & { readonly bitSize?: number };

/** What the bits of an integer mean. The kernel takes no combination of these: a `char` that has a sign is `signed`. */
export type IntEncoding = 'unsigned' | 'signed' | 'char' | 'bool';

const encodings: { readonly [encoding in IntEncoding]: number } = { unsigned: 0, signed: 1, char: 2, bool: 4 };

export type Linkage = 'static' | 'global' | 'extern';

const linkages: { readonly [linkage in Linkage]: number } = { static: 0, global: 1, extern: 2 };

/** Elements that one type can have on every kernel: 16 bits. */
const MAX_ELEMENTS = 0xffff;

export class BtfBuilder {
  readonly #records: (readonly number[] | undefined)[] = [];
  readonly #ids = new Map<string, number>();
  readonly #strings = new ByteWriter();
  readonly #stringOffsets = new Map<string, number>();

  constructor() {
    this.string('');
  }

  /** The number of type ids in use, void included. */
  get count(): number {
    return this.#records.length + 1;
  }

  int(name: string, size: number, encoding: IntEncoding = 'unsigned'): number {
    return this.#type(name, Kind.INT, 0, size, [(encodings[encoding] << 24) | (size * 8)]);
  }

  float(name: string, size: number): number {
    return this.#type(name, Kind.FLOAT, 0, size, []);
  }

  ptr(target: number): number {
    return this.#type('', Kind.PTR, 0, target, []);
  }

  array(element: number, length: number): number {
    // The kernel wants an integer as the type of the index; this is the name that compilers give it.
    const index = this.int('__ARRAY_SIZE_TYPE__', 4);
    return this.#type('', Kind.ARRAY, 0, 0, [element, index, length]);
  }

  struct(name: string, size: number, members: readonly MemberSpec[]): number {
    return this.#add(this.#aggregate(Kind.STRUCT, name, size, members));
  }

  union(name: string, size: number, members: readonly MemberSpec[]): number {
    return this.#add(this.#aggregate(Kind.UNION, name, size, members));
  }

  /** An id for a struct whose members refer to it; `defineStruct` must follow. */
  declareStruct(): number {
    this.#records.push(undefined);
    return this.#records.length;
  }

  defineStruct(id: number, name: string, size: number, members: readonly MemberSpec[]): void {
    assert(this.#records[id - 1] === undefined, `type ${id} is defined twice`);
    this.#records[id - 1] = this.#aggregate(Kind.STRUCT, name, size, members);
  }

  /** An enum of up to 4 bytes; of 8 it needs kernel 6.0. */
  enum(name: string, size: number, signed: boolean, values: readonly EnumValue[]): number {
    const wide = size === 8;
    const words = values.flatMap(({ name: text, value }) => {
      const low = Number(BigInt.asUintN(32, value));
      return wide ? [this.string(text), low, highHalf(value) >>> 0] : [this.string(text), low];
    });
    return this.#type(name, wide ? Kind.ENUM64 : Kind.ENUM, values.length, size, words, signed);
  }

  fwd(name: string, kind: 'struct' | 'union'): number {
    return this.#type(name, Kind.FWD, 0, 0, [], kind === 'union');
  }

  typedef(name: string, target: number): number {
    return this.#type(name, Kind.TYPEDEF, 0, target, []);
  }

  const(target: number): number {
    return this.#type('', Kind.CONST, 0, target, []);
  }

  volatile(target: number): number {
    return this.#type('', Kind.VOLATILE, 0, target, []);
  }

  restrict(target: number): number {
    return this.#type('', Kind.RESTRICT, 0, target, []);
  }

  /** Kernel 5.17. */
  typeTag(name: string, target: number): number {
    return this.#type(name, Kind.TYPE_TAG, 0, target, []);
  }

  /** Kernel 5.16. `component` is the member or parameter that is tagged, -1 the whole. */
  declTag(name: string, target: number, component = -1): number {
    return this.#type(name, Kind.DECL_TAG, 0, target, [component]);
  }

  funcProto(returnType: number, params: readonly Param[], variadic = false): number {
    const words = params.flatMap(({ name, type }) => [this.string(name), type]);
    if (variadic) words.push(0, 0);
    return this.#type('', Kind.FUNC_PROTO, words.length / 2, returnType, words);
  }

  /** A function; its linkage goes where other kinds have their number of elements. */
  func(name: string, proto: number, linkage: Linkage = 'static'): number {
    return this.#type(name, Kind.FUNC, linkages[linkage], proto, []);
  }

  var(name: string, type: number, linkage: Linkage = 'global'): number {
    return this.#type(name, Kind.VAR, 0, type, [linkages[linkage]]);
  }

  datasec(
    name: string,
    size: number,
    variables: readonly { readonly type: number; readonly offset: number; readonly size: number }[],
  ): number {
    const words = variables.flatMap((variable) => [variable.type, variable.offset, variable.size]);
    return this.#type(name, Kind.DATASEC, variables.length, size, words);
  }

  /** The offset of a text in the strings, for the records of line_info. */
  string(text: string): number {
    let offset = this.#stringOffsets.get(text);
    if (offset === undefined) {
      offset = this.#strings.length;
      // A NUL would cut the text and shift nothing: the rest would be unreachable.
      this.#strings.bytes(utf8Bytes(text.replaceAll('\0', ' '))).u8(0);
      this.#stringOffsets.set(text, offset);
    }
    return offset;
  }

  /** The bytes for BPF_BTF_LOAD or a `.BTF` section. */
  finish(): Uint8Array {
    const types = new ByteWriter();
    for (const [index, record] of this.#records.entries()) {
      assert(record, `type ${index + 1} was declared and never defined`);
      for (const word of record) types.u32(word >>> 0);
    }
    const strings = this.#strings.finish();
    return new ByteWriter(BTF_HEADER_LENGTH + types.length + strings.length)
      .u16(BTF_MAGIC)
      .u8(1)
      .u8(0)
      .u32(BTF_HEADER_LENGTH)
      .u32(0)
      .u32(types.length)
      .u32(types.length)
      .u32(strings.length)
      .bytes(types.finish())
      .bytes(strings)
      .finish();
  }

  #aggregate(kind: number, name: string, size: number, members: readonly MemberSpec[]): number[] {
    const hasBitFields = members.some(({ bitSize }) => bitSize);
    const words = members.flatMap(({ name: text, type, bitOffset, bitSize = 0 }) => {
      return [this.string(text), type, hasBitFields ? (bitSize << 24) | bitOffset : bitOffset];
    });
    return this.#record(name, kind, members.length, size, words, hasBitFields);
  }

  #type(
    name: string,
    kind: number,
    length: number,
    sizeOrType: number,
    words: readonly number[],
    flag = false,
  ): number {
    return this.#add(this.#record(name, kind, length, sizeOrType, words, flag));
  }

  #record(
    name: string,
    kind: number,
    length: number,
    sizeOrType: number,
    words: readonly number[],
    flag: boolean,
  ): number[] {
    assert(length <= MAX_ELEMENTS, `type '${name}' has ${length} elements`);
    const info = ((flag ? 1 : 0) << 31) | (kind << 24) | length;
    return [this.string(name), info, sizeOrType, ...words];
  }

  #add(record: readonly number[]): number {
    const key = record.join(',');
    let id = this.#ids.get(key);
    if (id === undefined) {
      this.#records.push(record);
      id = this.#records.length;
      this.#ids.set(key, id);
    }
    return id;
  }
}
