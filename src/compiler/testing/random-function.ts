// Random functions for property tests: a recipe (plain data, so that it can be shrunk) and the function made from it.

import * as fc from 'fast-check';
import { FunctionBuilder, type Variable } from '../builder.ts';
import type { BinaryKind, Condition, Func, Instruction } from '../ir.ts';

const KINDS: readonly BinaryKind[] = ['add', 'sub', 'mul', 'div', 'mod', 'and', 'or', 'xor', 'shl', 'shr', 'sar'];
const CONDITIONS: readonly Condition[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'slt', 'sle', 'sgt', 'sge', 'set'];
const ATOMICS = ['add', 'or', 'and', 'xor', 'xchg', 'cmpxchg'] as const;

type Operand = { variable: number } | { constant: bigint };

export type Statement =
  | { kind: 'set'; to: number; value: Operand }
  | { kind: 'binary'; to: number; operation: BinaryKind; a: Operand; b: Operand }
  | { kind: 'extend'; to: number; size: 1 | 2 | 4; signed: boolean; a: Operand }
  | { kind: 'swap'; to: number; size: 2 | 4 | 8; a: Operand }
  | { kind: 'store'; size: 1 | 2 | 4 | 8; place: number; a: Operand }
  | { kind: 'load'; size: 1 | 2 | 4 | 8; place: number; to: number }
  | {
      kind: 'atomic';
      operation: (typeof ATOMICS)[number];
      fetch: boolean;
      size: 4 | 8;
      to: number;
      a: Operand;
      b: Operand;
    }
  | { kind: 'call'; args: Operand[]; to: number | undefined }
  | { kind: 'subprogram'; args: Operand[]; to: number }
  | { kind: 'compare'; condition: Condition; a: Operand; b: Operand; to: number }
  | { kind: 'if'; condition: Condition; a: Operand; b: Operand; yes: Statement[]; no: Statement[] }
  | { kind: 'loop'; times: number; body: Statement[] }
  | { kind: 'return'; value: Operand };

export const VARIABLES = 14;
const SLOT_BYTES = 32;

const constant = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 8n, 31n, 32n, 63n, 64n, 0xffn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn),
  fc
    .constantFrom(-1n, -2n, -0x80000000n, 1n << 63n, 1n << 32n, (1n << 40n) + 5n)
    .map((value) => BigInt.asUintN(64, value)),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

const variable = fc.nat(VARIABLES - 1);
const operand: fc.Arbitrary<Operand> = fc.oneof(
  { weight: 3, arbitrary: variable.map((index) => ({ variable: index })) },
  { weight: 1, arbitrary: constant.map((value) => ({ constant: value })) },
);
const condition = fc.constantFrom(...CONDITIONS);
const size = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);

const statements = fc.letrec<{ statement: Statement; list: Statement[] }>((tie) => ({
  statement: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'statement' },
    fc.record({
      kind: fc.constant('binary' as const),
      to: variable,
      operation: fc.constantFrom(...KINDS),
      a: operand,
      b: operand,
    }),
    fc.record({ kind: fc.constant('set' as const), to: variable, value: operand }),
    fc.record({
      kind: fc.constant('extend' as const),
      to: variable,
      size: fc.constantFrom(1 as const, 2 as const, 4 as const),
      signed: fc.boolean(),
      a: operand,
    }),
    fc.record({
      kind: fc.constant('swap' as const),
      to: variable,
      size: fc.constantFrom(2 as const, 4 as const, 8 as const),
      a: operand,
    }),
    fc.record({ kind: fc.constant('store' as const), size, place: fc.nat(SLOT_BYTES / 8 - 1), a: operand }),
    fc.record({ kind: fc.constant('load' as const), size, place: fc.nat(SLOT_BYTES / 8 - 1), to: variable }),
    fc.record({
      kind: fc.constant('atomic' as const),
      operation: fc.constantFrom(...ATOMICS),
      fetch: fc.boolean(),
      size: fc.constantFrom(4 as const, 8 as const),
      to: variable,
      a: operand,
      b: operand,
    }),
    fc.record({
      kind: fc.constant('call' as const),
      args: fc.array(operand, { maxLength: 5 }),
      to: fc.option(variable, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('subprogram' as const),
      args: fc.tuple(operand, operand).map((two) => [...two]),
      to: variable,
    }),
    fc.record({ kind: fc.constant('compare' as const), condition, a: operand, b: operand, to: variable }),
    fc.record({
      kind: fc.constant('if' as const),
      condition,
      a: operand,
      b: operand,
      yes: tie('list'),
      no: tie('list'),
    }),
    fc.record({ kind: fc.constant('loop' as const), times: fc.nat(3), body: tie('list') }),
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('return' as const), value: operand }) },
  ),
  list: fc.array(tie('statement'), { maxLength: 8 }),
}));

export const recipe: fc.Arbitrary<Statement[]> = fc.array(statements.statement, { maxLength: 30 });

/** The numbers of helpers that random functions call: one for each number of arguments. */
export const arityOf = (helper: number): number => helper - 1000;

export interface BuildOptions {
  /**
   * For the kernel: the argument is a context whose first u64 is the input, the result goes into the value of map 0, and
   * what would call helpers calls a subprogram.
   */
  readonly calls: 'helpers' | 'subprograms';
  readonly context: boolean;
  /** Only what kernels before 5.12 can do: add without answer. */
  readonly plainAtomics?: boolean;
}

/** A function of one argument. */
export function build(list: readonly Statement[], options: BuildOptions = { calls: 'helpers', context: false }): Func {
  return new RecipeBuilder(options).build(list);
}

function subprogram({ calls }: BuildOptions): Func {
  const builder = new FunctionBuilder('mix', { parameters: 2 });
  const [a, b] = [builder.argument(0), builder.argument(1)];
  if (calls === 'helpers') builder.call(1001, a);
  builder.return(builder.add(builder.binary('mul', a, 3), b));
  return builder.func;
}

/** What stands for the helper with as many arguments. */
function mixer(parameters: number): Func {
  const builder = new FunctionBuilder(`mix_${parameters}`, { parameters });
  let hash = builder.const(0x9e37_79b9_7f4a_7c15n * BigInt(parameters + 1));
  for (let index = 0; index < parameters; index++) {
    hash = builder.binary('xor', builder.binary('mul', hash, 0xff51_afd7n), builder.argument(index));
  }
  builder.return(hash);
  return builder.func;
}

class RecipeBuilder {
  readonly #builder = new FunctionBuilder('random', 'entry');
  readonly #variables: Variable[] = [];
  readonly #options: BuildOptions;
  readonly #callee: Func;
  readonly #mixers = [0, 1, 2, 3, 4, 5].map(mixer);
  readonly #slot: Instruction;

  constructor(options: BuildOptions) {
    this.#options = options;
    this.#callee = subprogram(options);
    const b = this.#builder;
    const argument = options.context ? b.load(8, b.argument(0)) : b.argument(0);
    for (let index = 0; index < VARIABLES; index++) {
      const one = b.variable(`v${index}`);
      this.#variables.push(one);
      b.write(one, b.binary(index % 2 === 0 ? 'mul' : 'xor', argument, BigInt(index + 1)));
    }
    this.#slot = b.slot(SLOT_BYTES, 8, 'memory');
    for (let at = 0; at < SLOT_BYTES; at += 8) b.store(8, this.#slot, at, BigInt(at));
  }

  build(list: readonly Statement[]): Func {
    const b = this.#builder;
    this.#all(list);
    let sum = b.const(0);
    for (const one of this.#variables) sum = b.add(b.binary('mul', sum, 31), b.read(one));
    for (let at = 0; at < SLOT_BYTES; at += 8) sum = b.binary('xor', sum, b.load(8, this.#slot, at));
    this.#return(sum);
    return b.func;
  }

  #return(value: Instruction): void {
    const b = this.#builder;
    if (!this.#options.context) {
      b.return(value);
      return;
    }
    b.store(8, b.mapValue(0), 0, value);
    b.return(0);
  }

  #call(args: Instruction[]): Instruction {
    if (this.#options.calls === 'helpers') return this.#builder.call(1000 + args.length, ...args);
    return this.#builder.callFunction(this.#mixers[args.length]!, ...args);
  }

  #all(list: readonly Statement[]): void {
    for (const one of list) {
      if (this.#builder.ended) return;
      this.#statement(one);
    }
  }

  #operand(one: Operand): Instruction {
    return 'variable' in one ? this.#builder.read(this.#variables[one.variable]!) : this.#builder.const(one.constant);
  }

  #write(to: number, value: Instruction): void {
    this.#builder.write(this.#variables[to]!, value);
  }

  #statement(one: Statement): void {
    const b = this.#builder;
    switch (one.kind) {
      case 'set':
        this.#write(one.to, this.#operand(one.value));
        return;
      case 'binary':
        this.#write(one.to, b.binary(one.operation, this.#operand(one.a), this.#operand(one.b)));
        return;
      case 'extend':
        this.#write(one.to, b.extend(this.#operand(one.a), one.size, one.signed));
        return;
      case 'swap':
        this.#write(one.to, b.swap(this.#operand(one.a), one.size));
        return;
      case 'store':
        b.store(one.size, this.#slot, one.place * 8, this.#operand(one.a));
        return;
      case 'load':
        this.#write(one.to, b.load(one.size, this.#slot, one.place * 8));
        return;
      case 'atomic':
        this.#atomic(one);
        return;
      case 'call': {
        const result = this.#call(one.args.map((arg) => this.#operand(arg)));
        if (one.to !== undefined) this.#write(one.to, result);
        return;
      }
      case 'subprogram':
        this.#write(one.to, b.callFunction(this.#callee, ...one.args.map((arg) => this.#operand(arg))));
        return;
      case 'compare':
        this.#write(one.to, b.compare(one.condition, this.#operand(one.a), this.#operand(one.b)));
        return;
      case 'if':
        this.#if(one);
        return;
      case 'loop':
        this.#loop(one);
        return;
      case 'return':
        this.#return(this.#operand(one.value));
        b.enter(b.block('dead'));
        return;
    }
  }

  #if(one: Statement & { kind: 'if' }): void {
    this.#builder.if(
      one.condition,
      this.#operand(one.a),
      this.#operand(one.b),
      () => this.#all(one.yes),
      one.no.length > 0 ? () => this.#all(one.no) : undefined,
    );
  }

  #atomic(one: Statement & { kind: 'atomic' }): void {
    if (this.#options.plainAtomics) {
      this.#builder.atomicAdd(one.size, this.#slot, 8, this.#operand(one.a));
      return;
    }
    const exchange = one.operation === 'xchg' || one.operation === 'cmpxchg';
    const fetch = one.fetch || exchange;
    const args = [this.#slot, this.#operand(one.a)];
    if (one.operation === 'cmpxchg') args.push(this.#operand(one.b));
    const value = this.#builder.emit({ op: 'atomic', kind: one.operation, fetch, size: one.size, offset: 8 }, args);
    if (fetch) this.#write(one.to, value);
  }

  #loop(one: Statement & { kind: 'loop' }): void {
    const b = this.#builder;
    const counter = b.variable('i');
    b.write(counter, b.const(0));
    const [head, body, after] = [b.block('loop'), b.block('body'), b.block('after')];
    b.jump(head);
    b.enter(head, true);
    b.branch('lt', b.read(counter), one.times, body, after);
    b.enter(body);
    this.#all(one.body);
    b.write(counter, b.add(b.read(counter), 1));
    b.jump(head);
    b.seal(head);
    b.enter(after);
  }
}
