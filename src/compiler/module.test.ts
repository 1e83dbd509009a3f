import { describe, expect, test } from 'vitest';
import { COUNTER_BYTES, INT64, type MapValue, stringType, UINT32, UINT64 } from '../image/index.ts';
import { bucketCount } from './module.ts';
import { ProgramBuilder } from './operations/index.ts';
import { testModule } from './operations/testing/module.ts';

const count: MapValue = { kind: 'aggregation', aggregation: { kind: 'count' } };

describe('module', () => {
  test('maps are of the kind that is fastest for what they hold', () => {
    const module = testModule();
    const plain: MapValue = { kind: 'plain', type: stringType(5) };
    const hist: MapValue = { kind: 'aggregation', aggregation: { kind: 'hist', bits: 0 } };
    const kinds = [
      module.scriptMap({ name: '@a', value: plain, maxEntries: 9 }),
      module.scriptMap({ name: '@b', value: count, maxEntries: 9 }),
      module.scriptMap({ name: '@c', value: hist, maxEntries: 9 }),
      module.scriptMap({ name: '@d', key: UINT32, value: plain, maxEntries: 9 }),
      module.scriptMap({ name: '@e', key: stringType(3), value: count, maxEntries: 9 }),
      module.scriptMap({ name: '@f', key: stringType(3), value: hist, maxEntries: 9 }),
      module.scriptMap({ name: '@g', key: UINT64, value: count, maxEntries: 9, declared: 'lruhash' }),
      module.scriptMap({ name: '@h', key: UINT64, value: plain, maxEntries: 9, declared: 'percpulruhash' }),
    ].map(({ index }) => index);
    const { maps } = module.finish();
    expect(
      kinds.map((index) => maps[index]!).map((map) => [map.kind, map.keySize, map.valueSize, map.maxEntries]),
    ).toEqual([
      ['array', 4, 5, 1],
      ['percpu_array', 4, 8, 1],
      ['percpu_array', 4, 8, 65],
      ['hash', 4, 5, 9],
      ['percpu_hash', 3, 8, 9],
      ['percpu_hash', 16, 8, 9],
      ['lru_percpu_hash', 8, 8, 9],
      ['lru_percpu_hash', 8, 5, 9],
    ]);
  });

  test('names are what the kernel takes', () => {
    const module = testModule();
    const { index } = module.scriptMap({ name: '@a_very_long_name', value: count, maxEntries: 1 });
    expect(module.finish().maps[index]!.name).toBe('AT_a_very_long_');
  });

  test('buckets', () => {
    expect(bucketCount({ kind: 'hist', bits: 0 })).toBe(65);
    expect(bucketCount({ kind: 'hist', bits: 5 })).toBe(59 * 32 + 1);
    expect(bucketCount({ kind: 'lhist', min: 0n, max: 100n, step: 10n })).toBe(12);
  });

  test('equal records and constants are kept once', () => {
    const module = testModule();
    const first = module.addRecord({ kind: 'print', fields: [INT64] });
    expect(module.addRecord({ kind: 'print', fields: [UINT64] })).not.toBe(first);
    expect(module.addRecord({ kind: 'print', fields: [INT64] })).toBe(first);
    const a = module.constant(Uint8Array.from([1, 2, 3]));
    const b = module.constant(Uint8Array.from([4]));
    expect(module.constant(Uint8Array.from([1, 2, 3]))).toEqual(a);
    expect(b).toEqual({ map: a.map, offset: 8 });
    expect(module.finish().maps[a.map]!.role).toMatchObject({
      kind: 'data',
      bytes: Uint8Array.from([1, 2, 3, 0, 0, 0, 0, 0, 4]),
    });
  });

  test('the frame map has an entry for each program and room for the largest', () => {
    const module = testModule();
    for (const size of [100, 500]) {
      const p = new ProgramBuilder(module, { name: `p${size}`, kind: 'raw_tracepoint' });
      p.start();
      p.scope(() => p.local(size));
      p.scope(() => p.local(40));
      p.finish([]);
    }
    const frame = module.finish().maps.find(({ role }) => role.kind === 'frame')!;
    expect(frame).toMatchObject({ kind: 'percpu_array', maxEntries: 2, valueSize: COUNTER_BYTES + 504 });
  });

  test('no value of a per-CPU map is larger than the kernel allows', () => {
    const module = testModule();
    const p = new ProgramBuilder(module, { name: 'big', kind: 'raw_tracepoint' });
    p.start();
    const locals = Array.from({ length: 5 }, () => p.local(16384));
    for (const local of locals) p.b.store(8, p.at(local).base, p.at(local).offset, 1);
    p.finish([]);
    const { maps } = module.finish();
    expect(locals.map(({ bank }) => bank)).toEqual([0, 1, 1, 2, 2]);
    expect(maps.map(({ valueSize }) => valueSize)).toEqual([COUNTER_BYTES + 16384, 32768, 32768]);
  });
});
