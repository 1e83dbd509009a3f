// Every type of value as text and as JSON.

import { describe, expect, test } from 'vitest';
import { fixture, shown, type Value } from '../../test/support/report.ts';
import {
  arrayType,
  BOOL,
  INT8,
  INT32,
  INT64,
  pointerType,
  recordType,
  stringType,
  type Type,
  tupleType,
  UINT8,
  UINT32,
  UINT64,
  VOID,
} from '../image/index.ts';

const POINT = recordType('', [
  { name: 'm', type: INT32 },
  { name: 'n', type: INT8 },
]);
const INET: Type = { kind: 'inet' };
const ipv6 = (...groups: number[]) => new Uint8Array(groups.flatMap((group) => [group >> 8, group & 255]));
const kstack = (mode: 'bpftrace' | 'perf' | 'raw', limit = 8): Type => ({ kind: 'kstack', mode, limit });
const ustack = (mode: 'bpftrace' | 'perf' | 'raw' | 'build_id', limit = 8): Type => ({ kind: 'ustack', mode, limit });
const timestamp = (format: string): Type => ({ kind: 'timestamp', clock: 'boot', format });
const buildId = (status: number, offset: number) => {
  const bytes = new Uint8Array(32);
  bytes[0] = status;
  bytes.fill(0xab, 4, 24);
  bytes[24] = offset;
  return bytes;
};

const cases: [name: string, type: Type, value: Value, text: string, json: string][] = [
  ['int', INT64, -5n, '-5', '-5'],
  ['uint', UINT64, 18446744073709551615n, '18446744073709551615', '"18446744073709551615"'],
  ['2^53 + 1', UINT64, 9007199254740993n, '9007199254740993', '"9007199254740993"'],
  ['2^60', UINT64, 1n << 60n, '1152921504606846976', '1152921504606846976'],
  ['least int64', INT64, -(1n << 63n), '-9223372036854775808', '-9223372036854775808'],
  ['small negative', INT64, -9007199254740993n, '-9007199254740993', '"-9007199254740993"'],
  ['true', BOOL, true, 'true', 'true'],
  ['false', BOOL, false, 'false', 'false'],
  ['string', stringType(16), 'it"s', 'it"s', '"it\\"s"'],
  ['cut string', stringType(4), 'long text', 'long..', '"long.."'],
  ['pointer', pointerType(VOID, 'user'), 0x7f00_0000_1234n, '0x7f0000001234', '139637976732212'],
  ['array', arrayType(INT32, 3), [1, 2, 3], '[1,2,3]', '[1,2,3]'],
  [
    'nested array',
    arrayType(arrayType(UINT8, 2), 2),
    [
      [5, 6],
      [7, 8],
    ],
    '[[5,6],[7,8]]',
    '[[5,6],[7,8]]',
  ],
  [
    'tuple',
    tupleType([INT8, stringType(8), tupleType([INT64, INT8])]),
    [1, 'abc', [2n, 3]],
    '(1, abc, (2, 3))',
    '[1,"abc",[2,3]]',
  ],
  ['tuple of one', tupleType([INT8]), [1], '(1)', '[1]'],
  ['empty tuple', tupleType([]), [], '()', '[]'],
  ['tuple of an empty string', tupleType([INT8, stringType(4)]), [0, ''], '(0, )', '[0,""]'],
  ['record', POINT, [2, 3], '{ .m = 2, .n = 3 }', '{"m": 2, "n": 3}'],
  ['empty record', recordType('', []), [], '{}', '{}'],
  ['tuple with a record', tupleType([INT8, POINT]), [0, [2, 3]], '(0, { .m = 2, .n = 3 })', '[0,{"m": 2, "n": 3}]'],
  ['bools', arrayType(BOOL, 2), [true, false], '[true,false]', '[true,false]'],
  ['buffer', { kind: 'buffer', size: 8 }, new Uint8Array([111, 107, 0]), 'ok\\x00', '"ok\\\\x00"'],
  [
    'mac',
    { kind: 'mac' },
    new Uint8Array([0x18, 0xc0, 0x4d, 8, 0x2e, 0xbb]),
    '18:C0:4D:08:2E:BB',
    '"18:C0:4D:08:2E:BB"',
  ],
  ['IPv4', INET, new Uint8Array([127, 0, 0, 1]), '127.0.0.1', '"127.0.0.1"'],
  ['IPv6 loopback', INET, ipv6(0, 0, 0, 0, 0, 0, 0, 1), '::1', '"::1"'],
  ['void', VOID, 0, 'null', 'null'],
  ['ksym', { kind: 'ksym' }, 0xffffffff80000123n, 'vfs_read', '"vfs_read"'],
  ['unknown ksym', { kind: 'ksym' }, 5n, '0x5', '"0x5"'],
  ['usym', { kind: 'usym' }, { pid: 3, value: 0x400010n }, 'main3', '"main3"'],
  ['unknown usym', { kind: 'usym' }, { pid: 3, value: 1n }, '0x1', '"0x1"'],
  ['username', { kind: 'username' }, 0, 'root', '"root"'],
  ['unknown user', { kind: 'username' }, 1234, '1234', '"1234"'],
  ['cgroup', { kind: 'cgroup_path', filter: '' }, 7, 'unified:/user.slice', '"unified:/user.slice"'],
  ['filtered cgroup', { kind: 'cgroup_path', filter: 'cpu*' }, 7, '', '""'],
  ['cgroup by pattern', { kind: 'cgroup_path', filter: 'uni*' }, 1, 'unified:/', '"unified:/"'],
  ['unknown cgroup', { kind: 'cgroup_path', filter: '' }, 99, '99', '"99"'],
  ['timestamp', timestamp('%S.%f %l %k'), 61_234_567_891n, '01.234567 234 234567891', '"01.234567 234 234567891"'],
  ['old timestamp', timestamp('%s'), (1n << 63n) + 5n, '9223372036', '"9223372036"'],
  [
    'kstack',
    kstack('bpftrace'),
    [0xffffffff80000123n, 0xffffffff81000001n, 7n],
    '\n        vfs_read+291\n        do_mmap+1\n        0x7\n',
    '"\\n        vfs_read+291\\n        do_mmap+1\\n        0x7\\n"',
  ],
  ['empty kstack', kstack('bpftrace'), [], '\n', '"\\n"'],
  [
    'kstack for perf',
    kstack('perf'),
    [0xffffffff81000501n, 7n],
    '\n\tffffffff81000501 do_mmap+1281\n\t7 0x7\n',
    '"\\n\\tffffffff81000501 do_mmap+1281\\n\\t7 0x7\\n"',
  ],
  ['raw kstack', kstack('raw'), [0xffffffff81000501n, 7n], '\nffffffff81000501\n7\n', '"\\nffffffff81000501\\n7\\n"'],
  [
    'ustack',
    ustack('bpftrace'),
    { pid: 9, value: [0x400010n, 2n] },
    '\n        main9+16\n        0x2\n',
    '"\\n        main9+16\\n        0x2\\n"',
  ],
  [
    'ustack for perf',
    ustack('perf'),
    { pid: 9, value: [0x400010n, 2n, 3n] },
    '\n\t400010 main9+16 (/bin/program)\n\t2 0x2 ([unknown])\n\t3 0x3 (/lib/libc.so)\n',
    '"\\n\\t400010 main9+16 (/bin/program)\\n\\t2 0x2 ([unknown])\\n\\t3 0x3 (/lib/libc.so)\\n"',
  ],
  [
    'ustack of build ids',
    ustack('build_id'),
    { pid: 9, value: [buildId(1, 16), buildId(2, 32), buildId(0, 1)] },
    `\n${'ab'.repeat(20)} 0x10\n20\n`,
    `"\\n${'ab'.repeat(20)} 0x10\\n20\\n"`,
  ],
];

describe('values', () => {
  test.each(cases)('%s', (_name, type, value, text, json) => {
    expect(shown(type, value)).toBe(text);
    expect(shown(type, value, { format: 'json' })).toBe(json);
  });
});

describe('IPv6 addresses are as short as inet_ntop writes them', () => {
  test.each([
    [[0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], '2001:db8::1'],
    [[0xfe80, 0, 0, 0, 0, 0, 0, 0], 'fe80::'],
    [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
    [[1, 2, 3, 4, 5, 6, 7, 8], '1:2:3:4:5:6:7:8'],
    [[1, 0, 3, 4, 5, 6, 7, 8], '1:0:3:4:5:6:7:8'],
    [[1, 0, 0, 4, 0, 0, 7, 8], '1::4:0:0:7:8'],
    [[1, 0, 0, 4, 0, 0, 0, 8], '1:0:0:4::8'],
    [[0, 0, 0, 0, 0, 0xffff, 0xc0a8, 0x0102], '::ffff:192.168.1.2'],
    [[0, 0, 0, 0, 0, 0, 0x0102, 0x0304], '::1.2.3.4'],
    [[0, 0, 1, 0, 0, 0, 0, 0], '0:0:1::'],
  ])('%j', (groups, text) => {
    expect(shown(INET, ipv6(...groups))).toBe(text);
  });
});

describe('enumerations', () => {
  const state: Type = {
    kind: 'enum',
    name: 'enum state',
    size: 8,
    signed: true,
    values: [
      { name: 'GONE', value: -1n },
      { name: 'HUGE', value: (1n << 62n) + 1n },
      { name: 'ALSO_GONE', value: -1n },
    ],
  };
  test('names in text, numbers in JSON', () => {
    expect(shown(state, -1n)).toBe('GONE');
    expect(shown(state, (1n << 62n) + 1n)).toBe('HUGE');
    expect(shown(state, 3n)).toBe('3');
    expect(shown(state, -1n, { format: 'json' })).toBe('-1');
  });

  test('the table of probes is text everywhere', () => {
    const probe: Type = { kind: 'enum', name: 'probe', size: 4, signed: false, values: [] };
    const probes = ['begin', 'kprobe:vfs_read'];
    expect(shown(probe, 1, { probes })).toBe('kprobe:vfs_read');
    expect(shown(probe, 1, { probes, format: 'json' })).toBe('"kprobe:vfs_read"');
    expect(shown(probe, 5, { probes })).toBe('5');
  });
});

test('bit fields of C structs', () => {
  const flags: Type = {
    kind: 'record',
    name: 'struct flags',
    size: 4,
    align: 4,
    fields: [
      { name: 'low', type: UINT32, offset: 0, bits: { shift: 0, width: 3 } },
      { name: 'sign', type: INT32, offset: 0, bits: { shift: 3, width: 2 } },
      { name: 'on', type: BOOL, offset: 0, bits: { shift: 5, width: 1 } },
      { name: 'high', type: UINT32, offset: 0, bits: { shift: 6, width: 26 } },
    ],
  };
  const value = new Uint8Array([0b01_1_11_101, 0, 0, 0x80]);
  expect(shown(flags, value)).toBe('{ .low = 5, .sign = -1, .on = true, .high = 33554433 }');
  expect(shown(flags, value, { format: 'json' })).toBe('{"low": 5, "sign": -1, "on": true, "high": 33554433}');
});

test('a struct that is not aligned can be read', () => {
  const packed: Type = {
    kind: 'record',
    name: 'struct packed',
    size: 13,
    align: 1,
    fields: [
      { name: 'a', type: UINT8, offset: 0 },
      { name: 'b', type: UINT64, offset: 1 },
      { name: 'c', type: INT32, offset: 9 },
    ],
  };
  expect(shown(packed, [1, 2n, -3])).toBe('{ .a = 1, .b = 2, .c = -3 }');
});

test('names are asked for once, those of processes again after a flush', () => {
  const asked: bigint[] = [];
  const names = {
    kernelSymbol: (address: bigint) => {
      asked.push(address);
      return { name: 'f', offset: 0n };
    },
    userSymbol: (_pid: number, address: bigint) => {
      asked.push(address);
      return { name: 'g', offset: 0n };
    },
  };
  const { send, output } = fixture({
    names,
    records: [
      { kind: 'print', fields: [{ kind: 'ksym' }] },
      { kind: 'print', fields: [{ kind: 'usym' }] },
    ],
  });
  send(0, [1n]);
  send(0, [1n]);
  send(1, [{ pid: 1, value: 2n }]);
  send(1, [{ pid: 1, value: 2n }]);
  expect(output()).toBe('f\nf\ng\ng\n');
  expect(asked).toEqual([1n, 2n]);
  send(0, [1n]);
  send(1, [{ pid: 1, value: 2n }]);
  output();
  expect(asked).toEqual([1n, 2n, 2n]);
});
