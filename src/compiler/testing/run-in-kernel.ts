// Runs emitted instructions once in the kernel, as a raw tracepoint program (5.10) whose context holds what goes in and
// whose map number 0 takes what comes out.

import { mapCreate, mapLookup, type ProgramLoad, programLoad, programTestRun } from '../../engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../engines/kernel/sys/native.ts';
import { encode, mapKindId, programKindId } from '../../isa/index.ts';
import type { EmittedProgram } from '../emit.ts';

const LOG_BYTES = 1 << 20;

export function runInKernel(program: EmittedProgram, input: bigint): bigint {
  const sys = nativeSys();
  const map = mapCreate(sys, { type: mapKindId('array')!, keySize: 4, valueSize: 8, maxEntries: 1 });
  try {
    const fd = loadOrExplain(loadOf(program, map));
    try {
      const context = new Uint8Array(8);
      new DataView(context.buffer).setBigUint64(0, input, true);
      programTestRun(sys, fd, { context });
      const value = new Uint8Array(8);
      mapLookup(sys, map, new Uint8Array(4), value);
      return new DataView(value.buffer).getBigUint64(0, true);
    } finally {
      sys.close(fd);
    }
  } finally {
    sys.close(map);
  }
}

function loadOf(program: EmittedProgram, map: number): ProgramLoad {
  const code = [...program.code];
  for (const { slot } of program.relocations) code[slot] = { ...code[slot]!, imm: map };
  return { type: programKindId('raw_tracepoint')!, code: encode(code), license: 'GPL', name: 'random' };
}

function loadOrExplain(load: ProgramLoad): number {
  const sys = nativeSys();
  try {
    return programLoad(sys, load);
  } catch {
    const buffer = new Uint8Array(LOG_BYTES);
    try {
      return programLoad(sys, { ...load, log: { level: 1, buffer } });
    } catch (error) {
      const log = new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
      throw new Error(`the kernel refused the program: ${log.slice(-3000)}`, { cause: error });
    }
  }
}
