// Events of workloads that the tests start themselves, counted exactly.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { beetrace, root, SLOW, whyNoBpf } from '../support/beetrace.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: events of workloads: ${reason}\n`);

const folder = mkdtempSync(join(tmpdir(), 'beetrace-e2e-'));
const node = process.execPath;
const opens = (count: number, path: string) => `${node} ${root}/test/workloads/opens.mjs ${count} ${path}`;

describe.skipIf(reason)('events', () => {
  const path = join(folder, 'opened');
  writeFileSync(path, 'x');

  // A name that another process passes may not be in memory, and then the run says so: only the workload is looked at.
  test('every open of a file is counted, by a tracepoint', async () => {
    const script = `tracepoint:syscalls:sys_enter_openat /pid == cpid && str(args.filename) == "${path}"/ { @ = count(); }`;
    const run = await beetrace(['-q', '-c', opens(137, path), '-e', script]);
    expect(run).toEqual({ stdout: '\n\n@: 137\n', stderr: '', code: 0 });
  });

  test('every open prints a line, with its strings', async () => {
    const script = `tracepoint:syscalls:sys_enter_openat /pid == cpid && str(args.filename) == "${path}"/ {
      printf("%s %d\\n", str(args.filename), args.flags & 3); }`;
    const run = await beetrace(['-q', '-c', opens(2000, path), '-e', script]);
    expect(run.stderr).toBe('');
    expect(run.stdout).toBe(`${`${path} 0\n`.repeat(2000)}\n\n`);
  });

  test('results are those of the calls', async () => {
    const missing = join(folder, 'missing');
    const script = `
      tracepoint:syscalls:sys_enter_openat /str(args.filename) == "${missing}"/ { @mine[tid] = 1; }
      tracepoint:syscalls:sys_exit_openat /@mine[tid]/ { @[args.ret] = count(); delete(@mine, tid); }`;
    const run = await beetrace(['-q', '-c', opens(25, missing), '-e', script]);
    expect(run.stdout).toContain('@[-2]: 25\n');
  });

  test('a wildcard over all system calls sees what the raw tracepoint sees', async () => {
    const script = `
      tracepoint:raw_syscalls:sys_enter /pid == cpid && args.id == 257/ { @raw = count(); }
      tracepoint:syscalls:sys_enter_* /pid == cpid/ { @[probe] = count(); }`;
    const run = await beetrace(['-q', '-c', opens(500, path), '-e', script]);
    expect(run.stderr).toBe('');
    const raw = /@raw: (\d+)/.exec(run.stdout)?.[1];
    const named = /@\[tracepoint:syscalls:sys_enter_openat\]: (\d+)/.exec(run.stdout)?.[1];
    expect(Number(raw)).toBeGreaterThanOrEqual(500);
    expect(named).toBe(raw);
  });

  test('several attach points share one program, and probe tells them apart', async () => {
    const script = `tracepoint:syscalls:sys_enter_openat, tracepoint:syscalls:sys_exit_openat /pid == cpid/ { @[probe] = count(); }`;
    const run = await beetrace(['-q', '-c', opens(300, path), '-e', script]);
    const count = (name: string) =>
      Number(new RegExp(`@\\[tracepoint:syscalls:${name}\\]: (\\d+)`).exec(run.stdout)?.[1]);
    expect(count('sys_enter_openat')).toBeGreaterThanOrEqual(300);
    expect(count('sys_exit_openat')).toBe(count('sys_enter_openat'));
  });

  test('a uprobe sees every call, and uretprobe every return', async () => {
    const script = `
      uprobe:libc:open64 /pid == cpid/ { @in = count(); }
      uretprobe:libc:open64 /pid == cpid/ { @out = count(); }`;
    const run = await beetrace(['-q', '-c', opens(50, path), '-e', script]);
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/@in: [1-9]\d*\n@out: [1-9]\d*\n/);
    const [, entered, left] = /@in: (\d+)\n@out: (\d+)/.exec(run.stdout) ?? [];
    expect(left).toBe(entered);
  });

  test('an interval fires and ends the run', async () => {
    const run = await beetrace(['-q', '-e', 'interval:ms:20 { @++; if (@ >= 3) { exit(); } }']);
    expect(run).toEqual({ stdout: '\n\n@: 3\n', stderr: '', code: 0 });
  });

  test('profiling samples a busy process', async () => {
    const script = 'profile:hz:99 /pid == cpid/ { @[ustack(3)] = count(); @n = count(); }';
    const run = await beetrace(['-q', '-c', `${node} ${root}/test/workloads/spin.mjs ${500 * SLOW}`, '-e', script]);
    expect(run.stderr).toBe('');
    expect(Number(/@n: (\d+)/.exec(run.stdout)?.[1])).toBeGreaterThan(10);
    expect(run.stdout).toMatch(/@\[\n( {8}\S.*\n){1,3}\]: \d+\n/);
    // The process has ended before its stacks are printed.
    expect(run.stdout).toMatch(/ {8}(node|v8)::\S+/);
  });

  test('kernel stacks have names', async () => {
    const script = `tracepoint:syscalls:sys_enter_openat /pid == cpid/ { @[kstack] = count(); }`;
    const run = await beetrace(['-q', '-c', opens(10, path), '-e', script]);
    expect(run.stdout).toMatch(/@\[\n( {8}[a-z_][\w.]*\+\d+\n)+\]: \d+\n/);
  });

  test('context switches of the scheduler', async () => {
    const script = 'tracepoint:sched:sched_switch /args.prev_pid == cpid/ { @[str(args.prev_comm)] = count(); }';
    const run = await beetrace(['-q', '-c', `${node} ${root}/test/workloads/idle.mjs 50`, '-e', script]);
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/@\[node\]: [1-9]/);
  });

  test('join prints the arguments of a new program', async () => {
    const script = 'tracepoint:syscalls:sys_enter_execve /pid == cpid/ { join(args.argv); }';
    const run = await beetrace(['-q', '-c', '/bin/echo one two', '-e', script]);
    expect(run.stdout).toContain('/bin/echo one two\n');
  });

  test('events that do not fit the ring are counted and told', async () => {
    const script = `tracepoint:syscalls:sys_enter_openat /pid == cpid/ { unroll(100) { printf("%s %s\\n", comm, str(args.filename)); } }`;
    const run = await beetrace(['-q', '-o', '/dev/null', '-c', opens(20000, path), '-e', script], {
      env: { BPFTRACE_PERF_RB_PAGES: '1' },
      timeout: 60_000,
    });
    expect(run.stderr).toMatch(/Lost \d+ events/);
    expect(run.code).toBe(0);
  });

  test('-o writes the output to a file', async () => {
    const file = join(folder, 'output');
    const run = await beetrace(['-q', '-o', file, '-e', 'begin { print(1); @x = 2; }']);
    expect(run).toEqual({ stdout: '', stderr: '', code: 0 });
    expect(readFileSync(file, 'utf8')).toBe('1\n\n\n@x: 2\n');
    expect(existsSync(file)).toBe(true);
  });
});
