// How helpers give back 64-bit results: see Result in helper.ts.

import { Control } from '../layout.ts';
import type { Machine } from '../machine.ts';

export function returnU64(machine: Machine, value: bigint): number {
  machine.memory.setU64(Control.RESULT, BigInt.asUintN(64, value));
  return 0;
}
