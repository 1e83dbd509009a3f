// The way from a function to instructions, for tests.

import type { Instruction } from '../../isa/index.ts';
import { type AllocateOptions, allocate } from '../allocate.ts';
import { type EmittedProgram, emitProgram } from '../emit.ts';
import { functionsOf } from '../functions.ts';
import type { Func } from '../ir.ts';
import { optimise } from '../optimise.ts';
import { select } from '../select.ts';

export interface CompileOptions extends AllocateOptions {
  readonly optimise?: boolean;
}

export function compile(func: Func, options: CompileOptions = {}): readonly Instruction[] {
  return compileProgram(func, options).code;
}

export function compileProgram(func: Func, options: CompileOptions = {}): EmittedProgram {
  if (options.optimise) for (const one of functionsOf(func)) optimise(one, { verify: true });
  const machines = functionsOf(func).map((one) => {
    const machine = select(one);
    allocate(machine, options);
    return machine;
  });
  return emitProgram(machines);
}
