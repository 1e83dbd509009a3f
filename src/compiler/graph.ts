// Questions about the control flow of a function: successors, orders, dominators and loops.

import type { Block, Func } from './ir.ts';

export function successors(block: Block): Block[] {
  const end = block.terminator;
  if (end?.kind === 'jump') return [end.to];
  return end?.kind === 'branch' ? [end.then, end.otherwise] : [];
}

/** The blocks that can be reached, each before its successors except along back edges. */
export function reversePostOrder(func: Func, next: (block: Block) => Block[] = successors): Block[] {
  const entry = func.blocks[0]!;
  const seen = new Set([entry]);
  const order: Block[] = [];
  const stack: { block: Block; rest: Block[] }[] = [{ block: entry, rest: next(entry) }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const following = top.rest.shift();
    if (!following) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(following)) {
      seen.add(following);
      stack.push({ block: following, rest: next(following) });
    }
  }
  return order.reverse();
}

/** Which block every way to a block passes last. */
export class Dominators {
  readonly order: readonly Block[];
  readonly #immediate: Int32Array;
  readonly #index = new Map<Block, number>();

  /** Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm. `order` is a reverse post order. */
  constructor(order: readonly Block[]) {
    this.order = order;
    order.forEach((block, index) => {
      this.#index.set(block, index);
    });
    this.#immediate = new Int32Array(order.length).fill(-1);
    this.#immediate[0] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let index = 1; index < order.length; index++) {
        const found = this.#meet(order[index]!);
        if (found === this.#immediate[index]) continue;
        this.#immediate[index] = found;
        changed = true;
      }
    }
  }

  #meet(block: Block): number {
    let found = -1;
    for (const predecessor of block.predecessors) {
      const other = this.#index.get(predecessor);
      if (other === undefined || this.#immediate[other] === -1) continue;
      found = found === -1 ? other : this.#intersect(other, found);
    }
    return found;
  }

  #intersect(a: number, b: number): number {
    let [left, right] = [a, b];
    while (left !== right) {
      while (left > right) left = this.#immediate[left]!;
      while (right > left) right = this.#immediate[right]!;
    }
    return left;
  }

  /** The block's immediate dominator, or undefined for the entry. */
  of(block: Block): Block | undefined {
    const index = this.#index.get(block);
    return index === undefined || index === 0 ? undefined : this.order[this.#immediate[index]!];
  }

  /** Whether `a` dominates `b`; each block dominates itself. */
  dominates(a: Block, b: Block): boolean {
    const target = this.#index.get(a);
    let index = this.#index.get(b);
    if (target === undefined || index === undefined) return false;
    while (index > target) index = this.#immediate[index]!;
    return index === target;
  }

  /** The blocks that each block dominates immediately. */
  children(): Map<Block, Block[]> {
    const children = new Map<Block, Block[]>(this.order.map((block) => [block, []]));
    for (const block of this.order) {
      const parent = this.of(block);
      if (parent) children.get(parent)!.push(block);
    }
    return children;
  }
}

/** In how many loops each block is. */
export function loopDepths(dominators: Dominators): Map<Block, number> {
  const depths = new Map<Block, number>(dominators.order.map((block) => [block, 0]));
  for (const header of dominators.order) {
    for (const block of loopOf(header, dominators) ?? []) depths.set(block, (depths.get(block) ?? 0) + 1);
  }
  return depths;
}

/** The blocks of the loop that begins at `header`, or undefined when none does. */
function loopOf(header: Block, dominators: Dominators): Set<Block> | undefined {
  const latches = header.predecessors.filter((block) => dominators.dominates(header, block));
  if (latches.length === 0) return undefined;
  const body = new Set([header]);
  const work = [...latches];
  for (let block = work.pop(); block; block = work.pop()) {
    if (body.has(block)) continue;
    body.add(block);
    work.push(...block.predecessors);
  }
  return body;
}
