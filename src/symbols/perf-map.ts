// perf maps: the text by which a process with a JIT (Node with --perf-basic-prof, JVMs, .NET) tells the names of its
// generated code, a line `START SIZE NAME` for each function, in hexadecimal. The process appends as it compiles, and
// code that is thrown away leaves its line behind: of several lines that cover an address, the last is right.

import { lowerOrEqual } from './search.ts';

const LINE = /^(?:0x)?([0-9a-fA-F]+)\s+(?:0x)?([0-9a-fA-F]+)\s+(.+?)\s*$/;

/** How far to look back for code that encloses an address which other code starts before. */
const LOOK_BACK = 64;

export class PerfMap {
  readonly #starts: Float64Array;
  readonly #sizes: Float64Array;
  readonly #names: readonly string[];
  /** The number of the line of each entry. */
  readonly #order: Uint32Array;

  private constructor(entries: readonly { start: number; size: number; name: string }[]) {
    this.#order = Uint32Array.from(entries, (_, index) => index).sort(
      (a, b) => entries[a]!.start - entries[b]!.start || a - b,
    );
    this.#starts = Float64Array.from(this.#order, (index) => entries[index]!.start);
    this.#sizes = Float64Array.from(this.#order, (index) => entries[index]!.size);
    this.#names = Array.from(this.#order, (index) => entries[index]!.name);
  }

  static parse(text: string): PerfMap {
    const entries: { start: number; size: number; name: string }[] = [];
    for (const line of text.split('\n')) {
      const match = LINE.exec(line);
      if (match) {
        entries.push({ start: Number.parseInt(match[1]!, 16), size: Number.parseInt(match[2]!, 16), name: match[3]! });
      }
    }
    return new PerfMap(entries);
  }

  get count(): number {
    return this.#names.length;
  }

  at(address: number): { readonly name: string; readonly offset: number } | undefined {
    const last = lowerOrEqual(this.#starts, address);
    let best = -1;
    for (let at = last; at >= 0 && at > last - LOOK_BACK; at--) {
      if (address >= this.#starts[at]! + this.#sizes[at]!) continue;
      if (best === -1 || this.#order[at]! > this.#order[best]!) best = at;
    }
    return best === -1 ? undefined : { name: this.#names[best]!, offset: address - this.#starts[best]! };
  }
}
