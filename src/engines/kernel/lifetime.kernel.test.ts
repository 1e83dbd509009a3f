import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoBpf } from './testing/bpf-allowed.ts';
import { loadedProgramNames } from './testing/loaded-programs.ts';

const reason = whyNoBpf();
// Inside of the repository, where koffi is found.
const folder = reason === undefined ? mkdtempSync(join(import.meta.dirname, '../../../node_modules/.hold-')) : tmpdir();
const bundle = join(folder, 'hold.mjs');

beforeAll(() => {
  if (reason !== undefined) return;
  buildSync({
    entryPoints: [join(import.meta.dirname, 'testing/hold.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi'],
    outfile: bundle,
  });
});

afterAll(() => {
  if (reason === undefined) rmSync(folder, { recursive: true });
});

/** The kernel frees what a process held a moment after it is gone. */
async function untilGone(name: string): Promise<void> {
  for (let tries = 0; tries < 100 && loadedProgramNames().includes(name); tries++) await sleep(20);
}

describe.skipIf(reason)(`lifetime${reason ? ` (${reason})` : ''}`, () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)('after %s nothing is left in the kernel', async (signal) => {
    const name = `hold_${process.pid}`;
    const child = spawn(process.execPath, [bundle, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const [line] = await once(child.stdout, 'data');
    expect(String(line)).toBe('attached\n');
    expect(loadedProgramNames()).toContain(name);
    child.kill(signal);
    await exited;
    await untilGone(name);
    expect(loadedProgramNames()).not.toContain(name);
  });
});
