// C types by name: those that the script defines, then those of the kernel's BTF.

import { nearest } from '../../../base/text.ts';
import type { Btf } from '../../../btf/index.ts';
import { type AddressSpace, arrayType, sizeOf, type Type, type TypeOf } from '../../../image/index.ts';
import { BtfTypes } from './btf-types.ts';
import type { TypeInfo } from './types.ts';

/** A member of a struct or union. */
export interface CMember {
  readonly type: Type;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** For a bit field: its place inside the integer read at `offset`. */
  readonly bits?: { readonly shift: number; readonly width: number };
  /** The layout is the kernel's, so that the offset is looked up again where the program is loaded. */
  readonly relocatable: boolean;
}

/** The types and constants that the script defines in C. */
export interface ScriptTypes {
  type(name: string, space: AddressSpace): Type | undefined;
  member(structName: string, member: string, space: AddressSpace): CMember | undefined;
  memberNames(structName: string): readonly string[] | undefined;
  /** A `#define` or an enumerator. */
  constant(name: string): bigint | string | TypeInfo | undefined;
  typeNames(): Iterable<string>;
}

export class CTypes {
  readonly #btf: () => Btf | undefined;
  readonly #script: ScriptTypes | undefined;
  #types: BtfTypes | undefined;
  readonly #modules: BtfTypes[] = [];
  readonly #records = new Map<string, Type>();

  /** `btf` is asked only when the script's own definitions do not know a name. */
  constructor(btf: () => Btf | undefined, script: ScriptTypes | undefined) {
    this.#btf = btf;
    this.#script = script;
  }

  get btf(): BtfTypes | undefined {
    if (!this.#types) {
      const btf = this.#btf();
      if (btf) this.#types = new BtfTypes(btf);
    }
    return this.#types;
  }

  /** Converts types of one BTF; that of a module is looked into for names from then on. */
  typesOf(btf: Btf): BtfTypes {
    if (this.btf?.btf === btf) return this.btf;
    let types = this.#modules.find((one) => one.btf === btf);
    if (!types) {
      types = new BtfTypes(btf);
      this.#modules.push(types);
    }
    return types;
  }

  /** The BTF that has a type of that name, and its id there. */
  #find(name: string): { readonly types: BtfTypes; readonly id: number } | undefined {
    for (const types of [this.btf, ...this.#modules]) {
      const id = types?.idOf(name);
      if (types && id !== undefined) return { types, id };
    }
    return undefined;
  }

  /** The type that a C name stands for. */
  named(name: string, space: AddressSpace): Type | undefined {
    const own = this.#script?.type(name, space);
    if (own) return own;
    const found = this.#find(name);
    return found?.types.convert(found.id, name, space);
  }

  member(structName: string, member: string, space: AddressSpace): CMember | undefined {
    const own = this.#script?.member(structName, member, space);
    if (own) return own;
    const found = this.#find(structName);
    const location = found?.types.btf.member(found.id, member);
    if (!found || !location) return undefined;
    const type = found.types.convert(location.type, `${structName}.${member}`, space);
    const relocatable = !/[.*[]/.test(structName);
    if (location.bitSize === 0) return { type, offset: location.bitOffset / 8, relocatable };
    return { type, ...bitPlace(type, location.bitOffset, location.bitSize), relocatable };
  }

  /** The names of a struct's members; undefined when there is no such struct. */
  memberNames(structName: string): readonly string[] | undefined {
    const own = this.#script?.memberNames(structName);
    if (own) return own;
    const found = this.#find(structName);
    if (!found) return undefined;
    const { btf } = found.types;
    const { kind } = btf.resolve(found.id);
    return kind === 'struct' || kind === 'union' ? btf.members(found.id).map((member) => member.name) : undefined;
  }

  /**
   * The type that a value has once it is copied: a struct becomes a record with the members of C, so that it can be printed
   * and looked into wherever it travels.
   */
  copied(type: Type): Type {
    if (type.kind === 'array' && type.element.kind === 'struct')
      return arrayType(this.copied(type.element), type.length);
    if (isArgs(type)) return type.to;
    if (type.kind !== 'struct') return type;
    const known = this.#records.get(type.name);
    if (known) return known;
    const fields = (this.memberNames(type.name) ?? []).map((name) => {
      const { type: member, offset, bits } = this.member(type.name, name, 'kernel')!;
      return { name, type: this.copied(member), offset, ...(bits ? { bits } : {}) };
    });
    const record: Type = { kind: 'record', name: type.name, fields, size: this.sizeOf(type), align: 8 };
    this.#records.set(type.name, record);
    return record;
  }

  /** Bytes of a value; of a struct that was only declared where it was named, those of its definition. */
  sizeOf(type: Type): number {
    if (type.kind !== 'struct' || type.size !== 0) return sizeOf(type);
    const full = this.named(type.name, 'none');
    return full ? sizeOf(full) : 0;
  }

  /** An enumerator or a constant of the preprocessor. */
  constant(name: string): bigint | string | TypeInfo | undefined {
    const own = this.#script?.constant(name);
    if (own !== undefined) return own;
    const found = this.btf?.btf.enumerator(name);
    return found && { type: this.btf!.enumType(found.enum), constant: found.value };
  }

  /** The struct, union or enum that was probably meant. */
  nearest(name: string): string | undefined {
    const [tag, wanted] = name.split(' ') as [string, string];
    const own = nearest(name, this.#script?.typeNames() ?? []);
    if (own || !this.btf) return own;
    const meant = nearest(wanted, this.btf.btf.names(tag as 'struct'));
    return meant && `${tag} ${meant}`;
  }
}

/** The type of `args`: a pointer to a record whose fields are read from the context. */
export function isArgs(type: Type): type is TypeOf<'pointer'> & { readonly to: TypeOf<'record'> } {
  return type.kind === 'pointer' && type.to.kind === 'record' && type.space === 'context';
}

/** A bit field is read through the smallest aligned integer that holds it. */
export function bitPlace(
  type: Type,
  bitOffset: number,
  width: number,
): Pick<CMember, 'offset' | 'bits'> & { bits: object } {
  const unit = Math.max(1, sizeOf(type)) * 8;
  const start = Math.floor(bitOffset / unit) * unit;
  return { offset: start / 8, bits: { shift: bitOffset - start, width } };
}
