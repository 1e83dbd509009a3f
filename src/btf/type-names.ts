// Types and enumerators by name. The first few look-ups walk over all types, which takes under a millisecond each; whoever
// asks more often gets an index. A one-liner asks for two or three, and an index costs 5 ms of its start.

import { utf8Bytes } from '../base/bytes.ts';
import { elementLength, infoLength, Kind, kindNames } from './format.ts';
import { NameIndex } from './name-index.ts';
import type { TypeSection } from './open.ts';
import type { StringSection } from './strings.ts';
import type { BtfKind } from './types.ts';

const WALKS_BEFORE_INDEX = 4;

/** Kinds whose names are not for finding. */
const unnamed: readonly number[] = [Kind.FUNC_PROTO, Kind.DECL_TAG, Kind.TYPE_TAG];

export class TypeNames {
  readonly #types: TypeSection;
  readonly #strings: StringSection;
  /** Functions have an index of their own: they are three quarters of all names, and many runs ask for none. */
  readonly #functions: Lookup;
  readonly #others: Lookup;
  #enumerators: NameIndex | undefined;
  #enumeratorWalks = 0;

  constructor(types: TypeSection, strings: StringSection) {
    this.#types = types;
    this.#strings = strings;
    this.#functions = new Lookup(types, strings, (kind) => kind === Kind.FUNC);
    this.#others = new Lookup(types, strings, (kind) => kind !== Kind.FUNC && !unnamed.includes(kind));
  }

  /** The indices of the types of that kind and name, ascending. */
  find(name: string, kind: BtfKind): number[] {
    if (name === '') return [];
    const wanted = kindNumbers((number) => (kindNames[number] ?? 'unknown') === kind);
    return (kind === 'func' ? this.#functions : this.#others).find(utf8Bytes(name), wanted);
  }

  /** The indices of the enums that have an enumerator of that name, ascending. */
  findEnumerator(name: string): number[] {
    const bytes = utf8Bytes(name);
    if (this.#enumerators === undefined && this.#enumeratorWalks++ < WALKS_BEFORE_INDEX) {
      const found: number[] = [];
      this.#eachEnumerator((nameOffset, index) => {
        if (this.#strings.equals(nameOffset, bytes)) found.push(index);
      });
      return found;
    }
    this.#enumerators ??= this.#indexEnumerators();
    return this.#enumerators.find(bytes);
  }

  #indexEnumerators(): NameIndex {
    let count = 0;
    this.#eachEnumerator(() => count++);
    const names = new NameIndex(this.#strings, count);
    this.#eachEnumerator((nameOffset, index) => names.add(nameOffset, index));
    return names;
  }

  #eachEnumerator(visit: (nameOffset: number, index: number) => void): void {
    const { words, starts, kinds } = this.#types;
    for (let index = 0; index < starts.length; index++) {
      const kind = kinds[index]!;
      if (kind !== Kind.ENUM && kind !== Kind.ENUM64) continue;
      const start = starts[index]!;
      const step = elementLength[kind]! / 4;
      const end = start + 3 + infoLength(words[start + 1]!) * step;
      for (let word = start + 3; word < end; word += step) visit(words[word]!, index);
    }
  }
}

/** The types of some kinds by name. */
class Lookup {
  readonly #types: TypeSection;
  readonly #strings: StringSection;
  readonly #covered: Uint8Array;
  #walks = 0;
  #index: NameIndex | undefined;

  constructor(types: TypeSection, strings: StringSection, covers: (kind: number) => boolean) {
    this.#types = types;
    this.#strings = strings;
    this.#covered = kindNumbers(covers);
  }

  find(name: Uint8Array, wanted: Uint8Array): number[] {
    if (this.#index === undefined && this.#walks++ < WALKS_BEFORE_INDEX) return this.#walk(name, wanted);
    this.#index ??= this.#build();
    return this.#index.find(name).filter((index) => wanted[this.#types.kinds[index]!] === 1);
  }

  #walk(name: Uint8Array, wanted: Uint8Array): number[] {
    const { words, starts, kinds } = this.#types;
    const strings = this.#strings;
    const found: number[] = [];
    for (let index = 0; index < starts.length; index++) {
      if (wanted[kinds[index]!] === 1 && strings.equals(words[starts[index]!]!, name)) found.push(index);
    }
    return found;
  }

  #build(): NameIndex {
    const { words, starts, kinds } = this.#types;
    const covered = this.#covered;
    let count = 0;
    for (let index = 0; index < kinds.length; index++) count += covered[kinds[index]!]!;
    const names = new NameIndex(this.#strings, count);
    for (let index = 0; index < starts.length; index++) {
      const nameOffset = words[starts[index]!]!;
      if (covered[kinds[index]!] === 1 && nameOffset !== 0) names.add(nameOffset, index);
    }
    return names;
  }
}

/** A table of kind numbers with 1 for those that are meant. */
function kindNumbers(means: (kind: number) => boolean): Uint8Array {
  const table = new Uint8Array(128);
  for (let kind = 1; kind < table.length; kind++) table[kind] = means(kind) ? 1 : 0;
  return table;
}
