// USDT arguments on x86, in the operand syntax of the GNU assembler: `$5`, `%rdi`, `-8(%rbp)`, `(%rax,%rbx,4)`,
// `counter+4(%rip)`.

import type { UsdtLocation } from './usdt.ts';

/** Every name of a general register to its 64-bit register. */
const registers = new Map<string, string>();
for (const [full, half, word, byte] of [
  ['rax', 'eax', 'ax', 'al'],
  ['rbx', 'ebx', 'bx', 'bl'],
  ['rcx', 'ecx', 'cx', 'cl'],
  ['rdx', 'edx', 'dx', 'dl'],
  ['rsi', 'esi', 'si', 'sil'],
  ['rdi', 'edi', 'di', 'dil'],
  ['rbp', 'ebp', 'bp', 'bpl'],
  ['rsp', 'esp', 'sp', 'spl'],
  ['rip', 'eip', 'ip', 'ip'],
] as const) {
  for (const name of [full, half, word, byte]) registers.set(name, full);
}
for (let number = 8; number < 16; number++) {
  for (const suffix of ['', 'd', 'w', 'b']) registers.set(`r${number}${suffix}`, `r${number}`);
}

/** The second bytes of the first four registers. */
const highBytes: { readonly [name: string]: string } = { ah: 'rax', bh: 'rbx', ch: 'rcx', dh: 'rdx' };

const CONSTANT = /^\$(-?(?:0x[0-9a-fA-F]+|\d+))$/;
const REGISTER = /^%(\w+)$/;
const MEMORY = /^([^()]*)\((?:%(\w+))?(?:\s*,\s*%(\w+)(?:\s*,\s*([1248]))?)?\)$/;
const DISPLACEMENT = /^([A-Za-z_.][\w.$@]*)?([+-]?(?:0x[0-9a-fA-F]+|\d+))?$/;

export function parseX86Argument(place: string): UsdtLocation {
  const constant = CONSTANT.exec(place);
  if (constant) return { kind: 'constant', value: integer(constant[1]!) };
  const register = REGISTER.exec(place);
  if (register) return registerLocation(register[1]!);
  const memory = MEMORY.exec(place);
  if (memory) return memoryLocation(memory[1]!, memory[2], memory[3], memory[4]);
  // A bare displacement is an absolute address.
  return place === '' ? { kind: 'unsupported' } : memoryLocation(place, undefined, undefined, undefined);
}

function registerLocation(name: string): UsdtLocation {
  const high = highBytes[name];
  if (high !== undefined) return { kind: 'register', register: high, shift: 8 };
  const register = registers.get(name);
  return register === undefined ? { kind: 'unsupported' } : { kind: 'register', register, shift: 0 };
}

function memoryLocation(
  displacement: string,
  baseName: string | undefined,
  indexName: string | undefined,
  scale: string | undefined,
): UsdtLocation {
  const parts = DISPLACEMENT.exec(displacement.replace(/\s+/g, ''));
  const base = baseName === undefined ? undefined : registers.get(baseName);
  const index = indexName === undefined ? undefined : registers.get(indexName);
  if (!parts || (baseName && !base) || (indexName && !index)) return { kind: 'unsupported' };
  return {
    kind: 'memory',
    ...(base === undefined ? {} : { base }),
    offset: parts[2] === undefined ? 0n : integer(parts[2]),
    ...(index === undefined ? {} : { index }),
    scale: scale === undefined ? 1 : Number(scale),
    ...(parts[1] === undefined ? {} : { symbol: parts[1] }),
  };
}

function integer(text: string): bigint {
  const digits = text.replace(/^[+-]/, '');
  return text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
}
