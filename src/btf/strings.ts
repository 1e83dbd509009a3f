// The string section of BTF, and the one of the base before it in split BTF: offsets count through both.

import { cString } from '../base/bytes.ts';

export class StringSection {
  readonly #bytes: Uint8Array;
  readonly #first: number;
  readonly #base: StringSection | undefined;
  readonly #texts = new Map<number, string>();

  constructor(bytes: Uint8Array, base?: StringSection) {
    this.#bytes = bytes;
    this.#base = base;
    this.#first = base ? base.end : 0;
  }

  /** The first offset behind these strings, where those of split BTF continue. */
  get end(): number {
    return this.#first + this.#bytes.length;
  }

  /** The text at an offset; each is decoded once. */
  text(offset: number): string {
    if (offset < this.#first) return this.#base!.text(offset);
    const known = this.#texts.get(offset);
    if (known !== undefined) return known;
    const text = this.decode(offset);
    this.#texts.set(offset, text);
    return text;
  }

  /** The text at an offset for those who read each once. */
  decode(offset: number): string {
    if (offset < this.#first) return this.#base!.decode(offset);
    return cString(this.#bytes, offset - this.#first);
  }

  /** FNV-1a over the bytes of the text at an offset. */
  hash(offset: number): number {
    if (offset < this.#first) return this.#base!.hash(offset);
    const bytes = this.#bytes;
    let hash = 0x811c9dc5 | 0;
    for (let at = offset - this.#first; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === 0) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    return hash >>> 0;
  }

  equals(offset: number, name: Uint8Array): boolean {
    if (offset < this.#first) return this.#base!.equals(offset, name);
    const start = offset - this.#first;
    if (this.#bytes[start + name.length] !== 0) return false;
    for (let at = 0; at < name.length; at++) if (this.#bytes[start + at] !== name[at]) return false;
    return true;
  }
}

/** FNV-1a over all bytes of a name. */
export function hashName(name: Uint8Array): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name[at]!, 0x01000193);
  return hash >>> 0;
}
