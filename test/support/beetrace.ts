// Runs the built command as a person would, and tells whether this machine lets it use BPF.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const command = join(root, 'dist/bin/beetrace.js');

/** Tests in emulated machines are this many times slower. */
export const SLOW = Number(process.env['BEETRACE_SLOW'] ?? 1);

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** Called once the run has said that its probes are attached. */
  readonly attached?: (pid: number) => void | Promise<void>;
  /** Sent after `attached` is done. */
  readonly signal?: NodeJS.Signals;
  /** Milliseconds, before slowness, after which the run is killed. */
  readonly timeout?: number;
}

/** Runs beetrace to its end. */
export function beetrace(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  let told = false;
  const tell = async () => {
    if (told || !/Attached \d+ probe/.test(stderr)) return;
    told = true;
    await options.attached?.(child.pid!);
    if (options.signal) child.kill(options.signal);
  };
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    void tell();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), (options.timeout ?? 15_000) * SLOW);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ stdout, stderr, code });
    });
  });
}

/** Why BPF cannot be used here, or undefined when it can. Also says so when the command is not built. */
export function whyNoBpf(): string | undefined {
  if (!existsSync(command)) return 'dist/ is not built';
  const run = spawnSync(process.execPath, [command, '-q', '-e', 'begin { exit(); }'], { encoding: 'utf8' });
  return run.status === 0 ? undefined : `BPF is not allowed here: ${run.stderr.split('\n')[0]}`;
}

/** Whether the running kernel is at least this version (`5.17`). */
export function kernelAtLeast(version: string): boolean {
  const [major, minor] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.').map(Number);
  const [wantedMajor, wantedMinor] = version.split('.').map(Number);
  return major! > wantedMajor! || (major === wantedMajor && minor! >= wantedMinor!);
}
