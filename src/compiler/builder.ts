// Makes functions in SSA form on the fly: blocks are filled in program order, variables are read and written by name, and
// phis appear where they are needed (Braun et al., Simple and Efficient Construction of SSA Form, CC 2013).
// A block is sealed once all its predecessors are known; only then can its incomplete phis be completed.

import { assert } from '../base/error.ts';
import type { Span } from '../base/source.ts';
import type { CodeFunction } from '../image/index.ts';
import { CompileError } from './error.ts';
import type {
  AccessSize,
  BinaryKind,
  Block,
  Condition,
  Func,
  Instruction,
  InstructionOf,
  OpenRelocation,
  StackSlot,
} from './ir.ts';

/** Far above what the kernel takes: unrolled loops inside each other must not take all memory first. */
const MOST_NODES = 250_000;

/** A mutable local of 64 bits. */
export interface Variable {
  readonly name: string;
}

/** What an instruction is besides its id, operands and notes. */
type Shape<T> = T extends unknown ? Omit<T, 'id' | 'args' | 'span' | 'comment'> : never;
export type InstructionShape = Shape<Instruction>;

export class FunctionBuilder {
  readonly func: Func;
  /** Attached to every instruction made from now on. */
  span: Span | undefined;
  #block: Block;
  #nextBlock = 0;
  #nextSlot = 0;
  readonly #definitions = new Map<Block, Map<Variable, Instruction>>();
  readonly #incomplete = new Map<Block, Map<Variable, InstructionOf<'phi'>>>();
  readonly #sealed = new Set<Block>();
  readonly #constants = new Map<bigint, Instruction>();

  constructor(name: string, shape: CodeFunction['shape']) {
    this.func = { name, shape, blocks: [], nextId: 0 };
    this.#block = this.block('entry');
    this.func.blocks.push(this.#block);
    this.seal(this.#block);
  }

  /** The block that is being filled. */
  get current(): Block {
    return this.#block;
  }

  /** Whether the current block has ended, so that what follows cannot be reached. */
  get ended(): boolean {
    return this.#block.terminator !== undefined;
  }

  /** A new block, not yet part of the function; `enter` adds it. */
  block(name: string): Block {
    this.#checkSize(this.#nextBlock);
    return { id: this.#nextBlock++, name, instructions: [], terminator: undefined, predecessors: [] };
  }

  /** Goes on in `block`; unless `open`, all jumps to it have been made. */
  enter(block: Block, open = false): void {
    this.func.blocks.push(block);
    this.#block = block;
    if (!open) this.seal(block);
  }

  /** Says that all jumps to the block have been made. */
  seal(block: Block): void {
    this.#sealed.add(block);
    const waiting = this.#incomplete.get(block);
    if (!waiting) return;
    this.#incomplete.delete(block);
    for (const [variable, phi] of waiting) this.#completePhi(block, variable, phi);
  }

  // ---- the ends of blocks

  jump(to: Block): void {
    if (this.ended) return;
    this.#block.terminator = { kind: 'jump', to, ...this.#at() };
    to.predecessors.push(this.#block);
  }

  branch(condition: Condition, a: Instruction, b: Instruction | bigint | number, then: Block, otherwise: Block): void {
    if (this.ended) return;
    const right = typeof b === 'object' ? b : this.const(b);
    this.#block.terminator = { kind: 'branch', condition, a, b: right, then, otherwise, ...this.#at() };
    then.predecessors.push(this.#block);
    otherwise.predecessors.push(this.#block);
  }

  return(value: Instruction | bigint | number): void {
    if (this.ended) return;
    const result = typeof value === 'object' ? value : this.const(value);
    this.#block.terminator = { kind: 'return', value: result, ...this.#at() };
  }

  // ---- structured control flow

  /** Runs `then` where the comparison holds, `otherwise` where it does not, and goes on after both. */
  if(
    condition: Condition,
    a: Instruction,
    b: Instruction | bigint | number,
    then: () => void,
    otherwise?: () => void,
  ): void {
    const yes = this.block('then');
    const after = this.block('after');
    const no = otherwise ? this.block('else') : after;
    this.branch(condition, a, b, yes, no);
    this.enter(yes);
    then();
    this.jump(after);
    if (otherwise) {
      this.enter(no);
      otherwise();
      this.jump(after);
    }
    this.enter(after);
  }

  /** The value of `then` or of `otherwise`, whichever ran. */
  choose(
    condition: Condition,
    a: Instruction,
    b: Instruction | bigint | number,
    then: () => Instruction,
    otherwise: () => Instruction,
  ): Instruction {
    const result = this.variable('choice');
    this.if(
      condition,
      a,
      b,
      () => this.write(result, then()),
      () => this.write(result, otherwise()),
    );
    return this.read(result);
  }

  /** 1 where the comparison holds, else 0. */
  compare(condition: Condition, a: Instruction, b: Instruction | bigint | number): Instruction {
    return this.choose(
      condition,
      a,
      b,
      () => this.const(1),
      () => this.const(0),
    );
  }

  // ---- variables

  variable(name: string): Variable {
    return { name };
  }

  write(variable: Variable, value: Instruction): void {
    // Behind the end of a block nothing is kept; successors must not see a value that is not there.
    if (!this.ended) this.#define(this.#block, variable, value);
  }

  read(variable: Variable): Instruction {
    return this.#readIn(this.#block, variable);
  }

  #define(block: Block, variable: Variable, value: Instruction): void {
    let definitions = this.#definitions.get(block);
    if (!definitions) {
      definitions = new Map();
      this.#definitions.set(block, definitions);
    }
    definitions.set(variable, value);
  }

  #readIn(block: Block, variable: Variable): Instruction {
    const known = this.#definitions.get(block)?.get(variable);
    if (known) return known;
    const value = this.#readThrough(block, variable);
    this.#define(block, variable, value);
    return value;
  }

  #readThrough(block: Block, variable: Variable): Instruction {
    if (!this.#sealed.has(block)) {
      const phi = this.#phi(block, variable);
      let waiting = this.#incomplete.get(block);
      if (!waiting) {
        waiting = new Map();
        this.#incomplete.set(block, waiting);
      }
      waiting.set(variable, phi);
      return phi;
    }
    const [only, ...more] = block.predecessors;
    // Unreachable code and variables that were never written read as zero, as the language says.
    if (!only) return this.const(0);
    if (more.length === 0) return this.#readIn(only, variable);
    const phi = this.#phi(block, variable);
    // Defined before the operands are read, so that a loop finds it.
    this.#define(block, variable, phi);
    return this.#completePhi(block, variable, phi);
  }

  #phi(block: Block, variable: Variable): InstructionOf<'phi'> {
    const phi: InstructionOf<'phi'> = { id: this.func.nextId++, op: 'phi', args: [], comment: variable.name };
    block.instructions.unshift(phi);
    return phi;
  }

  #completePhi(block: Block, variable: Variable, phi: InstructionOf<'phi'>): Instruction {
    phi.args = block.predecessors.map((predecessor) => this.#readIn(predecessor, variable));
    return phi;
  }

  // ---- instructions

  /** Adds an instruction at the end of the current block. What comes after the end of a block is made but not kept. */
  emit(shape: InstructionShape, args: Instruction[] = []): Instruction {
    this.#checkSize(this.func.nextId);
    const instruction = { ...shape, id: this.func.nextId++, args, ...this.#at() } as Instruction;
    if (!this.ended) this.#block.instructions.push(instruction);
    return instruction;
  }

  #checkSize(nodes: number): void {
    if (nodes < MOST_NODES) return;
    throw new CompileError(
      'program-too-large',
      `${this.func.name} is too large`,
      ['split the probe, or unroll less'],
      this.span,
    );
  }

  /** Constants live in the entry block, one instruction for each value. */
  const(value: bigint | number): Instruction {
    const wanted = BigInt.asUintN(64, BigInt(value));
    let constant = this.#constants.get(wanted);
    if (!constant) {
      constant = { id: this.func.nextId++, op: 'const', value: wanted, args: [] };
      this.#constants.set(wanted, constant);
      this.func.blocks[0]!.instructions.unshift(constant);
    }
    return constant;
  }

  argument(index: number): Instruction {
    const entry = this.func.blocks[0]!;
    const known = entry.instructions.find((one) => one.op === 'argument' && one.index === index);
    if (known) return known;
    const argument: Instruction = { id: this.func.nextId++, op: 'argument', index, args: [] };
    entry.instructions.unshift(argument);
    return argument;
  }

  binary(kind: BinaryKind, a: Instruction, b: Instruction | bigint | number): Instruction {
    return this.emit({ op: 'binary', kind }, [a, typeof b === 'object' ? b : this.const(b)]);
  }

  add(a: Instruction, b: Instruction | bigint | number): Instruction {
    return this.binary('add', a, b);
  }

  sub(a: Instruction, b: Instruction | bigint | number): Instruction {
    return this.binary('sub', a, b);
  }

  and(a: Instruction, b: Instruction | bigint | number): Instruction {
    return this.binary('and', a, b);
  }

  /** The low `size` bytes of a value extended to 64 bits; of 8 bytes it is the value itself. */
  extend(value: Instruction, size: number, signed: boolean): Instruction {
    return size === 8 ? value : this.emit({ op: 'extend', size: size as 1 | 2 | 4, signed }, [value]);
  }

  swap(value: Instruction, size: 2 | 4 | 8): Instruction {
    return this.emit({ op: 'swap', size }, [value]);
  }

  /** Zero-extended. */
  load(size: AccessSize, base: Instruction, offset = 0, relocation?: OpenRelocation): Instruction {
    return this.emit({ op: 'load', size, offset, ...(relocation ? { relocation } : {}) }, [base]);
  }

  store(size: AccessSize, base: Instruction, offset: number, value: Instruction | bigint | number): void {
    this.emit({ op: 'store', size, offset }, [base, typeof value === 'object' ? value : this.const(value)]);
  }

  atomicAdd(size: 4 | 8, base: Instruction, offset: number, value: Instruction | bigint | number): void {
    const operand = typeof value === 'object' ? value : this.const(value);
    this.emit({ op: 'atomic', kind: 'add', fetch: false, size, offset }, [base, operand]);
  }

  /** The address of a new object on the stack; its bytes are not initialised. */
  slot(size: number, align: 1 | 2 | 4 | 8, name: string): Instruction {
    return this.slotAddress(this.newSlot(size, align, name));
  }

  /** A new object on the stack. */
  newSlot(size: number, align: 1 | 2 | 4 | 8, name: string): StackSlot {
    return { id: this.#nextSlot++, size, align, name };
  }

  slotAddress(slot: StackSlot): Instruction {
    return this.emit({ op: 'slot', slot });
  }

  map(map: number): Instruction {
    return this.emit({ op: 'map', map });
  }

  mapValue(map: number, offset = 0): Instruction {
    return this.emit({ op: 'map-value', map, offset });
  }

  relocated(relocation: OpenRelocation, value: bigint | number): Instruction {
    return this.emit({ op: 'relocated', relocation, value: BigInt.asUintN(64, BigInt(value)) });
  }

  /** Calls a helper by number. */
  call(helper: number, ...args: (Instruction | bigint | number)[]): Instruction {
    assert(args.length <= 5, `helper ${helper} called with ${args.length} arguments`);
    return this.emit(
      { op: 'call', helper },
      args.map((arg) => (typeof arg === 'object' ? arg : this.const(arg))),
    );
  }

  callFunction(callee: Func, ...args: Instruction[]): Instruction {
    return this.emit({ op: 'call-function', callee }, args);
  }

  callKfunc(symbol: string, ...args: Instruction[]): Instruction {
    return this.emit({ op: 'call-kfunc', symbol }, args);
  }

  functionAddress(callee: Func): Instruction {
    return this.emit({ op: 'function', callee });
  }

  #at(): { span?: Span } {
    return this.span ? { span: this.span } : {};
  }
}
