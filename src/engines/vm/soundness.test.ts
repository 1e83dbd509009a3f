// What the verifier accepts is safe: random programs that it accepts are run on random inputs with a check of every access, by
// region and by the object that each pointer was made for. What users without privileges may load must also not depend on what
// they may not see: addresses, and what was left in registers and on the stack. SEED and RUNS make campaigns of it.

import { expect, test } from 'vitest';
import { disassemble, type Instruction, Jump, operationOf } from '../../isa/index.ts';
import { Control } from './layout.ts';
import { Machine } from './machine.ts';
import { MapError } from './maps/map.ts';
import { type Runner, runOnce } from './run.ts';
import { PointerWatch } from './testing/pointer-watch.ts';
import { makeMaps, type RandomInput, randomInput } from './testing/random-input.ts';
import { Trap } from './trap.ts';
import { Random } from './verifier/testing/random.ts';
import { mutate, type RandomProgram, randomProgram } from './verifier/testing/random-program.ts';
import { verifyProgram } from './verifier/verify.ts';

const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const PROGRAMS = Number(process.env['RUNS'] ?? 1500);
const INPUTS = 3;
/** A verified program ends; this many instructions are more than any of these can execute. */
const BUDGET = 2_000_000;
const CLOCK = { monotonic: () => 1_000_000n, boot: () => 2_000_000n, tai: () => 3_000_000n };

function programOf(seed: number): RandomProgram {
  const random = new Random(seed);
  let program = randomProgram(random, 5 + random.below(50));
  if (random.chance(40)) for (let n = 1 + random.below(2); n > 0; n--) program = mutate(random, program);
  return program;
}

/** Machines for many runs: each memory of WebAssembly reserves gigabytes of addresses. */
class Machines {
  readonly #guard: number;
  #machine: Machine | undefined;
  #uses = 0;

  constructor(guard: number) {
    this.#guard = guard;
  }

  next(): Machine {
    if (this.#uses++ % 500 === 0) this.#machine = undefined;
    this.#machine ??= new Machine({ guard: this.#guard, host: { clock: CLOCK } });
    for (const map of this.#machine.maps) map.close();
    this.#machine.maps.length = 0;
    this.#machine.programs.length = 0;
    return this.#machine;
  }

  /** What a run that was stopped leaves behind is not looked for. */
  drop(): void {
    this.#machine = undefined;
  }
}

interface Outcome {
  readonly trap?: Trap;
  readonly steps: number;
  /** r0 and the maps. */
  readonly result: string;
}

function execute(
  machines: Machines,
  program: RandomProgram,
  input: RandomInput,
  rubbish: number,
  budget = BUDGET,
): Outcome {
  const machine = machines.next();
  makeMaps(machine, program.maps, input.entries);
  const loaded = machine.load({ kind: program.kind, instructions: program.instructions });
  let steps = 0;
  const watched: Runner = (_, toRun, context) => {
    const watch = new PointerWatch(machine, toRun, context, new Random(rubbish), { budget });
    machine.memory.setU64(Control.MAY_GOTO, 50n);
    try {
      return { result: watch.run(), steps: watch.interpreter.steps };
    } finally {
      steps = watch.interpreter.steps;
    }
  };
  try {
    const { result, data, context } = runOnce(machine, loaded, { ...input, runner: watched });
    const maps = machine.maps.map((map) => [...map.entries()].map((entry) => entry.join('=')).sort());
    return { steps, result: JSON.stringify([`${result}`, `${data}`, `${context}`, maps]) };
  } catch (error) {
    machines.drop();
    if (!(error instanceof Trap)) throw error;
    return { trap: error, steps, result: '' };
  }
}

function accepted(program: RandomProgram, privileged: boolean): boolean {
  return verifyProgram({ ...program, privileged }).accepted;
}

/** The program with as many instructions taken out as possible that still fails. */
function shrink(program: RandomProgram, fails: (program: RandomProgram) => boolean): RandomProgram {
  let smallest = program;
  for (let at = program.instructions.length - 1; at >= 0; at--) {
    const instructions = withoutOne(smallest.instructions, at);
    if (instructions.length > 0 && fails({ ...smallest, instructions })) smallest = { ...smallest, instructions };
  }
  return smallest;
}

/** Takes out an instruction; jumps over it get shorter. */
function withoutOne(instructions: readonly Instruction[], at: number): Instruction[] {
  return instructions.flatMap((one, index) => {
    if (index === at) return [];
    const kind = one.code & 7;
    const jumps =
      (kind === 5 || kind === 6) && operationOf(one.code) !== Jump.CALL && operationOf(one.code) !== Jump.EXIT;
    if (!jumps) return [one];
    const target = index + 1 + one.off;
    const moved = Number(at < target) - Number(at < index + 1);
    return [{ ...one, off: one.off - moved }];
  });
}

function report(seed: number, { kind, instructions }: RandomProgram, what: string): string {
  return `seed ${seed}, ${kind}: ${what}\n${disassemble(instructions)}`;
}

test('programs that are accepted touch only what they may', { timeout: 36_000_000 }, () => {
  const machines = new Machines(64);
  let runs = 0;
  let steps = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
    const program = programOf(seed);
    if (!accepted(program, true)) continue;
    for (let each = 0; each < INPUTS; each++) {
      const trapOf = (candidate: RandomProgram): Trap | undefined => {
        const random = new Random(seed * INPUTS + each);
        return execute(machines, candidate, randomInput(random, candidate.kind, candidate.maps), seed).trap;
      };
      const random = new Random(seed * INPUTS + each);
      const outcome = execute(machines, program, randomInput(random, program.kind, program.maps), seed);
      runs++;
      steps += outcome.steps;
      if (!outcome.trap) continue;
      const small = shrink(program, (candidate) => accepted(candidate, true) && trapOf(candidate) !== undefined);
      expect.fail(report(seed, small, trapOf(small)!.message));
    }
  }
  console.log(`soundness: seeds ${FIRST_SEED} to ${FIRST_SEED + PROGRAMS - 1}: ${runs} runs, ${steps} instructions`);
  expect(runs).toBeGreaterThan(PROGRAMS / 2);
});

test('without privileges nothing shows that must not be seen', { timeout: 36_000_000 }, () => {
  const [one, other] = [new Machines(64), new Machines(4160)];
  let runs = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
    const program = { ...programOf(seed), kind: seed % 2 === 0 ? 'socket_filter' : 'cgroup_skb' };
    if (!accepted(program, false)) continue;
    const leak = (candidate: RandomProgram): string | undefined => {
      const input = randomInput(new Random(seed), candidate.kind, candidate.maps);
      const [a, b] = [execute(one, candidate, input, seed), execute(other, candidate, input, seed + 1)];
      const trap = a.trap ?? b.trap;
      return trap ? trap.message : a.result === b.result ? undefined : `${a.result} or ${b.result}`;
    };
    runs++;
    if (leak(program) === undefined) continue;
    const small = shrink(program, (candidate) => accepted(candidate, false) && leak(candidate) !== undefined);
    expect.fail(report(seed, small, leak(small)!));
  }
  console.log(`without privileges: seeds ${FIRST_SEED} to ${FIRST_SEED + PROGRAMS - 1}: ${runs} programs`);
  expect(runs).toBeGreaterThan(PROGRAMS / 50);
});

function isLoaded(program: RandomProgram): boolean {
  const machine = new Machine();
  makeMaps(machine, program.maps, []);
  try {
    machine.load(program);
    return true;
  } catch (error) {
    if (error instanceof MapError) return false;
    throw error;
  }
}

test('the watch stops most of what the verifier rejects', () => {
  const machines = new Machines(64);
  let rejected = 0;
  let stopped = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Random(seed);
    const program = randomProgram(random, 30);
    // What cannot be loaded is refused by the vm itself.
    if (accepted(program, true) || !isLoaded(program)) continue;
    rejected++;
    const inputs = [1, 2, 3].map((input) => randomInput(new Random(seed + input), program.kind, program.maps));
    if (inputs.some((input) => execute(machines, program, input, seed, 20_000).trap)) stopped++;
  }
  expect(stopped).toBeGreaterThan(rejected / 2);
});
