// A place in the program, for what is written there, and how a run is stopped there.

import type { Instruction } from '../../../isa/index.ts';
import { FRAME_BYTES, STACK_BASE } from '../layout.ts';
import type { FunctionCode } from './registers.ts';
import { Stop, type Unit } from './unit.ts';
import { Op } from './wasm/opcode.ts';

export interface Site {
  readonly unit: Unit;
  readonly f: FunctionCode;
  readonly slot: number;
  readonly instruction: Instruction;
  /** The constant that a register holds here, or undefined. */
  readonly constant: (register: number) => bigint | undefined;
}

/** Ends the run. */
export function writeStop({ unit, f, slot }: Site, stop: number): void {
  f.code.i32(slot);
  f.code.i32(stop);
  f.code.call(unit.imported('stop'));
  f.code.op(Op.UNREACHABLE);
}

/** Stops the run when there is no frame for another function. */
export function writeDepthCheck(site: Site): void {
  const { f } = site;
  f.pushFrame();
  f.code.i32(STACK_BASE + FRAME_BYTES);
  f.code.op(Op.I32_LE_U);
  f.code.open(Op.IF);
  writeStop(site, Stop.DEPTH);
  f.code.end();
}
