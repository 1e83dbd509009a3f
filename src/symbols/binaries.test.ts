import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceError } from '../base/error.ts';
import { resolveBinaries, resolveBinary } from './binaries.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'binaries-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'lib'));
  for (const file of ['bin/tool', 'bin/data', 'lib/libown.so.2', 'lib/libown.so.10', 'lib/libownother.so.1']) {
    writeFileSync(join(folder, file), '');
  }
  chmodSync(join(folder, 'bin/tool'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

const failure = (name: string, options = {}): TraceError => {
  try {
    resolveBinary(name, options);
  } catch (error) {
    return error as TraceError;
  }
  throw new Error(`${name} was found`);
};

describe('names of programs', () => {
  it('are looked for on PATH, among what can be run', () => {
    const environment = { PATH: `/nowhere:${join(folder, 'bin')}` };
    expect(resolveBinary('tool', { environment })).toBe(join(folder, 'bin/tool'));
    expect(failure('data', { environment }).code).toBe('ERR_BINARY_NOT_FOUND');
  });

  it('with a slash are paths', () => {
    expect(resolveBinary(`${folder}/bin/../bin/data`)).toBe(join(folder, 'bin/data'));
    const error = failure(join(folder, 'bin/tol'));
    expect(error.message).toBe(`there is no file '${folder}/bin/tol'`);
    expect(error.hints).toEqual([`did you mean '${folder}/bin/tool'?`]);
    expect(failure(folder).code).toBe('ERR_BINARY_NOT_FOUND');
  });

  it('may have wildcards in any part of a path', () => {
    expect(resolveBinaries(`${folder}/l*/libown.so*`)).toEqual([
      join(folder, 'lib/libown.so.10'),
      join(folder, 'lib/libown.so.2'),
    ]);
    expect(resolveBinaries(`${folder}/nothing*/x`)).toEqual([]);
  });
});

describe('names of libraries', () => {
  it('are looked for where the dynamic linker looks', () => {
    const environment = { LD_LIBRARY_PATH: join(folder, 'lib') };
    expect(resolveBinary('libown.so.10', { environment })).toBe(join(folder, 'lib/libown.so.10'));
    expect(resolveBinary('libownother', { environment })).toBe(join(folder, 'lib/libownother.so.1'));
    expect(failure('libown.so.3', { environment }).message).toContain("'libown.so.3' is neither");
  });

  it('find the C library of this system', ({ skip }) => {
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
    if (!report.header?.glibcVersionRuntime) return skip('this system has no glibc');
    expect(basename(resolveBinary('libc'))).toBe('libc.so.6');
    expect(resolveBinary('libc.so.6')).toBe(resolveBinary('libc'));
    expect(resolveBinary('c')).toBe(resolveBinary('libc'));
  });
});

describe('with a process', () => {
  it('the empty name is its program', () => {
    expect(realpathSync(resolveBinary('', { pid: process.pid }))).toBe(realpathSync(process.execPath));
    expect(failure('').code).toBe('ERR_BINARY_NOT_FOUND');
  });

  it('libraries are those that it has mapped', async ({ skip }) => {
    const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      child.stdin.write('x');
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const path = resolveBinary('libc', { pid: child.pid! });
      if (!path) return skip('cat is linked statically');
      expect(basename(path)).toMatch(/^libc\.so/);
      expect(failure('libnothing', { pid: child.pid! }).message).toContain(`for process ${child.pid}`);
    } finally {
      child.kill();
    }
  });
});
