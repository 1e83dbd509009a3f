import { describe, expect, test } from 'vitest';
import type { Image, Type } from '../image/index.ts';
import { INT64, tupleType } from '../image/index.ts';
import { ProcessWatch, recordsUserAddresses } from './processes.ts';

const imageWith = (key: Type, fields: readonly Type[] = []) =>
  ({
    maps: [
      { role: { kind: 'script', name: '@', key, value: { kind: 'aggregation', aggregation: { kind: 'count' } } } },
    ],
    records: [{ kind: 'print', fields }],
  }) as unknown as Image;

const ustack: Type = { kind: 'ustack', mode: 'bpftrace', limit: 3 };

describe('processes', () => {
  test('only user addresses need their processes', () => {
    expect(recordsUserAddresses(imageWith(INT64))).toBe(false);
    expect(recordsUserAddresses(imageWith({ kind: 'kstack', mode: 'bpftrace', limit: 3 }))).toBe(false);
    expect(recordsUserAddresses(imageWith(tupleType([INT64, ustack])))).toBe(true);
    expect(recordsUserAddresses(imageWith(INT64, [{ kind: 'usym' }]))).toBe(true);
  });

  test('the traced process is looked at again and again', () => {
    const looks: number[] = [];
    const watch = new ProcessWatch((pid) => looks.push(pid), 42);
    for (const now of [0, 50, 100, 150, 199, 200]) watch.look(now);
    expect(looks).toEqual([42, 42, 42]);
  });

  test('a target that starts is looked at before and after', () => {
    const order: string[] = [];
    const watch = new ProcessWatch(() => order.push('look'), 4_194_304);
    watch.watchStart(() => order.push('resume'))();
    expect(order).toEqual(['look', 'resume', 'look']);
  });

  test('all others once each', () => {
    const looks: number[] = [];
    const watch = new ProcessWatch((pid) => looks.push(pid), undefined);
    for (const now of [0, 500, 1000, 2000]) watch.look(now);
    expect(looks).toContain(process.pid);
    expect(new Set(looks).size).toBe(looks.length);
  });
});
