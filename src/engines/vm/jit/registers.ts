// The body of a function of the program, with BPF's registers as locals of WebAssembly: r1 to r5 and the frame pointer are the
// parameters, the others begin as zero. The frame pointer is an i32, every other register an i64.

import { FRAME_POINTER } from '../../../isa/index.ts';
import { Control, FRAME_BYTES } from '../layout.ts';
import type { Code } from './wasm/code.ts';
import type { Signature } from './wasm/module.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32, I64 } = ValueType;

/** Of every function of a program: r1 to r5, the frame pointer; r0. */
export const FUNCTION_SIGNATURE: Signature = { parameters: [I64, I64, I64, I64, I64, I32], results: [I64] };

const FRAME_LOCAL = 5;

/** Offsets up to here need no addition of their own: what programs may touch begins so far up that the rest is never negative. */
const MAX_STATIC_OFFSET = 4096;

export class FunctionCode {
  readonly code: Code;
  /** Locals of r0 to r9. */
  readonly #locals: readonly number[];
  readonly #scratch = new Map<string, number>();
  /** The local that holds what is left of the run's budget while the function runs, in functions with loops. */
  readonly fuel: number | undefined;

  constructor(code: Code, fuel?: number) {
    this.code = code;
    this.fuel = fuel;
    const rest = Array.from({ length: 5 }, () => code.local(I64));
    this.#locals = [rest[0]!, 0, 1, 2, 3, 4, ...rest.slice(1)];
  }

  /** Puts a register on the stack. */
  push(register: number): void {
    if (register !== FRAME_POINTER) return this.code.get(this.#locals[register]!);
    this.code.get(FRAME_LOCAL);
    this.code.op(Op.I64_EXTEND_I32_U);
  }

  /** Its low half. */
  push32(register: number): void {
    if (register === FRAME_POINTER) return this.code.get(FRAME_LOCAL);
    this.code.get(this.#locals[register]!);
    this.code.op(Op.I32_WRAP_I64);
  }

  /** Takes a register's value from the stack. */
  pop(register: number): void {
    // Only programs that no verifier saw write the frame pointer; they get what they deserve, within the linear memory.
    if (register !== FRAME_POINTER) return this.code.set(this.#locals[register]!);
    this.code.op(Op.I32_WRAP_I64);
    this.code.set(FRAME_LOCAL);
  }

  /** Takes a register's low half from the stack; the upper half becomes zero. */
  pop32(register: number): void {
    this.code.op(Op.I64_EXTEND_I32_U);
    this.pop(register);
  }

  /** Puts `register + off` on the stack as an address; what is left of the offset goes into the access. */
  pushAddress(register: number, off: number): number {
    const { code } = this;
    this.push32(register);
    if (off >= 0 && off <= MAX_STATIC_OFFSET) return off;
    code.i32(off);
    code.op(Op.I32_ADD);
    return 0;
  }

  /** A load to, or before the value a store from, the memory at `register + off`. */
  load(opcode: number, register: number, off: number): void {
    const rest = this.pushAddress(register, off);
    this.code.access(opcode, rest);
  }

  store(opcode: number, register: number, off: number, value: () => void): void {
    const rest = this.pushAddress(register, off);
    value();
    this.code.access(opcode, rest);
  }

  /** A local for passing values around, the same for the same name. */
  scratch(name: string, type: ValueType): number {
    const key = `${name}:${type}`;
    const known = this.#scratch.get(key);
    if (known !== undefined) return known;
    const local = this.code.local(type);
    this.#scratch.set(key, local);
    return local;
  }

  /** Takes the budget over, at the beginning and after calls of functions that use it too. */
  loadFuel(): void {
    if (this.fuel === undefined) return;
    this.code.i32(0);
    this.code.access(Op.I64_LOAD, Control.FUEL);
    this.code.set(this.fuel);
  }

  /** Hands the budget back, before such calls and at the end. */
  storeFuel(): void {
    if (this.fuel === undefined) return;
    this.code.i32(0);
    this.code.get(this.fuel);
    this.code.access(Op.I64_STORE, Control.FUEL);
  }

  /** Ends the function; its result is on the stack. */
  returnResult(): void {
    this.storeFuel();
    this.code.op(Op.RETURN);
  }

  /** Puts the frame pointer of a called function on the stack. */
  pushNextFrame(): void {
    this.code.get(FRAME_LOCAL);
    this.code.i32(FRAME_BYTES);
    this.code.op(Op.I32_SUB);
  }

  /** Puts the frame pointer on the stack, as a function takes it. */
  pushFrame(): void {
    this.code.get(FRAME_LOCAL);
  }
}
