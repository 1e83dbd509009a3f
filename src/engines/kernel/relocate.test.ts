import { describe, expect, test } from 'vitest';
import { Btf, BtfBuilder } from '../../btf/index.ts';
import type { Relocation } from '../../image/index.ts';
import { callKfunc, decode, exit, loadImm64, loadMem, movImm, Size, wideValue } from '../../isa/index.ts';
import { parseFormat, SyscallTable } from '../../tracefs/index.ts';
import type { Platform } from './platform.ts';
import { type RelocationContext, relocate } from './relocate.ts';
import { FakeSys } from './testing/fake-sys.ts';
import { testImage } from './testing/images.ts';

function testBtf(): Btf {
  const builder = new BtfBuilder();
  const int = builder.int('int', 4, 'signed');
  const inner = builder.struct('inner', 8, [
    { name: 'a', type: int, bitOffset: 0 },
    { name: 'b', type: int, bitOffset: 32 },
  ]);
  builder.struct('outer', 24, [
    { name: 'first', type: int, bitOffset: 0 },
    { name: 'list', type: builder.array(inner, 2), bitOffset: 64 },
  ]);
  builder.func('bpf_kernel_function', builder.funcProto(int, []), 'static');
  builder.var('a_variable', int);
  return Btf.parse(builder.finish());
}

const format = parseFormat('name: e\nID: 7\nformat:\n\tfield:int x;\toffset:24;\tsize:4;\tsigned:1;\n')!;

function never(): never {
  throw new Error('was read although nothing asked for it');
}

const platform: Platform = {
  btf: testBtf(),
  moduleBtf: () => undefined,
  tracefs: {
    root: '/',
    id: () => 7,
    format: (category, event) => (`${category}:${event}` === 'c:e' ? format : undefined),
    events: () => [],
  },
  syscalls: new SyscallTable('x86_64'),
  kernelSymbol: (name) => (name === 'jiffies' ? 0xffffffff82000040n : undefined),
  elf: never,
  pmuType: () => undefined,
  pmuBit: () => undefined,
  possibleCpus: [0, 1, 2, 5],
  onlineCpus: [0],
  pidNamespace: () => ({ device: 0x4n, inode: 4026531836n }),
};

const context: RelocationContext = {
  sys: new FakeSys(),
  platform,
  options: { childPid: 55 },
  maps: [30, 31],
  startNs: 1234567890123n,
};

/** Relocates `loadImm64(1, 0); ldx r2 [r1+16]; mov r3, 100; call kfunc; exit`. */
function apply(relocation: Relocation, changes: Partial<RelocationContext> = {}) {
  const code = [loadImm64(1, 0n), loadMem(Size.W, 2, 1, 16), movImm(3, 100), callKfunc(0), exit()];
  const image = testImage({ programs: [{ kind: 'tracepoint', code, relocations: [relocation], attach: [] }] });
  return decode(relocate(image.programs[0]!, { ...context, ...changes }));
}

describe('relocations', () => {
  test('a map becomes its descriptor', () => {
    const [first, second] = apply({ kind: 'map', slot: 0, map: 1 });
    expect([first?.dst, first?.src, first?.imm, second?.imm]).toEqual([1, 1, 31, 0]);
  });

  test('a map value becomes descriptor and offset', () => {
    const [first, second] = apply({ kind: 'map-value', slot: 0, map: 0, offset: 24 });
    expect([first?.src, first?.imm, second?.imm]).toEqual([2, 30, 24]);
  });

  test('a field moves from the place of the compiling machine to its own', () => {
    const field = { kind: 'field', type: 'struct outer', what: 'byte-offset' } as const;
    // list[1].b lies at 8 + 8 + 4 = 20 here; 16 stood in the code for 12 there.
    const path = 'list[1].b';
    expect(apply({ ...field, slot: 2, into: 'off', path, value: 12 })[2]?.off).toBe(24);
    expect(apply({ ...field, slot: 3, into: 'imm', path, value: 12 })[3]?.imm).toBe(108);
    const wide = apply({ ...field, slot: 0, into: 'imm64', path: 'list', value: 9 });
    expect(wideValue(wide[0]!, wide[1]!)).toBe(0xffffffffffffffffn);
  });

  test('sizes of fields and types', () => {
    const field = { kind: 'field', slot: 3, into: 'imm', type: 'struct outer', value: 100 } as const;
    expect(apply({ ...field, path: 'list', what: 'byte-size' })[3]?.imm).toBe(16);
    expect(apply({ ...field, path: '', what: 'type-size' })[3]?.imm).toBe(24);
  });

  test('fields of tracepoints', () => {
    const relocation = {
      kind: 'tracepoint-field',
      slot: 2,
      into: 'off',
      tracepoint: 'c:e',
      field: 'x',
      value: 16,
    } as const;
    expect(apply(relocation)[2]?.off).toBe(24);
  });

  test('symbols, variables and functions of the kernel', () => {
    const symbol = apply({ kind: 'kernel-symbol', slot: 0, symbol: 'jiffies' });
    expect(wideValue(symbol[0]!, symbol[1]!)).toBe(0xffffffff82000040n);
    const variable = apply({ kind: 'kernel-variable', slot: 0, symbol: 'a_variable' })[0];
    expect([variable?.src, variable?.imm]).toEqual([3, platform.btf.find('a_variable', 'var')?.id]);
    const call = apply({ kind: 'kfunc', slot: 4, symbol: 'bpf_kernel_function' })[4];
    expect([call?.src, call?.imm]).toEqual([2, platform.btf.find('bpf_kernel_function', 'func')?.id]);
  });

  test.each([
    ['cpu-count', 4n],
    ['max-cpu', 5n],
    ['child-pid', 55n],
    ['target-pid', 0n],
    ['start-ns', 1234567890123n],
    ['pidns-device', 4n],
    ['pidns-inode', 4026531836n],
    ['tai-offset-ns', 4_000_000_000n],
    ['self-pid', BigInt(process.pid)],
  ] as const)('parameter %s', (parameter, value) => {
    const [first, second] = apply({ kind: 'parameter', slot: 0, parameter });
    expect(first?.src).toBe(0);
    expect(wideValue(first!, second!)).toBe(value);
  });

  test.each([
    [
      { kind: 'field', slot: 2, into: 'off', type: 'struct nothing', path: 'x', what: 'byte-offset', value: 0 },
      "the type 'struct nothing'",
    ],
    [
      { kind: 'field', slot: 2, into: 'off', type: 'struct outer', path: 'x', what: 'byte-offset', value: 0 },
      "the field 'x'",
    ],
    [
      { kind: 'tracepoint-field', slot: 2, into: 'off', tracepoint: 'c:f', field: 'x', value: 0 },
      "the tracepoint 'c:f'",
    ],
    [{ kind: 'kernel-symbol', slot: 0, symbol: 'nothing' }, "the symbol 'nothing'"],
    [{ kind: 'kfunc', slot: 4, symbol: 'nothing' }, "the kernel function 'nothing'"],
  ] as const)('what the kernel does not have: %j', (relocation, what) => {
    expect(() => apply(relocation)).toThrow(`this kernel does not have ${what}`);
  });

  test('an Image without them reads neither BTF nor tracefs', () => {
    const lazy = Object.create(platform, { btf: { get: never }, tracefs: { get: never } }) as Platform;
    apply({ kind: 'map', slot: 0, map: 0 }, { platform: lazy });
  });

  test('the Image itself stays as it was', () => {
    const code = [loadImm64(1, 0n), exit()];
    const relocations = [{ kind: 'map', slot: 0, map: 1 }] as const;
    const { programs } = testImage({ programs: [{ kind: 'tracepoint', code, relocations, attach: [] }] });
    const before = programs[0]!.code.slice();
    relocate(programs[0]!, context);
    expect(programs[0]!.code).toEqual(before);
  });
});
