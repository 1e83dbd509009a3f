import { afterEach, describe, expect, test } from 'vitest';
import type { MapDefinition, MapSnapshot } from '../../image/index.ts';
import { KernelMap } from './maps.ts';
import { mapLookup } from './sys/bpf.ts';
import { nativeSys } from './sys/native.ts';
import type { Sys } from './sys/sys.ts';
import { SyscallError } from './sys/syscall-error.ts';
import { whyNoBpf } from './testing/bpf-allowed.ts';
import { privateMap } from './testing/images.ts';

const reason = whyNoBpf();
const open: KernelMap[] = [];

function create(
  kind: string,
  keySize: number,
  valueSize: number,
  maxEntries: number,
  sys: Sys = nativeSys(),
): KernelMap {
  const map = new KernelMap(sys, privateMap(kind, keySize, valueSize, maxEntries));
  open.push(map);
  return map;
}

afterEach(() => {
  for (const map of open.splice(0)) map.close();
  expect([...nativeSys().open]).toEqual([]);
});

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

/** The same value for every CPU, each CPU's number added. */
function valueFor(map: KernelMap, value: number): Uint8Array {
  const bytes = new Uint8Array(map.valueBytes);
  const view = new DataView(bytes.buffer);
  for (let cpu = 0; cpu < map.cpus; cpu++) view.setUint32(cpu * map.stride, value + cpu, true);
  return bytes;
}

/** First four bytes of each key and of each CPU's value. */
function contents({ count, keys, values, keySize, stride, cpus }: MapSnapshot): Map<number, number[]> {
  const entries = new Map<number, number[]>();
  const keyView = new DataView(keys.buffer, keys.byteOffset);
  const valueView = new DataView(values.buffer, values.byteOffset);
  for (let index = 0; index < count; index++) {
    const perCpu = Array.from({ length: cpus }, (_, cpu) => valueView.getUint32((index * cpus + cpu) * stride, true));
    entries.set(keyView.getUint32(index * keySize, true), perCpu);
  }
  return entries;
}

/** A kernel without batch operations. */
function withoutBatches(): Sys {
  const real = nativeSys();
  return new Proxy(real, {
    get(target, property) {
      if (property === 'bpf') {
        return (command: string, attr: never) => {
          if (command.endsWith('_BATCH')) throw new SyscallError(`bpf(BPF_${command})`, 22);
          return target.bpf(command as never, attr);
        };
      }
      const value = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const hashKinds = ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash'];

describe.skipIf(reason)(`maps${reason ? ` (${reason})` : ''}`, () => {
  describe.each([
    ['with batches', () => nativeSys()],
    ['without batches', withoutBatches],
  ] as const)('%s', (_, sysOf) => {
    test.each(hashKinds)('%s: write, read all, zero, clear', (kind) => {
      const map = create(kind, 8, 12, 2000, sysOf());
      for (let key = 0; key < 500; key++) {
        const bytes = new Uint8Array(8);
        bytes.set(u32(key));
        map.update(bytes, valueFor(map, key * 10));
      }
      const all = contents(map.snapshot());
      expect(all.size).toBe(500);
      expect(all.get(7)).toEqual(Array.from({ length: map.cpus }, (_, cpu) => 70 + cpu));
      map.zero();
      const zeroed = contents(map.snapshot());
      expect(zeroed.size).toBe(500);
      expect([...zeroed.values()].flat().every((value) => value === 0)).toBe(true);
      map.clear();
      expect(map.snapshot().count).toBe(0);
    });

    test.each(['array', 'percpu_array'])('%s: write, read all, clear', (kind) => {
      const map = create(kind, 4, 4, 300, sysOf());
      for (let key = 0; key < 300; key++) map.update(u32(key), valueFor(map, key));
      expect(contents(map.snapshot()).get(299)?.[0]).toBe(299);
      expect(map.snapshot().count).toBe(300);
      map.clear();
      const cleared = contents(map.snapshot());
      expect(cleared.size).toBe(300);
      expect(cleared.get(299)?.[0]).toBe(0);
    });
  });

  test('a hash much larger than a batch is read whole', () => {
    const map = create('hash', 4, 8, 40_000);
    for (let key = 0; key < 30_000; key++) map.update(u32(key), valueFor(map, key));
    const all = contents(map.snapshot());
    expect(all.size).toBe(30_000);
    expect(all.get(29_999)).toEqual([29_999]);
  });

  test('scalars are read without a batch', () => {
    const map = create('percpu_array', 4, 24, 1);
    map.update(u32(0), valueFor(map, 5));
    expect(map.snapshot()).toMatchObject({ count: 1, stride: 24, cpus: map.cpus });
    expect(contents(map.snapshot()).get(0)?.[0]).toBe(5);
  });

  test('a missing key is no value and no error', () => {
    const map = create('hash', 4, 8, 10);
    expect(map.lookup(u32(1))).toBeUndefined();
    map.delete(u32(1));
    expect(map.snapshot().count).toBe(0);
  });

  test('data is filled and frozen', () => {
    const definition: MapDefinition = {
      ...privateMap('array', 4, 8, 1),
      flags: 1 << 7,
      role: { kind: 'data', bytes: Uint8Array.of(1, 2, 3), readonly: true },
    };
    const map = new KernelMap(nativeSys(), definition);
    open.push(map);
    map.fill(Uint8Array.of(1, 2, 3), true);
    const value = new Uint8Array(8);
    mapLookup(nativeSys(), map.fd, u32(0), value);
    expect([...value]).toEqual([1, 2, 3, 0, 0, 0, 0, 0]);
    expect(() => map.update(u32(0), value)).toThrow(/EPERM/);
  });
});
