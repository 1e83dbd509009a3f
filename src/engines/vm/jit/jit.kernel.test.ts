// Programs made at random run the same in the interpreter, in the JIT and in the running kernel (BPF_PROG_TEST_RUN of type xdp):
// the result and what is in the maps. Programs that the kernel's verifier refuses are counted.

import { describe, expect, it } from 'vitest';
import {
  disassemble,
  encode,
  type Instruction,
  LD_IMM64,
  mapKindId,
  PseudoLoad,
  programKindId,
} from '../../../isa/index.ts';
import { mapCreate, mapLookup, mapNextKey, programLoad, programTestRun } from '../../kernel/sys/bpf.ts';
import { nativeSys } from '../../kernel/sys/native.ts';
import type { Sys } from '../../kernel/sys/sys.ts';
import { SyscallError } from '../../kernel/sys/syscall-error.ts';
import { whyNoBpf } from '../../kernel/testing/bpf-allowed.ts';
import type { MapSpec } from '../maps/map.ts';
import { compiled, hex, interpret } from './testing/compare.ts';
import { CONTEXT_BYTES, maps, randomProgram } from './testing/random-program.ts';

const reason = whyNoBpf();
const FIRST_SEED = Number(process.env['BEETRACE_SEED'] ?? 1);
const PROGRAMS = Number(process.env['BEETRACE_PROGRAMS'] ?? 300);
/** Maps whose contents do not depend on the CPU. */
const COMPARED = [0, 1, 3, 4];

describe.skipIf(reason !== undefined)(
  `the JIT beside the kernel${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it('gives the same results', () => {
      const sys = nativeSys();
      let accepted = 0;
      let steps = 0;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
        const { instructions } = randomProgram(seed, { portable: true, blocks: 5 });
        const kernel = runInKernel(sys, instructions);
        if (!kernel) continue;
        accepted++;
        const setup = { instructions, maps, context: new Uint8Array(CONTEXT_BYTES) };
        const interpreted = interpret(setup);
        steps += interpreted.steps;
        const message = `seed ${seed}:\n${disassemble(instructions)}`;
        for (const { results, maps: contents } of [interpreted, compiled(setup)]) {
          expect(`${Number(BigInt(results[0]!) & 0xffffffffn)}`, message).toBe(kernel.returned);
          expect(
            COMPARED.map((map) => contents[map]),
            message,
          ).toEqual(kernel.maps);
        }
      }
      console.log(
        `seeds ${FIRST_SEED} to ${FIRST_SEED + PROGRAMS - 1}: ${accepted} accepted by the kernel, ${steps} instructions`,
      );
      expect(accepted).toBeGreaterThan(PROGRAMS / 4);
    }, 300_000);
  },
);

/** What the kernel gives, or undefined when it refuses the program. */
function runInKernel(
  sys: Sys,
  instructions: readonly Instruction[],
): { readonly returned: string; readonly maps: readonly string[] } | undefined {
  const fds: number[] = [];
  try {
    for (const spec of maps) fds.push(createMap(sys, spec));
    const program = load(sys, instructions, fds);
    if (program === undefined) return undefined;
    fds.push(program);
    const { returned } = programTestRun(sys, program, { data: new Uint8Array(64) });
    return { returned: `${returned}`, maps: COMPARED.map((map) => contents(sys, fds[map]!, maps[map]!)) };
  } finally {
    for (const fd of fds) sys.close(fd);
  }
}

function createMap(sys: Sys, { kind, keySize, valueSize, maxEntries }: MapSpec): number {
  return mapCreate(sys, { type: mapKindId(kind as never), keySize, valueSize, maxEntries });
}

function load(sys: Sys, instructions: readonly Instruction[], fds: readonly number[]): number | undefined {
  const named = instructions.map((one) =>
    one.code === LD_IMM64 && one.src === PseudoLoad.MAP_FD ? { ...one, imm: fds[one.imm]! } : one,
  );
  try {
    return programLoad(sys, { type: programKindId('xdp'), code: encode(named), license: 'GPL' });
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

function contents(sys: Sys, fd: number, { keySize, valueSize }: MapSpec): string {
  const entries: string[] = [];
  const value = new Uint8Array(valueSize);
  for (let key: Uint8Array | undefined; ; ) {
    const next = new Uint8Array(keySize);
    try {
      mapNextKey(sys, fd, key, next);
    } catch (error) {
      if (error instanceof SyscallError) return entries.sort().join(' ');
      throw error;
    }
    mapLookup(sys, fd, next, value);
    entries.push(`${hex(next)}=${hex(value)}`);
    key = next;
  }
}
