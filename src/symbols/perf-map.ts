// perf maps: the text by which a process with a JIT (Node with --perf-basic-prof, JVMs, .NET) tells the names of its
// generated code, a line `START SIZE NAME` for each function, in hexadecimal. The process appends as it compiles, and
// code that is thrown away leaves its line behind: of several lines that cover an address, the last is right.

import { cString } from '../base/bytes.ts';
import { lowerOrEqual, sortedOrder } from '../base/sorted.ts';

/** How far to look back for code that encloses an address which other code starts before. */
const LOOK_BACK = 64;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const X = 0x78;

export class PerfMap {
  readonly #text: Uint8Array;
  readonly #starts: Float64Array;
  readonly #sizes: Float64Array;
  /** Where the name of each entry is in the text: also the order in which they were written. */
  readonly #names: Uint32Array;

  private constructor(text: Uint8Array, lines: Lines) {
    const order = sortedOrder(lines.starts);
    this.#text = text;
    this.#starts = new Float64Array(order.length);
    this.#sizes = new Float64Array(order.length);
    this.#names = new Uint32Array(order.length);
    for (let at = 0; at < order.length; at++) {
      this.#starts[at] = lines.starts[order[at]!]!;
      this.#sizes[at] = lines.sizes[order[at]!]!;
      this.#names[at] = lines.names[order[at]!]!;
    }
  }

  static parse(text: Uint8Array): PerfMap {
    return new PerfMap(text, scan(text));
  }

  get count(): number {
    return this.#names.length;
  }

  at(address: number): { readonly name: string; readonly offset: number } | undefined {
    const last = lowerOrEqual(this.#starts, address);
    let best = -1;
    for (let at = last; at >= 0 && at > last - LOOK_BACK; at--) {
      if (address >= this.#starts[at]! + this.#sizes[at]!) continue;
      if (best === -1 || this.#names[at]! > this.#names[best]!) best = at;
    }
    return best === -1 ? undefined : { name: this.#name(best), offset: address - this.#starts[best]! };
  }

  #name(at: number): string {
    const start = this.#names[at]!;
    return cString(this.#text, start, lineEnd(this.#text, start)).trimEnd();
  }
}

interface Lines {
  readonly starts: Float64Array;
  readonly sizes: Float64Array;
  readonly names: Uint32Array;
}

function scan(text: Uint8Array): Lines {
  const starts: number[] = [];
  const sizes: number[] = [];
  const names: number[] = [];
  for (let line = 0; line < text.length; line = lineEnd(text, line) + 1) {
    const start = hexNumber(text, line);
    const size = start && hexNumber(text, start.end);
    if (!start || !size || size.end >= lineEnd(text, size.end)) continue;
    starts.push(start.value);
    sizes.push(size.value);
    names.push(size.end);
  }
  return { starts: Float64Array.from(starts), sizes: Float64Array.from(sizes), names: Uint32Array.from(names) };
}

/** A number with or without `0x`, and where the spaces behind it end; undefined where there is none. */
function hexNumber(text: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined {
  let at = text[start + 1] === X ? start + 2 : start;
  const first = at;
  let value = 0;
  for (; at < text.length && text[at]! > SPACE; at++) {
    const digit = hexDigit(text[at]!);
    if (digit === -1) return undefined;
    value = value * 16 + digit;
  }
  if (at === first || text[at] !== SPACE) return undefined;
  while (text[at] === SPACE) at++;
  return { value, end: at };
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function lineEnd(text: Uint8Array, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== NEWLINE) end++;
  return end;
}
