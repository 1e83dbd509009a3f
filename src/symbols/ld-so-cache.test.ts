import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ByteWriter, utf8Bytes } from '../base/bytes.ts';
import { parseLdSoCache } from './ld-so-cache.ts';

/** A cache as ldconfig writes it. */
function cache(libraries: readonly { name: string; path: string; flags: number }[]): Uint8Array {
  const start = 48 + libraries.length * 24;
  const strings = new ByteWriter();
  const entries = new ByteWriter();
  for (const { name, path, flags } of libraries) {
    entries.u32(flags).u32(start + strings.length);
    strings.bytes(utf8Bytes(`${name}\0`));
    entries
      .u32(start + strings.length)
      .u32(0)
      .u64(0n);
    strings.bytes(utf8Bytes(`${path}\0`));
  }
  const header = new ByteWriter().bytes(utf8Bytes('glibc-ld.so.cache1.1')).u32(libraries.length).u32(strings.length);
  return header.zero(20).bytes(entries.finish()).bytes(strings.finish()).finish();
}

const libraries = [
  { name: 'libc.so.6', path: '/lib32/libc.so.6', flags: 0x0003 },
  { name: 'libc.so.6', path: '/lib64/libc.so.6', flags: 0x0303 },
  { name: 'libm.so.6', path: '/lib64/libm.so.6', flags: 0x0303 },
  { name: 'libc.so.6', path: '/arm/libc.so.6', flags: 0x0a03 },
];

it('reads the libraries of one architecture', () => {
  expect(parseLdSoCache(cache(libraries), 'x86_64').map(({ path }) => path)).toEqual([
    '/lib64/libc.so.6',
    '/lib64/libm.so.6',
  ]);
  expect(parseLdSoCache(cache(libraries), 'aarch64')).toEqual([libraries[3]]);
});

it('reads a cache behind one of the old format', () => {
  const old = new ByteWriter().bytes(utf8Bytes('ld.so-1.7.0\0')).u32(1).zero(12).align(8);
  expect(parseLdSoCache(old.bytes(cache(libraries)).finish(), 'x86_64')).toHaveLength(2);
});

it('takes nothing from what is no cache', () => {
  expect(parseLdSoCache(new Uint8Array(), 'x86_64')).toEqual([]);
  expect(parseLdSoCache(utf8Bytes('x'.repeat(100)), 'x86_64')).toEqual([]);
  expect(parseLdSoCache(cache(libraries).subarray(0, 80), 'x86_64').length).toBeLessThan(2);
});

const isOracle = process.arch === 'x64' && existsSync('/etc/ld.so.cache') && spawnSync('ldconfig', ['-p']).status === 0;

it.skipIf(!isOracle)('agrees with ldconfig (needs its cache, x86-64)', () => {
  const lines = execFileSync('ldconfig', ['-p'], { encoding: 'utf8' }).split('\n');
  const theirs = lines.flatMap((line) => {
    const match = /^\t(\S+) \(libc6,x86-64.*\) => (.*)$/.exec(line);
    return match ? [`${match[1]} ${match[2]}`] : [];
  });
  const ours = parseLdSoCache(readFileSync('/etc/ld.so.cache'), 'x86_64').map(({ name, path }) => `${name} ${path}`);
  expect(ours).toEqual(theirs);
});
