// Batches as fuzzers use them: random programs through the command, each answer beside what the functions say when they are
// called themselves. SEED and RUNS make campaigns of it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { interpret, Machine, runOnce } from '../../src/engines/vm/index.ts';
import { makeMaps, type RandomInput, randomInput } from '../../src/engines/vm/testing/random-input.ts';
import { Random } from '../../src/engines/vm/verifier/testing/random.ts';
import { mutate, type RandomProgram, randomProgram } from '../../src/engines/vm/verifier/testing/random-program.ts';
import { verifyProgram } from '../../src/engines/vm/verifier/verify.ts';
import { CALL, Class, encode, isWide, Jump, PseudoCall, PseudoLoad, programKind } from '../../src/isa/index.ts';
import { beetrace, root } from '../support/beetrace.ts';

const unbuilt = existsSync(join(root, 'dist/bin/beetrace.js')) ? undefined : 'dist/ is not built';
if (unbuilt) process.stderr.write(`skipped: random batches: ${unbuilt}\n`);

const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const PROGRAMS = Number(process.env['RUNS'] ?? 200);
const MAY_GOTO = Class.JMP | Jump.JCOND;

interface Case {
  readonly id: number;
  readonly program: RandomProgram;
  readonly input: RandomInput;
  readonly privileged: boolean;
}

/** The source of a wide load that names a map. */
const namesMap = (src: number): boolean => src === PseudoLoad.MAP_FD || src === PseudoLoad.MAP_VALUE;

function caseOf(seed: number): Case {
  const random = new Random(seed);
  let program = randomProgram(random, 5 + random.below(40));
  if (random.chance(30)) program = mutate(random, program);
  // Eight million turns, and loads of maps that are not there, say nothing here.
  const isLeftOut = ({ code, src, imm }: RandomProgram['instructions'][number]): boolean =>
    code === MAY_GOTO || (isWide(code) && namesMap(src) && !program.maps[imm]);
  if (program.instructions.some(isLeftOut)) return caseOf(seed + 1_000_000);
  const { data, context, entries } = randomInput(random, program.kind, program.maps);
  const input = data ? { data, entries } : { ...(context && { context }), entries };
  return { id: seed, program, input, privileged: !random.chance(10) };
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

/** Kinds by name and by number in turn; descriptors as a fuzzer leaves them, zero. */
function lineOf({ id, program, input, privileged }: Case): string {
  const fixups: [number, number][] = [];
  const instructions = program.instructions.map((one, slot) => {
    const isSecond = slot > 0 && isWide(program.instructions[slot - 1]!.code);
    if (isSecond || !isWide(one.code) || !namesMap(one.src)) return one;
    fixups.push([slot, one.imm]);
    return { ...one, imm: 0 };
  });
  return JSON.stringify({
    id,
    type: id % 2 === 0 ? program.kind : programKind(program.kind)!.id,
    insns: hex(encode(instructions)),
    maps: program.maps.map(({ kind, keySize, valueSize, maxEntries }) => ({
      type: kind,
      key_size: keySize,
      value_size: valueSize,
      max_entries: maxEntries,
    })),
    map_fixups: fixups,
    ...(input.data && { data: hex(input.data) }),
    ...(input.context && { ctx: hex(input.context) }),
    ...(!privileged && { unprivileged: true }),
  });
}

const verdictOf = ({ program, privileged }: Case) => verifyProgram({ ...program, privileged });

function expectedVerdict(one: Case): object {
  const { accepted, errno, message, instruction, processed } = verdictOf(one);
  const verdict = accepted ? 'accept' : 'reject';
  return { id: one.id, verdict, errno: Math.abs(errno), message, instruction, processed };
}

function expectedRun(machine: Machine, one: Case): object {
  const { accepted, errno, message, instruction } = verdictOf(one);
  if (!accepted) return { id: one.id, error: `rejected: ${message}`, errno: Math.abs(errno), instruction };
  const { kind, instructions, maps } = one.program;
  for (const map of machine.maps) map.close();
  machine.maps.length = 0;
  machine.programs.length = 0;
  makeMaps(machine, maps, []);
  const { data, context } = one.input;
  const run = runOnce(machine, machine.load({ kind, instructions }), {
    ...(data && { data }),
    ...(context && { context }),
    runner: interpret,
  });
  return { id: one.id, retval: run.retval, data: hex(run.data ?? run.context) };
}

/** Results of helpers are those of the moment. */
function callsHelpers({ program }: Case): boolean {
  const pure = new Set([1, 2, 3, 26, 28, 39, 44, 54, 65, 105, 106, 131, 132, 133]);
  return program.instructions.some(
    ({ code, src, imm }) => code === CALL && src === PseudoCall.HELPER && !pure.has(imm),
  );
}

async function answers(words: string, cases: readonly Case[]): Promise<readonly object[]> {
  // A line that cannot be read after every one that can.
  const input = cases.map((one) => `${lineOf(one)}\n{"id":${one.id},"insns":"9"}\n`).join('');
  const { stdout, stderr, code } = await beetrace(words.split(' '), { input });
  expect([stderr, code]).toEqual(['', 0]);
  const all = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  expect(all).toHaveLength(cases.length * 2);
  for (const [at, one] of cases.entries()) {
    expect(all[2 * at + 1]).toEqual({ id: one.id, error: "'insns' is not hexadecimal" });
  }
  return cases.map((_, at) => all[2 * at]);
}

describe.skipIf(unbuilt)('random batches', () => {
  const cases = Array.from({ length: PROGRAMS }, (_, at) => caseOf(FIRST_SEED + at));

  test('verify', { timeout: 600_000 }, async () => {
    const found = await answers('verify --batch', cases);
    for (const [at, one] of cases.entries()) expect(found[at]).toEqual(expectedVerdict(one));
  });

  test.each(['interpreter', 'jit'])('run, %s', { timeout: 600_000 }, async (engine) => {
    const compared = cases.filter((one) => !callsHelpers(one));
    const found = await answers(`run --batch --engine ${engine}`, compared);
    const machine = new Machine();
    for (const [at, one] of compared.entries()) expect(found[at]).toEqual(expectedRun(machine, one));
    expect(found.filter((answer) => 'retval' in answer).length).toBeGreaterThan(PROGRAMS / 20);
  });
});
