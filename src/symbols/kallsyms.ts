// /proc/kallsyms as typed arrays: 120,000 lines and 5 MB that a run parses only when it prints its first kernel address.
// Each line is `address type name`, and for modules a tab and `[module]` behind it.

import { cString, utf8Bytes } from '../base/bytes.ts';
import { lowerOrEqual, sortedOrder } from '../base/sorted.ts';

export interface KernelSymbol {
  readonly name: string;
  /** Distance of the address from the start of the symbol. */
  readonly offset: number;
  /** Module that has it; absent for the kernel proper. */
  readonly module?: string;
}

const SPACE = 0x20;
const TAB = 0x09;
const NEWLINE = 0x0a;

/** A symbol that the kernel lists, as `kallsyms` calls its type: `T`, `t`, `d`. */
export interface KernelSymbolEntry {
  readonly name: string;
  readonly address: bigint;
  readonly type: string;
  readonly module?: string;
}

/**
 * The symbols of a kernel by address and by name.
 *
 * Addresses are kept as signed distances from 2^64, which a double holds exactly: the kernel's half of the address space
 * is at most 2^56 bytes on the architectures supported, and what is mapped in it lies within the last 2^52.
 */
export class KernelSymbols {
  readonly #text: Uint8Array;
  readonly #addresses: Float64Array;
  /** Where the line of each symbol has its type letter. */
  readonly #lines: Uint32Array;

  private constructor(text: Uint8Array, addresses: Float64Array, lines: Uint32Array) {
    this.#text = text;
    this.#addresses = addresses;
    this.#lines = lines;
  }

  /** Parses the text of /proc/kallsyms. */
  static parse(text: Uint8Array): KernelSymbols {
    const { addresses, lines } = scan(text);
    return new KernelSymbols(text, ...sorted(addresses, lines));
  }

  get count(): number {
    return this.#lines.length;
  }

  /** Whether the kernel told real addresses (kernel.kptr_restrict lets only privileged readers have them). */
  get hasAddresses(): boolean {
    return this.count > 0;
  }

  /** The symbol that an address lies in or behind: the kernel does not say where symbols end. */
  at(address: bigint): KernelSymbol | undefined {
    const distance = Number(BigInt.asIntN(64, address));
    // User addresses are positive here, those of the kernel negative.
    if (distance >= 0) return undefined;
    let index = lowerOrEqual(this.#addresses, distance);
    if (index === -1) return undefined;
    // Of several names of one address the kernel itself uses the first, which is the strongest.
    while (index > 0 && this.#addresses[index - 1] === this.#addresses[index]) index--;
    return { ...this.#names(index), offset: distance - this.#addresses[index]! };
  }

  /** The address of the first symbol of that name, of the kernel proper or of a given module. */
  address(name: string, module?: string): bigint | undefined {
    for (const index of this.#find(name)) {
      const entry = this.#entry(index);
      if (module === undefined || entry.module === module) return entry.address;
    }
    return undefined;
  }

  /** All symbols of that name: static functions of several files may share one. */
  findAll(name: string): KernelSymbolEntry[] {
    return Array.from(this.#find(name), (index) => this.#entry(index));
  }

  /** Every symbol in the order of addresses. */
  *entries(): Generator<KernelSymbolEntry> {
    for (let index = 0; index < this.#lines.length; index++) yield this.#entry(index);
  }

  *#find(name: string): Generator<number> {
    const bytes = utf8Bytes(name);
    for (let index = 0; index < this.#lines.length; index++) {
      if (this.#hasName(this.#lines[index]! + 2, bytes)) yield index;
    }
  }

  #hasName(start: number, name: Uint8Array): boolean {
    for (let at = 0; at < name.length; at++) if (this.#text[start + at] !== name[at]) return false;
    const after = this.#text[start + name.length];
    return after === NEWLINE || after === TAB || after === undefined;
  }

  #entry(index: number): KernelSymbolEntry {
    return {
      ...this.#names(index),
      address: BigInt.asUintN(64, BigInt(this.#addresses[index]!)),
      type: String.fromCharCode(this.#text[this.#lines[index]!]!),
    };
  }

  #names(index: number): { name: string; module?: string } {
    const text = this.#text;
    const start = this.#lines[index]! + 2;
    let nameEnd = start;
    while (nameEnd < text.length && text[nameEnd] !== NEWLINE && text[nameEnd] !== TAB) nameEnd++;
    const name = cString(text, start, nameEnd);
    if (text[nameEnd] !== TAB) return { name };
    let end = nameEnd;
    while (end < text.length && text[end] !== NEWLINE) end++;
    return { name, module: cString(text, nameEnd + 2, end - 1) };
  }
}

function scan(text: Uint8Array): { addresses: Float64Array; lines: Uint32Array } {
  // No line that counts is shorter than 16 digits, a type, a name of one character, two spaces and the newline.
  const room = Math.ceil(text.length / 20) + 1;
  const addresses = new Float64Array(room);
  const lines = new Uint32Array(room);
  let count = 0;
  for (let at = 0; at < text.length; ) {
    let high = 0;
    let low = 0;
    let digits = 0;
    for (; at < text.length && text[at]! > SPACE && digits < 17; at++, digits++) {
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | hexDigit(text[at]!);
    }
    // Offsets of per-CPU variables, and addresses that are hidden as zeros, do not lie in the kernel's half.
    if (digits === 16 && high < 0 && text[at] === SPACE) {
      addresses[count] = high * 0x1_0000_0000 + (low >>> 0);
      lines[count] = at + 1;
      count++;
    }
    while (at < text.length && text[at] !== NEWLINE) at++;
    at++;
  }
  return { addresses: addresses.slice(0, count), lines: lines.slice(0, count) };
}

function hexDigit(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte & 0xdf) - 0x37;
}

/** The list is in the order of addresses but for the modules and BPF programs at its end. */
function sorted(addresses: Float64Array, lines: Uint32Array): [Float64Array, Uint32Array] {
  const order = sortedOrder(addresses);
  const sortedAddresses = new Float64Array(order.length);
  const sortedLines = new Uint32Array(order.length);
  for (let at = 0; at < order.length; at++) {
    sortedAddresses[at] = addresses[order[at]!]!;
    sortedLines[at] = lines[order[at]!]!;
  }
  return [sortedAddresses, sortedLines];
}
