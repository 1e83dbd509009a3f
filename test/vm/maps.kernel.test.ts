// Maps in the kernel and in the vm: which can be made, and what operations of user space give.

import { describe, expect, test } from 'vitest';
import { possibleCpus } from '../../src/engines/kernel/cpus.ts';
import { mapCreate, mapDelete, mapLookup, mapNextKey, mapUpdate } from '../../src/engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../src/engines/kernel/sys/native.ts';
import { SyscallError } from '../../src/engines/kernel/sys/syscall-error.ts';
import { Machine, MapError, type MapSpec, type VmMap } from '../../src/engines/vm/index.ts';
import { mapKind } from '../../src/isa/index.ts';
import { whyNoBpf } from '../support/beetrace.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: maps in the vm against the kernel: ${reason}\n`);

const cpus = possibleCpus().length;

/** 0 or the error number. */
function attempt(action: () => unknown): number {
  try {
    action();
    return 0;
  } catch (error) {
    if (error instanceof SyscallError || error instanceof MapError) return error.errno;
    throw error;
  }
}

function createInKernel(spec: MapSpec): number {
  return mapCreate(nativeSys(), { ...spec, type: mapKind(spec.kind)!.id });
}

describe.skipIf(reason)('maps that can be made', () => {
  const kinds = [
    ...['array', 'percpu_array', 'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'lpm_trie', 'queue', 'stack'],
    ...['ringbuf', 'user_ringbuf', 'perf_event_array', 'prog_array', 'stack_trace', 'bloom_filter', 'cgroup_array'],
    ...['devmap', 'devmap_hash', 'cpumap', 'xskmap', 'cgroup_storage', 'percpu_cgroup_storage'],
  ];
  const sizes = [0, 1, 4, 5, 8, 16, 260, 261, 512, 513];
  const flags = [0, 1, 2, 8, 16, 24, 32, 64, 128, 256, 384, 1024, 1 << 14, 1 << 20];
  test.each(kinds)('%s', (kind) => {
    const specs: MapSpec[] = [
      ...sizes.flatMap((keySize) =>
        [0, 4, 8, 1024].map((valueSize) => ({ kind, keySize, valueSize, maxEntries: 16, flags: 0 })),
      ),
      ...sizes.flatMap((keySize) =>
        [0, 4, 8, 1024].map((valueSize) => ({ kind, keySize, valueSize, maxEntries: 0, flags: 0 })),
      ),
      ...sizes.map((keySize) => ({ kind, keySize, valueSize: 8, maxEntries: 16, flags: 1 })),
      ...flags.flatMap((one) =>
        [0, 4, 8].flatMap((keySize) =>
          [0, 4].map((valueSize) => ({ kind, keySize, valueSize, maxEntries: 4096, flags: one })),
        ),
      ),
      ...[4096, 8192, 12288, 100, 65536].map((maxEntries) => ({
        kind,
        keySize: 0,
        valueSize: 0,
        maxEntries,
        flags: 0,
      })),
    ];
    const machine = new Machine();
    const different = specs.flatMap((spec) => {
      let fd = -1;
      const inKernel = attempt(() => {
        fd = createInKernel(spec);
      });
      if (fd !== -1) nativeSys().close(fd);
      const inVm = attempt(() => machine.createMap(spec).close());
      return inKernel === inVm ? [] : [{ ...spec, inKernel, inVm }];
    });
    expect(different).toEqual([]);
  });
});

describe.skipIf(reason)('operations of user space', () => {
  const plain = { keySize: 4, valueSize: 8, maxEntries: 8, flags: 0 };
  const specs: MapSpec[] = [
    { kind: 'array', ...plain },
    { kind: 'percpu_array', ...plain, valueSize: 5 },
    { kind: 'hash', ...plain },
    { kind: 'hash', ...plain, flags: 1 },
    { kind: 'hash', ...plain, keySize: 7, valueSize: 3 },
    { kind: 'percpu_hash', ...plain, valueSize: 12 },
    { kind: 'lru_hash', ...plain, maxEntries: 64 },
    { kind: 'lpm_trie', ...plain, keySize: 6, flags: 1 },
    { kind: 'queue', ...plain, keySize: 0 },
    { kind: 'stack', ...plain, keySize: 0, valueSize: 3 },
    { kind: 'stack_trace', ...plain },
    { kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 },
    { kind: 'prog_array', ...plain, valueSize: 4 },
    { kind: 'hash', ...plain, flags: 8 },
    { kind: 'hash', ...plain, flags: 16 },
  ];

  test.each(specs.map((spec) => [`${spec.kind} ${spec.keySize} ${spec.valueSize} flags ${spec.flags}`, spec] as const))(
    '%s',
    (_, spec) => {
      const machine = new Machine({ cpus });
      const map = machine.createMap(spec);
      const fd = createInKernel(spec);
      try {
        const random = generator(7);
        for (let step = 0; step < 3000; step++) {
          const key = keyOf(spec, random);
          const value = Uint8Array.from({ length: map.valueBytes }, () => random() & 0xff);
          const act = random() % 5;
          const flags = [0, 0, 0, 1, 2, 3, 4][random() % 7]!;
          const inVm = inTheVm(map, act, key, value, flags);
          const inKernel = inTheKernel(fd, act, key, map.valueBytes, value, flags, spec.keySize);
          // Where a map has no order its next key is any.
          if (act === 3 && /hash$/.test(spec.kind)) continue;
          if (shape(inVm) !== shape(inKernel)) {
            expect({ step, act, flags, key: shape(key), result: shape(inVm) }).toEqual({
              step,
              act,
              flags,
              key: shape(key),
              result: shape(inKernel),
            });
          }
        }
        if (/^(hash|percpu_hash|lru_hash)$/.test(spec.kind) && spec.flags !== 16)
          expect(keysOf(map)).toEqual(kernelKeys(fd, spec.keySize));
      } finally {
        nativeSys().close(fd);
      }
    },
  );
});

type Result = number | Uint8Array;

const shape = (result: Result): string =>
  typeof result === 'number' ? String(result) : Buffer.from(result).toString('hex');

function inTheVm(map: VmMap, act: number, key: Uint8Array, value: Uint8Array, flags: number): Result {
  if (act === 0) return map.read(key);
  if (act === 1 || act === 4) return map.write(key, value, flags);
  if (act === 2) return map.remove(key);
  return map.nextKey(key);
}

function inTheKernel(
  fd: number,
  act: number,
  key: Uint8Array,
  bytes: number,
  value: Uint8Array,
  flags: number,
  keySize: number,
): Result {
  const sys = nativeSys();
  const out = new Uint8Array(act === 3 ? keySize : bytes);
  const errno = attempt(() => {
    if (act === 0) mapLookup(sys, fd, key, out);
    else if (act === 1 || act === 4) mapUpdate(sys, fd, key, value, BigInt(flags));
    else if (act === 2) mapDelete(sys, fd, key);
    else mapNextKey(sys, fd, key, out);
  });
  if (errno !== 0) return -errno;
  if (act !== 0 && act !== 3) return 0;
  return out;
}

function keyOf(spec: MapSpec, random: () => number): Uint8Array {
  const key = new Uint8Array(spec.keySize);
  if (spec.kind === 'lpm_trie') {
    key[0] = random() % 18;
    key[4] = [0, 0x80, 0xc0, 0xff][random() % 4]!;
    key[5] = random() & 0xc0;
  } else if (spec.keySize > 0) key[0] = random() % 11;
  return key;
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 8;
  };
}

function keysOf(map: VmMap): string[] {
  return [...map.entries()].map(([key]) => shape(key)).sort();
}

function kernelKeys(fd: number, keySize: number): string[] {
  const keys: string[] = [];
  let key: Uint8Array | undefined;
  for (;;) {
    const next = new Uint8Array(keySize);
    if (attempt(() => mapNextKey(nativeSys(), fd, key, next)) !== 0) return keys.sort();
    keys.push(shape(next));
    key = next;
  }
}
