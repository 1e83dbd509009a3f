// Values that get no instruction where they stand, because those that use them can do their work.

import { type Block, hasEffect, type Instruction, type InstructionOf, type Terminator } from './ir.ts';
import { isSigned, NARROWABLE } from './operators.ts';
import { constantOf, fitsImmediate, isAddress, type Uses } from './values.ts';

export interface Patterns {
  /** 32-bit arithmetic that is made together with its extension. */
  readonly narrowed: ReadonlySet<Instruction>;
  /** Extensions of 32 bits that only a comparison needs, which then compares 32 bits. */
  readonly compared: ReadonlySet<Instruction>;
  /** Sums with a constant that are made (again) where they are used. */
  readonly nearby: ReadonlySet<Instruction>;
}

export function findPatterns(blocks: readonly Block[], uses: Uses): Patterns {
  const compared = findCompared(blocks, uses);
  return { compared, narrowed: findNarrowed(blocks, uses, compared), nearby: findNearby(blocks, uses) };
}

/** Whether the number cannot outgrow an immediate on another kernel. */
export function isSmall(value: InstructionOf<'relocated'>): boolean {
  const { kind } = value.relocation;
  return (kind === 'field' || kind === 'tracepoint-field') && fitsImmediate(value.value);
}

// ---- comparisons of 32 bits

function findCompared(blocks: readonly Block[], uses: Uses): Set<Instruction> {
  const compared = new Set<Instruction>();
  const isNarrow = (value: Instruction): value is InstructionOf<'extend'> =>
    value.op === 'extend' && value.size === 4 && uses.get(value) === 1 && !constantOf(value.args[0]!);
  for (const { terminator } of blocks) {
    if (terminator?.kind !== 'branch') continue;
    for (const one of narrowOperands(terminator, isNarrow)) compared.add(one);
  }
  return compared;
}

function narrowOperands(
  { condition, a, b }: Terminator & { kind: 'branch' },
  isNarrow: (value: Instruction) => value is InstructionOf<'extend'>,
): Instruction[] {
  if (!isNarrow(a) || a === b || (!a.signed && isSigned(condition))) return [];
  if (b.op !== 'const') return isNarrow(b) && b.signed === a.signed ? [a, b] : [];
  // Numbers that keep their order when both sides lose their upper halves.
  const kept = a.signed ? BigInt.asUintN(64, BigInt.asIntN(32, b.value)) : BigInt.asUintN(32, b.value);
  return kept === b.value ? [a] : [];
}

// ---- arithmetic of 32 bits

/** `(u32)(a + b)` is one 32-bit addition when nobody else wants the sum. */
function findNarrowed(blocks: readonly Block[], uses: Uses, compared: ReadonlySet<Instruction>): Set<Instruction> {
  const narrowed = new Set<Instruction>();
  for (const { instructions } of blocks) {
    for (const one of instructions) {
      if (one.op !== 'extend' || one.size !== 4 || one.signed || compared.has(one)) continue;
      const inner = one.args[0]!;
      if (isNarrowable(inner) && uses.get(inner) === 1) narrowed.add(inner);
    }
  }
  return narrowed;
}

function isNarrowable(one: Instruction): boolean {
  if (one.op !== 'binary' || constantOf(one)) return false;
  const right = one.args[1]!;
  return NARROWABLE.has(one.kind) || (one.kind === 'shl' && right.op === 'const' && right.value < 32n);
}

// ---- addresses

/** Sums of an address and a constant: what they are made of is mostly alive anyway, so keeping both would cost a register. */
function findNearby(blocks: readonly Block[], uses: Uses): Set<Instruction> {
  const nearby = new Set<Instruction>();
  for (const { instructions } of blocks) for (const one of instructions) if (isNearby(one, uses)) nearby.add(one);
  if (nearby.size === 0) return nearby;
  // Elsewhere than in operands of calls and stores the very register may matter: what is compared has its bounds.
  for (const { instructions, terminator } of blocks) {
    for (const one of instructions) {
      if (hasEffect(one)) continue;
      for (const arg of one.args) nearby.delete(arg);
    }
    if (terminator?.kind === 'return') nearby.delete(terminator.value);
    if (terminator?.kind !== 'branch') continue;
    nearby.delete(terminator.a);
    nearby.delete(terminator.b);
  }
  return nearby;
}

function isNearby(one: Instruction, uses: Uses): boolean {
  if (one.op !== 'binary' || one.kind !== 'add' || constantOf(one)) return false;
  const [base, distance] = one.args as [Instruction, Instruction];
  if (constantOf(base) || !(isAddress(base) || uses.get(one) === 1)) return false;
  return distance.op === 'const' ? fitsImmediate(distance.value) : distance.op === 'relocated' && isSmall(distance);
}
