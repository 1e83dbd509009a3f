import { describe, expect, test } from 'vitest';
import { CACHE_USED, cacheLayout, withCache, zeroCache } from './cache.ts';
import type { MapDefinition } from './image.ts';
import type { MapSnapshot } from './memory.ts';
import { type Aggregation, UINT32 } from './type.ts';

const CPUS = 2;

function definition(aggregation: Aggregation, valueSize: number): MapDefinition {
  const role = { kind: 'script', name: '@', key: UINT32, value: { kind: 'aggregation', aggregation } } as const;
  return { name: 'AT_', kind: 'percpu_hash', keySize: 4, valueSize, maxEntries: 9, flags: 0, role };
}

function words(...numbers: bigint[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(numbers).buffer);
}

/** Entries of a map: the key, then the words of each CPU. */
function snapshot(valueSize: number, list: readonly (readonly [number, ...bigint[][]])[]): MapSnapshot {
  const keys = new Uint8Array(Uint32Array.from(list.map(([key]) => key)).buffer);
  const values = words(...list.flatMap(([, ...cpus]) => cpus.flat()));
  return { count: list.length, keys, values, keySize: 4, valueSize, stride: valueSize, cpus: CPUS };
}

/** Entries of a cache: for each CPU a key and words, or nothing. */
function cache(valueSize: number, list: readonly (readonly ([number, ...bigint[]] | undefined)[])[]): MapSnapshot {
  const { size } = cacheLayout(4, valueSize);
  const used = BigInt(CACHE_USED);
  const free = new Array<bigint>(size / 8).fill(0n);
  const values = words(
    ...list.flat().flatMap((one) => (one ? [used, BigInt(one[0]), ...one.slice(1).map(BigInt)] : free)),
  );
  return { count: list.length, keys: new Uint8Array(), values, keySize: 4, valueSize: size, stride: size, cpus: CPUS };
}

function read({ count, keys, values, cpus, stride }: MapSnapshot): [number, ...bigint[]][] {
  const numbers = new BigInt64Array(values.slice().buffer);
  const perKey = (cpus * stride) / 8;
  return Array.from({ length: count }, (_, index) => [
    new Uint32Array(keys.slice().buffer)[index]!,
    ...numbers.subarray(index * perKey, (index + 1) * perKey),
  ]);
}

describe('cache in front of a map', () => {
  test('keys of both come together', () => {
    const merged = withCache(
      definition({ kind: 'count' }, 8),
      snapshot(8, [
        [1, [5n], [0n]],
        [2, [7n], [7n]],
      ]),
      cache(8, [
        [
          [1, 0n + 2n],
          [1, 3n],
        ],
        [[3, 4n], undefined],
        [undefined, [3, 6n]],
      ]),
    );
    expect(read(merged)).toEqual([
      [1, 7n, 3n],
      [2, 7n, 7n],
      [3, 4n, 6n],
    ]);
  });

  test('an empty map with an empty cache stays empty', () => {
    expect(
      read(withCache(definition({ kind: 'count' }, 8), snapshot(8, []), cache(8, [[undefined, undefined]]))),
    ).toEqual([]);
  });

  const pairs: [Aggregation, bigint[], bigint[], bigint[]][] = [
    [{ kind: 'avg', signed: true }, [-5n, 2n], [9n, 1n], [4n, 3n]],
    [{ kind: 'min', signed: true }, [3n, 1n], [-4n, 1n], [-4n, 1n]],
    [{ kind: 'min', signed: false }, [3n, 1n], [-4n, 1n], [3n, 1n]],
    [{ kind: 'max', signed: true }, [0n, 0n], [-4n, 1n], [-4n, 1n]],
    [{ kind: 'max', signed: true }, [-9n, 1n], [0n, 0n], [-9n, 1n]],
  ];
  test.each(pairs)('%o', (aggregation, hash, cached, expected) => {
    const merged = withCache(
      definition(aggregation, 16),
      snapshot(16, [[1, hash, [0n, 0n]]]),
      cache(16, [[[1, ...cached], undefined]]),
    );
    expect(read(merged)).toEqual([[1, ...expected, 0n, 0n]]);
  });

  test('a slot of a time series is that of the later interval', () => {
    const series = { kind: 'tseries', signed: true, interval: 1n, intervals: 3, reduce: 'sum' } as const;
    const merged = withCache(
      definition(series, 24),
      snapshot(24, [[1, [5n, 1n, 7n], [5n, 1n, 7n]]]),
      cache(24, [
        [
          [1, 2n, 1n, 7n],
          [1, 2n, 1n, 10n],
        ],
      ]),
    );
    expect(read(merged)).toEqual([[1, 7n, 2n, 7n, 2n, 1n, 10n]]);
  });

  test('zero keeps the keys', () => {
    const what = definition({ kind: 'count' }, 8);
    const entries = cache(8, [[[3, 4n], undefined]]);
    zeroCache(what, entries);
    expect(read(withCache(what, snapshot(8, []), entries))).toEqual([[3, 0n, 0n]]);
  });
});
