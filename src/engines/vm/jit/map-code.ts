// What code for maps has in common. The map is known when the program is compiled, so its addresses, sizes and offsets are
// constants of the code; layout.ts says what lies where.

import { Control, MapField } from '../layout.ts';
import type { VmMap } from '../maps/map.ts';
import type { Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import { Op } from './wasm/opcode.ts';

/** Larger copies are left to the engine's memory.copy, whose call costs more than these loads and stores. */
const MAX_UNROLLED = 256;

export function field(unit: Unit, map: VmMap, name: keyof typeof MapField): number {
  return unit.machine.memory.getU32(map.address + MapField[name]);
}

// ---- pieces

/** Calls `step` for pieces of 8, 4, 2 and 1 bytes that make up `size`. */
export function eachPiece(size: number, step: (at: number, load: number, store: number, wide: boolean) => void): void {
  let at = 0;
  for (; at + 8 <= size; at += 8) step(at, Op.I64_LOAD, Op.I64_STORE, true);
  if (at + 4 <= size) {
    step(at, Op.I32_LOAD, Op.I32_STORE, false);
    at += 4;
  }
  if (at + 2 <= size) {
    step(at, Op.I32_LOAD16_U, Op.I32_STORE16, false);
    at += 2;
  }
  if (at < size) step(at, Op.I32_LOAD8_U, Op.I32_STORE8, false);
}

/** Copies `size` bytes between the addresses in two locals (plus offsets). */
export function writeCopy(code: Code, to: number, toOffset: number, from: number, size: number): void {
  if (size > MAX_UNROLLED) {
    code.get(to);
    code.i32(toOffset);
    code.op(Op.I32_ADD);
    code.get(from);
    code.i32(size);
    code.memoryCopy();
    return;
  }
  eachPiece(size, (at, load, store) => {
    code.get(to);
    code.get(from);
    code.access(load, at);
    code.access(store, toOffset + at);
  });
}

/** Adds what the present CPU's value is away from the first CPU's to the address on the stack. */
export function writeCpuOffset(unit: Unit, code: Code, map: VmMap): void {
  if (!map.perCpu || unit.machine.cpuCount === 1) return;
  code.i32(0);
  code.access(Op.I32_LOAD, Control.CPU);
  code.i32(map.stride);
  code.op(Op.I32_MUL);
  code.op(Op.I32_ADD);
}

export function pushField(code: Code, map: VmMap, at: number): void {
  code.i32(0);
  code.access(Op.I32_LOAD, map.address + at);
}

export function writeField(code: Code, map: VmMap, at: number, value: () => void): void {
  code.i32(0);
  value();
  code.access(Op.I32_STORE, map.address + at);
}
