// The JIT as what runs a program in runOnce.

import type { Machine } from '../machine.ts';
import type { Runner } from '../run.ts';
import { Jit, type JitOptions } from './jit.ts';

type Options = Pick<JitOptions, 'budget' | 'checked'>;

/** The JITs of each machine: compiled programs are kept as long as their machine. */
const jits = new WeakMap<Machine, Jit[]>();

/** The JIT of a machine with these options, made when it is first asked for. */
export function jitOf(machine: Machine, { budget, checked = false }: Options = {}): Jit {
  const known = jits.get(machine) ?? [];
  for (const jit of known) if (jit.options.budget === budget && jit.options.checked === checked) return jit;
  const made = new Jit(machine, { checked, ...(budget !== undefined && { budget }) });
  jits.set(machine, [...known, made]);
  return made;
}

/** Runs a program as WebAssembly. The budget counts turns of loops; steps are not counted and cannot be watched. */
export const jitRunner: Runner = (machine, program, context, options) => ({
  result: jitOf(machine, options)
    .program(program)
    .run(context, Number(options.r2 ?? 0n)),
  steps: 0,
});
