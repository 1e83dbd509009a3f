// bpf_tail_call: which program takes over. Runners do the jump themselves; this is the rule they share.

import { Control, TAIL_CALL_LIMIT } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { ProgramArray } from '../maps/object-array.ts';
import type { LoadedProgram } from '../program.ts';

/** The program at an index of a program array, or undefined when the call falls through; counts those that succeed. */
export function tailCallTarget(machine: Machine, map: number, index: number): LoadedProgram | undefined {
  const array = machine.mapAt(map);
  if (!(array instanceof ProgramArray) || index >>> 0 >= array.spec.maxEntries) return undefined;
  const done = machine.memory.getU32(Control.TAIL_CALLS);
  if (done >= TAIL_CALL_LIMIT) return undefined;
  const program = array.program(index);
  if (program === undefined) return undefined;
  machine.memory.setU32(Control.TAIL_CALLS, done + 1);
  return machine.programs[program];
}
