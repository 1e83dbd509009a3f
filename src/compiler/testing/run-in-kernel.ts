// Runs emitted instructions once in the kernel, as a program of kind `syscall` (5.14) whose context is two u64: what goes
// in and what comes out.

import { type ProgramLoad, programLoad, programTestRun } from '../../engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../engines/kernel/sys/native.ts';
import { encode, type Instruction, programKindId } from '../../isa/index.ts';

const SLEEPABLE = 1 << 4;
const LOG_BYTES = 1 << 20;

export function runInKernel(code: readonly Instruction[], input: bigint): bigint {
  const sys = nativeSys();
  const load: ProgramLoad = {
    type: programKindId('syscall')!,
    code: encode(code),
    license: 'GPL',
    name: 'random',
    flags: SLEEPABLE,
  };
  const context = new Uint8Array(16);
  new DataView(context.buffer).setBigUint64(0, input, true);
  const fd = loadOrExplain(load);
  try {
    // The kernel writes the context back to where it came from.
    programTestRun(sys, fd, { context });
    return new DataView(context.buffer).getBigUint64(8, true);
  } finally {
    sys.close(fd);
  }
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
