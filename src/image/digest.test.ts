import { describe, expect, test } from 'vitest';
import { DIGEST_BYTES, withKeys } from './digest.ts';
import type { MapSnapshot } from './memory.ts';

function digestOf(byte: number): number[] {
  return Array.from({ length: DIGEST_BYTES }, () => byte);
}

function snapshot(keys: readonly number[][], values: readonly number[][], cpus = 1): MapSnapshot {
  const stride = (values[0]?.length ?? 0) / cpus;
  return {
    count: keys.length,
    keys: Uint8Array.from(keys.flat()),
    values: Uint8Array.from(values.flat()),
    keySize: keys[0]?.length ?? DIGEST_BYTES,
    valueSize: stride,
    stride,
    cpus,
  };
}

describe('keys in place of digests', () => {
  const entries = snapshot(
    [digestOf(2), digestOf(9), digestOf(1)],
    [
      [20, 21],
      [90, 91],
      [10, 11],
    ],
    2,
  );
  const keys = snapshot(
    [digestOf(1), digestOf(2)],
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
  );

  test('each entry gets its key, and one whose key is gone is left out', () => {
    const whole = withKeys(entries, keys);
    expect({ ...whole, keys: [...whole.keys], values: [...whole.values] }).toEqual({
      count: 2,
      keys: [2, 2, 2, 1, 1, 1],
      values: [20, 21, 10, 11],
      keySize: 3,
      valueSize: 1,
      stride: 1,
      cpus: 2,
    });
  });

  test('nothing is nothing', () => {
    const whole = withKeys(snapshot([], []), keys);
    expect([whole.count, whole.keys.length, whole.values.length]).toEqual([0, 0, 0]);
  });
});
