// Our verdicts beside those of the running kernel's verifier, for random programs. Accepting what the kernel rejects is a
// failure, apart from the differences listed here; the share of equal verdicts is printed.

import { afterAll, describe, expect, it } from 'vitest';
import {
  disassemble,
  encode,
  type Instruction,
  isWide,
  mapKindId,
  PseudoLoad,
  programKind,
} from '../../../isa/index.ts';
import { mapCreate, programLoad } from '../../kernel/sys/bpf.ts';
import { nativeSys } from '../../kernel/sys/native.ts';
import { SyscallError } from '../../kernel/sys/syscall-error.ts';
import { whyNoBpf } from '../../kernel/testing/bpf-allowed.ts';
import { Random } from './testing/random.ts';
import { mutate, type RandomProgram, randomMaps, randomProgram } from './testing/random-program.ts';
import { type Verdict, verifyProgram } from './verify.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: our verdicts beside the kernel's: ${reason}\n`);

const PROGRAMS = Number(process.env['RUNS'] ?? 3000);
/** What the kernel walks through in tolerable time. */
const MAX_PROCESSED = 20_000;

/** Why the kernel rejects some programs that are safe by themselves. */
const harmless: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /kernel btf_id|calling kernel function|ldimm64|module BTF/, why: 'names symbols of the running kernel' },
  { pattern: /fd_idx without fd_array/, why: 'needs a list of file descriptors' },
];

const sys = nativeSys();
const fds: number[] = [];

afterAll(() => {
  for (const fd of fds) sys.close(fd);
});

function mapFd(index: number): number {
  for (let n = fds.length; n < randomMaps.length; n++) {
    const { kind, keySize, valueSize, maxEntries, flags = 0 } = randomMaps[n]!;
    fds.push(mapCreate(sys, { type: mapKindId(kind as never), keySize, valueSize, maxEntries, flags }));
  }
  return fds[index] ?? 9999;
}

/** What the kernel says: undefined when it accepts, else its log. */
function kernelRejects({ kind, instructions }: RandomProgram): string | undefined {
  const isMapLoad = ({ code, src }: Instruction): boolean =>
    isWide(code) && (src === PseudoLoad.MAP_FD || src === PseudoLoad.MAP_VALUE);
  const code = encode(instructions.map((i) => (isMapLoad(i) ? { ...i, imm: mapFd(i.imm) } : i)));
  const type = programKind(kind)!.id;
  try {
    sys.close(programLoad(sys, { type, code, license: 'GPL' }));
    return undefined;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
  const buffer = new Uint8Array(1 << 20);
  try {
    sys.close(programLoad(sys, { type, code, license: 'GPL', log: { level: 1, buffer } }));
    return undefined;
  } catch {
    return new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
  }
}

function ours({ kind, instructions, maps }: RandomProgram): Verdict {
  return verifyProgram({ kind, instructions, maps, privileged: true });
}

/** Accepted here, rejected there, and not for a reason that is known to be harmless. */
function isUnsafe(program: RandomProgram): boolean {
  const verdict = ours(program);
  if (!verdict.accepted || verdict.processed > MAX_PROCESSED) return false;
  const log = kernelRejects(program);
  return log !== undefined && !harmless.some(({ pattern }) => pattern.test(log));
}

/** The program with as many instructions taken out as possible while it still shows the difference. */
function shrink(program: RandomProgram): RandomProgram {
  let smallest = program;
  for (let at = program.instructions.length - 1; at >= 0; at--) {
    const instructions = smallest.instructions.slice();
    instructions.splice(at, 1);
    const candidate = { ...smallest, instructions };
    if (instructions.length > 0 && isUnsafe(candidate)) smallest = candidate;
  }
  return smallest;
}

function programOf(seed: number): RandomProgram {
  const random = new Random(seed);
  let program = randomProgram(random, 5 + random.below(40));
  if (random.chance(30)) for (let n = 1 + random.below(2); n > 0; n--) program = mutate(random, program);
  return program;
}

describe.skipIf(reason !== undefined)('our verdicts beside those of the kernel', () => {
  it('accept nothing that the kernel rejects', { timeout: 600_000 }, () => {
    const first = Number(process.env['SEED'] ?? 1);
    const counts = { same: 0, accepted: 0, stricter: 0, sameSentence: 0, skipped: 0 };
    for (let seed = first; seed < first + PROGRAMS; seed++) {
      const program = programOf(seed);
      const verdict = ours(program);
      if (verdict.processed > MAX_PROCESSED) {
        counts.skipped++;
        continue;
      }
      const log = kernelRejects(program);
      if (verdict.accepted !== (log === undefined)) {
        if (verdict.accepted && isUnsafe(program)) expect.fail(report(seed, program));
        counts.stricter++;
        continue;
      }
      counts.same++;
      if (log === undefined) counts.accepted++;
      else if (log.includes(verdict.message.split('\n')[0]!)) counts.sameSentence++;
    }
    process.stderr.write(`verifier: seeds from ${first}: ${JSON.stringify(counts)} of ${PROGRAMS}\n`);
    expect(counts.same + counts.skipped).toBeGreaterThan(PROGRAMS * 0.98);
    expect(counts.accepted).toBeGreaterThan(PROGRAMS / 10);
  });
});

function report(seed: number, program: RandomProgram): string {
  const small = shrink(program);
  return `seed ${seed}, ${small.kind}:\n${disassemble(small.instructions)}\n${kernelRejects(small)}`;
}
