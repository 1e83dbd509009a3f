import { describe, expect, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../../../base/diagnostic.ts';
import { Btf, BtfBuilder } from '../../../btf/index.ts';
import { type FakeMachine, fakeEnvironment } from '../../../compiler/testing/environment.ts';
import { DEFAULT_OPTIONS } from '../options.ts';
import { parseScript } from '../parse/parse.ts';
import { type ExpandOptions, expandScript } from './expand.ts';
import type { ProgramPlan } from './plan.ts';
import { probeKinds } from './registry.ts';

function kernelBtf(): Btf {
  const builder = new BtfBuilder();
  const int = builder.int('int', 4, 'signed');
  const task = builder.ptr(builder.struct('task_struct', 64, []));
  const read = builder.funcProto(int, [
    { name: 'task', type: task },
    { name: 'count', type: int },
  ]);
  for (const name of ['vfs_read', 'vfs_write', 'vfs_open']) builder.func(name, read);
  builder.func('do_nothing', builder.funcProto(0, []));
  const data = { name: '', type: builder.ptr(0) };
  builder.typedef('btf_trace_sched_switch', builder.ptr(builder.funcProto(0, [data, { name: '', type: task }])));
  builder.typedef('btf_trace_sched_wakeup', builder.ptr(builder.funcProto(0, [data, { name: '', type: int }])));
  const named = builder.funcProto(0, [
    { name: '__data', type: builder.ptr(0) },
    { name: 'prev', type: task },
  ]);
  builder.func('__probestub_sched_switch', named);
  builder.struct('bpf_iter__task', 16, [{ name: 'task', type: task, bitOffset: 64 }]);
  builder.func('bpf_iter_task', read);
  return Btf.parse(builder.finish());
}

const COMMON = 'field:int common_pid; offset:4; size:4; signed:1;\n\n';
const NUMBER = 'field:int __syscall_nr; offset:8; size:4; signed:1;\n';

function enter(...fields: string[]): string {
  const lines = fields.map((field, index) => `field:${field}; offset:${16 + index * 8}; size:8; signed:0;\n`);
  return COMMON + NUMBER + lines.join('');
}

const EXIT = `${COMMON}${NUMBER}field:long ret; offset:16; size:8; signed:1;\n`;

const MACHINE: FakeMachine = {
  btf: kernelBtf(),
  modules: { nf_tables: undefined },
  tracepoints: {
    'syscalls:sys_enter_read': enter('unsigned int fd', 'char * buf', 'size_t count'),
    'syscalls:sys_enter_write': enter('unsigned int fd', 'const char * buf', 'size_t count'),
    'syscalls:sys_enter_openat': enter('int dfd', 'const char * filename'),
    'syscalls:sys_exit_read': EXIT,
    'syscalls:sys_exit_write': EXIT,
    'sched:sched_switch': `${COMMON}field:pid_t prev_pid; offset:8; size:4; signed:1;\n`,
    'sched:sched_wakeup': `${COMMON}field:pid_t pid; offset:8; size:4; signed:1;\n`,
  },
  syscalls: { read: 0, write: 1, openat: 257 },
  functions: [
    ...['vfs_read', 'vfs_write', 'vfs_open', 'do_nothing', 'only_ftrace'].map((name) => ({ name })),
    { name: 'nft_do_chain', module: 'nf_tables' },
  ],
  symbols: { register_fprobe_ips: 1n },
  demangled: { _Z3runi: 'run(int)', _Z3runv: 'run()', _ZN1a3runEv: 'a::run()' },
  binaries: [
    {
      path: '/bin/cpp',
      functions: [
        { name: '_Z3runi', address: 0x1000n, size: 8 },
        { name: '_Z3runv', address: 0x1008n, size: 8 },
        { name: '_ZN1a3runEv', address: 0x1010n, size: 8 },
      ],
    },
    {
      path: '/bin/app',
      functions: [
        { name: 'main', address: 0x1000n, size: 64 },
        { name: 'main_loop', address: 0x1040n, size: 32 },
        { name: '_init', address: 0x900n, size: 0 },
      ],
      usdt: [
        { provider: 'app', name: 'start', address: 0x1010n, semaphore: 0n, text: '-4@%edi', args: [], offset: 0x10 },
        { provider: 'app', name: 'start', address: 0x1050n, semaphore: 0n, text: '-4@%esi', args: [], offset: 0x50 },
        { provider: 'app', name: 'stop', address: 0x1020n, semaphore: 0n, text: '', args: [], offset: 0x20 },
      ],
    },
  ],
};

interface Given {
  readonly machine?: FakeMachine;
  readonly options?: Partial<ExpandOptions>;
}

function expand(text: string, { machine = {}, options = {} }: Given = {}) {
  const diagnostics = new Diagnostics();
  const script = parseScript({ name: 'stdin', text }, diagnostics);
  const env = fakeEnvironment({ ...MACHINE, ...machine });
  const plans = expandScript(script, env, { ...DEFAULT_OPTIONS, missingProbes: 'error', ...options }, diagnostics);
  return { plans, output: diagnostics.list.map(renderDiagnostic).join('') };
}

/** Each program as `type(attach type) context: places`. */
function programs(text: string, given: Given = {}): string[] {
  const { plans, output } = expand(text, given);
  expect(output).toBe('');
  return plans.map(describePlan);
}

function describePlan({ program, context, places }: ProgramPlan): string {
  const type = program.attachKind ?? program.kind;
  const names = places.map((place) => (place.names ? `[${place.names.join(' ')}]` : place.name));
  return `${type} ${context.kind}: ${names.join(' ')}`;
}

function attachments(text: string, given: Given = {}) {
  const { plans, output } = expand(text, given);
  expect(output).toBe('');
  return plans.flatMap(({ places }) => places.map((place) => place.attach));
}

describe('programs of probes', () => {
  it.each([
    [
      'BEGIN { } END { } self:signal:SIGUSR1 { }',
      ['raw_tracepoint none: begin', 'raw_tracepoint none: end', 'raw_tracepoint none: self:signal:SIGUSR1'],
    ],
    ['tracepoint:sched:sched_switch { @ = count() }', ['raw_tracepoint tracepoints: tracepoint:sched:sched_switch']],
    ['t:sched:sched_switch { @ = args.prev_pid }', ['tracepoint tracepoint: tracepoint:sched:sched_switch']],
    [
      't:sched:sched* { @[probe] = count() }',
      ['raw_tracepoint tracepoints: tracepoint:sched:sched_switch tracepoint:sched:sched_wakeup'],
    ],
    [
      't:sched:* { print(args) }',
      ['tracepoint tracepoint: tracepoint:sched:sched_switch', 'tracepoint tracepoint: tracepoint:sched:sched_wakeup'],
    ],
    ['macro m() { args.pid } t:sched:sched_wakeup { m() }', ['tracepoint tracepoint: tracepoint:sched:sched_wakeup']],
    ['t:syscalls:sys_enter_read { args.fd }', ['tracepoint tracepoint: tracepoint:syscalls:sys_enter_read']],
    [
      't:syscalls:sys_enter_* { @[probe] = count() }',
      [
        'raw_tracepoint syscalls: [tracepoint:syscalls:sys_enter_read tracepoint:syscalls:sys_enter_write tracepoint:syscalls:sys_enter_openat]',
      ],
    ],
    [
      't:syscalls:sys_enter_read,t:syscalls:sys_enter_write,t:sched:sched_switch { @ = count() }',
      [
        'raw_tracepoint syscalls: [tracepoint:syscalls:sys_enter_read tracepoint:syscalls:sys_enter_write]',
        'raw_tracepoint tracepoints: tracepoint:sched:sched_switch',
      ],
    ],
    [
      't:syscalls:* /pid/ { @ = count() }',
      [
        'raw_tracepoint syscalls: [tracepoint:syscalls:sys_enter_read tracepoint:syscalls:sys_enter_write tracepoint:syscalls:sys_enter_openat]',
        'raw_tracepoint syscalls: [tracepoint:syscalls:sys_exit_read tracepoint:syscalls:sys_exit_write]',
      ],
    ],
    // The types of buf differ, and openat has none.
    [
      't:syscalls:sys_enter_read,t:syscalls:sys_enter_write { args.buf }',
      [
        'tracepoint tracepoint: tracepoint:syscalls:sys_enter_read',
        'tracepoint tracepoint: tracepoint:syscalls:sys_enter_write',
      ],
    ],
    ['kprobe:vfs_read, k:vfs_write+4 { arg0 }', ['kprobe registers: kprobe:vfs_read kprobe:vfs_write+4']],
    [
      'kprobe:vfs_* { @[func] = count() }',
      ['trace_kprobe_multi registers: [kprobe:vfs_read kprobe:vfs_write kprobe:vfs_open]'],
    ],
    ['kprobe:vfs_* { @[probe] = count() }', ['kprobe registers: kprobe:vfs_read kprobe:vfs_write kprobe:vfs_open']],
    ['kr:nf_tables:* { retval }', ['kprobe registers: kretprobe:nf_tables:nft_do_chain']],
    [
      'fentry:vfs_r*,kfunc:vfs_open { }',
      ['trace_fentry fentry: fentry:vfs_read', 'trace_fentry fentry: fentry:vfs_open'],
    ],
    ['fexit:vfs_read { retval }', ['trace_fexit fentry: fexit:vfs_read']],
    [
      'rt:sched_* { @ = count() }',
      ['raw_tracepoint raw-tracepoint: rawtracepoint:sched_switch rawtracepoint:sched_wakeup'],
    ],
    ['rawtracepoint:sched_switch { args.prev }', ['trace_raw_tp raw-tracepoint: rawtracepoint:sched_switch']],
    [
      'uprobe:app:main { arg0 } ur:/bin/app:main { retval }',
      ['kprobe registers: uprobe:/bin/app:main', 'kprobe registers: uretprobe:/bin/app:main'],
    ],
    ['uprobe:app:main* { }', ['trace_uprobe_multi registers: [uprobe:/bin/app:main uprobe:/bin/app:main_loop]']],
    ['uprobe:app:main+8, uprobe:app:0x1050 { }', ['kprobe registers: uprobe:/bin/app:main+8 uprobe:/bin/app:0x1050']],
    ['uprobe:cpp:cpp:"run(int)" { }', ['kprobe registers: uprobe:/bin/cpp:_Z3runi']],
    ['uprobe:cpp:cpp:run { }', ['trace_uprobe_multi registers: [uprobe:/bin/cpp:_Z3runi uprobe:/bin/cpp:_Z3runv]']],
    ['uprobe:cpp:cpp:"a::*" { }', ['kprobe registers: uprobe:/bin/cpp:_ZN1a3runEv']],
    [
      'usdt:app:start { } U:app:app:st* { }',
      [
        'kprobe usdt: usdt:/bin/app:app:start',
        'kprobe usdt: usdt:/bin/app:app:start',
        'kprobe usdt: usdt:/bin/app:app:stop',
      ],
    ],
    [
      'profile:hz:99, p:10ms { } interval:s:1 { }',
      ['perf_event perf-event: profile:hz:99 profile:10ms', 'perf_event perf-event: interval:s:1'],
    ],
    [
      's:faults:10, h:cycles: { }',
      ['perf_event perf-event: software:faults:10', 'perf_event perf-event: hardware:cycles:'],
    ],
    ['w:0xffffffff81000000:8:rw { }', ['perf_event perf-event: watchpoint:0xffffffff81000000:8:rw']],
    ['iter:task { }', ['trace_iter iter: iter:task']],
    ['test:one { 0 } bench:two { 0 }', ['xdp none: test:one', 'xdp none: bench:two']],
    [
      '*:vfs_read { }',
      [
        'trace_fentry fentry: fentry:vfs_read',
        'trace_fexit fentry: fexit:vfs_read',
        'kprobe registers: kprobe:vfs_read',
        'kprobe registers: kretprobe:vfs_read',
      ],
    ],
    ['mine=t:sched:sched_switch { }', ['raw_tracepoint tracepoints: mine']],
  ])('%s', (text, expected) => {
    expect(programs(text)).toEqual(expected);
  });

  it('are one for each place where a kernel has no cookies and the name is asked for', () => {
    const machine = { kernel: { major: 5, minor: 10, patch: 0 } };
    expect(programs('t:sched:* { @[probe] = count() }', { machine })).toHaveLength(2);
    expect(programs('t:sched:* { @ = count() }', { machine })).toHaveLength(1);
    expect(programs('kprobe:vfs_* { @ = count() }', { machine })).toEqual([
      'kprobe registers: kprobe:vfs_read kprobe:vfs_write kprobe:vfs_open',
    ]);
    expect(programs('uprobe:app:main* { }', { machine })).toEqual([
      'kprobe registers: uprobe:/bin/app:main uprobe:/bin/app:main_loop',
    ]);
  });

  it('take positional parameters in attach points', () => {
    const options = { positional: ['vfs_read', 'sched'] };
    expect(programs('kprobe:$1 { } t:$2:$2_switch { }', { options })).toEqual([
      'kprobe registers: kprobe:vfs_read',
      'raw_tracepoint tracepoints: tracepoint:sched:sched_switch',
    ]);
  });

  it('select from BTF where the kernel does not list what it can trace', () => {
    expect(programs('kprobe:vfs_w* { }', { machine: { functions: undefined as never } })).toEqual([
      'kprobe registers: kprobe:vfs_write',
    ]);
  });
});

describe('attachments', () => {
  it.each([
    ['interval:s:2 { }', { kind: 'interval', every: { nanoseconds: 2_000_000_000n } }],
    ['interval:us:500 { }', { kind: 'interval', every: { nanoseconds: 500_000n } }],
    ['interval:5000 { }', { kind: 'interval', every: { nanoseconds: 5000n } }],
    ['profile:hz:1e3 { }', { kind: 'profile', every: { hertz: 1000 } }],
    ['profile:1m { }', { kind: 'profile', every: { nanoseconds: 60_000_000_000n } }],
    ['software:cpu: { }', { kind: 'perf', type: 'software', event: 'cpu-clock', count: 1_000_000n }],
    ['software:page-faults { }', { kind: 'perf', type: 'software', event: 'page-faults', count: 100n }],
    ['hardware:branches { }', { kind: 'perf', type: 'hardware', event: 'branch-instructions', count: 100_000n }],
    ['kprobe:vmlinux:vfs_read { }', { kind: 'kprobe', symbol: 'vfs_read', offset: 0, returns: false }],
    ['kretprobe:vfs_read { }', { kind: 'kprobe', symbol: 'vfs_read', offset: 0, returns: true }],
    ['uprobe:app:0x1010 { }', { kind: 'uprobe', path: '/bin/app', address: 0x1010n, offset: 0, returns: false }],
    ['usdt:app:stop { }', { kind: 'usdt', path: '/bin/app', provider: 'app', name: 'stop' }],
    [
      'watchpoint:0xffffffff81000000:4:wr { }',
      { kind: 'watchpoint', address: 0xffff_ffff_8100_0000n, length: 4, mode: 'rw' },
    ],
    ['iter:task:pinned { }', { kind: 'iter', object: 'task', pin: 'pinned' }],
    ['t:syscalls:sys_exit_* { args.ret }', { kind: 'syscalls', phase: 'exit', syscalls: ['read', 'write'] }],
  ])('%s', (text, expected) => {
    expect(attachments(text)).toEqual([expected]);
  });
});

describe('contexts', () => {
  it('know which fields system calls share', () => {
    const { plans } = expand(
      't:syscalls:sys_enter_read,t:syscalls:sys_enter_write { args.fd; args.count; args.__syscall_nr }',
    );
    expect(plans.map((plan) => plan.context)).toMatchObject([
      {
        kind: 'syscalls',
        phase: 'enter',
        fields: [
          { name: 'fd', place: 0, type: 'unsigned int' },
          { name: 'count', place: 2 },
          { name: '__syscall_nr', place: 'number' },
        ],
      },
    ]);
    const [exit] = expand('t:syscalls:sys_exit_* /args.ret < 0/ { }').plans;
    expect(exit?.context).toMatchObject({ kind: 'syscalls', fields: [{ name: 'ret', place: 'result', signed: true }] });
  });

  it('have the typed arguments of functions and raw tracepoints', () => {
    const [entry, exit, nothing] = expand('fentry:vfs_read { } fexit:vfs_read { } fexit:do_nothing { }').plans;
    expect(entry?.context).toMatchObject({ params: [{ name: 'task' }, { name: 'count' }], returns: false });
    expect(entry?.context).toHaveProperty('result', undefined);
    expect(exit?.context).toMatchObject({ returns: true, result: { name: 'retval' } });
    expect(nothing?.context).toMatchObject({ returns: true, params: [] });
    expect(nothing?.context).toHaveProperty('result', undefined);
    const [raw] = expand('rt:sched_switch { args.prev }').plans;
    expect(raw?.context).toMatchObject({ params: [{ name: 'prev' }] });
  });

  it('have all sites of a USDT probe', () => {
    const [plan] = expand('usdt:app:start { }').plans;
    expect(plan?.context).toMatchObject({ sites: [{ text: '-4@%edi' }, { text: '-4@%esi' }] });
  });
});

/** Each with what is said about it in the snapshot below. */
const WRONG: readonly string[] = [
  'kprob:f { }',
  'nothing:f { }',
  'kprobe { }',
  'kprobe:a:b:c { }',
  'kprobe:vfs_raed { }',
  'kprobe:vmlinux:nonsense { }',
  'kprobe:nonsense:vfs_read { }',
  'kprobe:0xffffffff81000000 { }',
  'kprobe:vfs_read+x { }',
  'kprobe:vfs_*+4 { }',
  'kprobe:zzz* { }',
  'kretprobe:vfs_read+4 { }',
  'fentry:nonsense { }',
  'tracepoint:x { }',
  'tracepoint:sched:sched_swich { }',
  'tracepoint:syscalls:nonsense* { }',
  'rawtracepoint:nonsense:sys_exit { }',
  'uprobe:/bin/app { }',
  'uprobe:/bin/nope:main { }',
  'uprobe:app:mian { }',
  'uprobe:app:main+64 { }',
  'uprobe:app:_init+1 { }',
  'uprobe:app:0xa { }',
  'uprobe:*:main { }',
  'uprobe::main { }',
  'uretprobe:app:main+4 { }',
  'usdt:app { }',
  'usdt:app:nothing { }',
  'interval:s { }',
  'interval:s:x { }',
  'interval:min:1 { }',
  'interval:5 { }',
  'interval:s:1:2 { }',
  'profile:hz:0 { }',
  'software:fault { }',
  'software:faults:x { }',
  'hardware:xyzzy { }',
  'hardware:cycles:0 { }',
  'watchpoint:0x10:8 { }',
  'watchpoint:0xffffffff81000000:3:w { }',
  'watchpoint:0xffffffff81000000:8:r { }',
  'watchpoint:0xffffffff81000000:8:q { }',
  'watchpoint:0x1000:8:w { }',
  'iter:tas { }',
  'iter:task { } begin { }',
  'iter:* { }',
  'self:signal:SIGUSR2 { }',
  'self:x:y { }',
  'begin:x { }',
  'kprobe:$1 { }',
  '*:zzz { }',
];

describe('wrong attach points', () => {
  it('are explained', () => {
    const table = WRONG.map((text) => `>>> ${text}\n${expand(text).output}`).join('\n');
    expect(table).toMatchInlineSnapshot(`
      ">>> kprob:f { }
      stdin:1:1-6: ERROR: Invalid probe type: kprob
      kprob:f { }
      ~~~~~
      HINT: did you mean 'kprobe'?

      >>> nothing:f { }
      stdin:1:1-8: ERROR: Invalid probe type: nothing
      nothing:f { }
      ~~~~~~~
      HINT: probe types are begin, end, self, test, bench, fentry, fexit, kprobe, kretprobe, uprobe, uretprobe, usdt, tracepoint, rawtracepoint, iter, software, hardware, watchpoint, interval, profile

      >>> kprobe { }
      stdin:1:1-7: ERROR: kprobe probe type requires 1 or 2 arguments, found 0
      kprobe { }
      ~~~~~~
      HINT: it is written kprobe:[module:]function[+offset] or kprobe:address

      >>> kprobe:a:b:c { }
      stdin:1:1-13: ERROR: kprobe probe type requires 1 or 2 arguments, found 3
      kprobe:a:b:c { }
      ~~~~~~~~~~~~
      HINT: it is written kprobe:[module:]function[+offset] or kprobe:address

      >>> kprobe:vfs_raed { }
      stdin:1:1-16: WARNING: vfs_raed is not traceable (either non-existing, inlined, or marked as "notrace"); attaching to it will likely fail
      kprobe:vfs_raed { }
      ~~~~~~~~~~~~~~~
      HINT: did you mean 'vfs_read'?

      >>> kprobe:vmlinux:nonsense { }
      stdin:1:1-24: ERROR: No matches for kprobe vmlinux:nonsense.
      kprobe:vmlinux:nonsense { }
      ~~~~~~~~~~~~~~~~~~~~~~~
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> kprobe:nonsense:vfs_read { }
      stdin:1:8-16: ERROR: specified module nonsense in probe kprobe:nonsense:vfs_read is not loaded.
      kprobe:nonsense:vfs_read { }
             ~~~~~~~~

      >>> kprobe:0xffffffff81000000 { }
      stdin:1:1-26: ERROR: kprobe:0xffffffff81000000 is unsafe. To use you need the --unsafe flag
      kprobe:0xffffffff81000000 { }
      ~~~~~~~~~~~~~~~~~~~~~~~~~
      HINT: a probe in the middle of an instruction crashes the kernel

      >>> kprobe:vfs_read+x { }
      stdin:1:8-18: ERROR: Invalid offset: x
      kprobe:vfs_read+x { }
             ~~~~~~~~~~

      >>> kprobe:vfs_*+4 { }
      stdin:1:8-15: ERROR: An offset and a wildcard exclude each other
      kprobe:vfs_*+4 { }
             ~~~~~~~

      >>> kprobe:zzz* { }
      stdin:1:1-12: ERROR: No matches for kprobe zzz*.
      kprobe:zzz* { }
      ~~~~~~~~~~~
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> kretprobe:vfs_read+4 { }
      stdin:1:11-21: ERROR: Offset not allowed
      kretprobe:vfs_read+4 { }
                ~~~~~~~~~~

      >>> fentry:nonsense { }
      stdin:1:1-16: ERROR: No matches for fentry nonsense.
      fentry:nonsense { }
      ~~~~~~~~~~~~~~~
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> tracepoint:x { }
      stdin:1:1-13: ERROR: tracepoint probe type requires 2 arguments, found 1
      tracepoint:x { }
      ~~~~~~~~~~~~
      HINT: it is written tracepoint:category:event

      >>> tracepoint:sched:sched_swich { }
      stdin:1:1-29: ERROR: No matches for tracepoint sched:sched_swich.
      tracepoint:sched:sched_swich { }
      ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      HINT: did you mean 'tracepoint:sched:sched_switch'?
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> tracepoint:syscalls:nonsense* { }
      stdin:1:1-30: ERROR: No matches for tracepoint syscalls:nonsense*.
      tracepoint:syscalls:nonsense* { }
      ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> rawtracepoint:nonsense:sys_exit { }
      stdin:1:1-32: ERROR: No matches for rawtracepoint nonsense:sys_exit.
      rawtracepoint:nonsense:sys_exit { }
      ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> uprobe:/bin/app { }
      stdin:1:1-16: ERROR: uprobe probe type requires 2 arguments, found 1
      uprobe:/bin/app { }
      ~~~~~~~~~~~~~~~
      HINT: it is written uprobe:binary:function[+offset] or uprobe:binary:address or uprobe:binary:cpp:"name"

      >>> uprobe:/bin/nope:main { }
      stdin:1:8-17: ERROR: uprobe: there is no file '/bin/nope'
      uprobe:/bin/nope:main { }
             ~~~~~~~~~

      >>> uprobe:app:mian { }
      stdin:1:1-16: ERROR: No matches for uprobe app:mian.
      uprobe:app:mian { }
      ~~~~~~~~~~~~~~~
      HINT: did you mean 'uprobe:app:main'?
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> uprobe:app:main+64 { }
      stdin:1:1-19: ERROR: Offset outside the function bounds ('main' size is 64)
      uprobe:app:main+64 { }
      ~~~~~~~~~~~~~~~~~~
      HINT: --unsafe attaches without this check; in the middle of an instruction that breaks the program

      >>> uprobe:app:_init+1 { }
      stdin:1:1-19: ERROR: Could not determine boundary for _init (symbol has size 0).
      uprobe:app:_init+1 { }
      ~~~~~~~~~~~~~~~~~~
      HINT: --unsafe attaches without this check; in the middle of an instruction that breaks the program

      >>> uprobe:app:0xa { }
      stdin:1:1-15: ERROR: Could not resolve address: /bin/app:0xa
      uprobe:app:0xa { }
      ~~~~~~~~~~~~~~

      >>> uprobe:*:main { }
      stdin:1:8-9: ERROR: uprobe takes '*' as a binary only for one process
      uprobe:*:main { }
             ~
      HINT: name the process with -p PID

      >>> uprobe::main { }
      stdin:1:1-13: ERROR: uprobe needs a binary
      uprobe::main { }
      ~~~~~~~~~~~~
      HINT: write uprobe:/path/to/program:function, or name a process with -p PID

      >>> uretprobe:app:main+4 { }
      stdin:1:15-21: ERROR: uretprobes can not be attached at function offset
      uretprobe:app:main+4 { }
                    ~~~~~~

      >>> usdt:app { }
      stdin:1:1-9: ERROR: usdt probe type requires 2 or 3 arguments, found 1
      usdt:app { }
      ~~~~~~~~
      HINT: it is written usdt:binary:[provider:]name

      >>> usdt:app:nothing { }
      stdin:1:1-17: ERROR: No matches for usdt app:nothing.
      usdt:app:nothing { }
      ~~~~~~~~~~~~~~~~
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.

      >>> interval:s { }
      stdin:1:10-11: ERROR: Invalid duration: s
      interval:s { }
               ~
      HINT: a duration is written 1s, 100ms, 500us or s:1, ms:100, hz:99

      >>> interval:s:x { }
      stdin:1:12-13: ERROR: Invalid interval value: x
      interval:s:x { }
                 ~

      >>> interval:min:1 { }
      stdin:1:10-13: ERROR: min is not an accepted unit of time
      interval:min:1 { }
               ~~~
      HINT: units are hz, s, ms, us

      >>> interval:5 { }
      stdin:1:10-11: ERROR: the interval of 5 ns is too short
      interval:5 { }
               ~
      HINT: the shortest is 1us; a number without a unit counts nanoseconds

      >>> interval:s:1:2 { }
      stdin:1:1-15: ERROR: interval probe type requires 1 or 2 arguments, found 3
      interval:s:1:2 { }
      ~~~~~~~~~~~~~~
      HINT: it is written interval:[s|ms|us|hz]:number or interval:number(s|ms|us|m|h)

      >>> profile:hz:0 { }
      stdin:1:12-13: ERROR: profile frequency must be between 1 and 1000000
      profile:hz:0 { }
                 ~

      >>> software:fault { }
      stdin:1:10-15: ERROR: fault is not a software probe
      software:fault { }
               ~~~~~
      HINT: did you mean 'faults'?

      >>> software:faults:x { }
      stdin:1:17-18: ERROR: Invalid software count: x
      software:faults:x { }
                      ~

      >>> hardware:xyzzy { }
      stdin:1:10-15: ERROR: xyzzy is not a hardware probe
      hardware:xyzzy { }
               ~~~~~
      HINT: events are backend-stalls, branch-instructions, branches, branch-misses, bus-cycles, cache-misses, cache-references, cpu-cycles, cycles, frontend-stalls, instructions, ref-cycles

      >>> hardware:cycles:0 { }
      stdin:1:17-18: ERROR: hardware count must not be 0
      hardware:cycles:0 { }
                      ~

      >>> watchpoint:0x10:8 { }
      stdin:1:1-18: ERROR: watchpoint probe type requires 3 arguments, found 2
      watchpoint:0x10:8 { }
      ~~~~~~~~~~~~~~~~~
      HINT: it is written watchpoint:address:length:mode

      >>> watchpoint:0xffffffff81000000:3:w { }
      stdin:1:31-32: ERROR: watchpoint length must be one of (1,2,4,8)
      watchpoint:0xffffffff81000000:3:w { }
                                    ~

      >>> watchpoint:0xffffffff81000000:8:r { }
      stdin:1:33-34: ERROR: invalid watchpoint mode: r
      watchpoint:0xffffffff81000000:8:r { }
                                      ~
      HINT: the processor knows w, rw, x

      >>> watchpoint:0xffffffff81000000:8:q { }
      stdin:1:33-34: ERROR: watchpoint mode must be combination of (r,w,x)
      watchpoint:0xffffffff81000000:8:q { }
                                      ~

      >>> watchpoint:0x1000:8:w { }
      stdin:1:1-22: ERROR: a watchpoint on a user address needs a process
      watchpoint:0x1000:8:w { }
      ~~~~~~~~~~~~~~~~~~~~~
      HINT: name it with -p PID or -c COMMAND

      >>> iter:tas { }
      stdin:1:6-9: ERROR: iter tas not available for your kernel version.
      iter:tas { }
           ~~~
      HINT: did you mean 'task'?

      >>> iter:task { } begin { }
      stdin:1:1-10: ERROR: iter probe must be the only probe of a script
      iter:task { } begin { }
      ~~~~~~~~~
      HINT: put the other probes into a script of their own

      >>> iter:* { }
      stdin:1:6-7: ERROR: iter probes take no wildcards
      iter:* { }
           ~

      >>> self:signal:SIGUSR2 { }
      stdin:1:13-20: ERROR: SIGUSR2 is not a supported signal
      self:signal:SIGUSR2 { }
                  ~~~~~~~
      HINT: did you mean 'SIGUSR1'?

      >>> self:x:y { }
      stdin:1:6-7: ERROR: self:x is not an event of the tracer
      self:x:y { }
           ~
      HINT: it is written self:signal:SIGUSR1

      >>> begin:x { }
      stdin:1:1-8: ERROR: begin probe type requires 0 arguments, found 1
      begin:x { }
      ~~~~~~~
      HINT: it is written begin

      >>> kprobe:$1 { }
      stdin:1:1-10: ERROR: the attach point needs parameter $1, which was not given
      kprobe:$1 { }
      ~~~~~~~~~
      HINT: parameters stand behind the script on the command line

      >>> *:zzz { }
      stdin:1:1-6: ERROR: No matches for * zzz.
      *:zzz { }
      ~~~~~
      HINT: If this is expected, set the 'missing_probes' config variable to 'warn'.
      "
    `);
  });

  it('are what the setting missing_probes says', () => {
    const text = 'kprobe:zzz* { } kprobe:yyy*, begin { }';
    const warned = expand(text, { options: { missingProbes: 'warn' } });
    expect(warned.output).toMatchInlineSnapshot(`
      "stdin:1:1-12: WARNING: No matches for kprobe zzz*. Skipping.
      kprobe:zzz* { } kprobe:yyy*, begin { }
      ~~~~~~~~~~~
      stdin:1:1-12: WARNING: Probe has no valid attach points. It is being removed which may cause issues with program behavior.
      kprobe:zzz* { } kprobe:yyy*, begin { }
      ~~~~~~~~~~~
      stdin:1:17-28: WARNING: No matches for kprobe yyy*. Skipping.
      kprobe:zzz* { } kprobe:yyy*, begin { }
                      ~~~~~~~~~~~
      "
    `);
    expect(warned.plans.map(describePlan)).toEqual(['raw_tracepoint none: begin']);
    const ignored = expand(text, { options: { missingProbes: 'ignore' } });
    expect(ignored.output).toBe('');
    expect(ignored.plans).toHaveLength(1);
  });

  it('are too many', () => {
    expect(expand('fentry:vfs_* { } begin { }', { options: { maxBpfProgs: 3 } }).output).toMatchInlineSnapshot(`
      "stdin:1:1-13: ERROR: Your program is trying to generate more than 4 BPF programs, which exceeds the current limit of 3
      fentry:vfs_* { } begin { }
      ~~~~~~~~~~~~
      HINT: You can increase the limit through the max_bpf_progs config variable.
      "
    `);
    expect(expand('kprobe:vfs_* { probe } begin { }', { options: { maxProbes: 3 } }).output).toMatchInlineSnapshot(`
      "stdin:1:1-13: ERROR: Can't attach to 4 probes because it exceeds the current limit of 3 probes.
      kprobe:vfs_* { probe } begin { }
      ~~~~~~~~~~~~
      HINT: You can increase the limit through the max_probes config variable.
      "
    `);
  });

  it('say that there is no BTF', () => {
    expect(expand('fentry:vfs_read { }', { machine: { btf: undefined as never } }).output).toMatchInlineSnapshot(`
      "stdin:1:1-16: ERROR: fentry needs BTF, which this kernel does not have
      fentry:vfs_read { }
      ~~~~~~~~~~~~~~~
      HINT: use kprobe, or a kernel that was built with CONFIG_DEBUG_INFO_BTF
      "
    `);
  });
});

describe('kinds', () => {
  it('say what they are', () => {
    const names = probeKinds.flatMap((kind) => [kind.name, ...kind.aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const kind of probeKinds) {
      expect(kind.doc).toMatch(/^[A-Z].*\.$/);
      expect(kind.forms.length).toBeGreaterThan(0);
    }
  });
});
