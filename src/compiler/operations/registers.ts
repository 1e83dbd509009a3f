// Where the context of kprobe, uprobe and perf_event programs keeps registers.
// x86-64: struct pt_regs, arch/x86/include/asm/ptrace.h, with the C calling convention of the System V ABI.
// arm64: struct user_pt_regs, arch/arm64/include/uapi/asm/ptrace.h, with the AAPCS64.

import type { Architecture } from '../module.ts';

const X86_64: Readonly<Record<string, number>> = Object.fromEntries(
  [
    'r15',
    'r14',
    'r13',
    'r12',
    'bp',
    'bx',
    'r11',
    'r10',
    'r9',
    'r8',
    'ax',
    'cx',
    'dx',
    'si',
    'di',
    'orig_ax',
    'ip',
    'cs',
    'flags',
    'sp',
    'ss',
  ].map((name, index) => [name, index * 8]),
);

const ARM64: Readonly<Record<string, number>> = Object.fromEntries(
  [...Array.from({ length: 31 }, (_, index) => `r${index}`), 'sp', 'pc', 'pstate'].map((name, index) => [
    name,
    index * 8,
  ]),
);

const ALIASES: Record<Architecture, Readonly<Record<string, string>>> = {
  x86_64: { pc: 'ip', orig_rax: 'orig_ax' },
  arm64: { ip: 'pc' },
};

const ARGUMENTS: Record<Architecture, readonly string[]> = {
  x86_64: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
  arm64: ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'],
};

/** Offset of a register by name, or undefined. */
export function registerOffset(arch: Architecture, name: string): number | undefined {
  const table = arch === 'x86_64' ? X86_64 : ARM64;
  return table[ALIASES[arch][name] ?? name];
}

/** The names that `registerOffset` knows. */
export function registerNames(arch: Architecture): string[] {
  return [...Object.keys(arch === 'x86_64' ? X86_64 : ARM64), ...Object.keys(ALIASES[arch])];
}

/** Offset of the register with argument `index`, or undefined when the argument is on the stack. */
export function argumentRegister(arch: Architecture, index: number): number | undefined {
  const name = ARGUMENTS[arch][index];
  return name === undefined ? undefined : registerOffset(arch, name)!;
}

/** How an argument on the stack is reached when the function is entered: x86-64 has the return address on top. */
export function stackPointer(
  arch: Architecture,
  index: number,
): { readonly register: number; readonly distance: number } {
  const beyond = (index - ARGUMENTS[arch].length) * 8;
  return { register: registerOffset(arch, 'sp')!, distance: beyond + (arch === 'x86_64' ? 8 : 0) };
}

export function returnRegister(arch: Architecture): number {
  return registerOffset(arch, arch === 'x86_64' ? 'ax' : 'r0')!;
}
