// Runs the same program with the same bytes in the kernel and in the vm, so that tests can compare.

import { mapCreate, programLoad, programTestRun } from '../../src/engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../src/engines/kernel/sys/native.ts';
import { SyscallError } from '../../src/engines/kernel/sys/syscall-error.ts';
import { ContextError, Machine, type MapSpec, runOnce } from '../../src/engines/vm/index.ts';
import { encode, type Instruction, isWide, mapKind, PseudoLoad, programKind } from '../../src/isa/index.ts';

export interface Comparison {
  readonly kind: string;
  /** LD_IMM64 of maps have the index in `maps` as immediate. */
  readonly instructions: readonly Instruction[];
  readonly maps?: readonly MapSpec[];
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
}

/** What a run gave: bytes in hexadecimal, so that differences can be read. */
export interface Outcome {
  readonly errno?: number;
  readonly retval?: number;
  readonly data?: string;
  readonly context?: string;
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

export function runInVm({ kind, instructions, maps = [], data, context }: Comparison): Outcome {
  const machine = new Machine();
  for (const spec of maps) machine.createMap(spec);
  const program = machine.load({ kind, instructions });
  try {
    const run = runOnce(machine, program, { checked: true, ...(data && { data }), ...(context && { context }) });
    return {
      retval: run.retval,
      ...(data && { data: hex(run.data) }),
      ...(context && { context: hex(run.context?.subarray(0, context.length)) }),
    };
  } catch (error) {
    if (error instanceof ContextError) return { errno: error.errno };
    throw error;
  }
}

const DATA_OUT = 70_000;

export function runInKernel(comparison: Comparison): Outcome {
  const { kind, maps = [], data, context } = comparison;
  const sys = nativeSys();
  const fds = maps.map((spec) => mapCreate(sys, { ...spec, type: mapKind(spec.kind)!.id }));
  try {
    const program = programLoad(sys, {
      type: programKind(kind)!.id,
      code: encode(withFds(comparison.instructions, fds)),
      license: 'GPL',
      name: 'compare',
      log: { level: 1, buffer: log },
    });
    fds.push(program);
    const dataOut = new Uint8Array(data ? DATA_OUT : 0);
    const contextOut = new Uint8Array(context?.length ?? 0);
    const result = programTestRun(sys, program, {
      ...(data && { data, dataOut }),
      ...(context && { context, ...(kind !== 'raw_tracepoint' && { contextOut }) }),
    });
    return {
      retval: result.returned,
      ...(data && { data: hex(dataOut.subarray(0, result.dataLength)) }),
      ...(context && { context: hex(kind === 'raw_tracepoint' ? context : contextOut) }),
    };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (fds.length === maps.length) throw new Error(Buffer.from(log).toString().split('\0')[0], { cause: error });
    return { errno: error.errno };
  } finally {
    for (const fd of fds) sys.close(fd);
  }
}

const log = new Uint8Array(1 << 16);

function withFds(instructions: readonly Instruction[], fds: readonly number[]): Instruction[] {
  return instructions.map((instruction) => {
    const namesMap = instruction.src === PseudoLoad.MAP_FD || instruction.src === PseudoLoad.MAP_VALUE;
    return isWide(instruction.code) && namesMap ? { ...instruction, imm: fds[instruction.imm]! } : instruction;
  });
}
