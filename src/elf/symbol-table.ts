// A symbol table kept as the bytes of the file: large programs have hundreds of thousands of symbols, and a run asks for
// a few. Names are compared in place, and strings are made only of what is given out.

import { cString, utf8Bytes } from '../base/bytes.ts';
import {
  type ElfSymbol,
  SHN_LORESERVE,
  SHN_UNDEF,
  SymbolBinding,
  type SymbolBindingName,
  type SymbolKind,
  SymbolType,
} from './format.ts';

const NUL = 0;
const AT = 0x40;

export class SymbolTable {
  readonly count: number;
  readonly #view: DataView;
  readonly #strings: Uint8Array;
  readonly #is64: boolean;
  readonly #entrySize: number;

  constructor(entries: Uint8Array, strings: Uint8Array, is64: boolean) {
    this.#view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
    this.#strings = strings;
    this.#is64 = is64;
    this.#entrySize = is64 ? 24 : 16;
    this.count = Math.floor(entries.length / this.#entrySize);
  }

  /** STT_* of a symbol. */
  type(index: number): number {
    return this.#view.getUint8(index * this.#entrySize + (this.#is64 ? 4 : 12)) & 0xf;
  }

  /** STB_* of a symbol. */
  binding(index: number): number {
    return this.#view.getUint8(index * this.#entrySize + (this.#is64 ? 4 : 12)) >> 4;
  }

  section(index: number): number {
    return this.#view.getUint16(index * this.#entrySize + (this.#is64 ? 6 : 14), true);
  }

  /** Whether the symbol lies in a section of this file. */
  isDefined(index: number): boolean {
    const section = this.section(index);
    // 0xffff says that the index did not fit and is kept elsewhere.
    return section !== SHN_UNDEF && (section < SHN_LORESERVE || section === 0xffff);
  }

  address(index: number): bigint {
    const at = index * this.#entrySize;
    return this.#is64 ? this.#view.getBigUint64(at + 8, true) : BigInt(this.#view.getUint32(at + 4, true));
  }

  /** The distance of the address from another, exact when both are less than 2^53 apart. */
  distance(index: number, from: { readonly high: number; readonly low: number }): number {
    const at = index * this.#entrySize;
    if (!this.#is64) return this.#view.getUint32(at + 4, true) - from.low;
    return (
      (this.#view.getUint32(at + 12, true) - from.high) * 0x1_0000_0000 + this.#view.getUint32(at + 8, true) - from.low
    );
  }

  size(index: number): number {
    const at = index * this.#entrySize;
    if (!this.#is64) return this.#view.getUint32(at + 8, true);
    return this.#view.getUint32(at + 20, true) * 0x1_0000_0000 + this.#view.getUint32(at + 16, true);
  }

  /** The name without a version. */
  name(index: number): string {
    const start = this.#nameOffset(index);
    return cString(this.#strings, start, this.#nameEnd(start));
  }

  symbol(index: number): ElfSymbol {
    return {
      name: this.name(index),
      address: this.address(index),
      size: this.size(index),
      kind: kindName(this.type(index)),
      binding: bindingName(this.binding(index)),
      section: this.section(index),
    };
  }

  /** The indices of the symbols of that name. */
  find(name: string): number[] {
    const bytes = utf8Bytes(name);
    const found: number[] = [];
    for (let index = 0; index < this.count; index++) {
      if (this.#hasName(this.#nameOffset(index), bytes)) found.push(index);
    }
    return found;
  }

  #nameOffset(index: number): number {
    return this.#view.getUint32(index * this.#entrySize, true);
  }

  #hasName(start: number, name: Uint8Array): boolean {
    for (let at = 0; at < name.length; at++) if (this.#strings[start + at] !== name[at]) return false;
    const after = this.#strings[start + name.length];
    return after === NUL || after === AT;
  }

  #nameEnd(start: number): number {
    let end = start;
    while (end < this.#strings.length && this.#strings[end] !== NUL && this.#strings[end] !== AT) end++;
    // Names that start with the sign, such as those of some linkers' stubs, have no version.
    return end === start ? this.#strings.length : end;
  }
}

function kindName(type: number): SymbolKind {
  if (type === SymbolType.FUNC) return 'function';
  if (type === SymbolType.OBJECT) return 'object';
  return type === SymbolType.GNU_IFUNC ? 'indirect-function' : 'other';
}

function bindingName(binding: number): SymbolBindingName {
  if (binding === SymbolBinding.LOCAL) return 'local';
  return binding === SymbolBinding.WEAK ? 'weak' : 'global';
}
