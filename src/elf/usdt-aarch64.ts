// USDT arguments on AArch64: `5`, `x0`, `w3`, `[sp, 16]`, `[x1]`, `[x0, x2, lsl 3]`.

import type { UsdtLocation } from './usdt.ts';

const CONSTANT = /^#?(-?(?:0x[0-9a-fA-F]+|\d+))$/;
const REGISTER = /^(?:([xw])(\d{1,2})|(w?sp))$/;
const MEMORY = /^\[\s*(\w+)\s*(?:,\s*(#?-?\w+)\s*(?:,\s*(?:lsl|sxtw|uxtw)\s*#?(\d)\s*)?)?\]$/;

export function parseArmArgument(place: string): UsdtLocation {
  const constant = CONSTANT.exec(place);
  if (constant) return { kind: 'constant', value: integer(constant[1]!) };
  const register = registerName(place);
  if (register !== undefined) return { kind: 'register', register, shift: 0 };
  const memory = MEMORY.exec(place);
  const base = memory ? registerName(memory[1]!) : undefined;
  if (!memory || base === undefined) return { kind: 'unsupported' };
  const second = memory[2];
  if (second === undefined) return { kind: 'memory', base, offset: 0n, scale: 1 };
  const offset = CONSTANT.exec(second);
  if (offset) return { kind: 'memory', base, offset: integer(offset[1]!), scale: 1 };
  const index = registerName(second);
  if (index === undefined) return { kind: 'unsupported' };
  return { kind: 'memory', base, offset: 0n, index, scale: memory[3] === undefined ? 1 : 1 << Number(memory[3]) };
}

/** The 64-bit register behind any of its names. */
function registerName(name: string): string | undefined {
  const match = REGISTER.exec(name);
  if (!match) return undefined;
  if (match[3] !== undefined) return 'sp';
  return Number(match[2]) <= 30 ? `x${Number(match[2])}` : undefined;
}

function integer(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}
