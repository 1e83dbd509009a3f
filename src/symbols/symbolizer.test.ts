// The symboliser against living processes: a program that tells the addresses of its own functions.

import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseMaps } from './maps.ts';
import { Symbolizer } from './symbolizer.ts';

const canCompile = ['g++', 'objcopy', 'strip'].every((tool) => spawnSync(tool, ['--version']).status === 0);

const program = `
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
int counter = 1;
extern "C" __attribute__((noinline)) void plain_function() { asm volatile("nop; nop; nop"); }
namespace space { __attribute__((noinline)) int method(int x, const char *) { return x + counter; } }
int main() {
  void *code = mmap(0, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  printf("%p %p %p %p\\n", (void *)plain_function, (void *)space::method, (void *)&counter, code);
  fflush(stdout);
  char byte;
  return read(0, &byte, 1) < 0;
}
`;

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly pid: number;
  readonly plain: bigint;
  readonly method: bigint;
  readonly counter: bigint;
  readonly generated: bigint;
}

describe.skipIf(!canCompile)('processes (need g++ and binutils)', () => {
  let folder: string;
  const children: ChildProcessWithoutNullStreams[] = [];
  const path = (name: string): string => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'symbolizer-'));
    writeFileSync(path('a.cc'), program);
    execFileSync('g++', ['-O1', '-Wl,--build-id', path('a.cc'), '-o', path('program')]);
    execFileSync('objcopy', ['--only-keep-debug', path('program'), path('stripped.debug')]);
    execFileSync('strip', ['-o', path('stripped'), path('program')]);
    execFileSync('objcopy', [`--add-gnu-debuglink=stripped.debug`, path('stripped')], { cwd: folder });
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function run(name: string): Promise<Running> {
    const child = spawn(path(name));
    children.push(child);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const [plain, method, counter, generated] = line.split(' ').map(BigInt) as [bigint, bigint, bigint, bigint];
    return { child, pid: child.pid!, plain, method, counter, generated };
  }

  async function end({ child }: Running): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  it.each(['program', 'stripped'])('are named: %s', async (name) => {
    const running = await run(name);
    const symbolizer = new Symbolizer();
    const module = path(name);
    expect(symbolizer.user(running.pid, running.plain + 1n)).toEqual({ name: 'plain_function', offset: 1, module });
    expect(symbolizer.user(running.pid, running.method)?.name).toBe('space::method(int, char const*)');
    expect(symbolizer.user(running.pid, running.counter + 2n)).toEqual({ name: 'counter', offset: 2, module });
    expect(symbolizer.user(running.pid, 0x10n)).toBeUndefined();
    expect(new Symbolizer({ demangle: false }).user(running.pid, running.method)?.name).toBe('_ZN5space6methodEiPKc');
  });

  it('tell the addresses of symbols and what is mapped', async () => {
    const running = await run('program');
    const symbolizer = new Symbolizer();
    expect(symbolizer.userAddress(running.pid, 'plain_function')).toBe(running.plain);
    expect(symbolizer.userAddress(running.pid, 'counter')).toBe(running.counter);
    expect(symbolizer.userAddress(running.pid, 'plain_function', '/other')).toBeUndefined();
    expect(symbolizer.userAddress(running.pid, 'nothing_of_that_name')).toBeUndefined();
    expect(symbolizer.userModule(running.pid, running.plain)?.path).toBe(path('program'));
    expect(symbolizer.userModules(running.pid)).toContain(path('program'));
  });

  it('are named after they have exited when they were looked at before', async () => {
    const running = await run('program');
    const symbolizer = new Symbolizer();
    symbolizer.snapshot(running.pid);
    await end(running);
    expect(symbolizer.user(running.pid, running.plain)?.name).toBe('plain_function');
    expect(new Symbolizer().user(running.pid, running.plain)).toBeUndefined();
  });

  it('are named when their file was deleted', async () => {
    copyFileSync(path('program'), path('short-lived'));
    const running = await run('short-lived');
    unlinkSync(path('short-lived'));
    const symbolizer = new Symbolizer();
    symbolizer.snapshot(running.pid);
    expect(symbolizer.user(running.pid, running.plain)?.name).toBe('plain_function');
    await end(running);
    expect(symbolizer.user(running.pid, running.method)?.name).toContain('space::method');
  });

  it('are not confused with what had their pid or ran in it before', async () => {
    const shell = spawn('sh', ['-c', `echo first; read line; exec ${path('program')}`]);
    children.push(shell);
    const lines = createInterface(shell.stdout);
    await once(lines, 'line');
    const symbolizer = new Symbolizer();
    symbolizer.snapshot(shell.pid!);
    shell.stdin.write('\n');
    const [line] = (await once(lines, 'line')) as [string];
    const plain = BigInt(line.split(' ')[0]!);
    await expect.poll(() => symbolizer.user(shell.pid!, plain)?.name).toBe('plain_function');
  });

  it('with generated code are named by their perf map, also what it is told later', async () => {
    const running = await run('program');
    const map = `/tmp/perf-${running.pid}.map`;
    const line = (offset: bigint, name: string): string => `${(running.generated + offset).toString(16)} 10 ${name}\n`;
    const symbolizer = new Symbolizer();
    try {
      expect(symbolizer.user(running.pid, running.generated + 4n)).toBeUndefined();
      writeFileSync(map, line(0n, 'generated one'));
      appendFileSync(map, line(0x20n, 'generated two'));
      await expect.poll(() => symbolizer.user(running.pid, running.generated + 4n)?.name).toBe('generated one');
      expect(symbolizer.user(running.pid, running.generated + 0x21n)).toMatchObject({
        name: 'generated two',
        offset: 1,
      });
      appendFileSync(map, line(0x40n, 'generated later'));
      await expect.poll(() => symbolizer.user(running.pid, running.generated + 0x41n)?.name).toBe('generated later');
    } finally {
      rmSync(map, { force: true });
    }
  });
});

describe('this process', () => {
  it('has a vdso', ({ skip }) => {
    const maps = execFileSync('cat', [`/proc/${process.pid}/maps`], { encoding: 'utf8' });
    const vdso = parseMaps(maps).find((mapping) => mapping.path === '[vdso]');
    if (!vdso) return skip('the kernel maps no vdso');
    const symbolizer = new Symbolizer();
    const names = new Set<string>();
    for (let at = vdso.start; at < vdso.end; at += 16) {
      const symbol = symbolizer.user(process.pid, BigInt(at));
      if (symbol) names.add(symbol.name);
    }
    expect([...names].some((name) => name.includes('clock_gettime'))).toBe(true);
  });
});

describe('the kernel', () => {
  it('has names and addresses', ({ skip }) => {
    const symbolizer = new Symbolizer();
    const address = symbolizer.kernelAddress('vfs_read');
    if (address === undefined) return skip('the kernel hides its addresses');
    expect(symbolizer.kernel(address + 3n)).toEqual({ name: 'vfs_read', offset: 3 });
    expect(symbolizer.kernel(0x1000n)).toBeUndefined();
    symbolizer.refreshKernel();
    expect(symbolizer.kernelAddress('vfs_read')).toBe(address);
  });
});
