// What maps do that no comparison with the kernel shows: eviction, walks, checks, memory.

import { describe, expect, test } from 'vitest';
import { Control } from './layout.ts';
import { Machine } from './machine.ts';
import { MapError, type MapSpec, type VmMap } from './maps/map.ts';
import type { RingBuffer } from './maps/ringbuf.ts';

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const first = (value: Uint8Array | number): number => (typeof value === 'number' ? value : value[0]!);

function make(spec: Partial<MapSpec> & { readonly kind: string }, cpus = 1): { machine: Machine; map: VmMap } {
  const machine = new Machine({ cpus });
  const map = machine.createMap({ keySize: 4, valueSize: 8, maxEntries: 4, flags: 0, ...spec });
  return { machine, map };
}

function put(map: VmMap, key: number, value: number, flags = 0): number {
  const bytes = new Uint8Array(map.valueBytes);
  bytes[0] = value;
  return map.write(u32(key), bytes, flags);
}

const keys = (map: VmMap): number[] => [...map.entries()].map(([key]) => key[0]!).sort((a, b) => a - b);

describe('hash tables', () => {
  test('grow to many entries and find each again', () => {
    const { map } = make({ kind: 'hash', maxEntries: 20_000, valueSize: 4 });
    for (let key = 0; key < 20_000; key++) expect(map.write(u32(key), u32(key * 3))).toBe(0);
    expect(map.write(u32(20_000), u32(0))).toBe(-7);
    for (let key = 0; key < 20_000; key += 7) expect(map.read(u32(key))).toEqual(u32(key * 3));
    for (let key = 0; key < 20_000; key += 2) expect(map.remove(u32(key))).toBe(0);
    expect([...map.entries()]).toHaveLength(10_000);
    for (let key = 0; key < 20_000; key += 2) expect(map.write(u32(key), u32(1), 1)).toBe(0);
    expect([...map.entries()]).toHaveLength(20_000);
  });

  test('a walk may delete what it visits', () => {
    const { machine, map } = make({ kind: 'hash', maxEntries: 100 });
    for (let key = 0; key < 50; key++) put(map, key, key);
    for (const [key] of map.walk()!) {
      if (machine.memory.getU32(key) % 2 === 0) map.delete(key);
    }
    expect(keys(map)).toEqual(Array.from({ length: 25 }, (_, at) => at * 2 + 1));
  });

  test('each CPU has its own value', () => {
    const { machine, map } = make({ kind: 'percpu_hash' }, 3);
    const at = machine.memory.allocate(16, { kind: 'memory' });
    machine.memory.setU32(at, 5);
    for (let cpu = 0; cpu < 3; cpu++) {
      machine.cpu = cpu;
      machine.memory.setU32(at + 8, cpu + 10);
      expect(map.update(at, at + 8, 0)).toBe(0);
    }
    const value = map.read(u32(5)) as Uint8Array;
    expect([value[0], value[8], value[16]]).toEqual([10, 11, 12]);
    expect(machine.memory.getU32(map.lookupPerCpu(at, 1))).toBe(11);
    expect(map.lookupPerCpu(at, 3)).toBe(0);
  });
});

describe('LRU', () => {
  test('evicts what was not used for longest', () => {
    const { machine, map } = make({ kind: 'lru_hash', maxEntries: 3 });
    const at = machine.memory.allocate(8, { kind: 'memory' });
    for (const key of [1, 2, 3]) put(map, key, key);
    // A program looks 1 up; user space's look-up of 2 does not count.
    machine.memory.setU32(at, 1);
    expect(map.lookup(at)).not.toBe(0);
    expect(first(map.read(u32(2)))).toBe(2);
    expect(put(map, 4, 4)).toBe(0);
    expect(keys(map)).toEqual([1, 3, 4]);
    expect(put(map, 5, 5)).toBe(0);
    expect(keys(map)).toEqual([1, 4, 5]);
  });

  test('goes on when everything was used', () => {
    const { machine, map } = make({ kind: 'lru_percpu_hash', maxEntries: 4 }, 2);
    const at = machine.memory.allocate(8, { kind: 'memory' });
    for (let key = 0; key < 100; key++) {
      expect(put(map, key, key)).toBe(0);
      machine.memory.setU32(at, key);
      map.lookup(at);
    }
    expect(keys(map)).toHaveLength(4);
  });
});

describe('ring buffer', () => {
  function ring(): { machine: Machine; map: RingBuffer } {
    const { machine, map } = make({ kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 });
    return { machine, map: map as RingBuffer };
  }

  test('gives records in order, whole at the end of the memory, without those that were discarded', () => {
    const { machine, map } = ring();
    const seen: number[] = [];
    let next = 0;
    for (let round = 0; round < 50; round++) {
      for (let count = 0; count < 5; count++, next++) {
        const record = map.reserve(200);
        expect(record).not.toBe(0);
        machine.memory.u8.fill(next & 0xff, record, record + 200);
        map.commit(record, 0, next % 3 === 0);
      }
      map.drain((address, length) => {
        expect(length).toBe(200);
        const bytes = machine.memory.read(address, length);
        expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
        seen.push(bytes[0]!);
      });
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, at) => at).filter((at) => at % 3 !== 0));
  });

  test('is full when unread records fill it, and a record that is not finished holds up what comes after', () => {
    const { map } = ring();
    const held = map.reserve(1000);
    const done = map.reserve(1000);
    map.commit(done, 0, false);
    expect(map.reserve(3000)).toBe(0);
    expect(map.drain(() => {})).toBe(0);
    map.commit(held, 0, false);
    expect(map.drain(() => {})).toBe(2);
    expect(map.reserve(3000)).not.toBe(0);
    expect(map.reserve(5000)).toBe(0);
  });

  test('only reserved records may be written', () => {
    const { machine, map } = ring();
    const record = map.reserve(24);
    expect(machine.memory.problem(record, 24, true)).toBeUndefined();
    expect(machine.memory.problem(record, 25, true)).toMatch(/out of bounds/);
    expect(machine.memory.problem(record - 8, 8, true)).toMatch(/out of bounds/);
    map.commit(record, 0, false);
    expect(machine.memory.problem(record, 1, true)).toMatch(/out of bounds/);
  });
});

describe('maps of maps', () => {
  test.each(['array_of_maps', 'hash_of_maps'])('%s gives the inner map', (kind) => {
    const machine = new Machine();
    const shape = { kind: 'hash', keySize: 4, valueSize: 4, maxEntries: 4, flags: 0 };
    const template = machine.createMap(shape);
    const inner = machine.createMap(shape);
    const other = machine.createMap({ ...shape, valueSize: 8 });
    const outer = machine.createMap({ kind, keySize: 4, valueSize: 4, maxEntries: 4, flags: 0, inner: template.index });
    expect(outer.write(u32(1), u32(inner.index))).toBe(0);
    expect(outer.write(u32(1), u32(other.index))).toBe(-22);
    expect(outer.write(u32(1), u32(99))).toBe(-9);
    expect(outer.read(u32(1))).toEqual(u32(inner.index));
    const key = machine.memory.allocate(4, { kind: 'memory' });
    machine.memory.setU32(key, 1);
    expect(outer.lookup(key)).toBe(inner.address);
    machine.memory.setU32(key, 2);
    expect(outer.lookup(key)).toBe(0);
    expect(outer.remove(u32(1))).toBe(0);
    expect(outer.remove(u32(1))).toBe(-2);
  });

  test('need a template', () => {
    expect(() => make({ kind: 'array_of_maps', valueSize: 4 })).toThrow(MapError);
  });
});

describe('longest prefix match', () => {
  test('finds the longest prefix and walks longer before shorter', () => {
    const { machine, map } = make({ kind: 'lpm_trie', keySize: 8, flags: 1, maxEntries: 10 });
    const key = (length: number, ...address: number[]): Uint8Array => Uint8Array.from([length, 0, 0, 0, ...address]);
    const prefixes = [
      key(8, 10, 0, 0, 0),
      key(16, 10, 1, 0, 0),
      key(24, 10, 1, 2, 0),
      key(0, 0, 0, 0, 0),
      key(8, 192, 0, 0, 0),
    ];
    for (const [at, prefix] of prefixes.entries()) {
      expect(
        map.write(
          prefix,
          Uint8Array.from({ length: 8 }, () => at),
        ),
      ).toBe(0);
    }
    expect(first(map.read(key(32, 10, 1, 2, 3)))).toBe(2);
    expect(first(map.read(key(32, 10, 1, 9, 9)))).toBe(1);
    expect(first(map.read(key(32, 10, 9, 9, 9)))).toBe(0);
    expect(first(map.read(key(32, 1, 1, 1, 1)))).toBe(3);
    expect(first(map.read(key(12, 10, 1, 2, 3)))).toBe(0);
    expect([...map.entries()].map(([, value]) => value[0])).toEqual([2, 1, 0, 4, 3]);
    expect(map.remove(key(16, 10, 1, 0, 0))).toBe(0);
    expect(first(map.read(key(32, 10, 1, 9, 9)))).toBe(0);
    expect(machine.memory.regionAt(Control.CPU)).toBeUndefined();
  });
});

describe('user space', () => {
  test('a frozen map cannot be written', () => {
    const { map } = make({ kind: 'array' });
    expect(put(map, 0, 1)).toBe(0);
    expect(map.freeze()).toBe(0);
    expect(map.freeze()).toBe(-16);
    expect(put(map, 0, 2)).toBe(-1);
    expect(first(map.read(u32(0)))).toBe(1);
  });

  test('keys and values of wrong sizes are refused', () => {
    const { map } = make({ kind: 'hash' });
    expect(map.read(new Uint8Array(3))).toBe(-22);
    expect(map.write(u32(0), new Uint8Array(7))).toBe(-22);
  });

  test('kinds that only a kernel has', () => {
    expect(() => make({ kind: 'sockmap' })).toThrow(/only the kernel has/);
    expect(() => make({ kind: 'hsah' })).toThrow(/no maps of kind/);
  });
});
