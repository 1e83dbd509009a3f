// Random programs that both verifiers accept give the same on all engines: the interpreter, the JIT and the running kernel
// (BPF_PROG_TEST_RUN) are given the same packet, context and maps, and return the same number, bytes and maps. Where a result
// depends on what the engines need not agree on (addresses, times, random numbers, old stack), only the first two are compared.
// SEED and RUNS make campaigns of it.

import { describe, expect, test } from 'vitest';
import {
  mapCreate,
  mapLookup,
  mapNextKey,
  mapUpdate,
  programLoad,
  programTestRun,
} from '../../src/engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../src/engines/kernel/sys/native.ts';
import { SyscallError } from '../../src/engines/kernel/sys/syscall-error.ts';
import { whyNoBpf } from '../../src/engines/kernel/testing/bpf-allowed.ts';
import { interpret, Jit, Machine, type Runner, runOnce, Trap } from '../../src/engines/vm/index.ts';
import { PointerWatch } from '../../src/engines/vm/testing/pointer-watch.ts';
import { makeMaps, type RandomInput, randomInput } from '../../src/engines/vm/testing/random-input.ts';
import type { MapShape } from '../../src/engines/vm/verifier/input.ts';
import { Random } from '../../src/engines/vm/verifier/testing/random.ts';
import { mutate, type RandomProgram, randomProgram } from '../../src/engines/vm/verifier/testing/random-program.ts';
import { verifyProgram } from '../../src/engines/vm/verifier/verify.ts';
import {
  CALL,
  disassemble,
  encode,
  FRAME_POINTER,
  type HelperName,
  helperId,
  isWide,
  mapKindId,
  PseudoCall,
  PseudoLoad,
  programKind,
  Size,
  storeImm,
} from '../../src/isa/index.ts';

const reason = whyNoBpf();
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const PROGRAMS = Number(process.env['RUNS'] ?? 1000);
const INPUTS = 4;
const KINDS = ['socket_filter', 'xdp', 'sched_cls', 'cgroup_skb', 'raw_tracepoint'];
/** Instructions that a run may take; of the programs here only those with may_goto take more, and those are left out. */
const BUDGET = 100_000;
/** Maps whose contents are compared: the ring buffer is not. */
const isCompared = ({ kind }: MapShape): boolean => kind !== 'ringbuf';

/** Helpers that reach out of the program: signals to this process, packets to interfaces, memory of user space. */
const OUTSIDE: readonly HelperName[] = [
  'send_signal',
  'send_signal_thread',
  'probe_write_user',
  'clone_redirect',
  'override_return',
];
/** Helpers whose results are those of one system at one time: its clocks, tasks, random numbers, sockets, stacks. */
const OF_THE_MOMENT: readonly HelperName[] = [
  'ktime_get_ns',
  'ktime_get_boot_ns',
  'ktime_get_coarse_ns',
  'ktime_get_tai_ns',
  'jiffies64',
  'get_prandom_u32',
  'get_smp_processor_id',
  'get_current_pid_tgid',
  'get_current_uid_gid',
  'get_current_comm',
  'get_current_ancestor_cgroup_id',
  'get_hash_recalc',
  'get_current_cgroup_id',
  'get_current_task',
  'get_current_task_btf',
  'get_numa_node_id',
  'get_socket_cookie',
  'get_netns_cookie',
  'get_socket_uid',
  'get_stackid',
  'get_stack',
];

/** Old stack would be different each time; the frames of functions are left as they are. */
const CLEARED = Array.from({ length: 16 }, (_, at) => storeImm(Size.DW, FRAME_POINTER, -8 * (at + 1), 0));

function programOf(seed: number): RandomProgram {
  const random = new Random(seed);
  let program = randomProgram(random, 5 + random.below(60));
  if (random.chance(20)) program = mutate(random, program);
  return { ...program, instructions: [...CLEARED, ...program.instructions] };
}

function calls({ instructions }: RandomProgram, names: readonly HelperName[]): boolean {
  const ids = new Set(names.map((name) => helperId(name)));
  return instructions.some(({ code, src, imm }) => code === CALL && src === PseudoCall.HELPER && ids.has(imm));
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

/** What a run leaves, as text that can be compared. */
interface Outcome {
  readonly retval: number;
  readonly data: string;
  readonly context: string;
  readonly maps: readonly string[];
}

// ---- the vm

interface Surroundings {
  readonly guard: number;
  readonly seed: number;
  readonly cpu: number;
  readonly nanoseconds: bigint;
  readonly task: number;
}

const ONE: Surroundings = { guard: 16, seed: 1, cpu: 0, nanoseconds: 1_234_567_890n, task: 4711 };
const OTHER: Surroundings = { guard: 4168, seed: 2, cpu: 1, nanoseconds: 987_654_321_123n, task: 1234567 };

/** Machines for many programs: each memory of WebAssembly reserves gigabytes of addresses. */
class VmRunner {
  readonly #surroundings: Surroundings;
  readonly #runnerOf: (machine: Machine) => Runner;
  #machine: Machine | undefined;
  #uses = 0;
  steps = 0;

  /** `runnerOf` is asked for each program: machines forget programs, which a JIT does not. */
  constructor(surroundings: Surroundings, runnerOf: (machine: Machine) => Runner) {
    this.#surroundings = surroundings;
    this.#runnerOf = runnerOf;
  }

  load(program: RandomProgram, entries: RandomInput['entries']): (input: RandomInput) => Outcome {
    const machine = this.#next();
    makeMaps(machine, program.maps, entries);
    const loaded = machine.load(program);
    const runner = this.#runnerOf(machine);
    return ({ data, context }) => {
      const run = runOnce(machine, loaded, {
        ...(data && { data }),
        ...(context && { context }),
        runner,
        budget: BUDGET,
        checked: true,
      });
      this.steps += run.steps;
      return {
        retval: run.result === EXPOSED ? -1 : run.retval,
        data: hex(run.data),
        context: hex(run.context),
        maps: machine.maps.map((map, index) => (isCompared(program.maps[index]!) ? listed(map.entries()) : '')),
      };
    };
  }

  #next(): Machine {
    const { guard, seed, cpu, nanoseconds, task } = this.#surroundings;
    if (this.#uses++ % 300 === 0) this.#machine = undefined;
    if (!this.#machine) {
      const now = (): bigint => nanoseconds;
      this.#machine = new Machine({ guard, seed, cpus: 2, host: { clock: { monotonic: now, boot: now, tai: now } } });
      this.#machine.cpu = cpu;
      this.#machine.event = { task: { pid: task, tid: task + 1, uid: task + 2, gid: task + 3, comm: `comm${task}` } };
    }
    for (const map of this.#machine.maps) map.close();
    this.#machine.maps.length = 0;
    this.#machine.programs.length = 0;
    return this.#machine;
  }
}

function listed(entries: Iterable<readonly [Uint8Array, Uint8Array]>): string {
  return Array.from(entries, ([key, value]) => `${hex(key)}=${hex(value)}`)
    .sort()
    .join(' ');
}

/** Runs with what a run before may have left on the stack; a result that depends on addresses is like no other. */
const watched: Runner = (machine, program, context, options) => {
  const watch = new PointerWatch(machine, program, context, new Random(context), options);
  const result = watch.run();
  return { result: watch.exposed ? EXPOSED : result, steps: watch.interpreter.steps };
};

const EXPOSED = -1n;

/** As it runs verified programs: no checks, no budget. */
function freshJit(machine: Machine): Runner {
  const jit = new Jit(machine);
  return (_, program, context) => ({ result: jit.program(program).run(context), steps: 0 });
}

// ---- the kernel

const sys = nativeSys();

class KernelProgram {
  readonly #program: RandomProgram;
  readonly #maps: readonly number[];
  readonly #fd: number;

  /** @throws SyscallError when the kernel rejects it. */
  constructor(program: RandomProgram, entries: RandomInput['entries']) {
    this.#program = program;
    this.#maps = program.maps.map(({ kind, keySize, valueSize, maxEntries, flags = 0 }) =>
      mapCreate(sys, { type: mapKindId(kind as never), keySize, valueSize, maxEntries, flags }),
    );
    try {
      for (const { map, key, value } of entries) mapUpdate(sys, this.#maps[map]!, key, value);
      const code = encode(
        program.instructions.map((one) => (namesMap(one) ? { ...one, imm: this.#maps[one.imm]! } : one)),
      );
      this.#fd = programLoad(sys, { type: programKind(program.kind)!.id, code, license: 'GPL' });
    } catch (error) {
      for (const fd of this.#maps) sys.close(fd);
      throw error;
    }
  }

  run({ data, context }: RandomInput): Outcome {
    const { kind, maps } = this.#program;
    const dataOut = new Uint8Array(data ? 70_000 : 0);
    const isSkb = data !== undefined && context !== undefined;
    const contextOut = new Uint8Array(isSkb ? context.length : 0);
    const run = programTestRun(sys, this.#fd, {
      ...(data && { data, dataOut }),
      ...(context && { context }),
      ...(isSkb && { contextOut }),
    });
    return {
      retval: run.returned,
      data: hex(dataOut.subarray(0, run.dataLength)),
      context: kind === 'raw_tracepoint' ? hex(context) : hex(contextOut),
      maps: maps.map((map, index) => (isCompared(map) ? listed(this.#entries(index)) : '')),
    };
  }

  *#entries(index: number): Generator<[Uint8Array, Uint8Array]> {
    const { keySize, valueSize } = this.#program.maps[index]!;
    const fd = this.#maps[index]!;
    for (let key: Uint8Array | undefined; ; ) {
      const next = new Uint8Array(keySize);
      try {
        mapNextKey(sys, fd, key, next);
      } catch (error) {
        if (error instanceof SyscallError) return;
        throw error;
      }
      const value = new Uint8Array(valueSize);
      mapLookup(sys, fd, next, value);
      yield [next, value];
      key = next;
    }
  }

  close(): void {
    for (const fd of [this.#fd, ...this.#maps]) sys.close(fd);
  }
}

function namesMap({ code, src }: RandomProgram['instructions'][number]): boolean {
  return isWide(code) && (src === PseudoLoad.MAP_FD || src === PseudoLoad.MAP_VALUE);
}

// ---- the comparison

class Comparison {
  readonly #interpreter = new VmRunner(ONE, () => interpret);
  readonly #jit = new VmRunner(ONE, freshJit);
  readonly #other = new VmRunner(OTHER, () => watched);
  readonly counts = { accepted: 0, refusedByKernel: 0, runs: 0, beside: 0, endless: 0 };

  get steps(): number {
    return this.#interpreter.steps;
  }

  /** What differs, or undefined. */
  difference(program: RandomProgram, seed: number): string | undefined {
    const random = new Random(seed);
    const inputs = Array.from({ length: INPUTS }, () => randomInput(random, program.kind, program.maps));
    const { entries } = inputs[0]!;
    let kernel: KernelProgram;
    try {
      kernel = new KernelProgram(program, entries);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.counts.refusedByKernel++;
      return undefined;
    }
    this.counts.accepted++;
    try {
      const runs = [this.#interpreter, this.#jit, this.#other].map((runner) => runner.load(program, entries));
      return this.#compare(kernel, runs, inputs, !calls(program, OF_THE_MOMENT));
    } catch (error) {
      if (error instanceof Trap && error.reason.startsWith('the budget')) this.counts.endless++;
      else if (error instanceof Trap || error instanceof SyscallError) return error.message;
      else throw error;
      return undefined;
    } finally {
      kernel.close();
    }
  }

  #compare(
    kernel: KernelProgram,
    [interpreter, jit, other]: readonly ((input: RandomInput) => Outcome)[],
    inputs: readonly RandomInput[],
    repeatable: boolean,
  ): string | undefined {
    let stable = repeatable;
    for (const input of inputs) {
      const expected = interpreter!(input);
      const problem = differing('jit', expected, jit!(input));
      if (problem !== undefined) return problem;
      this.counts.runs++;
      stable &&= differing('', expected, other!(input)) === undefined;
      if (!stable) continue;
      this.counts.beside++;
      const theirs = differing('kernel', expected, kernel.run(input));
      if (theirs !== undefined) return theirs;
    }
    return undefined;
  }
}

function differing(name: string, expected: Outcome, found: Outcome): string | undefined {
  for (const part of ['retval', 'data', 'context', 'maps'] as const) {
    const [a, b] = [`${expected[part]}`, `${found[part]}`];
    if (a !== b) return `${part} of the interpreter:\n${a}\n${part} of the ${name}:\n${b}`;
  }
  return undefined;
}

function isWanted(program: RandomProgram): boolean {
  if (!KINDS.includes(program.kind) || calls(program, OUTSIDE)) return false;
  return verifyProgram({ ...program, privileged: true }).accepted;
}

/** The program with as many instructions replaced by nothing as possible that still differs. */
function shrink(program: RandomProgram, seed: number): RandomProgram {
  const nothing = { code: 0x05, dst: 0, src: 0, off: 0, imm: 0 };
  const comparison = new Comparison();
  let smallest = program;
  for (let at = 0; at < program.instructions.length; at++) {
    const instructions = smallest.instructions.with(at, nothing);
    const candidate = { ...smallest, instructions };
    if (isWanted(candidate) && comparison.difference(candidate, seed) !== undefined) smallest = candidate;
  }
  return smallest;
}

describe.skipIf(reason !== undefined)(
  `random programs on all engines${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    test('give the same', { timeout: 36_000_000 }, () => {
      const comparison = new Comparison();
      for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
        const program = programOf(seed);
        const found = isWanted(program) ? comparison.difference(program, seed) : undefined;
        if (found === undefined) continue;
        const small = shrink(program, seed);
        const text = disassemble(small.instructions);
        expect.fail(`seed ${seed}, ${small.kind}: ${found}\n${text}`);
      }
      const { counts, steps } = comparison;
      const last = FIRST_SEED + PROGRAMS - 1;
      console.log(`seeds ${FIRST_SEED} to ${last}: ${JSON.stringify(counts)}, ${steps} instructions on each engine`);
      expect(counts.beside).toBeGreaterThan(PROGRAMS / 10);
    });
  },
);
