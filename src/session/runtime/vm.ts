// Runs a program in the vm: the interpreter or the JIT.

import { TraceError } from '../../base/error.ts';
import {
  ContextError,
  type LoadedProgram,
  Machine,
  MapError,
  runOnce,
  Trap,
  type VmMap,
} from '../../engines/vm/index.ts';
import { jitRunner } from '../../engines/vm/jit/runner.ts';
import { RingBuffer } from '../../engines/vm/maps/ringbuf.ts';
import { withMaps } from './code.ts';
import { contentsOf, isShown, type MapContents, sizedMap } from './maps.ts';
import type { RuntimeMap, RuntimeProgram } from './program.ts';
import type { RunInput, RunOutcome } from './run.ts';

export interface VmOptions {
  readonly engine: 'interpreter' | 'jit';
  /** Check every access, because nobody has verified the program. */
  readonly checked: boolean;
  readonly cpus: number;
  /** Lines of bpf_trace_printk. */
  readonly trace?: (line: string) => void;
}

/**
 * Runs a program once.
 * @throws TraceError when a map cannot be made, the bytes are no context, or the program does what it may not.
 */
export function runInVm(
  program: RuntimeProgram,
  siblings: readonly RuntimeProgram[],
  input: RunInput,
  options: VmOptions,
): RunOutcome {
  const { cpus, trace } = options;
  const machine = new Machine({ cpus, ...(trace && { host: { trace } }) });
  return runOnMachine(machine, program, siblings, input, options);
}

export function runOnMachine(
  machine: Machine,
  program: RuntimeProgram,
  siblings: readonly RuntimeProgram[],
  input: RunInput,
  { engine, checked }: VmOptions,
): RunOutcome {
  return told('The program cannot be loaded', () => {
    const maps = told('A map cannot be made', () => createMaps(machine, program.maps));
    const loaded = load(machine, program, maps);
    fillMaps(machine, program, siblings, maps);
    const started = performance.now();
    const result = runOnce(machine, loaded, {
      ...input,
      checked,
      ...(checked && { budget: UNVERIFIED_BUDGET }),
      ...(engine === 'jit' && { runner: jitRunner }),
    });
    const milliseconds = performance.now() - started;
    return {
      retval: result.retval,
      ...(result.data && { data: result.data }),
      ...(result.context && { context: result.context }),
      maps: input.omitMaps ? [] : shownMaps(machine, program.maps, maps),
      nanoseconds: Math.round((milliseconds * 1e6) / Math.max(1, input.repeat ?? 1)),
    };
  });
}

/** Instructions (of the JIT: turns of loops) after which a program that nobody has verified is stopped. */
const UNVERIFIED_BUDGET = 1_000_000;

/** Does what may fail because of the program or its bytes, and says so in a sentence. */
function told<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof MapError) throw new TraceError('ERR_RUN', `${what}: ${error.message}.`, { cause: error });
    if (error instanceof ContextError) {
      throw new TraceError('ERR_RUN', `The program cannot be run on these bytes: ${error.message}.`, { cause: error });
    }
    if (error instanceof Trap) {
      throw new TraceError('ERR_RUN', `The run was stopped ${error.message}.`, { cause: error });
    }
    throw error;
  }
}

/** The maps in the order of the program; before a map of maps one is made that those inside are like. */
function createMaps(machine: Machine, definitions: readonly RuntimeMap[]): VmMap[] {
  return definitions.map((map) => {
    const inner = map.inner && machine.createMap(specOf(map.inner)).index;
    return machine.createMap({ ...specOf(map), ...(inner !== undefined && { inner }) });
  });
}

function specOf(map: RuntimeMap): Parameters<Machine['createMap']>[0] {
  const { inner: _, ...spec } = sizedMap(map);
  return spec;
}

/** Puts in what stands in maps from the beginning: bytes, maps, programs. */
function fillMaps(
  machine: Machine,
  program: RuntimeProgram,
  siblings: readonly RuntimeProgram[],
  maps: readonly VmMap[],
): void {
  for (const [index, definition] of program.maps.entries()) {
    const map = maps[index]!;
    const { role, values } = definition;
    if (role.kind === 'data') {
      map.write(new Uint8Array(definition.keySize), role.bytes);
      if (role.readonly) map.freeze();
    }
    for (const [at, name] of (values ?? []).entries()) {
      const number = name === undefined ? undefined : numberOf(machine, program, siblings, maps, name);
      if (number !== undefined) map.write(word(at), word(number));
    }
  }
}

function numberOf(
  machine: Machine,
  program: RuntimeProgram,
  siblings: readonly RuntimeProgram[],
  maps: readonly VmMap[],
  name: string,
): number | undefined {
  const map = program.maps.findIndex((definition) => definition.name === name);
  if (map !== -1) return maps[map]!.index;
  const sibling = siblings.find((candidate) => candidate.name === name);
  return sibling && load(machine, sibling, maps).index;
}

function load(machine: Machine, program: RuntimeProgram, maps: readonly VmMap[]): LoadedProgram {
  const instructions = withMaps(program.instructions, (index) => maps[index]?.index);
  return machine.load({ ...program, instructions });
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function shownMaps(machine: Machine, definitions: readonly RuntimeMap[], maps: readonly VmMap[]): MapContents[] {
  return definitions.flatMap((map, index) => (isShown(map) ? [contentsOf(map, entriesOf(machine, maps[index]!))] : []));
}

const NO_KEY = new Uint8Array();

type Entry = readonly [key: Uint8Array, value: Uint8Array];

function entriesOf(machine: Machine, map: VmMap): Iterable<Entry> {
  if (!(map instanceof RingBuffer)) return map.entries();
  const records: Entry[] = [];
  map.drain((address, length) => records.push([NO_KEY, machine.memory.read(address, length)]));
  return records;
}
