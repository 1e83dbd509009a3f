// Removes what control cannot reach: blocks, and with them the operands that their jumps gave to phis.

import { successors } from '../graph.ts';
import type { Block, Func } from '../ir.ts';

/** In place; whether anything changed. Afterwards every block of the function can be reached. */
export function removeUnreachable(func: Func): boolean {
  const reached = new Set<Block>([func.blocks[0]!]);
  for (const block of reached) for (const next of successors(block)) reached.add(next);
  const all = func.blocks.every((block) => reached.has(block) && block.predecessors.every((from) => reached.has(from)));
  // Blocks that are jumped to but were never entered have no end; verify-ir reports them.
  if (all && reached.size === func.blocks.length) return false;
  for (const block of reached) keepPredecessors(block, reached);
  func.blocks = [...func.blocks.filter((block) => reached.has(block))];
  return true;
}

function keepPredecessors(block: Block, reached: ReadonlySet<Block>): void {
  const kept = block.predecessors.map((from) => reached.has(from));
  if (!kept.includes(false)) return;
  block.predecessors = block.predecessors.filter((_, index) => kept[index]);
  for (const phi of block.instructions) {
    if (phi.op !== 'phi') break;
    phi.args = phi.args.filter((_, index) => kept[index]);
  }
}
