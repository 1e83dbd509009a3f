// Facts about values of the intermediate form that several passes ask for.

import { helperById } from '../isa/index.ts';
import type { Block, Instruction } from './ir.ts';
import type { Constant } from './machine.ts';

export const U64 = 0xffff_ffff_ffff_ffffn;

export function asS64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Whether the 64 bits are the sign extension of their low 32: what an immediate can say. */
export function fitsImmediate(value: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(32, value)) === value;
}

export function fitsOffset(offset: number): boolean {
  return offset >= -0x8000 && offset <= 0x7fff;
}

/** What the value is when it can be made anywhere without reading a register. */
export function constantOf(value: Instruction): Constant | undefined {
  switch (value.op) {
    case 'const':
      return { kind: 'number', value: value.value };
    case 'slot':
      return { kind: 'slot', slot: value.slot, offset: 0 };
    case 'map':
      return { kind: 'map', map: value.map };
    case 'map-value':
      return { kind: 'map-value', map: value.map, offset: value.offset };
    case 'function':
      return { kind: 'function', callee: value.callee };
    case 'relocated':
      return { kind: 'relocated', relocation: value.relocation, value: value.value };
    case 'binary':
      return value.kind === 'add' ? slotPlusOffset(value.args[0]!, value.args[1]!) : undefined;
    default:
      return undefined;
  }
}

function slotPlusOffset(base: Instruction, offset: Instruction): Constant | undefined {
  if (offset.op !== 'const' || !fitsImmediate(offset.value)) return undefined;
  const place = constantOf(base);
  if (place?.kind !== 'slot') return undefined;
  return { ...place, offset: place.offset + Number(asS64(offset.value)) };
}

/** Whether the value is surely an address: a helper's answer or a context. */
export function isAddress(value: Instruction): boolean {
  if (value.op === 'argument') return true;
  return value.op === 'call' && (helperById(value.helper)?.prototype.ret.kind.startsWith('PTR_') ?? false);
}

/** How often each value is an operand, of instructions and of terminators. */
export function countUses(blocks: readonly Block[]): Uses {
  const uses: Uses = new Map();
  const add = (value: Instruction): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const block of blocks) {
    for (const instruction of block.instructions) instruction.args.forEach(add);
    const end = block.terminator;
    if (end?.kind === 'return') add(end.value);
    if (end?.kind === 'branch') {
      add(end.a);
      add(end.b);
    }
  }
  return uses;
}

export type Uses = Map<Instruction, number>;
