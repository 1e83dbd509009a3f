// From a reducible graph to the nested blocks and loops of WebAssembly, by the dominator tree (Ramsey: Beyond Relooper,
// ICFP 2022): a block with several edges forward to it follows a `block` that ends where it begins, a block with an edge
// backwards to it begins a `loop`, every other block stands where its only edge is.
// The tree is walked with a list of what is left to do, since programs nest deeper than JavaScript recurses.

import type { Graph } from './cfg.ts';
import type { Order } from './order.ts';
import type { Code } from './wasm/code.ts';
import { Op } from './wasm/opcode.ts';

/** Writes what the blocks do. */
export interface BlockWriter {
  /** The block's instructions but the one that decides where to go on; the last of an `exit` block returns. */
  body(block: number): void;
  /** Leaves on the stack whether a branch is taken. */
  condition(block: number, negated: boolean): void;
  /** At the beginning of each turn of a loop. */
  turn(block: number): void;
  /** Leaves the label on the stack. */
  label(): void;
}

const NO_LABEL = -1;

export function writeStructured(graph: Graph, order: Order, code: Code, writer: BlockWriter): void {
  new Structure(graph, order, code, writer).run();
  // Every way returned or went back; WebAssembly asks for a result here all the same.
  code.op(Op.UNREACHABLE);
}

class Structure {
  readonly #graph: Graph;
  readonly #code: Code;
  readonly #writer: BlockWriter;
  readonly #order: Order;
  readonly #isMerge: Uint8Array;
  readonly #isLoop: Uint8Array;
  /** The merge blocks that each block immediately dominates, last in order first. */
  readonly #merges: (number[] | undefined)[];
  /** Depth of the label that leads to each block now. */
  readonly #labelOf: Int32Array;
  #depth = 0;
  readonly #left: (() => void)[] = [];

  constructor(graph: Graph, order: Order, code: Code, writer: BlockWriter) {
    this.#graph = graph;
    this.#code = code;
    this.#writer = writer;
    this.#order = order;
    this.#isMerge = new Uint8Array(graph.length);
    this.#isLoop = new Uint8Array(graph.length);
    this.#merges = new Array(graph.length).fill(undefined);
    this.#labelOf = new Int32Array(graph.length).fill(NO_LABEL);
    this.#classify();
  }

  run(): void {
    this.#next(0);
    for (let next = this.#left.pop(); next; next = this.#left.pop()) next();
  }

  #classify(): void {
    const { blocks, place, predecessors, dominator } = this.#order;
    for (let index = blocks.length - 1; index >= 0; index--) {
      const block = blocks[index]!;
      let forward = 0;
      for (const from of predecessors[block]!) {
        if (place[from]! >= index) this.#isLoop[block] = 1;
        else forward += this.#graph[from]!.terminator.kind === 'dispatch' ? 2 : 1;
      }
      if (forward < 2) continue;
      this.#isMerge[block] = 1;
      const parent = dominator[block]!;
      const list = this.#merges[parent];
      if (list) list.push(block);
      else this.#merges[parent] = [block];
    }
  }

  #next(block: number): void {
    this.#left.push(() => this.#tree(block));
  }

  /** A block and all that it dominates. */
  #tree(block: number): void {
    if (this.#isLoop[block] === 1) {
      this.#open(Op.LOOP, block);
      this.#left.push(() => this.#close(block));
      this.#writer.turn(block);
    }
    for (const merge of this.#merges[block] ?? []) {
      this.#open(Op.BLOCK, merge);
      this.#left.push(() => {
        this.#close(merge);
        this.#next(merge);
      });
    }
    this.#writer.body(block);
    this.#terminate(block);
  }

  #terminate(block: number): void {
    const { terminator } = this.#graph[block]!;
    switch (terminator.kind) {
      case 'exit':
      case 'off-end':
        return;
      case 'jump':
        this.#goOn(block, terminator.to);
        return;
      case 'dispatch':
        this.#writer.label();
        this.#code.brTable(terminator.targets.map((to) => this.#distance(to)));
        return;
      case 'branch':
        this.#branch(block, terminator.taken, terminator.next);
        return;
    }
  }

  #branch(block: number, taken: number, next: number): void {
    if (this.#hasLabel(block, taken)) {
      this.#writer.condition(block, false);
      this.#code.brIf(this.#distance(taken));
      this.#goOn(block, next);
    } else if (this.#hasLabel(block, next)) {
      this.#writer.condition(block, true);
      this.#code.brIf(this.#distance(next));
      this.#goOn(block, taken);
    } else {
      this.#writer.condition(block, false);
      this.#open(Op.IF);
      this.#left.push(
        () => this.#close(),
        () => this.#next(next),
        () => this.#code.op(Op.ELSE),
      );
      this.#next(taken);
    }
  }

  #goOn(from: number, to: number): void {
    if (this.#hasLabel(from, to)) this.#code.br(this.#distance(to));
    else this.#next(to);
  }

  #hasLabel(from: number, to: number): boolean {
    return this.#isMerge[to] === 1 || this.#order.place[to]! <= this.#order.place[from]!;
  }

  #distance(to: number): number {
    return this.#depth - 1 - this.#labelOf[to]!;
  }

  #open(code: number, block?: number): void {
    this.#code.open(code);
    // A merge block that heads a loop has a label before it and one in it, never both at once.
    if (block !== undefined) this.#labelOf[block] = this.#depth;
    this.#depth++;
  }

  #close(block?: number): void {
    this.#code.end();
    if (block !== undefined) this.#labelOf[block] = NO_LABEL;
    this.#depth--;
  }
}
