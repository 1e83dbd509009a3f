import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseUsers, systemNames } from './names.ts';
import { findRoot } from './system/cgroups.ts';
import { namespaceOffsets, parseTimerList } from './system/clocks.ts';

describe('users', () => {
  test('the first name of an id counts, what is no entry is skipped', () => {
    const users = parseUsers('root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\n# note\n+nis\nweb:x:33:33::/:\n');
    expect([...users]).toEqual([
      [0, 'root'],
      [33, 'web'],
    ]);
  });

  test('of this machine', () => {
    expect(systemNames().userName(0)).toBe('root');
    expect(systemNames().userName(4_000_000_000)).toBeUndefined();
  });
});

describe('clocks', () => {
  const list = (boot: number, tai: number) =>
    ['', 100, boot, tai]
      .map(
        (offset, clock) =>
          ` clock ${clock}:\n  .base:       0\n  .index:      ${clock}\n  .resolution: 1 nsecs\n  .offset:     ${offset} nsecs\nactive timers:\n #0: <0>, x, S:01\n`,
      )
      .join('');

  test('suspended time and TAI from the list of timers', () => {
    expect(parseTimerList(`Timer List Version: v0.10\ncpu: 0\n${list(7, 137)}`)).toEqual({ boot: 7n, tai: 37n });
    expect(parseTimerList('')).toBeUndefined();
  });

  test('a time namespace', () => {
    expect(namespaceOffsets('monotonic           5         7\nboottime            0         0\n').monotonic).toBe(
      5_000_000_007n,
    );
    expect(namespaceOffsets('').monotonic).toBe(0n);
  });

  test('monotonic time added to its zero is now', () => {
    const names = systemNames();
    const zero = names.wallTimeOf('monotonic');
    const difference = Number(zero + process.hrtime.bigint() - BigInt(Date.now()) * 1_000_000n);
    // Date.now() cuts a millisecond; the rest is what a busy machine may put between two statements.
    expect(Math.abs(difference)).toBeLessThan(1_000_000_000);
    expect(names.wallTimeOf('monotonic')).toBe(zero);
    expect(names.wallTimeOf('boot') <= zero).toBe(true);
  });
});

describe('cgroups', () => {
  test('the mount of cgroup v2', () => {
    const mounts =
      '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw\n41 31 0:38 / /sys/fs/cgroup/my\\040unified rw shared:1 - cgroup2 cgroup2 rw\n';
    expect(findRoot(mounts)).toBe('/sys/fs/cgroup/my unified');
    expect(findRoot('')).toBeUndefined();
  });

  test('of this machine', (context) => {
    const root = findRoot(execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' }));
    if (root === undefined) return context.skip('cgroup v2 is not mounted');
    const names = systemNames();
    expect(names.cgroupPath(statSync(root, { bigint: true }).ino)).toBe('/');
    expect(names.cgroupPath(0xffff_ffff_ffffn)).toBeUndefined();
  });
});

test('symbols of this process', () => {
  const names = systemNames();
  expect(names.kernelSymbol(1n)).toBeUndefined();
  expect(names.userSymbol(process.pid, 1n)).toBeUndefined();
});
