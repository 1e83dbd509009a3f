// Expressions made at random are compiled, run in the kernel, and compared with BigInt arithmetic. The seed is in the
// test's name and in a failure; BEETRACE_SEED repeats a run.

import { describe, expect, test } from 'vitest';
import type { Instruction } from '../src/compiler/ir.ts';
import {
  type ArithmeticOperator,
  arithmetic,
  byteSwap,
  type ComparisonOperator,
  cast,
  compare,
  complement,
  conditionOf,
  negate,
  not,
  type ProgramBuilder,
  registerOf,
  scalar,
} from '../src/compiler/operations/index.ts';
import { emit, opaque, runProgram, skipReason, title } from '../src/compiler/operations/testing/kernel-run.ts';
import { INT64, type TypeOf } from '../src/image/index.ts';

type Expression =
  | { readonly kind: 'number'; readonly value: bigint; readonly hidden: boolean }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly signed: boolean;
      readonly a: Expression;
      readonly b: Expression;
    }
  | {
      readonly kind: 'compare';
      readonly operator: ComparisonOperator;
      readonly signed: boolean;
      readonly a: Expression;
      readonly b: Expression;
    }
  | { readonly kind: 'unary'; readonly operator: '-' | '~' | '!'; readonly a: Expression }
  | { readonly kind: 'cast'; readonly to: TypeOf<'int'>; readonly a: Expression }
  | { readonly kind: 'swap'; readonly size: 2 | 4 | 8; readonly a: Expression }
  | {
      readonly kind: 'choose';
      readonly operator: ComparisonOperator;
      readonly signed: boolean;
      readonly a: Expression;
      readonly b: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    };

const ARITHMETIC: readonly ArithmeticOperator[] = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'];
const COMPARISONS: readonly ComparisonOperator[] = ['==', '!=', '<', '<=', '>', '>='];
const PROGRAMS = 12;
const EXPRESSIONS = 12;

/** A small generator of numbers: xorshift32. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed || 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Mostly small, often at the edges of some size, sometimes anything. */
  number(): bigint {
    switch (this.below(4)) {
      case 0:
        return BigInt(this.below(20)) - 10n;
      case 1:
        return BigInt.asUintN(64, (1n << BigInt(this.below(64))) + BigInt(this.below(3)) - 1n);
      case 2:
        return BigInt.asUintN(64, -(1n << BigInt(this.below(64))) + BigInt(this.below(3)) - 1n);
      default:
        return BigInt.asUintN(64, (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32)));
    }
  }
}

function makeExpression(random: Random, depth: number): Expression {
  if (depth === 0 || random.below(6) === 0) {
    return { kind: 'number', value: BigInt.asUintN(64, random.number()), hidden: random.below(3) !== 0 };
  }
  const inner = () => makeExpression(random, depth - 1);
  const signed = random.below(2) === 0;
  switch (random.below(10)) {
    case 0:
      return { kind: 'unary', operator: random.pick(['-', '~', '!'] as const), a: inner() };
    case 1:
      return { kind: 'cast', to: { kind: 'int', size: random.pick([1, 2, 4, 8] as const), signed }, a: inner() };
    case 2:
      return { kind: 'swap', size: random.pick([2, 4, 8] as const), a: inner() };
    case 3:
    case 4:
      return { kind: 'compare', operator: random.pick(COMPARISONS), signed, a: inner(), b: inner() };
    case 5: {
      const parts = { yes: inner(), no: inner() };
      return { kind: 'choose', operator: random.pick(COMPARISONS), signed, a: inner(), b: inner(), ...parts };
    }
    default:
      return { kind: 'arithmetic', operator: random.pick(ARITHMETIC), signed, a: inner(), b: inner() };
  }
}

function compile(p: ProgramBuilder, e: Expression): Instruction {
  switch (e.kind) {
    case 'number':
      return e.hidden ? opaque(p, e.value) : p.b.const(e.value);
    case 'arithmetic':
      return arithmetic(p, e.operator, compile(p, e.a), compile(p, e.b), e.signed);
    case 'compare':
      return compare(p, e.operator, compile(p, e.a), compile(p, e.b), e.signed);
    case 'unary':
      return { '-': negate, '~': complement, '!': not }[e.operator](p, compile(p, e.a));
    case 'cast':
      return cast(p, compile(p, e.a), INT64, e.to);
    case 'swap':
      return byteSwap(p, compile(p, e.a), e.size);
    case 'choose':
      return p.b.choose(
        conditionOf(e.operator, e.signed),
        compile(p, e.a),
        compile(p, e.b),
        () => compile(p, e.yes),
        () => compile(p, e.no),
      );
  }
}

/** The value in 64 bits, unsigned. */
function evaluate(e: Expression): bigint {
  switch (e.kind) {
    case 'number':
      return e.value;
    case 'arithmetic':
      return BigInt.asUintN(64, calculate(e.operator, e.signed, evaluate(e.a), evaluate(e.b)));
    case 'compare':
      return holds(e.operator, e.signed, evaluate(e.a), evaluate(e.b)) ? 1n : 0n;
    case 'unary': {
      const a = evaluate(e.a);
      return e.operator === '!' ? BigInt(a === 0n) : BigInt.asUintN(64, e.operator === '-' ? -a : ~a);
    }
    case 'cast': {
      const bits = e.to.size * 8;
      return BigInt.asUintN(64, e.to.signed ? BigInt.asIntN(bits, evaluate(e.a)) : BigInt.asUintN(bits, evaluate(e.a)));
    }
    case 'swap':
      return swapBytes(evaluate(e.a), e.size);
    case 'choose':
      return evaluate(holds(e.operator, e.signed, evaluate(e.a), evaluate(e.b)) ? e.yes : e.no);
  }
}

function swapBytes(value: bigint, size: number): bigint {
  let result = 0n;
  for (let at = 0; at < size; at++) result = (result << 8n) | ((value >> BigInt(at * 8)) & 0xffn);
  return result;
}

function calculate(operator: ArithmeticOperator, signed: boolean, left: bigint, right: bigint): bigint {
  const a = signed ? BigInt.asIntN(64, left) : left;
  const b = signed ? BigInt.asIntN(64, right) : right;
  const divisor = b === 0n ? 1n : b;
  const shift = right & 63n;
  const results: Record<ArithmeticOperator, () => bigint> = {
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '/': () => a / divisor,
    '%': () => a % divisor,
    '&': () => a & b,
    '|': () => a | b,
    '^': () => a ^ b,
    '<<': () => a << shift,
    '>>': () => a >> shift,
  };
  return results[operator]();
}

function holds(operator: ComparisonOperator, signed: boolean, left: bigint, right: bigint): boolean {
  const a = signed ? BigInt.asIntN(64, left) : left;
  const b = signed ? BigInt.asIntN(64, right) : right;
  const results: Record<ComparisonOperator, boolean> = {
    '==': a === b,
    '!=': a !== b,
    '<': a < b,
    '<=': a <= b,
    '>': a > b,
    '>=': a >= b,
  };
  return results[operator];
}

function show(e: Expression): string {
  switch (e.kind) {
    case 'number':
      return e.hidden ? `hidden(${e.value})` : `${e.value}`;
    case 'arithmetic':
    case 'compare':
      return `(${show(e.a)} ${e.signed ? 's' : ''}${e.operator} ${show(e.b)})`;
    case 'unary':
      return `${e.operator}${show(e.a)}`;
    case 'cast':
      return `(${e.to.signed ? 'int' : 'uint'}${e.to.size * 8})${show(e.a)}`;
    case 'swap':
      return `swap${e.size * 8}(${show(e.a)})`;
    case 'choose':
      return `(${show(e.a)} ${e.signed ? 's' : ''}${e.operator} ${show(e.b)} ? ${show(e.yes)} : ${show(e.no)})`;
  }
}

const seed = Number(process.env['BEETRACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe.skipIf(skipReason)(title('random expressions'), () => {
  test(`agree with BigInt (BEETRACE_SEED=${seed})`, () => {
    for (let program = 0; program < PROGRAMS; program++) {
      const random = new Random(seed + program * 7919);
      const expressions = Array.from({ length: EXPRESSIONS }, () => makeExpression(random, 1 + random.below(5)));
      const { values } = runProgram((p) => {
        for (const one of expressions) p.scope(() => emit(p, scalar(INT64, compile(p, one))));
      });
      const got = values.map(([value]) => BigInt.asUintN(64, value as bigint));
      expressions.forEach((one, at) => {
        expect(got[at], `seed ${seed}, program ${program}: ${show(one)}`).toBe(evaluate(one));
      });
    }
  });

  test('the smallest signed number divides as the machine does', () => {
    const { values } = runProgram((p) => {
      const least = opaque(p, -(2n ** 63n));
      for (const operator of ['/', '%'] as const) {
        emit(p, scalar(INT64, registerOf(scalar(INT64, arithmetic(p, operator, least, opaque(p, -1), true)))));
      }
    });
    expect(values).toEqual([[-(2n ** 63n)], [0n]]);
  });
});
