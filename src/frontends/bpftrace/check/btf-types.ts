// C types of the kernel as value types of the language. Structs stay names: their members are looked up when someone asks.
// A struct without a name of its own gets one that leads to it: `struct task_struct.se` is the type of that member.

import type { Btf, BtfType } from '../../../btf/index.ts';
import {
  type AddressSpace,
  arrayType,
  BOOL,
  INT64,
  intType,
  pointerType,
  stringType,
  type Type,
  type TypeOf,
  VOID,
} from '../../../image/index.ts';

type EnumOf = TypeOf<'enum'>;

/** Converts types of one Btf. */
export class BtfTypes {
  readonly btf: Btf;
  readonly #ids = new Map<string, number>();
  readonly #enums = new Map<number, EnumOf>();

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** The type of an id. `name` is what an anonymous struct there is called; pointers lead into `space` unless tagged. */
  convert(id: number, name: string, space: AddressSpace): Type {
    const alias = this.#alias(id);
    const type = this.btf.resolve(id);
    switch (type.kind) {
      case 'int':
        if (type.bool) return BOOL;
        return intType(type.size > 8 ? 8 : type.size, type.signed || (type.char && type.name === 'char'));
      case 'float':
        return type.size === 4 || type.size === 8 ? intType(type.size, false) : VOID;
      case 'enum':
        return this.enumType(type);
      case 'ptr':
        return pointerType(this.#pointee(type.target, name, space), this.#spaceOf(type.target, space));
      case 'array':
        return this.#array(type, name, space);
      case 'struct':
      case 'union':
        return this.#struct(type, alias ?? name);
      case 'fwd':
        return { kind: 'struct', name: `${type.union ? 'union' : 'struct'} ${type.name}`, size: 0 };
      case 'func_proto':
      case 'void':
        return VOID;
      default:
        return INT64;
    }
  }

  /** The id of a type by its C name: `struct path`, `enum x`, `size_t`, or a name made for an anonymous struct. */
  idOf(name: string): number | undefined {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const tagged = /^(struct|union|enum) (\w+)$/.exec(name);
    const found = tagged
      ? this.btf.find(tagged[2]!, tagged[1] as 'struct')
      : (this.btf.find(name, 'typedef') ?? this.btf.find(name, 'int'));
    return found?.id;
  }

  enumType(type: Extract<BtfType, { kind: 'enum' }>): EnumOf {
    let known = this.#enums.get(type.id);
    if (!known) {
      const name = type.name === '' ? 'enum' : `enum ${type.name}`;
      known = { kind: 'enum', name, size: type.size as 4, signed: type.signed, values: type.values };
      this.#enums.set(type.id, known);
    }
    return known;
  }

  #pointee(id: number, name: string, space: AddressSpace): Type {
    return this.convert(id, `${name}*`, space);
  }

  #array(type: Extract<BtfType, { kind: 'array' }>, name: string, space: AddressSpace): Type {
    const element = this.btf.resolve(type.element);
    // What C calls char holds text; what it calls u8 holds bytes.
    if (element.kind === 'int' && element.name === 'char' && type.length > 0) return stringType(type.length);
    return arrayType(this.convert(type.element, `${name}[]`, space), type.length);
  }

  #struct(type: Extract<BtfType, { kind: 'struct' | 'union' }>, name: string): Type {
    const full = type.name === '' ? name : `${type.kind} ${type.name}`;
    if (type.name === '') this.#ids.set(full, type.id);
    return { kind: 'struct', name: full, size: type.size };
  }

  /** The first typedef's name on the way to the type. */
  #alias(id: number): string | undefined {
    const type = this.btf.type(id);
    if (type.kind === 'typedef') return type.name;
    return 'target' in type && type.kind !== 'ptr' && type.kind !== 'decl_tag' ? this.#alias(type.target) : undefined;
  }

  /** `__user` and `__percpu` are tags on what the pointer leads to. */
  #spaceOf(target: number, space: AddressSpace): AddressSpace {
    for (let type = this.btf.type(target); 'target' in type && type.kind !== 'ptr' && type.kind !== 'decl_tag'; ) {
      if (type.kind === 'type_tag' && type.name === 'user') return 'user';
      type = this.btf.type(type.target);
    }
    return space;
  }
}
