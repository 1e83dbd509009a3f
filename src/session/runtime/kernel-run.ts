// Runs a program once in the running kernel: BPF_PROG_TEST_RUN (4.12; raw tracepoints 5.10, syscall programs 5.14).

import { TraceError } from '../../base/error.ts';
import type { KernelMap } from '../../engines/kernel/maps.ts';
import { permissionError } from '../../engines/kernel/permission.ts';
import type { Platform } from '../../engines/kernel/platform.ts';
import { runningMachine } from '../../engines/kernel/platform.ts';
import { RingConsumer } from '../../engines/kernel/ring.ts';
import { mapTake, programLoad, programTestRun, type TestResult, type TestRun } from '../../engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../engines/kernel/sys/native.ts';
import type { Sys } from '../../engines/kernel/sys/sys.ts';
import { isErrno, SyscallError } from '../../engines/kernel/sys/syscall-error.ts';
import { fillValues, type KernelMaps, kernelVerdict, makeMaps, prepareLoad } from './kernel.ts';
import { contentsOf, isSequence, isShown, type MapContents } from './maps.ts';
import type { RuntimeProgram } from './program.ts';
import { RejectedError } from './rejected.ts';
import type { RunInput, RunOutcome } from './run.ts';

/** How much longer a packet may become in a run. */
const ROOM = 4096;
/** Context that kernels give back: struct __sk_buff is the longest but one, records are given back as long as they were. */
const CONTEXT_ROOM = 256;

export function runInKernel(
  program: RuntimeProgram,
  siblings: readonly RuntimeProgram[],
  input: RunInput,
  sys: Sys = nativeSys(),
  platform: Platform = runningMachine(),
): RunOutcome {
  const maps = makeMaps(sys, program.maps);
  const programs: number[] = [];
  const load = (one: RuntimeProgram): number => {
    const fd = loadOne(sys, platform, one, maps);
    programs.push(fd);
    return fd;
  };
  try {
    const fd = load(program);
    fill(sys, program, maps, (name) => {
      const sibling = siblings.find((one) => one.name === name);
      return sibling && load(sibling);
    });
    return { ...testRun(sys, fd, program, input), maps: input.omitMaps ? [] : shownMaps(sys, program, maps) };
  } finally {
    for (const fd of programs) sys.close(fd);
    maps.close();
  }
}

function fill(...values: Parameters<typeof fillValues>): void {
  try {
    fillValues(...values);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new TraceError('ERR_RUN', `What a map holds from the beginning cannot be put in: ${error.message}.`, {
      cause: error,
      hints: ['programs in one prog_array are of one kind'],
    });
  }
}

function loadOne(sys: Sys, platform: Platform, program: RuntimeProgram, maps: KernelMaps): number {
  const loading = prepareLoad(sys, platform, program, maps);
  try {
    return programLoad(sys, loading.request);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const verdict = kernelVerdict(sys, platform, program);
    if (isErrno(error, 'EPERM') && verdict.log === '') throw permissionError(error);
    const message = verdict.message || error.message;
    throw new RejectedError('kernel', program, { ...verdict, message });
  } finally {
    loading.close();
  }
}

function testRun(sys: Sys, fd: number, program: RuntimeProgram, input: RunInput): Omit<RunOutcome, 'maps'> {
  const plain = takesContextOnly(program.kind);
  const data = plain ? undefined : input.data;
  const dataOut = data && new Uint8Array(data.length + ROOM);
  const given = input.context?.slice();
  const contextOut = plain ? undefined : given && new Uint8Array(Math.max(given.length, CONTEXT_ROOM));
  const run: TestRun = {
    ...(data && { data, dataOut: dataOut! }),
    ...(given && { context: given }),
    ...(contextOut && { contextOut }),
    repeat: plain ? 0 : (input.repeat ?? 1),
  };
  const result = attempt(sys, fd, program, run);
  const data_ = dataOut?.slice(0, result.dataLength);
  const context = plain ? given : contextOut?.slice(0, result.contextLength);
  return {
    retval: result.returned,
    ...(data_ && { data: data_ }),
    ...(context && { context }),
    nanoseconds: result.nanoseconds,
  };
}

/** Raw tracepoints and system call programs get bytes; what the latter change is written over what was given. */
function takesContextOnly(kind: string): boolean {
  return kind === 'raw_tracepoint' || kind === 'raw_tracepoint_writable' || kind === 'syscall' || kind === 'tracing';
}

function attempt(sys: Sys, fd: number, program: RuntimeProgram, run: TestRun): TestResult {
  try {
    return programTestRun(sys, fd, run);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const { message, errnoName } = error;
    if (errnoName === 'ENOTSUPP' || errnoName === 'EOPNOTSUPP') {
      throw new TraceError('ERR_RUN', `The kernel cannot run a program of kind ${program.kind} by itself.`, {
        cause: error,
        hints: ['--engine interpreter and --engine jit can'],
      });
    }
    throw new TraceError('ERR_RUN', `The kernel does not run the program on these bytes: ${message}.`, {
      cause: error,
    });
  }
}

function shownMaps(sys: Sys, program: RuntimeProgram, { maps }: KernelMaps): MapContents[] {
  return program.maps.flatMap((definition, index) => {
    return isShown(definition) ? [contentsOf(definition, entriesOf(sys, maps[index]!))] : [];
  });
}

type Entry = readonly [key: Uint8Array, value: Uint8Array];

const NO_KEY = new Uint8Array();

function entriesOf(sys: Sys, map: KernelMap): Iterable<Entry> {
  const { definition } = map;
  if (definition.kind === 'ringbuf') return ringRecords(sys, map);
  if (isSequence(definition)) return taken(sys, map);
  const { keys, values, count, keySize } = map.snapshot();
  const bytes = count === 0 ? 0 : values.length / count;
  return Array.from({ length: count }, (_, at) => {
    return [keys.slice(at * keySize, (at + 1) * keySize), values.slice(at * bytes, (at + 1) * bytes)] as const;
  });
}

function ringRecords(sys: Sys, map: KernelMap): Entry[] {
  const ring = new RingConsumer(sys, map.fd, map.definition.maxEntries);
  const records: Entry[] = [];
  try {
    ring.drain(({ u8 }, offset, length) => records.push([NO_KEY, u8.slice(offset, offset + length)]));
  } finally {
    ring.close();
  }
  return records;
}

/** What a queue or a stack gives out until it is empty. */
function* taken(sys: Sys, map: KernelMap): Generator<Entry> {
  for (;;) {
    const value = new Uint8Array(map.definition.valueSize);
    try {
      mapTake(sys, map.fd, value);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return;
      throw error;
    }
    yield [NO_KEY, value];
  }
}
