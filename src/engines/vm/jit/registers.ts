// The body of a function of the program, with BPF's registers as locals of WebAssembly: r1 to r5 and the frame pointer are the
// parameters, the others begin as zero. The frame pointer is an i32, every other register an i64.

import { FRAME_POINTER } from '../../../isa/index.ts';
import { Control, FRAME_BYTES, STACK_TOP } from '../layout.ts';
import type { Code } from './wasm/code.ts';
import type { Signature } from './wasm/module.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32, I64 } = ValueType;

/** Of every function of a program: r1 to r5, the frame pointer; r0. */
export const FUNCTION_SIGNATURE: Signature = { parameters: [I64, I64, I64, I64, I64, I32], results: [I64] };

const FRAME_PARAMETER = 5;

/** Offsets up to here need no addition of their own: what programs may touch begins so far up that the rest is never negative. */
const MAX_STATIC_OFFSET = 4096;

/** Where the parts of a function's state are. */
export interface Places {
  /** Locals of r0 to r9. */
  readonly registers: readonly number[];
  /** Local of the frame pointer; without it the frame is the run's first. */
  readonly frame?: number;
  /** Local of what is left of the run's budget while the function runs. */
  readonly fuel?: number;
  /** Where the result goes and how many blocks are open around the function's own, when it does not end by returning. */
  readonly exit?: { readonly result: number; readonly depth: number };
}

/** The places of a function of FUNCTION_SIGNATURE. */
export function parameterPlaces(code: Code, fuel: number | undefined): Places {
  const rest = Array.from({ length: 5 }, () => code.local(I64));
  const registers = [rest[0]!, 0, 1, 2, 3, 4, ...rest.slice(1)];
  return { registers, frame: FRAME_PARAMETER, ...(fuel !== undefined && { fuel }) };
}

export class FunctionCode {
  readonly code: Code;
  readonly #places: Places;
  readonly #scratch = new Map<string, number>();

  constructor(code: Code, places: Places) {
    this.code = code;
    this.#places = places;
  }

  get fuel(): number | undefined {
    return this.#places.fuel;
  }

  /** Puts a register on the stack. */
  push(register: number): void {
    if (register !== FRAME_POINTER) {
      this.code.get(this.#places.registers[register]!);
      return;
    }
    if (this.#places.frame === undefined) {
      this.code.i64(STACK_TOP);
      return;
    }
    this.code.get(this.#places.frame);
    this.code.op(Op.I64_EXTEND_I32_U);
  }

  /** Its low half. */
  push32(register: number): void {
    if (register === FRAME_POINTER) {
      this.pushFrame();
      return;
    }
    this.code.get(this.#places.registers[register]!);
    this.code.op(Op.I32_WRAP_I64);
  }

  /** Takes a register's value from the stack. */
  pop(register: number): void {
    // Only an atomic operation of a program that no verifier saw gets here.
    if (register === FRAME_POINTER) this.code.op(Op.DROP);
    else this.code.set(this.#places.registers[register]!);
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
    const { fuel } = this.#places;
    if (fuel === undefined) return;
    this.code.i32(0);
    this.code.access(Op.I64_LOAD, Control.FUEL);
    this.code.set(fuel);
  }

  /** Hands the budget back, before such calls and at the end. */
  storeFuel(): void {
    const { fuel } = this.#places;
    if (fuel === undefined) return;
    this.code.i32(0);
    this.code.get(fuel);
    this.code.access(Op.I64_STORE, Control.FUEL);
  }

  /** Ends the function; its result is on the stack. */
  exit(): void {
    const { exit } = this.#places;
    if (exit) {
      this.code.set(exit.result);
      this.code.br(this.code.depth - exit.depth);
      return;
    }
    this.storeFuel();
    this.code.op(Op.RETURN);
  }

  /** Puts the frame pointer on the stack, as functions take it. */
  pushFrame(): void {
    if (this.#places.frame === undefined) this.code.i32(STACK_TOP);
    else this.code.get(this.#places.frame);
  }

  /** Puts the frame pointer of a called function on the stack. */
  pushNextFrame(): void {
    this.pushFrame();
    this.code.i32(FRAME_BYTES);
    this.code.op(Op.I32_SUB);
  }
}
