// Makes a graph reducible. A loop with several entries gets one: a block that jumps to the entry that a local, the label,
// names; every edge to an entry sets the label and goes there first. Loops with one entry stay as they are.

import { type Block, type Graph, successors, type Terminator } from './cfg.ts';
import { orderOf } from './order.ts';

export function makeReducible(graph: Graph): Graph {
  const work = new Reducer(graph);
  work.run();
  return work.blocks;
}

class Reducer {
  readonly blocks: Block[];

  constructor(graph: Graph) {
    // The function begins in a block that nothing jumps to, so that no loop has to be entered there.
    const moved = graph.length;
    const move = (to: number): number => (to === 0 ? moved : to);
    this.blocks = graph.map((block) => ({ ...block, terminator: redirected(block.terminator, move) }));
    this.blocks.push(this.blocks[0]!);
    this.blocks[0] = { first: 0, end: 0, terminator: { kind: 'jump', to: moved } };
  }

  run(): void {
    // Sets of blocks whose loops are to be looked at, without the edges that make up the loops around them.
    const pending: ReadonlySet<number>[] = [new Set(orderOf(this.blocks).blocks)];
    for (let inside = pending.pop(); inside; inside = pending.pop()) {
      for (const loop of components(this.blocks, inside)) pending.push(this.#single(loop));
    }
  }

  /** Gives a loop one entry; what is left without it. */
  #single(loop: ReadonlySet<number>): ReadonlySet<number> {
    const entries = this.#entries(loop);
    if (entries.length === 1) return new Set([...loop].filter((block) => block !== entries[0]));
    const header = this.blocks.push({ first: 0, end: 0, terminator: { kind: 'dispatch', targets: entries } }) - 1;
    entries.forEach((entry, label) => {
      // Two blocks for each entry: were edges from inside and outside to share one, it would be a second entry itself.
      const fromInside = this.#setter(label, header);
      const fromOutside = this.#setter(label, header);
      this.#redirect(entry, (from) => (loop.has(from) ? fromInside : fromOutside), header);
    });
    return loop;
  }

  #setter(label: number, header: number): number {
    return this.blocks.push({ first: 0, end: 0, label, terminator: { kind: 'jump', to: header } }) - 1;
  }

  #entries(loop: ReadonlySet<number>): number[] {
    const entries = new Set<number>();
    this.blocks.forEach((block, from) => {
      if (loop.has(from)) return;
      for (const to of successors(block)) if (loop.has(to)) entries.add(to);
    });
    return [...entries];
  }

  #redirect(target: number, through: (from: number) => number, header: number): void {
    const count = this.blocks.length;
    for (let from = 0; from < count; from++) {
      if (from === header) continue;
      const block = this.blocks[from]!;
      const move = (to: number): number => (to === target ? through(from) : to);
      this.blocks[from] = { ...block, terminator: redirected(block.terminator, move) };
    }
  }
}

function redirected(terminator: Terminator, move: (to: number) => number): Terminator {
  switch (terminator.kind) {
    case 'jump':
      return { ...terminator, to: move(terminator.to) };
    case 'branch':
      return { ...terminator, taken: move(terminator.taken), next: move(terminator.next) };
    case 'dispatch':
      return { ...terminator, targets: terminator.targets.map(move) };
    default:
      return terminator;
  }
}

/** The loops among some blocks: strongly connected components (Tarjan), those of one block without an edge to itself left out. */
function components(blocks: readonly Block[], inside: ReadonlySet<number>): Set<number>[] {
  const found: Set<number>[] = [];
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();
  const begin = (block: number): { block: number; targets: number[] } => {
    index.set(block, index.size);
    low.set(block, index.get(block)!);
    open.push(block);
    isOpen.add(block);
    return { block, targets: successors(blocks[block]!).filter((to) => inside.has(to)) };
  };
  const close = (block: number): void => {
    if (low.get(block) !== index.get(block)) return;
    const members = open.splice(open.lastIndexOf(block));
    for (const member of members) isOpen.delete(member);
    if (members.length > 1 || successors(blocks[block]!).includes(block)) found.push(new Set(members));
  };
  for (const root of inside) {
    if (index.has(root)) continue;
    const path = [begin(root)];
    while (path.length > 0) {
      const { block, targets } = path[path.length - 1]!;
      const to = targets.pop();
      if (to === undefined) {
        path.pop();
        close(block);
        const above = path[path.length - 1]?.block;
        if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(block)!));
      } else if (!index.has(to)) path.push(begin(to));
      else if (isOpen.has(to)) low.set(block, Math.min(low.get(block)!, index.get(to)!));
    }
  }
  return found;
}
