// Many tracepoints of system calls served by one raw tracepoint: what they have in common is read from the registers.

import type { Instruction } from '../../../compiler/ir.ts';
import type { Architecture } from '../../../compiler/module.ts';
import { cast, contextArgument, registerOf, scalar } from '../../../compiler/operations/index.ts';
import { registerOffset } from '../../../compiler/operations/registers.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { UINT64 } from '../../../image/index.ts';
import { typeOfText } from '../check/plain.ts';
import type { Lowering } from '../lower/context.ts';
import type { ContextRules } from './context.ts';
import { scalarField } from './tracepoint.ts';

/** The registers that carry the arguments of system calls. */
const ARGUMENTS: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['di', 'si', 'dx', 'r10', 'r8', 'r9'],
  arm64: ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'],
};

/** Where the number of the system call stays while it runs. */
const NUMBER: Readonly<Record<Architecture, string>> = { x86_64: 'orig_ax', arm64: 'r8' };

export const syscalls: ContextRules<'syscalls'> = {
  fields: (context, types) =>
    context.fields.map((field) => ({
      name: field.name,
      type: scalarField(field, typeOfText(types, field.type, 'user')),
    })),
  readField(cx, context, { name, type }) {
    const field = context.fields.find((one) => one.name === name)!;
    return scalar(type, cast(cx.p, valueAt(cx, context.phase, field.place), UINT64, type));
  },
};

function valueAt(cx: Lowering, phase: 'enter' | 'exit', place: number | 'result' | 'number'): Instruction {
  if (place === 'number') return syscallNumber(cx.p, phase);
  if (place === 'result') return registerOf(contextArgument(cx.p, 1));
  return readRegister(cx.p, ARGUMENTS[cx.p.module.options.arch][place]!);
}

/** The number of the system call that is entered or left. */
export function syscallNumber(p: ProgramBuilder, phase: 'enter' | 'exit'): Instruction {
  return phase === 'enter' ? registerOf(contextArgument(p, 1)) : readRegister(p, NUMBER[p.module.options.arch]);
}

/**
 * The context's first argument points to the registers of the process. They are on the kernel's stack and always there, so
 * nothing is counted; the dispatch reads them before anything can be.
 */
function readRegister(p: ProgramBuilder, name: string): Instruction {
  const registers = registerOf(contextArgument(p, 0));
  const place = p.stack(8, 'register');
  const address = p.b.add(registers, registerOffset(p.module.options.arch, name)!);
  p.call('probe_read_kernel', p.address(place), 8, address);
  return p.b.load(8, place.base, place.offset);
}
