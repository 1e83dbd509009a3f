// Helpers on maps, called by one program with random arguments in the kernel and in the vm.

import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/base/diagnostic.ts';
import { mapCreate, programLoad, programTestRun } from '../../src/engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../src/engines/kernel/sys/native.ts';
import { Machine, type MapSpec, runOnce } from '../../src/engines/vm/index.ts';
import { assemble, encode, type Instruction, isWide, mapKind, programKindId } from '../../src/isa/index.ts';
import { whyNoBpf } from '../support/beetrace.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: helpers on maps in the vm against the kernel: ${reason}\n`);

/** The context is u64 operation, key, value, flags. */
function program(operations: readonly string[]): Instruction[] {
  const text = [
    'r6 = r1',
    'r7 = *(u64 *)(r6 +0)',
    'r2 = *(u64 *)(r6 +8)',
    '*(u64 *)(r10 -8) = r2',
    'r3 = *(u64 *)(r6 +16)',
    '*(u64 *)(r10 -16) = r3',
    'r8 = *(u64 *)(r6 +24)',
    'r0 = 0',
    ...operations.flatMap((operation, at) => [`if r7 != ${at} goto next${at}`, operation, 'exit', `next${at}:`]),
    'exit',
  ].join('\n');
  const diagnostics = new Diagnostics();
  const { instructions } = assemble({ name: 'program', text }, diagnostics);
  expect(diagnostics.list.map(({ message }) => message)).toEqual([]);
  return [...instructions];
}

const map = 'r1 = map[fd:0]';
const key = 'r2 = r10\nr2 += -8';
const value = 'r3 = r10\nr3 += -16';
const keyed = [
  `${map}\n${key}\ncall 1\nif r0 == 0 goto +1\nr0 = *(u32 *)(r0 +0)`,
  `${map}\n${key}\n${value}\nr4 = r8\ncall 2`,
  `${map}\n${key}\ncall 3`,
  // What was looked up stays as it was when the entry is replaced.
  `${map}\n${key}\ncall 1\nif r0 == 0 goto +11\nr9 = r0\n${map}\n${key}\n${value}\nr4 = 0\ncall 2\nr0 = *(u32 *)(r9 +0)`,
  `${map}\n${key}\ncall 1\nif r0 == 0 goto +3\nr2 = *(u32 *)(r10 -16)\n*(u32 *)(r0 +0) = r2\nr0 = 1`,
];
const plain = [
  `${map}\nr2 = r10\nr2 += -16\nr3 = r8\ncall 87`,
  `${map}\nr2 = r10\nr2 += -16\ncall 88\nr2 = *(u32 *)(r10 -16)\nr0 += r2`,
  `${map}\nr2 = r10\nr2 += -16\ncall 89\nr2 = *(u32 *)(r10 -16)\nr0 += r2`,
];
const filter = [plain[0]!, `${map}\nr2 = r10\nr2 += -16\ncall 89\nr0 *= 0`];
const ring = [
  `${map}\nr2 = r10\nr2 += -16\nr3 = 16\nr4 = r8\ncall 130`,
  `${map}\nr2 = r8\ncall 134`,
  `${map}\nr2 = 200\nr3 = 0\ncall 131\nif r0 == 0 goto +5\nr1 = r0\nr2 = 1\n*(u32 *)(r1 +0) = r2\ncall 132\nr0 = 9`,
  `${map}\nr2 = 200\nr3 = 0\ncall 131\nif r0 == 0 goto +4\nr1 = r0\nr2 = 1\ncall 133\nr0 = 9`,
];

const size = { keySize: 4, valueSize: 8, maxEntries: 8, flags: 0 };
const cases: readonly (readonly [MapSpec, readonly string[]])[] = [
  [{ kind: 'array', ...size }, keyed],
  [{ kind: 'percpu_array', ...size }, keyed],
  [{ kind: 'hash', ...size }, keyed],
  [{ kind: 'hash', ...size, flags: 1 }, keyed],
  [{ kind: 'percpu_hash', ...size }, keyed],
  [{ kind: 'lru_hash', ...size, maxEntries: 1000 }, keyed],
  [{ kind: 'lpm_trie', ...size, keySize: 5, flags: 1 }, keyed.filter((_, at) => at !== 3)],
  [{ kind: 'queue', ...size, keySize: 0 }, plain],
  [{ kind: 'stack', ...size, keySize: 0 }, plain],
  [{ kind: 'bloom_filter', ...size, keySize: 0 }, filter],
  [{ kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 }, ring],
];

describe.skipIf(reason)('helpers on maps', () => {
  test.each(cases.map(([spec, operations]) => [`${spec.kind}, flags ${spec.flags}`, spec, operations] as const))(
    '%s',
    (_, spec, operations) => {
      const instructions = program(operations);
      const machine = new Machine();
      machine.createMap(spec);
      const inVm = machine.load({ kind: 'raw_tracepoint', instructions });
      const sys = nativeSys();
      const fd = mapCreate(sys, { ...spec, type: mapKind(spec.kind)!.id });
      const log = new Uint8Array(1 << 16);
      const withFd = instructions.map((one) => (isWide(one.code) && one.src === 1 ? { ...one, imm: fd } : one));
      let inKernel = -1;
      try {
        inKernel = programLoad(sys, {
          type: programKindId('raw_tracepoint'),
          code: encode(withFd),
          license: 'GPL',
          log: { level: 1, buffer: log },
        });
      } catch (error) {
        throw new Error(Buffer.from(log).toString().split('\0')[0], { cause: error });
      }
      try {
        let state = 3;
        const random = (limit: number): number => {
          state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
          return (state >> 8) % limit;
        };
        for (let step = 0; step < 4000; step++) {
          const args = [random(operations.length), keyOf(spec, random), random(1000), flagsOf(random)];
          const context = new Uint8Array(BigUint64Array.from(args, (one) => BigInt(one)).buffer);
          const expected = programTestRun(sys, inKernel, { context, cpu: 0 }).returned;
          const { retval } = runOnce(machine, inVm, { context, checked: true });
          if (retval !== expected) expect({ step, args, retval }).toEqual({ step, args, retval: expected });
        }
      } finally {
        sys.close(inKernel);
        sys.close(fd);
      }
    },
  );
});

/** Prefix lengths up to 9 and one of three bytes for tries, else a few numbers. */
function keyOf(spec: MapSpec, random: (limit: number) => number): number {
  return spec.kind === 'lpm_trie' ? random(10) + [0, 0x80, 0xc0][random(3)]! * 2 ** 32 : random(11);
}

function flagsOf(random: (limit: number) => number): bigint | number {
  return [0, 0, 0, 1, 2, 3, 4, 1n << 32n][random(8)]!;
}
