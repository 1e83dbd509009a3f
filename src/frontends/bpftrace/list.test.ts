import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../base/diagnostic.ts';
import { Btf, BtfBuilder } from '../../btf/index.ts';
import { fakeEnvironment } from '../../compiler/testing/environment.ts';
import { isTypePattern, listProbes, listScript, listTypes } from './list.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import { parseScript } from './parse/parse.ts';

function kernelBtf(): Btf {
  const builder = new BtfBuilder();
  const int = builder.int('int', 4, 'signed');
  const sock = builder.ptr(builder.struct('sock', 4, [{ name: 'family', type: int, bitOffset: 0 }]));
  builder.struct('socket', 8, [{ name: 'sk', type: sock, bitOffset: 0 }]);
  builder.func('tcp_reset', builder.funcProto(int, [{ name: 'sk', type: sock }]));
  builder.func('tcp_close', builder.funcProto(0, [{ name: 'sk', type: sock }]));
  builder.typedef('btf_trace_tcp_reset', builder.ptr(builder.funcProto(0, [{ name: '', type: builder.ptr(0) }])));
  return Btf.parse(builder.finish());
}

const MACHINE = fakeEnvironment({
  btf: kernelBtf(),
  tracepoints: {
    'tcp:tcp_reset': 'field:const void * sk; offset:8; size:8; signed:0;\n',
    'syscalls:sys_enter_read': '',
  },
  functions: [{ name: 'tcp_reset' }, { name: 'tcp_close' }, { name: 'no_types' }],
  binaries: [
    {
      path: '/bin/app',
      functions: [{ name: 'main', address: 0x1000n, size: 8 }],
      usdt: [{ provider: 'app', name: 'go', address: 0x1004n, semaphore: 0n, text: '', args: [], offset: 4 }],
    },
  ],
});

function list(pattern: string): string[] {
  return Array.from(listProbes(pattern, MACHINE), ({ name }) => name);
}

function listVerbose(pattern: string): string[] {
  return Array.from(listProbes(pattern, MACHINE), ({ name, args }) => [name, ...args()].join('\n    '));
}

describe('lists of probes', () => {
  it.each([
    ['kprobe:tcp*', ['kprobe:tcp_close', 'kprobe:tcp_reset']],
    ['k:no_types', ['kprobe:no_types']],
    ['fentry:*', ['fentry:tcp_close', 'fentry:tcp_reset']],
    ['kretprobe:tcp_reset', ['kretprobe:tcp_reset']],
    ['*:tcp_reset', ['fentry:tcp_reset', 'kprobe:tcp_reset', 'rawtracepoint:tcp_reset']],
    ['tcp_reset', ['fentry:tcp_reset', 'kprobe:tcp_reset', 'tracepoint:tcp:tcp_reset', 'rawtracepoint:tcp_reset']],
    ['tracepoint', ['tracepoint:syscalls:sys_enter_read', 'tracepoint:tcp:tcp_reset']],
    ['t:syscalls:sys_enter_*', ['tracepoint:syscalls:sys_enter_read']],
    ['*:*sys_enter*', ['tracepoint:syscalls:sys_enter_read']],
    ['uprobe:app', ['uprobe:/bin/app:main']],
    ['uprobe:/bin/app:m*', ['uprobe:/bin/app:main']],
    ['usdt:/bin/app', ['usdt:/bin/app:app:go']],
    ['usdt:app:app:g*', ['usdt:/bin/app:app:go']],
    ['interval:*', ['interval:hz:', 'interval:ms:', 'interval:s:', 'interval:us:']],
    [
      'software:c*',
      [
        'software:context-switches:',
        'software:cpu-clock:',
        'software:cpu-migrations:',
        'software:cpu:',
        'software:cs:',
      ],
    ],
    ['hardware:cycles:', ['hardware:cycles:']],
    ['begin', ['begin']],
    ['nothing:*', []],
  ])('%s', (pattern, expected) => {
    expect(list(pattern)).toEqual(expected);
  });

  it('show entries and not returns when everything is asked for', () => {
    const kinds = new Set(list('*:*').map((name) => name.split(':')[0]));
    expect([...kinds]).toEqual([
      ...['begin', 'end', 'self', 'fentry', 'kprobe', 'tracepoint', 'rawtracepoint', 'software', 'hardware'],
      ...['interval', 'profile'],
    ]);
  });

  it('have arguments', () => {
    expect(listVerbose('fentry:tcp_reset')).toEqual(['fentry:tcp_reset\n    struct sock * sk']);
    expect(listVerbose('fexit:tcp*')).toEqual([
      'fexit:tcp_close\n    struct sock * sk',
      'fexit:tcp_reset\n    struct sock * sk\n    int retval',
    ]);
    expect(listVerbose('tracepoint:tcp:tcp_reset')).toEqual(['tracepoint:tcp:tcp_reset\n    const void * sk']);
  });

  it('say which binary is not there', () => {
    expect(() => list('uprobe:/bin/nope:*')).toThrow("there is no file '/bin/nope'");
  });
});

describe('lists of types', () => {
  it('select by name', () => {
    expect(isTypePattern('struct sock')).toBe(true);
    expect(isTypePattern('kprobe:struct')).toBe(false);
    const found = [...listTypes('struct sock*', MACHINE)];
    expect(found.map(({ module, name }) => `${module}: ${name}`)).toEqual([
      'vmlinux: struct sock',
      'vmlinux: struct socket',
    ]);
    expect(found[0]!.definition()).toBe('struct sock {\n\tint family;\n};');
    expect([...listTypes('enum sock*', MACHINE)]).toEqual([]);
  });
});

describe('lists of scripts', () => {
  it('have the places of their probes', () => {
    const diagnostics = new Diagnostics();
    const script = parseScript({ name: 'x.bt', text: 'fentry:tcp_*, begin { } k:nothing* { }' }, diagnostics);
    const options = { ...DEFAULT_OPTIONS, missingProbes: 'warn' as const };
    const found = listScript(script, MACHINE, options, diagnostics);
    expect(found.map(({ name, args }) => [name, ...args()])).toEqual([
      ['fentry:tcp_reset', 'struct sock * sk'],
      ['fentry:tcp_close', 'struct sock * sk'],
      ['begin'],
    ]);
    expect(diagnostics.list.map(({ message }) => message)).toEqual([
      'No matches for kprobe nothing*. Skipping.',
      'Probe has no valid attach points. It is being removed which may cause issues with program behavior.',
    ]);
  });
});
