// Which functions belong to a program.

import type { Func } from './ir.ts';

/** A function and all that it calls or passes as callbacks, itself first. */
export function functionsOf(entry: Func): Func[] {
  const found = new Set([entry]);
  for (const func of found) {
    for (const block of func.blocks) {
      for (const instruction of block.instructions) {
        if (instruction.op === 'call-function' || instruction.op === 'function') found.add(instruction.callee);
      }
    }
  }
  return [...found];
}
