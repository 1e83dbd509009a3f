import { describe, expect, test } from 'vitest';
import { kernelEngine } from '../../engines/kernel/index.ts';
import {
  type Aggregation,
  INT64,
  type MapValue,
  stringType,
  tupleType,
  UINT8,
  UINT32,
  UINT64,
} from '../../image/index.ts';
import {
  aggregate,
  arithmetic,
  build,
  comm,
  constantString,
  deleteKey,
  forRange,
  readAggregation,
  type ScriptMap,
  scalar,
} from './index.ts';
import {
  compileProgram,
  emit,
  entriesOf,
  type Outcome,
  opaque,
  runProgram,
  skipReason,
  testModule,
  testWith,
  title,
  total,
} from './testing/kernel-run.ts';

function aggregation(what: Aggregation): MapValue {
  return { kind: 'aggregation', aggregation: what };
}

/** The bucket of hist as the reference describes it. */
function expectedBucket(n: bigint, bits: number): bigint {
  const mask = (1n << BigInt(bits)) - 1n;
  if (n < 0n) return 0n;
  if (n <= mask) return n + 1n;
  const level = BigInt(n.toString(2).length - 1 - bits);
  return ((level + 1n) << BigInt(bits)) + ((n >> level) & mask) + 1n;
}

/** Non-empty buckets of a scalar histogram. */
function buckets(outcome: Outcome, map: ScriptMap): Map<bigint, bigint> {
  const found = new Map<bigint, bigint>();
  for (const { key, values } of entriesOf(outcome.snapshot(map))) {
    const count = total(values);
    if (count > 0n) found.set(BigInt(new DataView(key.buffer, key.byteOffset).getUint32(0, true)), count);
  }
  return found;
}

function tally(values: readonly bigint[]): Map<bigint, bigint> {
  const counts = new Map<bigint, bigint>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0n) + 1n);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const EDGES = [
  -1n,
  -(2n ** 63n),
  ...[0n, 1n, 2n, 3n, 4n, 5n, 7n, 8n, 15n, 16n, 31n, 32n, 63n, 64n, 100n, 1000n],
  ...Array.from({ length: 63 }, (_, bit) => [1n << BigInt(bit), (1n << BigInt(bit)) - 1n]).flat(),
  2n ** 63n - 1n,
];

describe.skipIf(skipReason)(title('aggregations'), () => {
  for (const bits of [0, 1, 3, 5]) {
    test(`hist with ${bits} bits puts numbers into their buckets`, () => {
      const module = testModule();
      const map = module.scriptMap({ name: '@', value: aggregation({ kind: 'hist', bits }), maxEntries: 1 });
      const outcome = runProgram(
        (p) => {
          for (const value of EDGES) aggregate(p, map, undefined, opaque(p, value));
        },
        { module },
      );
      expect(buckets(outcome, map)).toEqual(tally(EDGES.map((value) => expectedBucket(value, bits))));
    });
  }

  test('lhist has a bucket below and one above its range', () => {
    const module = testModule();
    const map = module.scriptMap({
      name: '@',
      value: aggregation({ kind: 'lhist', min: -10n, max: 100n, step: 10n }),
      maxEntries: 1,
    });
    const values = [-(2n ** 63n), -11n, -10n, -1n, 0n, 9n, 10n, 99n, 100n, 101n, 2n ** 63n - 1n];
    const outcome = runProgram(
      (p) => {
        for (const value of values) aggregate(p, map, undefined, opaque(p, value));
      },
      { module },
    );
    expect(buckets(outcome, map)).toEqual(
      tally(values.map((v) => (v < -10n ? 0n : v > 100n ? 12n : 1n + (v + 10n) / 10n))),
    );
    expect(outcome.image.maps[map.index]!.maxEntries).toBe(13);
  });

  test('keyed hist has the bucket behind the key', () => {
    const module = testModule();
    const map = module.scriptMap({
      name: '@',
      key: stringType(5),
      value: aggregation({ kind: 'hist', bits: 0 }),
      maxEntries: 10,
    });
    const outcome = runProgram((p) => aggregate(p, map, constantString(p, 'abc', 5), opaque(p, 5)), { module });
    const [entry, ...more] = entriesOf(outcome.snapshot(map));
    expect(more).toEqual([]);
    expect([...entry!.key]).toEqual([97, 98, 99, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    expect(total(entry!.values)).toBe(1n);
  });

  testWith(['map-lookup-percpu-elem'], 'count, sum and the others change in place and can be read', () => {
    const module = testModule();
    const make = (name: string, what: Aggregation) =>
      module.scriptMap({ name, key: INT64, value: aggregation(what), maxEntries: 10 });
    const maps = [
      make('@count', { kind: 'count' }),
      make('@sum', { kind: 'sum', signed: true }),
      make('@min', { kind: 'min', signed: true }),
      make('@umin', { kind: 'min', signed: false }),
      make('@max', { kind: 'max', signed: true }),
      make('@umax', { kind: 'max', signed: false }),
      make('@avg', { kind: 'avg', signed: true }),
      make('@stats', { kind: 'stats', signed: true }),
    ];
    const numbers = [5n, -20n, 7n];
    const { values } = runProgram(
      (p) => {
        const key = scalar(INT64, opaque(p, 42));
        for (const map of maps) {
          for (const value of numbers) aggregate(p, map, key, opaque(p, value));
          emit(p, readAggregation(p, map, key), readAggregation(p, map, scalar(INT64, opaque(p, 1))));
        }
      },
      { module },
    );
    expect(values.map(([value]) => BigInt.asIntN(64, value as bigint))).toEqual([
      3n,
      -8n,
      -20n,
      5n,
      7n,
      -20n,
      -2n,
      -2n,
    ]);
    expect(values.every(([, missing]) => missing === 0n)).toBe(true);
  });

  testWith(['map-lookup-percpu-elem'], 'scalar aggregations are read and deleted on all CPUs', () => {
    const module = testModule();
    const map = module.scriptMap({ name: '@', value: aggregation({ kind: 'sum', signed: false }), maxEntries: 1 });
    const { values } = runProgram(
      (p) => {
        aggregate(p, map, undefined, opaque(p, 40));
        aggregate(p, map, undefined, opaque(p, 2));
        emit(p, readAggregation(p, map));
        deleteKey(p, map);
        emit(p, readAggregation(p, map));
      },
      { module },
    );
    expect(values).toEqual([[42n], [0n]]);
  });

  test('a full map is counted and reported once', () => {
    const module = testModule();
    const map = module.scriptMap({ name: '@', key: INT64, value: aggregation({ kind: 'count' }), maxEntries: 2 });
    const outcome = runProgram(
      (p) => {
        for (let key = 0; key < 2; key++) aggregate(p, map, scalar(INT64, opaque(p, key)));
        for (let key = 2; key < 200; key++) aggregate(p, map, scalar(INT64, opaque(p, key)));
      },
      { module },
    );
    const failed = Number(outcome.counters.mapFailed);
    expect(failed).toBe(198);
    expect(entriesOf(outcome.snapshot(map)).length).toBe(2);
    expect(outcome.records.map(({ definition }) => definition.kind)).toEqual(['problem']);
  });

  test('tuple keys have no garbage between their fields', () => {
    const module = testModule();
    const key = tupleType([UINT32, UINT64, stringType(16)]);
    const map = module.scriptMap({ name: '@', key, value: aggregation({ kind: 'count' }), maxEntries: 10 });
    const outcome = runProgram(
      (p) => {
        for (let round = 0; round < 3; round++) {
          // Different garbage on the stack each time.
          const garbage = p.scope(() => p.stack(32));
          for (let at = 0; at < 32; at += 8) p.b.store(8, garbage.base, at, opaque(p, round * 77 + 1));
          aggregate(p, map, build(p, key, [scalar(UINT32, opaque(p, 7)), scalar(UINT64, opaque(p, 8)), comm(p)]));
        }
      },
      { module },
    );
    const entries = entriesOf(outcome.snapshot(map));
    expect(entries.length).toBe(1);
    expect(total(entries[0]!.values)).toBe(3n);
  });

  test('tseries keeps the last value of an interval', () => {
    const module = testModule();
    const map = module.scriptMap({
      name: '@',
      value: aggregation({ kind: 'tseries', signed: true, interval: 10n ** 15n, intervals: 4, reduce: 'last' }),
      maxEntries: 1,
    });
    const outcome = runProgram(
      (p) => {
        for (const value of [3n, 9n]) aggregate(p, map, undefined, opaque(p, value));
      },
      { module },
    );
    const used = entriesOf(outcome.snapshot(map)).filter(({ values }) => total(values, 8) > 0n);
    expect(used.length).toBe(1);
    expect(total(used[0]!.values)).toBe(9n);
  });

  testWith(['loop'], 'keys in the cache and behind it come together', () => {
    const module = testModule();
    const make = (name: string, what: Aggregation) =>
      module.scriptMap({ name, key: INT64, value: aggregation(what), maxEntries: 4096 });
    const count = make('@count', { kind: 'count' });
    const max = make('@max', { kind: 'max', signed: true });
    const keys = 600;
    const outcome = runProgram(
      (p) => {
        forRange(p, opaque(p, 0), opaque(p, keys * 3), { reads: [], writes: [] }, (q, at) => {
          const key = scalar(INT64, arithmetic(q, '%', at, opaque(q, keys), false));
          aggregate(q, count, key);
          aggregate(q, max, key, at);
        });
      },
      { module, times: 2 },
    );
    expect(outcome.image.maps.filter(({ role }) => role.kind === 'cache').length).toBe(2);
    const counts = entriesOf(outcome.snapshot(count));
    expect(counts.length).toBe(keys);
    expect(counts.every(({ values }) => total(values) === 6n)).toBe(true);
    for (const { key, values } of entriesOf(outcome.snapshot(max))) {
      const number = new DataView(key.buffer, key.byteOffset).getBigInt64(0, true);
      const largest = values.map((bytes) => new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
      expect(largest.reduce((x, y) => (x > y ? x : y))).toBe(number + BigInt(keys * 2));
    }
  });

  test('short keys are cached too', () => {
    const module = testModule();
    const value = aggregation({ kind: 'hist', bits: 0 });
    const text = module.scriptMap({ name: '@a', key: stringType(7), value, maxEntries: 4096 });
    const byte = module.scriptMap({ name: '@b', key: UINT8, value: aggregation({ kind: 'count' }), maxEntries: 4096 });
    const outcome = runProgram(
      (p) => {
        for (const name of ['abcdef', 'abcdeg', 'abcdef']) aggregate(p, text, constantString(p, name, 7), opaque(p, 9));
        for (const number of [7, 263, 8]) aggregate(p, byte, scalar(UINT8, opaque(p, number)));
      },
      { module },
    );
    const read = (map: ScriptMap) =>
      entriesOf(outcome.snapshot(map))
        .map(({ key, values }) => [[...key].join(), total(values)])
        .sort();
    expect(read(text)).toEqual([
      ['97,98,99,100,101,102,0,0,5,0,0,0,0,0,0,0', 2n],
      ['97,98,99,100,101,103,0,0,5,0,0,0,0,0,0,0', 1n],
    ]);
    expect(read(byte)).toEqual([
      ['7', 2n],
      ['8', 1n],
    ]);
  });

  test('zero and clear reach the cache', () => {
    const module = testModule();
    const map = module.scriptMap({ name: '@', key: INT64, value: aggregation({ kind: 'count' }), maxEntries: 4096 });
    const image = compileProgram((p) => {
      for (const key of [1, 2]) aggregate(p, map, scalar(INT64, opaque(p, key)));
    }, module);
    const loaded = kernelEngine().load(image, {});
    try {
      const counts = () => entriesOf(loaded.readMap(map.index)).map(({ values }) => total(values));
      loaded.run('begin');
      loaded.run('begin');
      expect(counts()).toEqual([2n, 2n]);
      loaded.zeroMap(map.index);
      expect(counts()).toEqual([0n, 0n]);
      loaded.run('begin');
      expect(counts()).toEqual([1n, 1n]);
      loaded.clearMap(map.index);
      expect(counts()).toEqual([]);
    } finally {
      loaded.close();
    }
  });

  testWith(['map-lookup-percpu-elem'], 'a map that programs read has no cache', () => {
    const module = testModule();
    const map = module.scriptMap({ name: '@', key: INT64, value: aggregation({ kind: 'count' }), maxEntries: 4096 });
    const { values, image } = runProgram(
      (p) => {
        aggregate(p, map, scalar(INT64, opaque(p, 1)));
        emit(p, readAggregation(p, map, scalar(INT64, opaque(p, 1))));
      },
      { module },
    );
    expect(values).toEqual([[1n]]);
    expect(image.maps.some(({ role }) => role.kind === 'cache')).toBe(false);
    expect(image.programs[0]!.code.length).toBeLessThan(8 * 140);
  });
});
