import { describe, expect, test } from 'vitest';
import { TraceError } from '../../base/error.ts';
import { Btf } from '../../btf/index.ts';
import { objectBytes } from '../../frontends/object/testing/objects.ts';
import { parseBatchLine, verifyBatch } from './batch.ts';
import { withMaps } from './code.ts';
import { judge } from './judge.ts';
import { chooseProgram, formatOf, loadRuntimeFile } from './load.ts';
import { describeMap } from './map-btf.ts';
import { contentsOf, parseMapOption, sizedMap } from './maps.ts';
import type { RuntimeMap } from './program.ts';
import { type RunEngine, runProgram } from './run.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const load = (value: string, options = {}) => loadRuntimeFile('x.s', text(value), options).programs[0]!;

describe('what a file is', () => {
  test.each([
    ['an object', objectBytes('packet'), 'object'],
    ['an image', text('beetrace-image 1\n{}'), 'image'],
    ['assembly', text('r0 = 0\nexit'), 'assembly'],
    ['digits', text('b7000000 00000000\n9500000000000000\n'), 'hex'],
    ['code', Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0), 'bytes'],
    ['text that is not UTF-8', Uint8Array.of(0x72, 0xff, 0x30), 'bytes'],
  ])('%s', (_, bytes, format) => {
    expect(formatOf(bytes)).toBe(format);
  });

  test('the kind is that of the file unless it is said', () => {
    const programs = loadRuntimeFile('x.o', objectBytes('packet')).programs;
    expect(programs.map(({ kind, attachKind }) => [kind, attachKind])).toEqual([
      ['xdp', 'xdp'],
      ['sched_cls', undefined],
    ]);
    const others = loadRuntimeFile('x.o', objectBytes('packet'), { kind: 'socket_filter' }).programs;
    expect(others.map(({ kind, attachKind }) => [kind, attachKind])).toEqual([
      ['socket_filter', undefined],
      ['socket_filter', undefined],
    ]);
    expect(load('exit').kind).toBe('socket_filter');
  });

  test('errors of the text are diagnostics', () => {
    const file = loadRuntimeFile('x.s', text('r0 = \nexit'));
    expect(file.programs).toEqual([]);
    expect(file.diagnostics.length).toBeGreaterThan(0);
  });

  test('lines of assembly', () => {
    const { lines } = load('\n; first\nr0 = 1 ; one\n\nexit');
    expect(lines).toMatchObject([
      { slot: 0, line: 3, text: 'r0 = 1' },
      { slot: 1, line: 5, text: 'exit' },
    ]);
  });

  test('one of several programs is chosen by name', () => {
    const { programs } = loadRuntimeFile('x.o', objectBytes('packet'));
    expect(chooseProgram(programs, 'pass').name).toBe('pass');
    expect(() => chooseProgram(programs, undefined)).toThrow('The file has several programs: count, pass.');
    expect(() => chooseProgram(programs, 'cuont')).toThrow("There is no program 'cuont'");
    expect(chooseProgram(programs.slice(0, 1), undefined).name).toBe('count');
  });
});

describe('maps', () => {
  const map = (changes: Partial<RuntimeMap>): RuntimeMap => ({
    name: 'm',
    kind: 'hash',
    keySize: 1,
    valueSize: 2,
    maxEntries: 4,
    flags: 0,
    role: { kind: 'private' },
    ...changes,
  });

  test.each([
    ['hash:4:8:16', { name: 'map_2', kind: 'hash', keySize: 4, valueSize: 8, maxEntries: 16, flags: 0 }],
    ['a=lpm_trie:8:4:2:1', { name: 'a', kind: 'lpm_trie', flags: 1 }],
    ['r=ringbuf:4096', { name: 'r', kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 }],
  ])('%s', (written, expected) => {
    expect(parseMapOption(written, 2)).toMatchObject(expected);
  });

  test.each(['', 'hash', 'hash:4:8', 'hash:4:8:x', 'hash:4::1', 'hash:-1:4:4', 'nothing:4:4:4'])(
    '%s is no map',
    (written) => {
      expect(() => parseMapOption(written, 0)).toThrow();
    },
  );

  test('rings are whole pages and a power of two', () => {
    expect(sizedMap(map({ kind: 'ringbuf', maxEntries: 5000 })).maxEntries).toBe(8192);
    expect(sizedMap(map({ kind: 'ringbuf', maxEntries: 0 })).maxEntries).toBe(262144);
    expect(sizedMap(map({ maxEntries: 5000 })).maxEntries).toBe(5000);
  });

  test('contents are the same whatever order an engine keeps them in', () => {
    const entries = [
      [2, 1],
      [0, 3],
      [255, 0],
    ].map(([key, value]) => [Uint8Array.of(key!), Uint8Array.of(value!, 0)] as const);
    const shown = contentsOf(map({}), entries).entries;
    expect(shown).toEqual(contentsOf(map({}), entries.toReversed()).entries);
    expect(shown.map(({ key }) => key)).toEqual(['00', '02', 'ff']);
    expect(contentsOf(map({ kind: 'array' }), entries).entries.map(({ key }) => key)).toEqual(['02', '00']);
  });

  test('of values of CPUs those that are not zero', () => {
    const value = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0);
    const shown = contentsOf(map({ kind: 'percpu_hash' }), [[Uint8Array.of(1), value]]);
    expect(shown.entries).toEqual([{ key: '01', value: '0701' }]);
  });

  test('only wide loads of maps change, and nothing when there is nothing to change', () => {
    const { instructions } = load('r1 = map[fd:1]\nr2 = 1 ll\nr3 = map[fd:0][0]+8\nexit');
    const changed = withMaps(instructions, (index) => index + 40);
    expect(changed.map(({ imm }) => imm)).toEqual([41, 0, 1, 0, 40, 8, 0]);
    expect(withMaps(instructions, (index) => index)).toBe(instructions);
  });
});

test('the description of a value has its fields where the map has them', () => {
  const special = [
    { kind: 'timer', offset: 16 },
    { kind: 'spin_lock', offset: 4 },
  ] as const;
  const map: RuntimeMap = {
    name: 'm',
    kind: 'hash',
    keySize: 6,
    valueSize: 40,
    maxEntries: 1,
    flags: 0,
    role: { kind: 'private' },
    special,
  };
  const { bytes, key, value } = describeMap(map);
  const btf = Btf.parse(bytes);
  expect([btf.sizeOf(key), btf.sizeOf(value)]).toEqual([6, 40]);
  const fields = btf.members(value).map(({ bitOffset, type }) => [bitOffset / 8, btf.sizeOf(type)]);
  expect(fields).toEqual([
    [0, 4],
    [4, 4],
    [8, 8],
    [16, 16],
    [32, 8],
  ]);
});

describe('runs', () => {
  const engines: RunEngine[] = ['interpreter', 'jit'];
  test.each(engines)('%s stops an endless program that nobody verified', (engine) => {
    const program = load('r0 = 0\ntop: goto top\nexit');
    expect(judge(program).accepted).toBe(false);
    expect(() => runProgram(program, [], {}, { engine, verify: false })).toThrow(
      /The run was stopped at instruction \d+: the budget/,
    );
  });

  test.each(engines)('%s gives a packet to programs that must have one', (engine) => {
    const program = load('r0 = *(u32 *)(r1 +0)\nexit', { kind: 'sched_cls' });
    expect(runProgram(program, [], {}, { engine, verify: true })).toMatchObject({ retval: 64 });
  });
});

describe('lines of batches', () => {
  const defaults = { kind: 'xdp', unprivileged: false };
  const parse = (fields: object) => parseBatchLine(JSON.stringify(fields), defaults);
  const insns = '9500000000000000';

  test('kinds by name, by number, by constant, and by default', () => {
    const kind = (type?: unknown) => parse({ type, insns }).program.kind;
    expect([kind('kprobe'), kind(1), kind('BPF_PROG_TYPE_XDP'), kind()]).toEqual([
      'kprobe',
      'socket_filter',
      'xdp',
      'xdp',
    ]);
    expect(parse({ insns, attach_type: 'xdp_cpumap' }).program.attachKind).toBe('xdp_cpumap');
    expect(parse({ insns, attach_type: 35 }).program.attachKind).toBe('xdp_cpumap');
  });

  test.each([
    [{ insns: 5 }, /'insns' is not hexadecimal/],
    [{ insns: '950' }, /'insns' is not hexadecimal/],
    [{ insns, type: true }, /'type' is neither a name nor a number/],
    [{ insns, type: -1 }, /'type' is neither/],
    [{ insns, maps: {} }, /'maps' is not a list/],
    [{ insns, maps: [3] }, /map 0 is not an object/],
    [{ insns, maps: [{ type: 1, key_size: -4 }] }, /'key_size' of map 0 is not a number/],
    [{ insns, map_fixups: [0] }, /names no wide load/],
    [{ insns, flags: 'x' }, /'flags' is not a number/],
    [{ insns, data: 'q0' }, /'data' is not hexadecimal/],
  ])('%j', (fields, message) => {
    expect(() => parse(fields)).toThrow(message);
  });

  test('our verdict stands where the kernel cannot be asked', () => {
    const kernel = (): never => {
      throw new TraceError('ERR_PERMISSION', 'Nobody may.');
    };
    const answer = JSON.parse(verifyBatch({ ...defaults, kernel })(JSON.stringify({ id: 1, insns })));
    expect(answer).toMatchObject({ id: 1, verdict: 'reject', errno: 13, kernel: { error: 'Nobody may.' } });
  });

  test('an inner map', () => {
    const maps = [
      {
        type: 'array_of_maps',
        key_size: 4,
        value_size: 4,
        max_entries: 1,
        inner: { type: 2, key_size: 4, value_size: 8, max_entries: 1 },
      },
    ];
    expect(parse({ insns, maps }).program.maps[0]!.inner).toMatchObject({ kind: 'array', valueSize: 8 });
  });
});
