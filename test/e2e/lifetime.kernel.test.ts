// How runs begin and end: signals, processes that end, nothing left in the kernel.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { beetrace, root, whyNoBpf } from '../support/beetrace.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: lifetimes of runs: ${reason}\n`);

/** Names of the programs that the kernel holds, from bpftool; undefined without it. */
function programsInKernel(): string[] | undefined {
  const run = spawnSync('bpftool', ['-j', 'prog'], { encoding: 'utf8' });
  if (run.error || run.status !== 0) return undefined;
  return (JSON.parse(run.stdout) as { name?: string }[]).flatMap((program) => program.name ?? []);
}

const counting = 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); } end { print("end"); }';

describe.skipIf(reason)('lifetime', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} prints end probes and maps`, async () => {
      const run = await beetrace(['-e', counting], { signal });
      expect(run.stderr).toBe('Attached 2 probes\n');
      expect(run.stdout).toMatch(/^end\n\n\n@\[/);
      expect(run.code).toBe(0);
    });
  }

  test('the run ends with its command, and the command runs only once all is attached', async () => {
    const script = 'tracepoint:syscalls:sys_enter_execve /pid == cpid/ { printf("exec\\n"); }';
    const run = await beetrace(['-c', '/bin/echo from the command', '-e', script]);
    expect(run.stdout).toContain('from the command\n');
    expect(run.stdout).toContain('exec\n');
    expect(run.code).toBe(0);
  });

  test('the run ends with the process of -p', async () => {
    const target = spawn(process.execPath, [`${root}/test/workloads/idle.mjs`, '60000']);
    await once(target, 'spawn');
    const run = await beetrace(['-p', String(target.pid), '-e', 'tracepoint:raw_syscalls:sys_enter { @ = count(); }'], {
      attached: () => void target.kill('SIGKILL'),
    });
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/@: \d+\n/);
  });

  test('a probe waits for a signal', async () => {
    const script = 'self:signal:SIGUSR1 { printf("signal\\n"); exit(); } interval:s:60 { }';
    const run = await beetrace(['-e', script], { attached: (pid) => void process.kill(pid, 'SIGUSR1') });
    expect(run.stdout).toContain('signal\n');
  });

  test('nothing is left in the kernel after SIGKILL', async ({ skip }) => {
    if (!programsInKernel()) return skip('bpftool is not here');
    let during: string[] = [];
    const script = 'tracepoint:raw_syscalls:sys_enter { @ = count(); } profile:hz:9 { } uprobe:libc:getaddrinfo { }';
    await beetrace(['-e', script], {
      attached: () => {
        during = programsInKernel() ?? [];
      },
      signal: 'SIGKILL',
    });
    const left = new Set(programsInKernel());
    const ours = during.filter((name) => /tracepoint|profile|uprobe/.test(name));
    expect(ours.length).toBeGreaterThanOrEqual(3);
    for (let tries = 0; tries < 50 && ours.some((name) => left.has(name)); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      left.clear();
      for (const name of programsInKernel() ?? []) left.add(name);
    }
    expect(ours.filter((name) => left.has(name))).toEqual([]);
  });

  test('--dry-run attaches, prints nothing and ends', async () => {
    const run = await beetrace([
      '--dry-run',
      '-e',
      'begin { print(1); } tracepoint:raw_syscalls:sys_enter { @ = count(); }',
    ]);
    expect(run.stdout).toBe('');
    expect(run.code).toBe(0);
  });

  test('a reader that goes away is no failure', () => {
    const script = 'begin { for ($i : 0..5000) { printf("a line that is long enough to fill the pipe\\n"); } }';
    const run = spawnSync(
      '/bin/bash',
      ['-c', `set -o pipefail; ${process.execPath} dist/bin/beetrace.js -q -e '${script}' | head -n 1`],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    expect(run.stdout).toBe('a line that is long enough to fill the pipe\n');
    expect(run.stderr).toBe('');
  });
});
