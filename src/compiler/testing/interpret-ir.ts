// Runs a function of the intermediate form, for tests.

import type { Block, Func, Instruction, InstructionOf, StackSlot } from '../ir.ts';
import { arithmetic, compare, resultOf, reverse, type TestCall, TestMemory, type TestRun, u64 } from './semantics.ts';

const MAX_STEPS = 100_000;

export function interpretIr(func: Func, args: readonly bigint[] = [], calls: TestCall[] = []): TestRun {
  return new Interpreter(func, args, calls).run();
}

class Interpreter {
  readonly #func: Func;
  readonly #args: readonly bigint[];
  readonly #calls: TestCall[];
  readonly #values = new Map<Instruction, bigint>();
  readonly #memory = new TestMemory();
  readonly #slots = new Map<StackSlot, bigint>();

  constructor(func: Func, args: readonly bigint[], calls: TestCall[]) {
    this.#func = func;
    this.#args = args;
    this.#calls = calls;
  }

  run(): TestRun {
    let block = this.#func.blocks[0]!;
    let from: { block: Block; occurrence: number } | undefined;
    for (let step = 0; step < MAX_STEPS; step++) {
      this.#enter(block, from);
      for (const instruction of block.instructions) {
        if (instruction.op !== 'phi') this.#values.set(instruction, u64(this.#evaluate(instruction)));
      }
      const end = block.terminator!;
      if (end.kind === 'return') return { result: this.#of(end.value), calls: this.#calls };
      let next = end.kind === 'jump' ? end.to : end.then;
      let occurrence = 0;
      if (end.kind === 'branch' && !compare(end.condition, this.#of(end.a), this.#of(end.b))) {
        next = end.otherwise;
        occurrence = end.then === end.otherwise ? 1 : 0;
      }
      from = { block, occurrence };
      block = next;
    }
    throw new Error('too many steps');
  }

  #enter(block: Block, from: { block: Block; occurrence: number } | undefined): void {
    const phis = block.instructions.filter((one) => one.op === 'phi');
    if (phis.length === 0 || !from) return;
    let index = block.predecessors.indexOf(from.block);
    if (from.occurrence === 1) index = block.predecessors.indexOf(from.block, index + 1);
    const values = phis.map((phi) => this.#of(phi.args[index]!));
    phis.forEach((phi, at) => void this.#values.set(phi, values[at]!));
  }

  #of(value: Instruction): bigint {
    const found = this.#values.get(value);
    if (found === undefined) throw new Error(`%${value.id} is used before it is made`);
    return found;
  }

  #evaluate(instruction: Instruction): bigint {
    const args = instruction.args.map((arg) => this.#of(arg));
    const [a, b] = args as [bigint, bigint];
    switch (instruction.op) {
      case 'const':
      case 'relocated':
        return instruction.value;
      case 'argument':
        return this.#args[instruction.index]!;
      case 'binary':
        return arithmetic(instruction.kind, a, b);
      case 'extend':
        return instruction.signed ? BigInt.asIntN(instruction.size * 8, a) : BigInt.asUintN(instruction.size * 8, a);
      case 'swap':
        return reverse(a, instruction.size);
      case 'load':
        return this.#memory.read(a + BigInt(instruction.offset), instruction.size);
      case 'store':
        this.#memory.write(a + BigInt(instruction.offset), instruction.size, b);
        return 0n;
      case 'atomic':
        return this.#atomic(instruction, args);
      case 'slot':
        return this.#slot(instruction.slot);
      case 'call': {
        const call = { helper: instruction.helper, args };
        this.#calls.push(call);
        return resultOf(call);
      }
      case 'call-function':
        return interpretIr(instruction.callee, args, this.#calls).result;
      default:
        throw new Error(`the test interpreter does not know ${instruction.op}`);
    }
  }

  #slot(slot: StackSlot): bigint {
    let address = this.#slots.get(slot);
    if (address === undefined) {
      address = 0x1000n * BigInt(this.#slots.size + 1);
      this.#slots.set(slot, address);
    }
    return address;
  }

  #atomic(instruction: InstructionOf<'atomic'>, args: readonly bigint[]): bigint {
    const address = args[0]! + BigInt(instruction.offset);
    const bits = instruction.size * 8;
    const old = this.#memory.read(address, instruction.size);
    const operand = BigInt.asUintN(bits, args[1]!);
    switch (instruction.kind) {
      case 'xchg':
        this.#memory.write(address, instruction.size, operand);
        break;
      case 'cmpxchg':
        if (old === BigInt.asUintN(bits, args[2]!)) this.#memory.write(address, instruction.size, operand);
        break;
      default:
        this.#memory.write(address, instruction.size, arithmetic(instruction.kind, old, operand));
    }
    return old;
  }
}
