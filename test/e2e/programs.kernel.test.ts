// Programs that must run: what the lessons of the bpftrace one-liner tutorial teach, and the scripts in examples/.

import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { beetrace, root, SLOW, whyNoBpf } from '../support/beetrace.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: lessons and examples: ${reason}\n`);
const hasKprobes = existsSync('/sys/bus/event_source/devices/kprobe');

/** Something of everything: files, processes, reads, switches of the scheduler. */
async function activity(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => spawn('/bin/ls', ['/'], { stdio: 'ignore' }).on('close', resolve));
    await new Promise((resolve) => {
      spawn('/bin/dd', ['if=/dev/zero', 'of=/dev/null', 'bs=512', 'count=2000', 'status=none']).on('close', resolve);
    });
  }
  await sleep(300 * SLOW);
}

const events = { attached: activity, signal: 'SIGINT' as const };

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

  for (const [name, script] of [
    ['6: distribution of read sizes in the kernel', 'kretprobe:vfs_read { @bytes = lhist(retval, 0, 2000, 200); }'],
    [
      '7: timing reads',
      `kprobe:vfs_read { @start[tid] = nsecs; }
       kretprobe:vfs_read /@start[tid]/ { @ns[comm] = hist(nsecs - @start[tid]); delete(@start, tid); }`,
    ],
    [
      '12: structs of the kernel',
      `kprobe:vfs_open { printf("open path: %s\\n", str(((struct path *)arg0)->dentry->d_name.name)); }`,
    ],
  ] as const) {
    test(name, async () => {
      const compiled = await beetrace(['-d', 'image', '-e', script]);
      expect(compiled.stderr).toBe('');
      expect(compiled.code).toBe(0);
      const run = await beetrace(['-e', script], events);
      if (hasKprobes) {
        expect(run.code).toBe(0);
        expect(run.stdout.length).toBeGreaterThan(10);
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
  const scripts = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.bt'));
  const shows: Record<string, RegExp> = {
    'cpu-stacks.bt': /@\[.*\]: \d+/s,
    'dns.bt': /^node +\d+ +\d+ localhost$/m,
    'execs.bt': /^\d+ +\d+ +\d+ +\/bin\/ls \/$/m,
    'offcpu.bt': /@us\[.*__?schedule\+\d+\n.*\]: \d+/s,
    'opens.bt': /^ls +\d+ +\d+ +\/etc\/ld\.so\.cache$/m,
    'page-faults.bt': /@\[.*\]: \d+/s,
    'read-bytes.bt': /^@bytes\[dd\]: \d+$/m,
    'runqlat.bt': /^@us:\n(.*\n)*\[\d+, \d+\) +\d+ \|/m,
    'syscall-latency.bt': /^@ns\[dd\]:$/m,
    'block-latency.bt': /^\n\n/,
  };

  test('each has an expectation', () => {
    expect(Object.keys(shows).sort()).toEqual(scripts.sort());
  });

  for (const script of scripts) {
    test(script, async () => {
      const run = await beetrace([`examples/${script}`, '0'], {
        attached: async () => {
          await Promise.all([activity(), lookup('localhost')]);
        },
        signal: 'SIGINT',
      });
      expect(run.stderr).not.toMatch(/ERROR/);
      expect(run.code).toBe(0);
      expect(run.stdout).toMatch(shows[script]!);
    });
  }
});
