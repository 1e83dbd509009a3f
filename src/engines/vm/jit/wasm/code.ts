// The body of one WebAssembly function: instructions in the order of the stack machine, and locals.

import { WasmBytes } from './bytes.ts';
import { BULK, Bulk, EMPTY, Op, type ValueType } from './opcode.ts';

export class Code {
  readonly #bytes = new WasmBytes();
  readonly #locals: ValueType[] = [];
  readonly #parameters: number;
  readonly #marks: number[] = [];
  /** Blocks, loops and ifs that are open. */
  depth = 0;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** Instructions so far, in bytes. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Remembers which number the next instruction belongs to. */
  mark(number: number): void {
    this.#marks.push(this.#bytes.length, number);
  }

  /** The last number that was marked at or before a byte of the body's instructions. */
  markBefore(at: number): number | undefined {
    let found: number | undefined;
    for (let index = 0; index < this.#marks.length && this.#marks[index]! <= at; index += 2)
      found = this.#marks[index + 1];
    return found;
  }

  /** A new local; they begin as zero. */
  local(type: ValueType): number {
    return this.#parameters + this.#locals.push(type) - 1;
  }

  op(code: number): void {
    this.#bytes.u8(code);
  }

  get(local: number): void {
    this.#indexed(Op.LOCAL_GET, local);
  }

  set(local: number): void {
    this.#indexed(Op.LOCAL_SET, local);
  }

  tee(local: number): void {
    this.#indexed(Op.LOCAL_TEE, local);
  }

  i32(value: number): void {
    this.#bytes.u8(Op.I32_CONST);
    this.#bytes.signed(value);
  }

  /** A 64-bit constant that is a sign-extended 32-bit one. */
  i64(value: number): void {
    this.#bytes.u8(Op.I64_CONST);
    this.#bytes.signed(value);
  }

  wide(value: bigint): void {
    this.#bytes.u8(Op.I64_CONST);
    this.#bytes.signed64(value);
  }

  /** A load or store; no alignment is promised. */
  access(code: number, offset: number): void {
    this.#bytes.u8(code);
    this.#bytes.u8(0);
    this.#bytes.unsigned(offset);
  }

  /** `block`, `loop` or `if`, with the type of its result. */
  open(code: number, type: number = EMPTY): void {
    this.#bytes.u8(code);
    this.#bytes.u8(type);
    this.depth++;
  }

  end(): void {
    this.depth--;
    this.#bytes.u8(Op.END);
  }

  br(depth: number): void {
    this.#indexed(Op.BR, depth);
  }

  brIf(depth: number): void {
    this.#indexed(Op.BR_IF, depth);
  }

  /** Index i goes to `depths[i]`, any other to the last. */
  brTable(depths: readonly number[]): void {
    this.#indexed(Op.BR_TABLE, depths.length - 1);
    for (const depth of depths) this.#bytes.unsigned(depth);
  }

  call(index: number): void {
    this.#indexed(Op.CALL, index);
  }

  callIndirect(type: number, table: number): void {
    this.#indexed(Op.CALL_INDIRECT, type);
    this.#bytes.unsigned(table);
  }

  returnCallIndirect(type: number, table: number): void {
    this.#indexed(Op.RETURN_CALL_INDIRECT, type);
    this.#bytes.unsigned(table);
  }

  tableGet(table: number): void {
    this.#indexed(Op.TABLE_GET, table);
  }

  /** Takes to, from and size from the stack. */
  memoryCopy(): void {
    this.#bytes.u8(BULK);
    this.#bytes.u8(Bulk.MEMORY_COPY);
    this.#bytes.u8(0);
    this.#bytes.u8(0);
  }

  /** Takes to, byte and size from the stack. */
  memoryFill(): void {
    this.#bytes.u8(BULK);
    this.#bytes.u8(Bulk.MEMORY_FILL);
    this.#bytes.u8(0);
  }

  /** Writes the function as the code section has it: locals, instructions, end. Returns where the instructions begin. */
  writeTo(section: WasmBytes): number {
    const head = new WasmBytes(64);
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    head.unsigned(runs.length);
    for (const { type, count } of runs) {
      head.unsigned(count);
      head.u8(type);
    }
    section.unsigned(head.length + this.#bytes.length + 1);
    section.bytes(head.written);
    const start = section.length;
    section.bytes(this.#bytes.written);
    section.u8(Op.END);
    return start;
  }

  #indexed(code: number, index: number): void {
    this.#bytes.u8(code);
    this.#bytes.unsigned(index);
  }
}
