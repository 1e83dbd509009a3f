// One run of a program on given bytes, with the semantics of BPF_PROG_TEST_RUN where the kernel has it; kinds that the kernel
// cannot run by themselves get the given bytes as context.

import { prepareContext } from './contexts/context.ts';
import type { ContextInput } from './contexts/prepared.ts';
import { NOBODY } from './event.ts';
import { Interpreter } from './interpreter.ts';
import type { Machine } from './machine.ts';
import type { LoadedProgram } from './program.ts';

export interface RunOptions extends ContextInput {
  /** Runs one after another; the result is that of the last. */
  readonly repeat?: number;
  /** Stops the run after so many instructions (of the interpreter) with a Trap. */
  readonly budget?: number;
  /** Checks every access. */
  readonly checked?: boolean;
  /** Called before every instruction of the interpreter; may look at registers, stack and maps. */
  readonly onStep?: (interpreter: Interpreter) => void;
  /** What runs the program; the interpreter unless given. */
  readonly runner?: Runner;
}

/** Runs a program once on a context that is in linear memory; gives r0 and, where it counts them, the instructions. */
export type Runner = (
  machine: Machine,
  program: LoadedProgram,
  context: number,
  options: Pick<RunOptions, 'budget' | 'checked' | 'onStep'> & { readonly r2?: bigint },
) => { readonly result: bigint; readonly steps: number };

export interface RunResult {
  /** What the test run returns: the low half of r0. */
  readonly retval: number;
  /** All of r0. */
  readonly result: bigint;
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  /** Instructions of all repetitions, 0 where they are not counted. */
  readonly steps: number;
}

/**
 * Runs a program on bytes.
 * @throws ContextError where the kernel refuses the bytes; Trap when the program does what no verified program can do.
 */
export function runOnce(machine: Machine, program: LoadedProgram, options: RunOptions = {}): RunResult {
  const prepared = prepareContext(machine, program.kind, options);
  const runner = options.runner ?? interpret;
  try {
    let result = 0n;
    let steps = 0;
    for (let turn = 0; turn < Math.max(1, options.repeat ?? 1); turn++) {
      const run = runner(machine, program, prepared.address, {
        ...options,
        ...(prepared.r2 !== undefined && { r2: prepared.r2 }),
      });
      result = run.result;
      steps += run.steps;
    }
    return { retval: Number(BigInt.asUintN(32, result)), result, steps, ...prepared.finish() };
  } finally {
    prepared.close();
  }
}

/** Runs a program in the interpreter. */
export const interpret: Runner = (machine, program, context, options) => {
  const interpreter = new Interpreter(machine, program, context, options);
  if (!options.onStep) {
    const result = interpreter.run();
    return { result, steps: interpreter.steps };
  }
  while (!interpreter.done) {
    options.onStep(interpreter);
    interpreter.step();
  }
  return { result: interpreter.registers[0]!, steps: interpreter.steps };
};

/** Calls the callbacks of the timers that are due, in the interpreter; returns how many there were. */
export function runDueTimers(machine: Machine, options: Pick<RunOptions, 'budget' | 'checked'> = {}): number {
  const now = machine.host.clock.monotonic();
  let count = 0;
  for (let timer = machine.timers.takeDue(now); timer; timer = machine.timers.takeDue(now)) {
    const element = machine.mapAt(timer.map)?.elementAt(timer.address);
    if (!timer.program || timer.callback === undefined || !element) continue;
    const before = machine.event;
    machine.event = NOBODY;
    try {
      const run = new Interpreter(machine, timer.program, 0, options);
      run.enter(timer.callback, [BigInt(timer.map), BigInt(element.key), BigInt(element.value)]);
      run.run();
      count++;
    } finally {
      machine.event = before;
      element.free?.();
    }
  }
  return count;
}
