// What passes that replace instructions share: a map from old values to new ones, and new constants.

import type { Block, Func, Instruction } from '../ir.ts';

/** Remembers what stands for what; `apply` puts it everywhere. */
export class Replacements {
  readonly #map = new Map<Instruction, Instruction>();

  get empty(): boolean {
    return this.#map.size === 0;
  }

  set(old: Instruction, by: Instruction): void {
    this.#map.set(old, by);
  }

  /** What stands for a value now. */
  of(value: Instruction): Instruction {
    let at = value;
    for (let next = this.#map.get(at); next; next = this.#map.get(at)) at = next;
    return at;
  }

  /** Puts the replacements into the operands of an instruction. */
  applyTo(instruction: Instruction): void {
    if (this.#map.size === 0) return;
    const { args } = instruction;
    for (let index = 0; index < args.length; index++) args[index] = this.of(args[index]!);
  }

  applyToEnd(block: Block): void {
    const end = block.terminator;
    if (end?.kind === 'return') {
      end.value = this.of(end.value);
    } else if (end?.kind === 'branch') {
      end.a = this.of(end.a);
      end.b = this.of(end.b);
    }
  }

  /** Puts the replacements everywhere and drops the instructions that were replaced. */
  apply(func: Func): void {
    if (this.#map.size === 0) return;
    for (const block of func.blocks) {
      block.instructions = block.instructions.filter((instruction) => !this.#map.has(instruction));
      for (const instruction of block.instructions) this.applyTo(instruction);
      this.applyToEnd(block);
    }
  }
}

/** Constants of a function: in the entry block, one instruction for each value. */
export class Constants {
  readonly #func: Func;
  readonly #known = new Map<bigint, Instruction>();
  readonly #added: Instruction[] = [];

  constructor(func: Func) {
    this.#func = func;
    for (const one of func.blocks[0]!.instructions) if (one.op === 'const') this.#known.set(one.value, one);
  }

  of(value: bigint): Instruction {
    const wanted = BigInt.asUintN(64, value);
    let constant = this.#known.get(wanted);
    if (!constant) {
      constant = { id: this.#func.nextId++, op: 'const', value: wanted, args: [] };
      this.#known.set(wanted, constant);
      this.#added.push(constant);
    }
    return constant;
  }

  /** Puts the new ones into the entry block. */
  commit(): void {
    this.#func.blocks[0]!.instructions.unshift(...this.#added.splice(0));
  }
}

/** The instructions of a block that begin it. */
export function phisOf(block: Block): (Instruction & { op: 'phi' })[] {
  const phis: (Instruction & { op: 'phi' })[] = [];
  for (const instruction of block.instructions) {
    if (instruction.op !== 'phi') break;
    phis.push(instruction);
  }
  return phis;
}
