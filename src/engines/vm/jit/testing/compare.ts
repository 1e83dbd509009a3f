// Runs a program in the interpreter and in the JIT, each in a machine of its own that is otherwise the same, and shows what is
// left: r0, the stack, the context, the maps.

import type { Instruction } from '../../../../isa/index.ts';
import type { EventInfo } from '../../event.ts';
import type { Host } from '../../host.ts';
import { Interpreter } from '../../interpreter.ts';
import { Control, STACK_BASE, STACK_TOP } from '../../layout.ts';
import { Machine } from '../../machine.ts';
import type { MapSpec } from '../../maps/map.ts';
import { RingBuffer } from '../../maps/ringbuf.ts';
import { Trap } from '../../trap.ts';
import { Jit, type JitOptions } from '../jit.ts';

export interface Setup {
  readonly instructions: readonly Instruction[];
  readonly kind?: string;
  readonly maps?: readonly MapSpec[];
  /** Contents of maps before the run. */
  readonly entries?: readonly { readonly map: number; readonly key: Uint8Array; readonly value: Uint8Array }[];
  readonly context?: Uint8Array;
  readonly cpus?: number;
  readonly cpu?: number;
  readonly seed?: number;
  readonly host?: Partial<Host>;
  readonly event?: EventInfo;
  /** Programs that tail calls may reach; their indices begin at 1. */
  readonly others?: readonly (readonly Instruction[])[];
  readonly programEntries?: readonly { readonly map: number; readonly index: number; readonly program: number }[];
  /** Runs of the program, one after another on the same maps. */
  readonly runs?: number;
  readonly jit?: JitOptions;
  /** Instructions that the interpreter may execute. */
  readonly budget?: number;
}

export interface Outcome {
  /** r0 of each run, or why it ended, with the slot. */
  readonly results: readonly string[];
  readonly stack: string;
  readonly context: string;
  readonly maps: readonly string[];
  readonly woken: number;
  /** Instructions executed; the interpreter's alone. */
  readonly steps: number;
}

type Run = (machine: Machine, program: ReturnType<Machine['load']>, context: number) => { r0: bigint; steps: number };

export function interpret(setup: Setup): Outcome {
  return outcome(setup, (machine, program, context) => {
    const interpreter = new Interpreter(machine, program, context, {
      ...(setup.budget !== undefined && { budget: setup.budget }),
      ...(setup.jit?.checked !== undefined && { checked: setup.jit.checked }),
    });
    return { r0: interpreter.run(), steps: interpreter.steps };
  });
}

export function compiled(setup: Setup): Outcome {
  let jit: Jit | undefined;
  return outcome(setup, (machine, program, context) => {
    jit ??= new Jit(machine, setup.jit);
    return { r0: jit.program(program).run(context), steps: 0 };
  });
}

/** The same through a batch of one, which gives the low half of r0. */
export function batched(setup: Setup): Outcome {
  let jit: Jit | undefined;
  return outcome(setup, (machine, program, context) => {
    jit ??= new Jit(machine, setup.jit);
    jit.program(program).runBatch(context, 1, 0, Control.SCRATCH);
    return { r0: BigInt(machine.memory.getU32(Control.SCRATCH)), steps: 0 };
  });
}

function outcome(setup: Setup, run: Run): Outcome {
  let woken = 0;
  const machine = new Machine({
    cpus: setup.cpus ?? 1,
    seed: setup.seed ?? 1,
    host: { ...setup.host, ringWakeup: () => woken++ },
  });
  machine.cpu = setup.cpu ?? 0;
  if (setup.event) machine.event = setup.event;
  for (const spec of setup.maps ?? []) machine.createMap(spec);
  for (const { map, key, value } of setup.entries ?? []) machine.map(map).write(key, value);
  const kind = setup.kind ?? 'xdp';
  const program = machine.load({ kind, instructions: setup.instructions });
  for (const instructions of setup.others ?? []) machine.load({ kind, instructions });
  for (const { map, index, program: target } of setup.programEntries ?? []) {
    machine.map(map).write(u32(index), u32(target));
  }
  const bytes = setup.context ?? new Uint8Array(64);
  const context = machine.memory.allocate(bytes.length, { kind: 'context' });
  machine.memory.write(context, bytes);
  const results: string[] = [];
  let steps = 0;
  for (let each = 0; each < (setup.runs ?? 1); each++) {
    try {
      const done = run(machine, program, context);
      steps += done.steps;
      results.push(`0x${done.r0.toString(16)}`);
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      results.push(`${error.slot}: ${error.reason}`);
    }
  }
  return {
    results,
    stack: hex(machine.memory.read(STACK_BASE, STACK_TOP - STACK_BASE)),
    context: hex(machine.memory.read(context, bytes.length)),
    maps: machine.maps.map((map) => (map instanceof RingBuffer ? records(machine, map) : entriesOf(map))),
    woken,
    steps,
  };
}

function entriesOf(map: Machine['maps'][number]): string {
  const entries = [...map.entries()].map(([key, value]) => `${hex(key)}=${hex(value)}`);
  return entries.sort().join(' ');
}

function records(machine: Machine, ring: RingBuffer): string {
  const found: string[] = [];
  ring.drain((address, length) => found.push(hex(machine.memory.read(address, length))));
  return found.join(' ');
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

export function u64(value: bigint): Uint8Array {
  return new Uint8Array(BigUint64Array.of(value).buffer);
}
