// usdt: the arguments are where the notes of the binary say: in registers, in memory, or constant.

import type { Instruction } from '../../../compiler/ir.ts';
import type { Architecture } from '../../../compiler/module.ts';
import { type Operand, read, register, registerOf, scalar, userAddress } from '../../../compiler/operations/index.ts';
import { registerOffset } from '../../../compiler/operations/registers.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import type { UsdtSite } from '../../../elf/index.ts';
import { intType, UINT64 } from '../../../image/index.ts';
import type { ContextRules } from './context.ts';

type Argument = UsdtSite['args'][number];

export const usdt: ContextRules<'usdt'> = {
  readArgument(cx, context, index) {
    const { p } = cx;
    const value = p.b.variable(`arg${index}`);
    p.b.write(value, p.b.const(0));
    const take = (argument: Argument) => p.b.write(value, readArgument(p, argument));
    const [first] = context.sites;
    const wanted = first?.args[index];
    if (wanted && context.sites.every((site) => site.args[index]?.text === wanted.text)) take(wanted);
    else chooseSite(p, context.sites, index, take);
    return scalar(UINT64, p.b.read(value));
  },
  readFunction: (cx) => userAddress(cx.p, registerOf(register(cx.p, 'ip')!)),
  struct: () => 'struct pt_regs',
};

/** Where the binary is loaded is not known, but it is at a multiple of a page: the low bits of the address tell the site. */
function chooseSite(
  p: ProgramBuilder,
  sites: readonly UsdtSite[],
  index: number,
  take: (argument: Argument) => void,
): void {
  const low = p.b.and(registerOf(register(p, 'ip')!), 0xfff);
  for (const site of sites) {
    const argument = site.args[index];
    if (argument) p.b.if('eq', low, site.address & 0xfffn, () => take(argument));
  }
}

function readArgument(p: ProgramBuilder, { size, signed, location }: Argument): Instruction {
  switch (location.kind) {
    case 'constant':
      return p.b.const(location.value);
    case 'register': {
      const value = readRegister(p, location.register);
      return p.b.extend(location.shift === 0 ? value : p.b.binary('shr', value, location.shift), size, signed);
    }
    case 'memory': {
      // The address of a symbol depends on where the binary is loaded.
      if (location.symbol !== undefined || location.base === undefined) return p.b.const(0);
      const base = p.b.add(readRegister(p, location.base), location.offset);
      const index = location.index === undefined ? undefined : readRegister(p, location.index);
      const address = index ? p.b.add(base, p.b.binary('mul', index, location.scale)) : base;
      const value: Operand = read(p, intType(size, signed), 'user', address);
      return registerOf(value);
    }
    case 'unsupported':
      return p.b.const(0);
  }
}

function readRegister(p: ProgramBuilder, name: string): Instruction {
  return p.b.load(8, p.ctx, registerOffset(p.module.options.arch, ptRegsName(name, p.module.options.arch)) ?? 0);
}

/** The name that struct pt_regs has for a register of the assembler. */
function ptRegsName(name: string, arch: Architecture): string {
  return arch === 'arm64' ? name.replace(/^x/, 'r') : name.replace(/^r(?=[a-z])/, '');
}
