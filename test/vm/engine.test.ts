// Scripts with events in the vm: what a source fires arrives in the programs, and what they make comes out.

import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/base/diagnostic.ts';
import { link } from '../../src/compiler/link.ts';
import { fakeEnvironment } from '../../src/compiler/testing/environment.ts';
import {
  type EventInfo,
  type ExternalMemory,
  interpret,
  type Runner,
  type SourceEvent,
  TestSource,
  vmEngine,
} from '../../src/engines/vm/index.ts';
import { jitRunner } from '../../src/engines/vm/jit/runner.ts';
import { compileScript } from '../../src/frontends/bpftrace/compile.ts';
import type { Image } from '../../src/image/index.ts';
import { createReport } from '../../src/report/index.ts';
import { systemNames } from '../../src/report/names.ts';

const OPEN_FORMAT = `	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
	field:int dfd;	offset:16;	size:8;	signed:0;
	field:const char * filename;	offset:24;	size:8;	signed:0;
	field:int flags;	offset:32;	size:8;	signed:0;
`;
const SWITCH_FORMAT = `	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:char next_comm[16];	offset:8;	size:16;	signed:0;
	field:pid_t next_pid;	offset:24;	size:4;	signed:1;
`;

const machine = fakeEnvironment({
  tracepoints: {
    'syscalls:sys_enter_openat': OPEN_FORMAT,
    'syscalls:sys_enter_openat2': OPEN_FORMAT,
    'sched:sched_switch': SWITCH_FORMAT,
  },
  syscalls: { openat: 257, openat2: 437 },
  functions: [{ name: 'vfs_read' }],
  symbols: { vfs_read: 0xffffffff81000000n },
});

function compile(text: string): Image {
  const diagnostics = new Diagnostics();
  const options = {
    positional: [],
    named: new Map(),
    unsafe: true,
    hasChild: false,
    reportFailures: false,
    variables: {},
  };
  const { module } = compileScript({ name: 'script', text }, machine, options, diagnostics);
  expect(diagnostics.list.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  return link(module!);
}

const task = { pid: 100, tid: 101, uid: 7, gid: 8, comm: 'worker' };

/** Memory of the traced process: texts at addresses. */
function memoryOf(texts: Record<string, string>): ExternalMemory {
  return {
    read(space, address, into) {
      for (const [start, text] of Object.entries(texts)) {
        const offset = Number(address - BigInt(start));
        const bytes = Buffer.from(`${text}\0`);
        if (space !== 'user' || offset < 0 || offset + into.length > bytes.length) continue;
        into.set(bytes.subarray(offset, offset + into.length));
        return true;
      }
      return false;
    },
  };
}

/** pt_regs with the first arguments of a function. */
function registers(...values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(168);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of values.entries()) view.setBigUint64([112, 104, 96][at]!, value, true);
  return bytes;
}

interface Run {
  readonly output: string;
  readonly failures: readonly string[];
}

function run(
  runner: Runner,
  script: string,
  events: readonly (readonly [string, SourceEvent])[] = [],
  options: { readonly ringBytes?: number } = {},
): Run {
  const compiled = compile(script);
  const image = { ...compiled, settings: { ...compiled.settings, ringBytes: options.ringBytes ?? 65536 } };
  const source = new TestSource();
  const loaded = vmEngine({ source, runner, checked: true, cpus: 2, self: { task } }).load(image, {});
  const text = {
    output: '',
    write(bytes: Uint8Array): void {
      this.output += Buffer.from(bytes).toString();
    },
  };
  const host = {
    exit: () => {},
    readMap: (map: number) => loaded.readMap(map),
    clearMap: (map: number) => loaded.clearMap(map),
    zeroMap: (map: number) => loaded.zeroMap(map),
    readFile: () => new Uint8Array(),
    runCommand: () => new Uint8Array(),
    packet: () => {},
  };
  const report = createReport({
    image,
    format: 'text',
    output: text,
    errors: text,
    names: systemNames(),
    warnings: true,
    host,
  });
  loaded.run('begin');
  const failures = loaded.attach().map(({ message }) => message);
  for (const [name, event] of events) expect(source.emit(name, event)).toBeGreaterThan(0);
  loaded.detach();
  loaded.run('end');
  loaded.drain(report.handle);
  report.maps();
  report.flush();
  loaded.close();
  // Two newlines stand between what records print and the maps.
  return { output: text.output.replace(/\n\n$/, ''), failures };
}

function attachedNames(script: string): readonly string[] {
  const source = new TestSource();
  const loaded = vmEngine({ source }).load(compile(script), {});
  loaded.attach();
  const names = source.attached;
  loaded.close();
  return names;
}

const info = (more: Partial<EventInfo> = {}): EventInfo => ({ task, ...more });

describe.each([
  ['interpreter', interpret],
  ['jit', jitRunner],
] as const)('%s', (_, runner) => {
  test('fields of a tracepoint', () => {
    const record = new Uint8Array(28);
    record.set(Buffer.from('next'), 8);
    new DataView(record.buffer).setInt32(24, 42, true);
    const { output } = run(
      runner,
      'tracepoint:sched:sched_switch { printf("%s %d\\n", args.next_comm, args.next_pid); }',
      [['tracepoint:sched:sched_switch', { context: record }]],
    );
    expect(output).toBe('next 42\n');
  });

  test('a system call and a text of the process', () => {
    const memory = memoryOf({ 4194304: '/etc/passwd' });
    const call = { syscall: { number: 257, parameters: [3n, 0x400000n, 0o101n] }, info: info({ memory }) };
    const { output } = run(
      runner,
      'tracepoint:syscalls:sys_enter_openat { printf("%s %s %d\\n", comm, str(args.filename), args.flags); }',
      [['tracepoint:syscalls:sys_enter_openat', call]],
    );
    expect(output).toBe('worker /etc/passwd 65\n');
  });

  test('many system calls through one program', () => {
    const memory = memoryOf({ 4194304: '/tmp/x' });
    const call = (number: number): SourceEvent => ({
      syscall: { number, parameters: [3n, 0x400000n, 0o101n] },
      info: info({ memory }),
    });
    const script = 'tracepoint:syscalls:sys_enter_openat* { @[probe, str(args.filename)] = count(); }';
    const [name] = attachedNames(script);
    const { output } = run(runner, script, [
      [name!, call(257)],
      [name!, call(437)],
      [name!, call(437)],
      [name!, call(1)],
    ]);
    expect(output.trim().split('\n')).toEqual([
      '@[tracepoint:syscalls:sys_enter_openat, /tmp/x]: 1',
      '@[tracepoint:syscalls:sys_enter_openat2, /tmp/x]: 2',
    ]);
  });

  test('arguments of a function, counted by key', () => {
    const script = 'kprobe:vfs_read { @[arg0, tid] = sum(arg1); }';
    const { output } = run(runner, script, [
      ['kprobe:vfs_read', { context: registers(1n, 10n), info: info() }],
      ['kprobe:vfs_read', { context: registers(2n, 20n), info: info(), cpu: 1 }],
      ['kprobe:vfs_read', { context: registers(1n, 5n), info: info(), cpu: 1 }],
    ]);
    expect(output.trim()).toBe('@[1, 101]: 15\n@[2, 101]: 20');
  });

  test('who runs', () => {
    const script = 'kprobe:vfs_read { printf("%d %d %d %d %s %d\\n", pid, tid, uid, gid, comm, cpu); }';
    const { output } = run(runner, script, [['kprobe:vfs_read', { context: registers(), info: info(), cpu: 1 }]]);
    expect(output).toBe('100 101 7 8 worker 1\n');
  });

  test('stacks', () => {
    const stack = { kernelStack: [0xffffffff81000010n, 0xffffffff82000000n], userStack: [0x1234n] };
    const { output } = run(runner, 'kprobe:vfs_read { @[kstack(raw), ustack(raw, 1)] = count(); }', [
      ['kprobe:vfs_read', { context: registers(), info: info(stack) }],
    ]);
    expect(output).toMatch(/ffffffff81000010\s+ffffffff82000000\s+,?\s*1234/);
  });

  test('a histogram of many events', () => {
    const events = Array.from(
      { length: 100 },
      (_, at) => ['kprobe:vfs_read', { context: registers(BigInt(at)) }] as const,
    );
    const { output } = run(runner, 'kprobe:vfs_read { @ = lhist(arg0, 0, 100, 50); }', events);
    expect(output).toMatch(/\[0, 50\)\s+50 .*\n\[50, 100\)\s+50 /);
  });

  test('records that found no room are counted', () => {
    const compiled = compile('kprobe:vfs_read { printf("%d\\n", arg0); }');
    const image = { ...compiled, settings: { ...compiled.settings, ringBytes: 4096 } };
    const source = new TestSource();
    const loaded = vmEngine({ source, runner }).load(image, {});
    loaded.attach();
    for (let at = 0; at < 1000; at++) source.emit('kprobe:vfs_read', { context: registers(BigInt(at)) });
    const [counters] = loaded.counters();
    const count = loaded.drain(() => {});
    expect(counters).toMatchObject({ hits: 1000n, sent: BigInt(count), lost: BigInt(1000 - count) });
    expect(count).toBeGreaterThan(100);
    loaded.close();
  });

  test('without a source probes cannot be attached', () => {
    const loaded = vmEngine({ runner }).load(compile('kprobe:vfs_read { }'), {});
    expect(loaded.attach().map(({ message }) => message)).toEqual([expect.stringMatching(/no source of events/)]);
    loaded.close();
  });

  test('intervals run until they are detached', async () => {
    const loaded = vmEngine({ runner }).load(compile('interval:ms:1 { @ = count(); printf("x"); }'), {});
    loaded.attach();
    let seen = 0;
    while (seen < 3) {
      await loaded.wait(1000);
      seen += loaded.drain(() => {});
    }
    loaded.detach();
    loaded.drain(() => {});
    await loaded.wait(20);
    expect(loaded.drain(() => {})).toBe(0);
    loaded.close();
  });

  test('maps can be changed from outside', () => {
    const image = compile('begin { @a[1] = 5; @a[2] = 6; @b = 7; }');
    const loaded = vmEngine({ runner }).load(image, {});
    loaded.run('begin');
    const index = (name: string) => image.maps.findIndex(({ role }) => role.kind === 'script' && role.name === name);
    expect(loaded.readMap(index('@a')).count).toBe(2);
    loaded.zeroMap(index('@a'));
    expect(loaded.readMap(index('@a')).values.every((byte) => byte === 0)).toBe(true);
    loaded.clearMap(index('@a'));
    expect(loaded.readMap(index('@a')).count).toBe(0);
    loaded.clearMap(index('@b'));
    expect(loaded.readMap(index('@b')).values.every((byte) => byte === 0)).toBe(true);
    loaded.close();
  });
});
