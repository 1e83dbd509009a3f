// Compiles scripts for a small machine that is always the same, for tests.

import { Diagnostics, renderDiagnostic } from '../../../base/diagnostic.ts';
import { Btf, BtfBuilder } from '../../../btf/index.ts';
import type { Environment } from '../../../compiler/environment.ts';
import { type FakeMachine, fakeEnvironment } from '../../../compiler/testing/environment.ts';
import { type Compilation, type CompileOptions, compileScript } from '../compile.ts';
import { DEFAULT_OPTIONS } from '../options.ts';

const OPENAT = `
	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
	field:int dfd;	offset:16;	size:8;	signed:0;
	field:const char * filename;	offset:24;	size:8;	signed:0;
	field:int flags;	offset:32;	size:8;	signed:0;
	field:umode_t mode;	offset:40;	size:8;	signed:0;
`;

const SWITCH = `
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:char prev_comm[16];	offset:8;	size:16;	signed:0;
	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;
	field:long prev_state;	offset:32;	size:8;	signed:1;
	field:pid_t next_pid;	offset:56;	size:4;	signed:1;
	field:__data_loc char[] name;	offset:60;	size:4;	signed:0;
`;

const EXIT = `
	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
	field:long ret;	offset:16;	size:8;	signed:1;
`;

/** Some structs of a kernel, as small as tests need them. */
function kernelTypes(): Btf {
  const builder = new BtfBuilder();
  const int = builder.int('int', 4, 'signed');
  const char = builder.int('char', 1, 'signed');
  const u64 = builder.int('long unsigned int', 8);
  const u16 = builder.int('short unsigned int', 2);
  builder.typedef('umode_t', u16);
  builder.typedef('pid_t', int);
  const comm = builder.array(char, 16);
  const mm = builder.struct('mm_struct', 16, [
    { name: 'pgd', type: u64, bitOffset: 0 },
    { name: 'map_count', type: int, bitOffset: 64 },
  ]);
  builder.enum('state', 4, false, [
    { name: 'RUNNING', value: 0n },
    { name: 'SLEEPING', value: 1n },
  ]);
  builder.struct('task_struct', 64, [
    { name: 'pid', type: int, bitOffset: 0 },
    { name: 'tgid', type: int, bitOffset: 32 },
    { name: 'comm', type: comm, bitOffset: 64 },
    { name: 'mm', type: builder.ptr(mm), bitOffset: 192 },
    { name: 'flags', type: int, bitOffset: 256, bitSize: 3 },
    { name: 'start_time', type: u64, bitOffset: 320 },
  ]);
  return Btf.parse(builder.finish());
}

/** The machine. */
export function testMachine(more: FakeMachine = {}): Environment {
  return fakeEnvironment({
    ...more,
    btf: kernelTypes(),
    syscalls: { openat: 257, read: 0, write: 1 },
    symbols: { do_exit: 0xffffffff81000000n },
    functions: [{ name: 'vfs_read' }, { name: 'vfs_write' }],
    tracepoints: {
      'syscalls:sys_enter_openat': OPENAT,
      'syscalls:sys_exit_openat': EXIT,
      'syscalls:sys_exit_read': EXIT,
      'sched:sched_switch': SWITCH,
    },
  });
}

/** A script compiled, with its messages as they are printed. */
export function compileText(
  text: string,
  options: Partial<CompileOptions> = {},
  machine: FakeMachine = {},
): Compilation & { readonly messages: string } {
  const diagnostics = new Diagnostics();
  const source = { name: 'stdin', text };
  const compilation = compileScript(source, testMachine(machine), { ...DEFAULT_OPTIONS, ...options }, diagnostics);
  return { ...compilation, messages: diagnostics.list.map(renderDiagnostic).join('') };
}

/** The messages alone, without locations, sources and markers. */
export function messagesOf(text: string, options: Partial<CompileOptions> = {}, machine: FakeMachine = {}): string[] {
  const lines = compileText(text, options, machine).messages.split('\n');
  return lines.flatMap((line) => /(?:ERROR|WARNING|HINT): .*$/.exec(line)?.[0] ?? []);
}
