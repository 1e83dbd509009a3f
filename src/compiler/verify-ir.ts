// Checks the structure of the intermediate form: every pass may rely on it and must leave it so.

import { assert } from '../base/error.ts';
import { Dominators, reversePostOrder, successors } from './graph.ts';
import type { Block, Func, Instruction, Op } from './ir.ts';

/** Throws at the first thing that is wrong; `after` names the pass that ran. */
export function verifyIr(func: Func, after = 'building'): void {
  new Verifier(func, after).run();
}

/** How many operands an operation takes; undefined where that varies. */
const ARITY: Partial<Readonly<Record<Op, number>>> = {
  const: 0,
  argument: 0,
  binary: 2,
  extend: 1,
  swap: 1,
  load: 1,
  store: 2,
  slot: 0,
  map: 0,
  'map-value': 0,
  relocated: 0,
  function: 0,
};

class Verifier {
  readonly #func: Func;
  readonly #after: string;
  readonly #reachable: readonly Block[];
  readonly #dominators: Dominators;
  /** Where each value is made. */
  readonly #places = new Map<Instruction, { block: Block; index: number }>();

  constructor(func: Func, after: string) {
    this.#func = func;
    this.#after = after;
    this.#reachable = reversePostOrder(func);
    this.#dominators = new Dominators(this.#reachable);
  }

  run(): void {
    const ids = new Set<number>();
    for (const block of this.#func.blocks) {
      block.instructions.forEach((instruction, index) => {
        this.#check(!ids.has(instruction.id), `%${instruction.id} stands twice`);
        ids.add(instruction.id);
        this.#places.set(instruction, { block, index });
      });
    }
    const listed = new Set(this.#func.blocks);
    this.#check(listed.size === this.#func.blocks.length, 'a block is listed twice');
    for (const block of this.#reachable) {
      this.#check(listed.has(block), `${title(block)} is reached but was never entered`);
      this.#checkBlock(block);
    }
  }

  #check(condition: boolean, message: string): void {
    assert(condition, `${this.#func.name} after ${this.#after}: ${message}`);
  }

  #checkBlock(block: Block): void {
    this.#check(block.terminator !== undefined, `${title(block)} has no end`);
    this.#checkEdges(block);
    let phisDone = false;
    block.instructions.forEach((instruction, index) => {
      if (instruction.op === 'phi') this.#check(!phisDone, `%${instruction.id} is a phi inside ${title(block)}`);
      else phisDone = true;
      this.#checkOperands(block, instruction, index);
    });
    const end = block.terminator!;
    if (end.kind === 'return') this.#checkUse(end.value, block, block.instructions.length, 'return');
    if (end.kind === 'branch') {
      this.#checkUse(end.a, block, block.instructions.length, 'branch');
      this.#checkUse(end.b, block, block.instructions.length, 'branch');
    }
  }

  #checkEdges(block: Block): void {
    for (const next of new Set(successors(block))) {
      const out = successors(block).filter((one) => one === next).length;
      const into = next.predecessors.filter((one) => one === block).length;
      this.#check(out === into, `${title(block)} and ${title(next)} disagree about the edge between them`);
    }
    for (const from of block.predecessors) {
      this.#check(successors(from).includes(block), `${title(from)} does not lead to ${title(block)}`);
    }
  }

  #checkOperands(block: Block, instruction: Instruction, index: number): void {
    const { op, args, id } = instruction;
    const arity = ARITY[op];
    this.#check(arity === undefined || args.length === arity, `%${id} (${op}) has ${args.length} operands`);
    if (instruction.op === 'phi') {
      this.#check(args.length === block.predecessors.length, `phi %${id} has ${args.length} operands`);
      args.forEach((arg, at) => {
        const from = block.predecessors[at]!;
        if (this.#dominators.order.includes(from)) this.#checkUse(arg, from, from.instructions.length, `phi %${id}`);
      });
      return;
    }
    for (const arg of args) this.#checkUse(arg, block, index, `%${id} (${op})`);
  }

  #checkUse(value: Instruction, block: Block, index: number, user: string): void {
    const place = this.#places.get(value);
    this.#check(
      place !== undefined,
      `${user} in ${title(block)} uses %${value.id} (${value.op}), which is not in the function`,
    );
    const { block: from, index: at } = place!;
    const before = from === block ? at < index : this.#dominators.dominates(from, block);
    this.#check(
      before,
      `${user} in ${title(block)} uses %${value.id} (${value.op}) of ${title(from)}, which may not have run`,
    );
  }
}

function title(block: Block): string {
  return `${block.name}${block.id}`;
}
