// The JIT as what runs a program in runOnce.

import type { Machine } from '../machine.ts';
import type { LoadedProgram } from '../program.ts';
import type { Runner } from '../run.ts';
import { Jit } from './jit.ts';

/** The JITs of each machine, by what they were made with: compiled programs are kept as long as their machine. */
const jits = new WeakMap<Machine, Map<string, Jit>>();

/** The JIT of a machine with these options, made when it is first asked for. */
export function jitOf(machine: Machine, options: { readonly budget?: number; readonly checked?: boolean } = {}): Jit {
  const { budget, checked = false } = options;
  const key = `${budget} ${checked}`;
  const known = jits.get(machine) ?? new Map<string, Jit>();
  jits.set(machine, known);
  const found = known.get(key) ?? new Jit(machine, { checked, ...(budget !== undefined && { budget }) });
  known.set(key, found);
  return found;
}

/** Runs a program as WebAssembly. The budget counts turns of loops; steps are not counted and cannot be watched. */
export const jitRunner: Runner = (machine, program: LoadedProgram, context, options) => {
  const jit = jitOf(machine, {
    ...(options.budget !== undefined && { budget: options.budget }),
    ...(options.checked !== undefined && { checked: options.checked }),
  });
  return { result: jit.program(program).run(context, Number(options.r2 ?? 0n)), steps: 0 };
};
