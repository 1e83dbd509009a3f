import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteWriter, utf8Bytes } from '../base/bytes.ts';
import { AddressIndex } from './address-index.ts';
import { SectionFlag, SymbolBinding, SymbolType } from './format.ts';
import { SymbolTable } from './symbol-table.ts';

interface Spec {
  readonly name: string;
  readonly address: bigint;
  readonly size?: number;
  readonly type?: number;
  readonly binding?: number;
  readonly section?: number;
}

/** A table of 64-bit symbols; section 1 is code, section 2 data. */
function table(specs: readonly Spec[]): SymbolTable {
  const strings = new ByteWriter().u8(0);
  const entries = new ByteWriter().zero(24);
  for (const {
    name,
    address,
    size = 0,
    type = SymbolType.FUNC,
    binding = SymbolBinding.GLOBAL,
    section = 1,
  } of specs) {
    entries
      .u32(strings.length)
      .u8((binding << 4) | type)
      .u8(0)
      .u16(section)
      .u64(address)
      .u64(BigInt(size));
    strings.bytes(utf8Bytes(`${name}\0`));
  }
  return new SymbolTable(entries.finish(), strings.finish(), true);
}

const place = { address: 0n, size: 0x90 };
const sections = [
  { ...place, flags: 0 },
  { ...place, flags: SectionFlag.EXECINSTR },
  { ...place, flags: 0 },
];
const index = (specs: readonly Spec[], base = 0n): AddressIndex => {
  return new AddressIndex([{ table: table(specs), sections }], base);
};

it('prefers the name that others may use', () => {
  const names = index([
    { name: '__read', address: 0x10n, size: 8 },
    { name: 'read', address: 0x10n, size: 8, binding: SymbolBinding.WEAK },
    { name: 'a', address: 0x10n, size: 8, binding: SymbolBinding.LOCAL },
    { name: 'r', address: 0x10n, size: 8, type: SymbolType.OBJECT },
  ]);
  expect(names.at(0x12n)).toEqual({ name: 'read', offset: 2 });
});

it('takes names without versions', () => {
  expect(index([{ name: 'memcpy@@GLIBC_2.14', address: 0x10n, size: 8 }]).at(0x10n)?.name).toBe('memcpy');
});

it('ends at the size of a symbol, and lets one without a size reach to the next', () => {
  const names = index([
    { name: 'sized', address: 0x10n, size: 8 },
    { name: 'open', address: 0x40n },
    { name: 'next', address: 0x80n, size: 1 },
    { name: 'last', address: 0x88n },
  ]);
  expect(names.at(0x0fn)).toBeUndefined();
  expect(names.at(0x17n)).toEqual({ name: 'sized', offset: 7 });
  expect(names.at(0x18n)).toBeUndefined();
  expect(names.at(0x7fn)).toEqual({ name: 'open', offset: 0x3f });
  expect(names.at(0x81n)).toBeUndefined();
  expect(names.at(0x8fn)).toEqual({ name: 'last', offset: 7 });
  expect(names.at(0x90n)).toBeUndefined();
});

it('finds the function around a label', () => {
  const names = index([
    { name: 'outer', address: 0x10n, size: 0x40 },
    { name: 'label', address: 0x20n, type: SymbolType.NOTYPE },
  ]);
  expect(names.at(0x24n)).toEqual({ name: 'outer', offset: 0x14 });
});

it('leaves out what names no place', () => {
  const names = index([
    { name: 'undefined', address: 0x10n, size: 8, section: 0 },
    { name: 'file', address: 0x20n, size: 8, type: SymbolType.FILE },
    { name: 'absolute', address: 0x30n, size: 8, section: 0xfff1 },
    { name: '$x', address: 0x40n, type: SymbolType.NOTYPE },
    { name: 'end', address: 0x50n, type: SymbolType.NOTYPE, section: 2 },
    { name: 'mark', address: 0x60n, type: SymbolType.OBJECT, section: 2 },
  ]);
  expect(names.count).toBe(0);
});

it('is exact at the addresses of kernels', () => {
  const base = 0xffffffff81000000n;
  const names = index(
    [
      { name: 'f', address: base + 0x1001n, size: 3 },
      { name: 'per_cpu', address: 0x10n, size: 8 },
    ],
    base,
  );
  expect(names.count).toBe(1);
  expect(names.at(base + 0x1003n)).toEqual({ name: 'f', offset: 2 });
  expect(names.at(base + 0x1004n)).toBeUndefined();
});

it('agrees with a search through all symbols', () => {
  const address = fc
    .oneof(
      fc.nat(300),
      fc.nat({ max: 2 ** 31 - 1 }).map((at) => at + 2 ** 33),
    )
    .map(BigInt);
  const spec = fc.record({ address, size: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 40 }), fc.nat(330), (places, probe) => {
      const specs = places.map((place, at) => ({ ...place, name: `f${at}` }));
      const hit = index(specs).at(BigInt(probe));
      const covering = specs.filter((each) => {
        return BigInt(probe) >= each.address && BigInt(probe) < each.address + BigInt(each.size);
      });
      const nearest = covering.reduce((most, each) => (each.address > most ? each.address : most), -1n);
      expect(hit?.offset).toBe(nearest === -1n ? undefined : Number(BigInt(probe) - nearest));
    }),
  );
});
