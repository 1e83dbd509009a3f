// Removes instructions whose value nobody needs and that do nothing else.

import { type Block, type Func, hasEffect, type Instruction } from '../ir.ts';

/** In place; whether anything changed. Phis that only feed each other go, too. */
export function removeDeadCode(func: Func): boolean {
  const needed = new Set<Instruction>();
  const need = (value: Instruction): void => void needed.add(value);
  for (const block of func.blocks) {
    for (const instruction of block.instructions) if (hasEffect(instruction)) need(instruction);
    endOperands(block).forEach(need);
  }
  for (const instruction of needed) instruction.args.forEach(need);
  let changed = false;
  for (const block of func.blocks) {
    const kept = block.instructions.filter((instruction) => needed.has(instruction));
    if (kept.length === block.instructions.length) continue;
    block.instructions = kept;
    changed = true;
  }
  return changed;
}

function endOperands({ terminator }: Block): Instruction[] {
  if (terminator?.kind === 'return') return [terminator.value];
  return terminator?.kind === 'branch' ? [terminator.a, terminator.b] : [];
}
