// Identities of 64-bit arithmetic: what an operation can be replaced by. No rule may take a bound away that the verifier
// would have seen: a value that somebody compares keeps its own instruction, and masks go only where the verifier knows
// the value's width itself (it learns nothing from division, modulo and byte swaps before 6.16).

import { arithmetic, reverseBytes } from '../arithmetic.ts';
import type { BinaryKind, Instruction, InstructionOf } from '../ir.ts';
import { asS64, U64 } from '../values.ts';
import { knownWidthOf } from '../width.ts';

/** What rules make new instructions with. */
export interface Maker {
  constant(value: bigint): Instruction;
  binary(kind: BinaryKind, a: Instruction, b: Instruction): Instruction;
  extend(value: Instruction, size: 1 | 2 | 4, signed: boolean): Instruction;
  /** Whether nobody else uses the value. */
  isSole(value: Instruction): boolean;
}

const COMMUTATIVE: ReadonlySet<BinaryKind> = new Set(['add', 'mul', 'and', 'or', 'xor']);

/** The value in a simpler form, or undefined. */
export function simplifyBinary(one: InstructionOf<'binary'>, make: Maker): Instruction | undefined {
  const [a, b] = one.args as [Instruction, Instruction];
  if (a.op === 'const' && b.op === 'const') return make.constant(arithmetic(one.kind, a.value, b.value));
  if (a.op === 'const' && COMMUTATIVE.has(one.kind)) return make.binary(one.kind, b, a);
  if (a === b) return simplifyTwins(one.kind, a, make);
  return b.op === 'const' ? simplifyRight(one.kind, a, b.value, make) : undefined;
}

function simplifyTwins(kind: BinaryKind, a: Instruction, make: Maker): Instruction | undefined {
  if (kind === 'sub' || kind === 'xor') return make.constant(0n);
  return kind === 'and' || kind === 'or' ? a : undefined;
}

function simplifyRight(kind: BinaryKind, a: Instruction, right: bigint, make: Maker): Instruction | undefined {
  switch (kind) {
    case 'add':
      return right === 0n ? a : joinAdditions(a, right, make);
    case 'sub':
      return make.binary('add', a, make.constant(-right));
    case 'mul':
      return simplifyMultiplication(a, right, make);
    case 'div':
      if (right === 0n) return make.constant(0n);
      if (right === 1n) return a;
      return isPower(right) ? make.binary('shr', a, make.constant(log2(right))) : undefined;
    case 'mod':
      if (right === 0n) return a;
      return isPower(right) ? make.binary('and', a, make.constant(right - 1n)) : undefined;
    case 'and':
      return simplifyMask(a, right, make);
    case 'or':
      if (right === 0n) return a;
      return right === U64 ? make.constant(U64) : undefined;
    case 'xor':
      return right === 0n ? a : undefined;
    default:
      return simplifyShift(kind, a, right, make);
  }
}

/** (x + c) + d. A sum that is used otherwise, too, may be what was compared. */
function joinAdditions(a: Instruction, right: bigint, make: Maker): Instruction | undefined {
  if (a.op === 'map-value') return undefined;
  const inner = a.op === 'binary' && a.kind === 'add' ? a.args[1]! : undefined;
  if (inner?.op !== 'const' || (!make.isSole(a) && a.args[0]!.op !== 'slot')) return undefined;
  return make.binary('add', a.args[0]!, make.constant(inner.value + right));
}

function simplifyMultiplication(a: Instruction, right: bigint, make: Maker): Instruction | undefined {
  if (right === 0n) return make.constant(0n);
  if (right === 1n) return a;
  if (right === U64) return make.binary('sub', make.constant(0n), a);
  return isPower(right) ? make.binary('shl', a, make.constant(log2(right))) : undefined;
}

function simplifyMask(a: Instruction, mask: bigint, make: Maker): Instruction | undefined {
  if (mask === 0n) return make.constant(0n);
  if (mask === U64) return a;
  const low = lowOnes(mask);
  if (low !== undefined && knownWidthOf(a) <= low) return a;
  if (a.op === 'binary' && a.kind === 'and' && a.args[1]!.op === 'const' && make.isSole(a)) {
    return make.binary('and', a.args[0]!, make.constant(a.args[1]!.value & mask));
  }
  if (a.op === 'extend' && low !== undefined && low <= a.size * 8 && make.isSole(a)) {
    return make.binary('and', a.args[0]!, make.constant(mask));
  }
  // `w &= -1` is one instruction; an AND with 0xffffffff needs the number in a register.
  return mask === 0xffff_ffffn ? make.extend(a, 4, false) : undefined;
}

function simplifyShift(kind: BinaryKind, a: Instruction, right: bigint, make: Maker): Instruction | undefined {
  const count = right & 63n;
  if (count === 0n) return a;
  const inner = a.op === 'binary' && a.kind === kind ? a.args[1]! : undefined;
  if (inner?.op === 'const' && make.isSole(a) && kind !== 'sar') {
    const sum = (inner.value & 63n) + count;
    if (sum > 63n) return make.constant(0n);
    return make.binary(kind, a.args[0]!, make.constant(sum));
  }
  if (kind === 'shl' && a.op === 'extend' && count >= BigInt(64 - a.size * 8)) {
    return make.binary(kind, a.args[0]!, make.constant(count));
  }
  return count === right ? undefined : make.binary(kind, a, make.constant(count));
}

/** The value in a simpler form, or undefined. */
export function simplifyExtend(one: InstructionOf<'extend'>, make: Maker): Instruction | undefined {
  const [value] = one.args as [Instruction];
  const bits = one.size * 8;
  if (value.op === 'const') {
    return make.constant(one.signed ? BigInt.asIntN(bits, value.value) : BigInt.asUintN(bits, value.value));
  }
  const width = knownWidthOf(value);
  if (one.signed ? width < bits : width <= bits) return value;
  if (value.op === 'extend') {
    if (one.size <= value.size) return make.extend(value.args[0]!, one.size, one.signed);
    if (one.signed && value.signed) return value;
  }
  if (value.op === 'binary' && value.kind === 'and' && value.args[1]!.op === 'const' && make.isSole(value)) {
    const low = lowOnes(BigInt.asUintN(bits, value.args[1]!.value));
    if (low === bits) return make.extend(value.args[0]!, one.size, one.signed);
  }
  return undefined;
}

export function simplifySwap(one: InstructionOf<'swap'>, make: Maker): Instruction | undefined {
  const [value] = one.args as [Instruction];
  if (value.op === 'const') return make.constant(reverseBytes(value.value, one.size));
  if (value.op !== 'swap' || value.size !== one.size) return undefined;
  return one.size === 8 ? value.args[0] : make.extend(value.args[0]!, one.size, false);
}

/** A value of which only the low `size` bytes are stored: what they come from. */
export function lowBytesOf(value: Instruction, size: number): Instruction {
  let at = value;
  for (;;) {
    if (at.op === 'extend' && at.size >= size) {
      at = at.args[0]!;
    } else if (at.op === 'binary' && at.kind === 'and' && at.args[1]!.op === 'const') {
      const low = lowOnes(BigInt.asUintN(size * 8, at.args[1]!.value));
      if (low !== size * 8) return at;
      at = at.args[0]!;
    } else {
      return at;
    }
  }
}

/** How many ones a mask of low ones has; undefined for other masks. */
function lowOnes(mask: bigint): number | undefined {
  return mask !== 0n && (mask & (mask + 1n)) === 0n ? mask.toString(2).length : undefined;
}

function isPower(value: bigint): boolean {
  return value > 0n && (value & (value - 1n)) === 0n;
}

function log2(value: bigint): bigint {
  return BigInt(value.toString(2).length - 1);
}

/** Whether adding the constant to an offset gives one that fits an instruction. */
export function addOffset(offset: number, value: bigint): number | undefined {
  const sum = BigInt(offset) + asS64(value);
  return sum >= -0x8000n && sum <= 0x7fffn ? Number(sum) : undefined;
}
