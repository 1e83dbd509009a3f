// Programs that must run: what the lessons of the bpftrace one-liner tutorial teach, and the scripts in examples/.

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { beetrace, whyNoBpf } from '../support/beetrace.ts';
import { activity, events, exampleNames, exampleShows, functionShows } from '../support/examples.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: lessons and examples: ${reason}\n`);
const hasKprobes = existsSync('/sys/bus/event_source/devices/kprobe');

describe.skipIf(reason)('lessons', () => {
  test('1: listing probes', async () => {
    const run = await beetrace(['-l', 'tracepoint:syscalls:sys_enter_*']);
    expect(run.stdout.split('\n').length).toBeGreaterThan(200);
  });

  test('2: hello, world', async () => {
    const run = await beetrace(['-q', '-e', 'BEGIN { printf("hello world\\n"); exit(); }']);
    expect(run.stdout).toBe('hello world\n\n\n');
  });

  test('3: opened files', async () => {
    const script = 'tracepoint:syscalls:sys_enter_openat { printf("%s %s\\n", comm, str(args.filename)); }';
    const run = await beetrace(['-e', script], events);
    expect(run.stdout).toMatch(/^ls \/etc\/ld\.so\.cache$/m);
  });

  test('4: system calls by process', async () => {
    const run = await beetrace(['-e', 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'], events);
    expect(Number(/@\[dd\]: (\d+)/.exec(run.stdout)?.[1])).toBeGreaterThan(3 * 4000);
  });

  test('5: distribution of read sizes of one process', async () => {
    const script = 'tracepoint:syscalls:sys_exit_read /comm == "dd"/ { @bytes = hist(args.ret); }';
    const run = await beetrace(['-e', script], events);
    const row = /^\[512, 1K\) +(\d+) \|@+ *\|$/m.exec(run.stdout);
    expect(Number(row?.[1])).toBeGreaterThanOrEqual(6000);
  });

  for (const [name, file] of [
    ['6: distribution of read sizes in the kernel', 'read-sizes.bt'],
    ['7: timing reads', 'read-times.bt'],
    ['12: structs of the kernel', 'opened-names.bt'],
  ] as const) {
    test(name, async () => {
      const script = `test/kernels/functions/${file}`;
      const compiled = await beetrace(['-d', 'image', script]);
      expect(compiled.stderr).toBe('');
      expect(compiled.code).toBe(0);
      const run = await beetrace([script], events);
      if (hasKprobes) {
        expect(run.stderr).toMatch(/^Attached [12] probes?\n$/);
        expect(run.code).toBe(0);
        expect(run.stdout).toMatch(functionShows[file]);
      } else {
        expect(run.stderr).toMatch(/ERROR: Unable to attach probe: k(ret)?probe:vfs_\w+: this kernel has no kprobes/);
        expect(run.code).toBe(255);
      }
    });
  }

  test('8: events of processes', async () => {
    const script = 'tracepoint:sched:sched* { @[probe] = count(); } interval:s:30 { exit(); }';
    const run = await beetrace(['-e', script], events);
    expect(run.stdout).toMatch(/^@\[tracepoint:sched:sched_switch\]: \d+$/m);
    expect(Number(/@\[tracepoint:sched:sched_process_exec\]: (\d+)/.exec(run.stdout)?.[1])).toBeGreaterThanOrEqual(6);
  });

  test('9: profile of kernel stacks', async () => {
    const run = await beetrace(['-e', 'profile:hz:99 { @[kstack] = count(); }'], events);
    expect(run.stdout).toMatch(/@\[\n( {8}\S+\n)*\]: \d+/);
  });

  test('10: scheduler', async () => {
    const run = await beetrace(['-e', 'tracepoint:sched:sched_switch { @[kstack] = count(); }'], events);
    expect(run.stdout).toMatch(/ {8}__?schedule\+\d+\n/);
  });

  test('11: block I/O', async () => {
    const run = await beetrace(['-e', 'tracepoint:block:block_rq_issue { @ = hist(args.bytes); }'], events);
    expect(run.stderr).toBe('Attached 1 probe\n');
    expect(run.stdout).toMatch(/^\n\n@:\n/);
  });
});

describe.skipIf(reason)('examples', () => {
  test('each has an expectation', () => {
    expect(Object.keys(exampleShows).sort()).toEqual(exampleNames.toSorted());
  });

  for (const script of exampleNames) {
    test(script, async () => {
      const run = await beetrace([`examples/${script}`, '0'], { attached: activity, signal: 'SIGINT' });
      expect(run.stderr).not.toMatch(/ERROR/);
      expect(run.code).toBe(0);
      expect(run.stdout).toMatch(exampleShows[script]!);
    });
  }
});
