// Programs made at random run the same in the interpreter and in the JIT. A failure names the seed that makes the program again.

import { expect, test } from 'vitest';
import { disassemble } from '../../../isa/index.ts';
import { batched, compiled, interpret, type Setup } from './testing/compare.ts';
import { CONTEXT_BYTES, maps, type RandomOptions, randomProgram } from './testing/random-program.ts';

/** One run on every machine begins with the same programs; BEETRACE_SEED takes others. */
const FIRST_SEED = Number(process.env['BEETRACE_SEED'] ?? 1);
const PROGRAMS = Number(process.env['BEETRACE_PROGRAMS'] ?? 600);

function setupOf(seed: number, jit: Setup['jit'], options: RandomOptions): Setup {
  const { instructions } = randomProgram(seed, options);
  return {
    instructions,
    maps,
    cpus: 2,
    cpu: seed & 1,
    seed,
    context: new Uint8Array(CONTEXT_BYTES),
    runs: 2,
    ...(jit && { jit }),
  };
}

function same(seed: number, jit?: Setup['jit'], options: RandomOptions = {}): number {
  const setup = setupOf(seed, jit, options);
  const { steps, ...expected } = interpret(setup);
  const { steps: _, ...found } = compiled(setup);
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    expect(found, `seed ${seed}:\n${disassemble(setup.instructions)}`).toEqual(expected);
  }
  return steps;
}

test('random programs', () => {
  let steps = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) steps += same(seed);
  console.log(`seeds ${FIRST_SEED} to ${FIRST_SEED + PROGRAMS - 1}: ${steps} instructions`);
  expect(steps).toBeGreaterThan(PROGRAMS * 300);
}, 120_000);

test('random programs with bounded loops and outside reads', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS / 10; seed++) same(seed, { budget: 1e9, outside: true });
}, 120_000);

test('random programs with every access checked', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS / 10; seed++) same(seed, { checked: true });
}, 120_000);

test('random calls of helpers', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS / 2; seed++)
    same(seed, undefined, { helpersOnly: true, blocks: 4 });
}, 120_000);

test('random programs in batches', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS / 5; seed++) {
    const setup = setupOf(seed, undefined, {});
    const expected = interpret(setup);
    const found = batched(setup);
    const low = expected.results.map((one) => `0x${(BigInt(one) & 0xffffffffn).toString(16)}`);
    expect(found, `seed ${seed}`).toEqual({ ...expected, results: low, steps: 0 });
  }
}, 120_000);
