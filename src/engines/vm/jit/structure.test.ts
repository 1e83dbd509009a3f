// Control flow: what the graphs are, and that all of it becomes WebAssembly that does the same.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Alu, alu64Imm, exit, type Instruction, Jump, ja, jumpImm, mov, movImm } from '../../../isa/index.ts';
import { buildGraph } from './cfg.ts';
import { makeReducible } from './irreducible.ts';
import { hasLoops, isDominated, isReducible, orderOf } from './order.ts';
import { compiled, interpret } from './testing/compare.ts';

function result(instructions: readonly Instruction[], context?: Uint8Array): string {
  const setup = { instructions, budget: 1e6, jit: { budget: 1e6 }, ...(context && { context }) };
  const [expected, found] = [interpret(setup).results, compiled(setup).results];
  expect(found).toEqual(expected);
  return found[0]!;
}

describe('graphs', () => {
  test('blocks begin at jump targets and after jumps', () => {
    const graph = buildGraph([movImm(0, 1), jumpImm(Jump.JEQ, 0, 1, 1), movImm(0, 2), exit()], 0);
    expect(graph.map(({ first, end }) => [first, end])).toEqual([
      [0, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(graph[0]!.terminator).toEqual({ kind: 'branch', slot: 1, taken: 2, next: 1 });
  });

  test('what is not reached is left out', () => {
    expect(buildGraph([ja(1), movImm(0, 1), exit()], 0)).toHaveLength(2);
  });

  test('dominators of a diamond', () => {
    const graph = buildGraph([jumpImm(Jump.JEQ, 0, 1, 2), movImm(0, 2), ja(1), movImm(0, 3), exit()], 0);
    const order = orderOf(graph);
    const last = graph.findIndex(({ first }) => first === 4);
    expect(order.dominator[last]).toBe(0);
    expect(isDominated(order, last, 0)).toBe(true);
    expect(hasLoops(order)).toBe(false);
  });
});

// Two blocks that jump to each other, both entered from outside.
const irreducible = [
  movImm(0, 0),
  movImm(6, 10),
  jumpImm(Jump.JEQ, 1, 0, 3),
  alu64Imm(Alu.ADD, 0, 1),
  alu64Imm(Alu.ADD, 6, -1),
  jumpImm(Jump.JEQ, 6, 0, 2),
  alu64Imm(Alu.MUL, 0, 3),
  jumpImm(Jump.JNE, 6, 0, -5),
  exit(),
];

describe('irreducible graphs', () => {
  test('are recognised and made reducible', () => {
    const graph = buildGraph(irreducible, 0);
    expect(isReducible(orderOf(graph))).toBe(false);
    expect(isReducible(orderOf(makeReducible(graph)))).toBe(true);
  });

  test('of any shape are made reducible', () => {
    const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(edges, (targets) => {
        const graph = targets.map(([taken, next], index) => ({
          first: index,
          end: index + 1,
          terminator: { kind: 'branch' as const, slot: index, taken, next },
        }));
        expect(isReducible(orderOf(makeReducible(graph)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('do the same', () => {
    result(irreducible);
    result([movImm(1, 0), ...irreducible]);
  });

  test('that begin in the middle of a loop', () => {
    const code = [movImm(0, 0), movImm(2, 5), ja(1), alu64Imm(Alu.ADD, 0, 10), alu64Imm(Alu.ADD, 0, 1)];
    expect(result([...code, alu64Imm(Alu.SUB, 2, 1), jumpImm(Jump.JNE, 2, 0, -4), exit()])).toBe('0x2d');
  });

  test('inside of a loop with the first instruction', () => {
    const inner = irreducible
      .slice(0, -1)
      .map((one) =>
        one.code === jumpImm(Jump.JEQ, 1, 0, 3).code && one.dst === 1 ? jumpImm(Jump.JSET, 7, 1, 3) : one,
      );
    const code = [alu64Imm(Alu.ADD, 7, 1), ...inner, jumpImm(Jump.JNE, 7, 4, -10), exit()];
    expect(isReducible(orderOf(buildGraph(code, 0)))).toBe(false);
    result(code);
  });
});

describe('large programs', () => {
  const COUNT = 12_000;

  test('of nested branches, one way out', () => {
    const code: Instruction[] = [mov(6, 1), movImm(0, 0)];
    for (let index = 0; index < COUNT; index++) {
      // Jumps reach 32767 slots.
      code.push(alu64Imm(Alu.ADD, 0, 1), jumpImm(Jump.JEQ, 0, COUNT + 5, 2 * (COUNT - index) - 2));
    }
    expect(result([...code, exit()])).toBe(`0x${COUNT.toString(16)}`);
  });

  test('of branches that each have an end of their own', () => {
    const code: Instruction[] = [movImm(0, 0)];
    const MANY = 4_000;
    for (let index = 0; index < MANY; index++) {
      code.push(alu64Imm(Alu.ADD, 0, 1), jumpImm(Jump.JEQ, 0, MANY + 5, 2 * (MANY - index - 1) + 1 + 2 * index));
    }
    code.push(exit());
    for (let index = 0; index < MANY; index++) code.push(movImm(0, index), exit());
    expect(result(code)).toBe(`0x${MANY.toString(16)}`);
  });

  test('of one block', () => {
    const code: Instruction[] = [movImm(0, 0)];
    for (let index = 0; index < 100_000; index++) code.push(alu64Imm(Alu.ADD, 0, 1));
    expect(result([...code, exit()])).toBe('0x186a0');
  });
});
