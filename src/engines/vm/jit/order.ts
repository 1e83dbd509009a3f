// Reverse postorder and dominators of a graph (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm).

import { type Graph, successors } from './cfg.ts';

export interface Order {
  /** Blocks in reverse postorder. */
  readonly blocks: readonly number[];
  /** Place of each block in it. */
  readonly place: Int32Array;
  /** Immediate dominator of each block; the entry's is itself. */
  readonly dominator: Int32Array;
  /** Blocks that each block jumps to, and from which it is jumped to. */
  readonly successors: readonly (readonly number[])[];
  readonly predecessors: readonly (readonly number[])[];
}

export function orderOf(graph: Graph): Order {
  const next = graph.map(successors);
  const blocks = reversePostorder(next);
  const place = new Int32Array(graph.length);
  blocks.forEach((block, index) => {
    place[block] = index;
  });
  const previous: number[][] = graph.map(() => []);
  for (const block of blocks) for (const to of next[block]!) previous[to]!.push(block);
  return { blocks, place, dominator: dominators(blocks, place, previous), successors: next, predecessors: previous };
}

function reversePostorder(next: readonly (readonly number[])[]): number[] {
  const seen = new Uint8Array(next.length);
  const done = new Int32Array(next.length);
  const order: number[] = [];
  const path = [0];
  seen[0] = 1;
  while (path.length > 0) {
    const block = path[path.length - 1]!;
    const targets = next[block]!;
    const at = done[block]!;
    if (at === targets.length) {
      order.push(block);
      path.pop();
      continue;
    }
    done[block] = at + 1;
    const target = targets[at]!;
    if (seen[target] === 1) continue;
    seen[target] = 1;
    path.push(target);
  }
  return order.reverse();
}

function dominators(
  blocks: readonly number[],
  place: Int32Array,
  predecessors: readonly (readonly number[])[],
): Int32Array {
  const dominator = new Int32Array(place.length).fill(-1);
  dominator[0] = 0;
  const common = (one: number, other: number): number => {
    let a = one;
    let b = other;
    while (a !== b) {
      while (place[a]! > place[b]!) a = dominator[a]!;
      while (place[b]! > place[a]!) b = dominator[b]!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks) {
      if (block === 0) continue;
      let found = -1;
      for (const from of predecessors[block]!) {
        if (dominator[from] === -1) continue;
        found = found === -1 ? from : common(from, found);
      }
      if (dominator[block] === found) continue;
      dominator[block] = found;
      changed = true;
    }
  }
  return dominator;
}

/** Whether every way to `block` leads through `by`. */
export function isDominated({ dominator, place }: Order, block: number, by: number): boolean {
  let at = block;
  while (place[at]! > place[by]!) at = dominator[at]!;
  return at === by;
}

/** Whether each loop has one entry: the target of every edge backwards dominates its source. */
export function isReducible(order: Order): boolean {
  const { blocks, place, successors: next } = order;
  return blocks.every((block) =>
    next[block]!.every((to) => place[to]! > place[block]! || isDominated(order, block, to)),
  );
}

/** Whether any edge leads backwards. */
export function hasLoops({ blocks, place, successors: next }: Order): boolean {
  return blocks.some((block) => next[block]!.some((to) => place[to]! <= place[block]!));
}
