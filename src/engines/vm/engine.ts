// The engine that runs Images in the vm: the same maps, programs and records as in the kernel, without one.

import { TraceError } from '../../base/error.ts';
import type { Btf } from '../../btf/index.ts';
import type { Image, Parameter } from '../../image/index.ts';
import { SyscallTable } from '../../tracefs/syscalls.ts';
import type { Engine, LoadOptions } from '../engine.ts';
import { type EventInfo, NOBODY } from './event.ts';
import type { Host } from './host.ts';
import { LoadedVmImage } from './image/loaded.ts';
import { createMaps } from './image/maps.ts';
import { relocate } from './image/relocate.ts';
import { makeCurrentTask } from './image/task.ts';
import { Waiter } from './image/waiter.ts';
import { jitRunner } from './jit/runner.ts';
import { Machine } from './machine.ts';
import { MapError } from './maps/map.ts';
import type { LoadedProgram, VmProgram } from './program.ts';
import { interpret, type Runner } from './run.ts';
import { type EventSource, noEvents } from './source.ts';

export interface VmEngineOptions {
  /** Where events come from; without it only begin, end, signal, interval and profile probes run. */
  readonly source?: EventSource;
  /** CPUs of per-CPU maps; 1 when left out. */
  readonly cpus?: number;
  readonly host?: Partial<Host>;
  /** The process that begin and end probes see as the current one. */
  readonly self?: EventInfo;
  /** What runs programs; the interpreter when left out. */
  readonly runner?: Runner | 'interpreter' | 'jit';
  /** Check every access, where the runner can. */
  readonly checked?: boolean;
  /** Types of the traced kernel; without them fields are where they were on the machine that compiled. */
  readonly btf?: Btf;
  readonly tracepointField?: (tracepoint: string, field: string) => number | undefined;
  readonly kernelSymbol?: (name: string) => bigint | undefined;
  /** The number of a system call by the name in its tracepoints; x86-64's when left out. */
  readonly syscallNumber?: (name: string) => number | undefined;
  /** Numbers of the run that differ from what the vm knows itself. */
  readonly parameters?: Partial<Record<Parameter, bigint>>;
  /** Looks at each program before it may run, and throws what is wrong with it: the verifier. */
  readonly verify?: (program: VmProgram, machine: Machine) => void;
  /** Of bpf_get_prandom_u32. */
  readonly seed?: number;
}

const syscalls = new SyscallTable('x86_64');

export function vmEngine(options: VmEngineOptions = {}): Engine {
  return { name: 'vm', load: (image, loadOptions) => load(image, loadOptions, options) };
}

function load(image: Image, loadOptions: LoadOptions, options: VmEngineOptions): LoadedVmImage {
  const waiter = new Waiter();
  const written: Uint8Array[] = [];
  const machine = new Machine({
    ...(options.cpus !== undefined && { cpus: options.cpus }),
    ...(options.seed !== undefined && { seed: options.seed }),
    host: { ringWakeup: () => waiter.wake(), sequence: (bytes) => written.push(bytes), ...options.host },
  });
  const maps = createMaps(machine, image);
  const context = {
    maps: maps.map(({ index }) => index),
    parameter: parameters(machine, loadOptions, options),
    ...(options.btf && { btf: options.btf }),
    ...(options.tracepointField && { tracepointField: options.tracepointField }),
    ...(options.kernelSymbol && { kernelSymbol: options.kernelSymbol }),
  };
  const programs = image.programs.map((program) => {
    const relocated = relocate(program, context, image.license);
    options.verify?.(relocated, machine);
    return loadProgram(machine, relocated);
  });
  return new LoadedVmImage({
    image,
    machine,
    maps,
    programs,
    source: options.source ?? noEvents,
    runner: runnerOf(options.runner),
    self: options.self ?? NOBODY,
    checked: options.checked ?? false,
    waiter,
    written,
    task: makeCurrentTask(machine, image, options.btf),
    syscallNumber: options.syscallNumber ?? ((name) => syscalls.eventNumber(name) ?? syscalls.number(name)),
  });
}

function runnerOf(choice: VmEngineOptions['runner'] = 'interpreter'): Runner {
  if (typeof choice === 'function') return choice;
  return choice === 'jit' ? jitRunner : interpret;
}

function loadProgram(machine: Machine, program: VmProgram): LoadedProgram {
  try {
    return machine.load(program);
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    throw new TraceError('ERR_VERIFIER', `the program ${program.name} cannot be loaded: ${error.message}`, {
      cause: error,
    });
  }
}

/** What the vm knows itself of the numbers of a run. */
function parameters(machine: Machine, load: LoadOptions, options: VmEngineOptions): (parameter: Parameter) => bigint {
  const { clock } = machine.host;
  const known: Record<Parameter, bigint> = {
    'cpu-count': BigInt(machine.cpuCount),
    'max-cpu': BigInt(machine.cpuCount - 1),
    'self-pid': BigInt(options.self?.task.pid ?? 0),
    'child-pid': BigInt(load.childPid ?? 0),
    'target-pid': BigInt(load.targetPid ?? 0),
    'start-ns': clock.boot(),
    'pidns-device': 0n,
    'pidns-inode': 0n,
    'tai-offset-ns': clock.tai() - clock.boot(),
    ...options.parameters,
  };
  return (parameter) => known[parameter];
}
