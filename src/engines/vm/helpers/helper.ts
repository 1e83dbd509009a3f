// What a helper is to the vm: one object that says how it is called and does what the kernel's does. The interpreter and the
// JIT call the same function, through plain numbers: WebAssembly hands an i32 to JavaScript for a few nanoseconds, a BigInt
// for ten times as much.

import type { HelperName } from '../../../isa/index.ts';
import type { Machine } from '../machine.ts';

/**
 * How a register becomes an argument: `pointer` and `i32` are its low half as a signed number (pointers are never negative:
 * see layout.ts); `i64` is two arguments, the low and the high half, each signed.
 */
export type Parameter = 'pointer' | 'i32' | 'i64';

/**
 * How the returned number becomes r0: `i32` sign-extended (error numbers), `pointer` zero-extended, `i64` from
 * Control.RESULT (what the function returns is not looked at).
 */
export type Result = 'i32' | 'pointer' | 'i64';

export interface VmHelper {
  readonly name: HelperName;
  /** What it does here, where that is worth saying: which error it returns because there is no kernel, what it leaves out. */
  readonly note?: string;
  readonly parameters: readonly Parameter[];
  readonly result: Result;
  readonly call: (machine: Machine, ...args: number[]) => number;
}

/**
 * A helper that calls functions of the program. `begin` returns the helper's result when there is nothing to call; else the
 * runner calls the callback with each set of arguments that `next` gives, handing the callback's r0 to the following
 * `next`, until that returns a number: the helper's result.
 */
export interface CallbackHelper {
  readonly name: HelperName;
  readonly note?: string;
  readonly parameters: readonly Parameter[];
  /** Which parameter is the callback (a slot index: see LoadedProgram.wide). */
  readonly callback: number;
  readonly begin: (machine: Machine, ...args: number[]) => CallbackIteration | number;
}

export interface CallbackIteration {
  /** Registers r1 .. of the next call, zero-extended; `result` is r0 of the one before (undefined at first). */
  next(result: bigint | undefined): readonly bigint[] | number;
}

export type AnyHelper = VmHelper | CallbackHelper;

export function callsBack(helper: AnyHelper): helper is CallbackHelper {
  return 'callback' in helper;
}

/** The size of a 64-bit argument that helpers take as 32 bits is checked here: whether it is below 2^32. */
export function fitsU32(high: number): boolean {
  return high === 0;
}

/** The bigint of two halves. */
export function wide(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
