// What works without root: scripts in the vm. Runs as nobody when the tests run as root.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../support/beetrace.ts';

const command = join(root, 'dist/bin/beetrace.js');
const NOBODY = 65534;
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

function run(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', ...user });
}

const readable = existsSync(command) && spawnSync(process.execPath, [command, '--version'], user).status === 0;
if (!readable)
  process.stderr.write('skipped: what works without root: dist/ is not built, or nobody may not read it\n');

describe.skipIf(!readable)('without root', () => {
  test('a script runs in the vm', () => {
    const script =
      'begin { @[1, "x"] = count(); } interval:ms:20 { @n++; if (@n > 2) { exit(5); } } end { print("end"); }';
    expect(run('-q', '--engine', 'vm', '-e', script)).toMatchObject({
      stdout: 'end\n\n\n@[1, x]: 1\n@n: 3\n',
      stderr: '',
      status: 5,
    });
  });

  test('events of the kernel need the kernel', () => {
    const { stderr, status } = run('--engine', 'vm', '-e', 'software:faults:1 { }');
    expect(stderr).toMatch(/^ERROR: Unable to attach probe: software:faults:1: the vm has no source of events/);
    expect(status).toBe(255);
  });

  test.skipIf(user.uid === undefined)('the kernel says who may', () => {
    const { stderr, status } = run('-e', 'begin { exit(); }');
    expect(stderr).toMatch(/^ERROR: BPF is not permitted: this process is not root and lacks CAP_BPF and CAP_PERFMON/);
    expect(stderr).toMatch(/HINT: run it as root/);
    expect(status).toBe(255);
  });
});
