import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../base/bytes.ts';
import { KernelSymbols } from './kallsyms.ts';

const parse = (text: string): KernelSymbols => KernelSymbols.parse(utf8Bytes(text));

const text = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T strong
ffffffff81000000 T _alias
ffffffff81000040 t static_one
ffffffff81000100 t static_one
ffffffff81000200 D data
ffffffffc0000100 t late\t[mod_b]
ffffffffc0000010 t ext_read\t[mod_a]
ffffffffa0000000 t bpf_prog_1\t[bpf]
`;

describe('the symbols of a kernel', () => {
  const symbols = parse(text);

  it('name addresses', () => {
    expect(symbols.at(0xffffffff81000042n)).toEqual({ name: 'static_one', offset: 2 });
    expect(symbols.at(0xffffffffc0000011n)).toEqual({ name: 'ext_read', offset: 1, module: 'mod_a' });
    expect(symbols.at(0xffffffffc0000100n)).toEqual({ name: 'late', offset: 0, module: 'mod_b' });
    expect(symbols.at(0xffffffffa0000008n)).toEqual({ name: 'bpf_prog_1', offset: 8, module: 'bpf' });
  });

  it('prefer the first of several names, as the kernel does', () => {
    expect(symbols.at(0xffffffff81000001n)).toEqual({ name: 'strong', offset: 1 });
  });

  it('do not reach below the kernel', () => {
    expect(symbols.at(0xffffffff80ffffffn)).toBeUndefined();
    expect(symbols.at(0x7fff00000000n)).toBeUndefined();
    expect(symbols.at(0n)).toBeUndefined();
  });

  it('have addresses', () => {
    expect(symbols.address('data')).toBe(0xffffffff81000200n);
    expect(symbols.address('ext_read')).toBe(0xffffffffc0000010n);
    expect(symbols.address('ext_read', 'mod_b')).toBeUndefined();
    expect(symbols.address('ext')).toBeUndefined();
    expect(symbols.address('ext_read2')).toBeUndefined();
    expect(symbols.findAll('static_one').map(({ address }) => address)).toEqual([
      0xffffffff81000040n,
      0xffffffff81000100n,
    ]);
  });

  it('come in the order of addresses', () => {
    const addresses = [...symbols.entries()].map(({ address }) => address);
    expect(addresses).toEqual([...addresses].sort((a, b) => (a < b ? -1 : Number(a > b))));
    expect(addresses).toHaveLength(8);
    expect([...symbols.entries()].find(({ name }) => name === 'data')?.type).toBe('D');
  });
});

it('says when addresses are hidden', () => {
  const hidden = parse('0000000000000000 T a\n0000000000000000 T b\n');
  expect(hidden.hasAddresses).toBe(false);
  expect(hidden.at(0xffffffff81000000n)).toBeUndefined();
  expect(hidden.address('a')).toBeUndefined();
});

it('takes a text without a final newline, and lines that are none', () => {
  const symbols = parse('\nnonsense\nffffffff81000000 T last');
  expect([...symbols.entries()].map(({ name }) => name)).toEqual(['last']);
  expect(symbols.address('last')).toBe(0xffffffff81000000n);
});

it('agrees with a search through all lines', () => {
  const address = fc.bigInt({ min: 2n ** 64n - 2n ** 20n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 40 }), address, (addresses, probe) => {
      const lines = addresses.map((each, index) => `${each.toString(16)} t f${index}`);
      const below = addresses.filter((each) => each <= probe);
      const nearest = below.reduce((most, each) => (each > most ? each : most), -1n);
      const hit = parse(lines.join('\n')).at(probe);
      if (below.length === 0) expect(hit).toBeUndefined();
      else expect(hit).toEqual({ name: `f${addresses.indexOf(nearest)}`, offset: Number(probe - nearest) });
    }),
  );
});

const live = parseLive();

function parseLive(): KernelSymbols | undefined {
  try {
    const symbols = KernelSymbols.parse(readFileSync('/proc/kallsyms'));
    return symbols.hasAddresses ? symbols : undefined;
  } catch {
    return undefined;
  }
}

it.skipIf(!live)('reads those of the running kernel (needs their addresses)', () => {
  const address = live!.address('vfs_read')!;
  expect(live!.at(address + 1n)).toEqual({ name: 'vfs_read', offset: 1 });
  expect(live!.count).toBeGreaterThan(10_000);
});
