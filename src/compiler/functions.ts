// Which functions belong to a program.

import { reversePostOrder } from './graph.ts';
import type { Func } from './ir.ts';

/** A function and all that it calls or passes as callbacks where control can come, itself first. */
export function functionsOf(entry: Func): Func[] {
  const found = new Set([entry]);
  for (const func of found) {
    for (const block of reversePostOrder(func)) {
      for (const instruction of block.instructions) {
        if (instruction.op === 'call-function' || instruction.op === 'function') found.add(instruction.callee);
      }
    }
  }
  return [...found];
}
