// The order in which blocks are selected and allocated: a reverse post order in which the blocks of a loop stand together and the usual
// way falls through. Blocks that cannot be reached are not in it; the verifier refuses programs that have them.

import { Dominators, loopDepths, reversePostOrder, successors } from './graph.ts';
import type { Block, Func } from './ir.ts';

export interface BlockOrder {
  readonly blocks: readonly Block[];
  /** In how many loops each block is. */
  readonly depth: ReadonlyMap<Block, number>;
}

export function orderBlocks(func: Func): BlockOrder {
  const dominators = new Dominators(reversePostOrder(func));
  const depth = loopDepths(dominators);
  const blocks = reversePostOrder(func, (block) => visitOrder(block, depth));
  return { blocks, depth };
}

/** What is visited first ends up last: ways out of a loop, then what should not fall through. */
function visitOrder(block: Block, depth: ReadonlyMap<Block, number>): Block[] {
  const end = block.terminator;
  if (end?.kind !== 'branch') return successors(block);
  const then = depth.get(end.then) ?? 0;
  const otherwise = depth.get(end.otherwise) ?? 0;
  if (then !== otherwise) return then < otherwise ? [end.then, end.otherwise] : [end.otherwise, end.then];
  // `set` has no inverse, so its `otherwise` must be what falls through.
  return end.condition === 'set' ? [end.then, end.otherwise] : [end.otherwise, end.then];
}
