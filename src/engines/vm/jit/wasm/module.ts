// A WebAssembly module under construction: https://webassembly.github.io/spec/core/binary/modules.html.

import { WasmBytes } from './bytes.ts';
import { Code } from './code.ts';
import { Op, ValueType } from './opcode.ts';

/** Parameters and results of a function. */
export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Where a function goes in the module's own table. */
export interface TableEntry {
  readonly at: number;
  readonly functionIndex: number;
}

const Section = { TYPE: 1, IMPORT: 2, FUNCTION: 3, TABLE: 4, EXPORT: 7, ELEMENT: 9, CODE: 10 } as const;
const External = { FUNCTION: 0, TABLE: 1, MEMORY: 2 } as const;
const FUNCTION_TYPE = 0x60;
/** What imports are found under. */
export const IMPORTS = 'env';

/** The index of a function whose body comes later. */
export interface Declared {
  readonly index: number;
  readonly code: Code;
}

/**
 * Functions are numbered imports first, so all imports come before the first `declare`. Table 0 is the imported one when there
 * is one.
 */
export class WasmModuleWriter {
  readonly #types = new Map<string, number>();
  readonly #typeBytes = new WasmBytes();
  readonly #imports = new WasmBytes();
  readonly #functions: { readonly type: number; readonly code: Code }[] = [];
  readonly #exports = new WasmBytes();
  readonly #elements: TableEntry[] = [];
  #importCount = 0;
  #importedFunctions = 0;
  #exportCount = 0;
  #importedTables = 0;
  #tableSize = 0;
  /** Where each function's instructions begin in the finished module. */
  #starts: number[] = [];

  type(signature: Signature): number {
    const key = `${signature.parameters.join()}>${signature.results.join()}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    const index = this.#types.size;
    this.#types.set(key, index);
    this.#typeBytes.u8(FUNCTION_TYPE);
    for (const list of [signature.parameters, signature.results]) {
      this.#typeBytes.unsigned(list.length);
      for (const type of list) this.#typeBytes.u8(type);
    }
    return index;
  }

  importFunction(name: string, signature: Signature): number {
    this.#import(name, External.FUNCTION);
    this.#imports.unsigned(this.type(signature));
    return this.#importedFunctions++;
  }

  importMemory(name: string, pages: number, maximum: number): void {
    this.#import(name, External.MEMORY);
    this.#imports.u8(1);
    this.#imports.unsigned(pages);
    this.#imports.unsigned(maximum);
  }

  importTable(name: string): number {
    this.#import(name, External.TABLE);
    this.#imports.u8(ValueType.FUNCREF);
    this.#imports.u8(0);
    this.#imports.unsigned(0);
    return this.#importedTables++;
  }

  /** A function; its body is written into `code`. */
  declare(signature: Signature): Declared {
    const code = new Code(signature.parameters.length);
    const type = this.type(signature);
    const index = this.#importedFunctions + this.#functions.push({ type, code }) - 1;
    return { index, code };
  }

  /** Puts a function into the module's own table. */
  element(entry: TableEntry): void {
    this.#elements.push(entry);
    this.#tableSize = Math.max(this.#tableSize, entry.at + 1);
  }

  /** The index of the module's own table. */
  get ownTable(): number {
    return this.#importedTables;
  }

  exportFunction(name: string, index: number): void {
    this.#exports.name(name);
    this.#exports.u8(External.FUNCTION);
    this.#exports.unsigned(index);
    this.#exportCount++;
  }

  finish(): Uint8Array {
    const out = new WasmBytes(4096);
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.u8(byte);
    section(out, Section.TYPE, this.#types.size, this.#typeBytes);
    section(out, Section.IMPORT, this.#importCount, this.#imports);
    section(out, Section.FUNCTION, this.#functions.length, this.#functionBytes());
    if (this.#tableSize > 0) section(out, Section.TABLE, 1, this.#tableBytes());
    section(out, Section.EXPORT, this.#exportCount, this.#exports);
    if (this.#elements.length > 0) section(out, Section.ELEMENT, this.#elements.length, this.#elementBytes());
    const bodies = new WasmBytes(16384);
    this.#starts = this.#functions.map(({ code }) => code.writeTo(bodies));
    section(out, Section.CODE, this.#functions.length, bodies);
    const base = out.length - bodies.length;
    this.#starts = this.#starts.map((start) => start + base);
    return out.written;
  }

  /** What was marked for the instruction at a byte of the finished module, which is one of function `index`. */
  markAt(index: number, at: number): number | undefined {
    const local = index - this.#importedFunctions;
    return this.#functions[local]?.code.markBefore(at - this.#starts[local]!);
  }

  #import(name: string, kind: number): void {
    this.#imports.name(IMPORTS);
    this.#imports.name(name);
    this.#imports.u8(kind);
    this.#importCount++;
  }

  #functionBytes(): WasmBytes {
    const bytes = new WasmBytes();
    for (const { type } of this.#functions) bytes.unsigned(type);
    return bytes;
  }

  #tableBytes(): WasmBytes {
    const bytes = new WasmBytes(16);
    bytes.u8(ValueType.FUNCREF);
    bytes.u8(0);
    bytes.unsigned(this.#tableSize);
    return bytes;
  }

  #elementBytes(): WasmBytes {
    const bytes = new WasmBytes();
    for (const { at, functionIndex } of this.#elements) {
      // Kind 2: a table's index, an offset expression, kind of element (function), function indices.
      bytes.u8(2);
      bytes.unsigned(this.ownTable);
      bytes.u8(Op.I32_CONST);
      bytes.signed(at);
      bytes.u8(Op.END);
      bytes.u8(0);
      bytes.unsigned(1);
      bytes.unsigned(functionIndex);
    }
    return bytes;
  }
}

function section(out: WasmBytes, id: number, count: number, content: WasmBytes): void {
  const head = new WasmBytes(8);
  head.unsigned(count);
  out.u8(id);
  out.unsigned(head.length + content.length);
  out.bytes(head.written);
  out.bytes(content.written);
}
