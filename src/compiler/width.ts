// How many bits a value can have set: an upper bound found by looking at how it is made.

import type { Instruction } from './ir.ts';

const DEPTH = 6;

/** The number of low bits outside of which the value is surely zero; 64 when nothing is known. */
export function widthOf(value: Instruction): number {
  return bound(value, DEPTH, false);
}

/** The same as far as the verifier of 5.10 knows it. */
export function knownWidthOf(value: Instruction): number {
  return bound(value, DEPTH, true);
}

function bound(value: Instruction, depth: number, known: boolean): number {
  switch (value.op) {
    case 'const':
      return value.value.toString(2).length;
    case 'load':
      return value.size * 8;
    case 'extend':
      return value.signed
        ? signedWidth(value, depth, known)
        : Math.min(value.size * 8, bound(value.args[0]!, depth - 1, known));
    case 'swap':
      return known ? 64 : value.size * 8;
    case 'binary':
      return depth > 0 ? binaryWidth(value, depth - 1, known) : 64;
    case 'phi':
      return depth > 0
        ? Math.max(0, ...value.args.map((arg) => (arg === value ? 0 : bound(arg, depth - 2, known))))
        : 64;
    default:
      return 64;
  }
}

/** Sign extension changes nothing when the sign bit is surely zero. */
function signedWidth(value: Instruction & { op: 'extend' }, depth: number, known: boolean): number {
  const width = bound(value.args[0]!, depth - 1, known);
  return width < value.size * 8 ? width : 64;
}

function binaryWidth(value: Instruction & { op: 'binary' }, depth: number, known: boolean): number {
  const [a, b] = value.args as [Instruction, Instruction];
  const left = (): number => bound(a, depth, known);
  const right = (): number => bound(b, depth, known);
  switch (value.kind) {
    case 'and':
      return Math.min(left(), right());
    case 'or':
    case 'xor':
      return Math.max(left(), right());
    case 'add':
      return Math.min(64, Math.max(left(), right()) + 1);
    case 'mul':
      return Math.min(64, left() + right());
    case 'shr':
      return b.op === 'const' ? Math.max(1, left() - Number(b.value & 63n)) : left();
    case 'shl':
      return b.op === 'const' ? Math.min(64, left() + Number(b.value & 63n)) : 64;
    case 'div':
      return known ? 64 : left();
    case 'mod':
      if (known) return 64;
      // x % 0 is x.
      return b.op === 'const' && b.value !== 0n ? Math.min(left(), right()) : left();
    default:
      return 64;
  }
}

export function fits32(value: Instruction): boolean {
  return widthOf(value) <= 32;
}
