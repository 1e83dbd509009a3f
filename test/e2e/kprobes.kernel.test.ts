// Functions of the kernel: kprobes and trampolines, on machines whose kernel has them.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '../../src/engines/kernel/features.ts';
import { nativeSys } from '../../src/engines/kernel/sys/native.ts';
import { beetrace, root, whyNoBpf } from '../support/beetrace.ts';

const noBpf = whyNoBpf();
const features = featuresOf(nativeSys());
const noKprobes = noBpf ?? (features.has('kprobe') ? undefined : 'this kernel has no kprobes');
const noTrampolines =
  noBpf ?? (features.has('fentry') ? undefined : 'this kernel has no fentry, or does not permit it');
/** The file system of the guests of the kernel matrix is a module. */
const noModule = existsSync('/sys/module/overlay/sections') ? undefined : 'there is no overlay file system as a module';
/** Modules have BTF since 5.11. */
const noModuleBtf = existsSync('/sys/kernel/btf/overlay') ? undefined : 'the module overlay has no BTF';
for (const [what, reason] of Object.entries({ kprobes: noKprobes, 'fentry and fexit': noTrampolines })) {
  if (reason) process.stderr.write(`skipped: ${what}: ${reason}\n`);
}

const path = join(mkdtempSync(join(tmpdir(), 'beetrace-kprobes-')), 'opened-by-test');
writeFileSync(path, 'x');

function opens(count: number, file = path): string {
  return `${process.execPath} ${root}/test/workloads/opens.mjs ${count} ${file}`;
}

/** Runs a script over a process that opens a file of ours. */
function traced(count: number, script: string, file?: string) {
  return beetrace(['-q', '-c', opens(count, file), '-e', script], { timeout: 30_000 });
}

function countOf(text: string, key: string): number {
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${key}: `))
      ?.slice(key.length + 2),
  );
}

const OURS = 'str(((struct path *)arg0)->dentry->d_name.name) == "opened-by-test"';

describe.skipIf(noKprobes)(`kprobes${noKprobes ? ` (${noKprobes})` : ''}`, () => {
  test('every call is counted, with arguments and members of their structs', async () => {
    const run = await traced(137, `kprobe:vfs_open /${OURS}/ { @ = count(); }`);
    expect(run).toEqual({ stdout: '\n\n@: 137\n', stderr: '', code: 0 });
  });

  test('kretprobe sees what the function returned', async () => {
    const run = await traced(
      50,
      `kprobe:vfs_open /${OURS}/ { @in[tid] = 1; }
       kretprobe:vfs_open /@in[tid]/ { @[retval] = count(); delete(@in, tid); }`,
    );
    expect(run.stderr).toBe('');
    expect(countOf(run.stdout, '@[0]')).toBe(50);
  });

  test('func, probe, registers and the stack', async () => {
    const run = await traced(
      20,
      `kprobe:vfs_open /${OURS}/ {
         @func[func] = count(); @probe[probe] = count(); @stack[kstack(4)] = count();
         if (reg("di") == arg0 && reg("si") == arg1) { @same = count(); }
       }`,
    );
    expect(run.stderr).toBe('');
    expect(countOf(run.stdout, '@func[vfs_open]')).toBe(20);
    expect(countOf(run.stdout, '@probe[kprobe:vfs_open]')).toBe(20);
    expect(countOf(run.stdout, '@same')).toBe(20);
    expect(run.stdout).toMatch(/^@stack\[\n {8}vfs_open\+\d+\n( {8}\w[\w.]*\+\d+\n){3}\]: 20$/m);
  });

  test('func and the stack of a kretprobe', async () => {
    const run = await traced(20, 'kretprobe:vfs_open /pid == cpid/ { @func[func] = count(); }');
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^@func\[vfs_open\]: \d+$/m);
  });

  test('a wildcard where each place must be known', async () => {
    const run = await traced(60, 'kprobe:vfs_o* /pid == cpid/ { @[probe] = count(); }');
    expect(run.stderr).toBe('');
    expect(countOf(run.stdout, '@[kprobe:vfs_open]')).toBeGreaterThanOrEqual(60);
  });

  test('a wildcard over many functions', async () => {
    const run = await traced(60, 'kprobe:vfs_* /pid == cpid/ { @[func] = count(); }');
    expect(run.stderr).not.toMatch(/ERROR/);
    expect(countOf(run.stdout, '@[vfs_open]')).toBeGreaterThanOrEqual(60);
    expect(countOf(run.stdout, '@[vfs_read]')).toBeGreaterThanOrEqual(1);
  });

  test('a wildcard over the returns of many functions', async () => {
    const run = await traced(60, 'kretprobe:vfs_* /pid == cpid/ { @ = count(); }');
    expect(run.stderr).not.toMatch(/ERROR/);
    expect(countOf(run.stdout, '@')).toBeGreaterThanOrEqual(60);
  });

  test('several functions of one probe', async () => {
    const run = await traced(
      40,
      'kprobe:vfs_open, kprobe:vfs_read, kretprobe:vfs_open /pid == cpid/ { @[probe] = count(); }',
    );
    expect(run.stderr).toBe('');
    const entered = countOf(run.stdout, '@[kprobe:vfs_open]');
    expect(entered).toBeGreaterThanOrEqual(40);
    expect(countOf(run.stdout, '@[kretprobe:vfs_open]')).toBe(entered);
    expect(countOf(run.stdout, '@[kprobe:vfs_read]')).toBeGreaterThanOrEqual(1);
  });

  test('an offset, and one in the middle of an instruction', async () => {
    // The first instructions are a nop of five bytes, with indirect branch tracking behind an endbr64 of four.
    const runs = [];
    for (const offset of [5, 9])
      runs.push(await traced(30, `kprobe:vfs_open+${offset} /pid == cpid/ { @ = count(); }`));
    const works = runs.find((run) => run.code === 0);
    expect(countOf(works?.stdout ?? '', '@')).toBeGreaterThanOrEqual(30);
    const middle = await traced(1, 'kprobe:vfs_open+1 { }');
    expect(middle.stderr).toMatch(/ERROR: Unable to attach probe: kprobe:vfs_open\+1/);
    expect(middle.stderr).toMatch(/instruction/);
    expect(middle.code).not.toBe(0);
  });

  test('an address', async () => {
    const [address] = /^[0-9a-f]+(?= T vfs_open$)/m.exec(readFileSync('/proc/kallsyms', 'utf8')) ?? [];
    const script = `kprobe:0x${address} /${OURS}/ { @ = count(); }`;
    const run = await beetrace(['-q', '--unsafe', '-c', opens(30), '-e', script]);
    expect(run).toEqual({ stdout: '\n\n@: 30\n', stderr: '', code: 0 });
  });

  test('a function that is not there', async () => {
    const run = await beetrace(['-e', 'kprobe:vfs_opne { }']);
    expect(run.stderr).toMatch(/vfs_opne is not traceable/);
    expect(run.stderr).toMatch(/did you mean 'vfs_open'\?/);
    expect(run.stderr).toMatch(/ERROR: Unable to attach probe: kprobe:vfs_opne/);
    expect(run.code).not.toBe(0);
  });

  test('they are listed', async () => {
    const run = await beetrace(['-l', 'kprobe:vfs_*'], { timeout: 30_000 });
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines).toContain('kprobe:vfs_read');
    expect(lines.filter((line) => !/^kprobe:(\w+:)?vfs_/.test(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(20);
  });

  test.skipIf(noModule)(`functions of a module${noModule ? ` (${noModule})` : ''}`, async () => {
    const run = await traced(
      25,
      'kprobe:overlay:ovl_open /pid == cpid/ { @[probe] = count(); }',
      `${root}/package.json`,
    );
    expect(run.stderr).toBe('');
    expect(countOf(run.stdout, '@[kprobe:overlay:ovl_open]')).toBeGreaterThanOrEqual(25);
    const without = await traced(25, 'kprobe:ovl_open /pid == cpid/ { @[func] = count(); }', `${root}/package.json`);
    expect(without.stderr).toBe('');
    expect(countOf(without.stdout, '@[ovl_open]')).toBeGreaterThanOrEqual(25);
    const many = await traced(25, 'kprobe:overlay:ovl_o* /pid == cpid/ { @[func] = count(); }', `${root}/package.json`);
    expect(many.stderr).not.toMatch(/ERROR/);
    expect(countOf(many.stdout, '@[ovl_open]')).toBeGreaterThanOrEqual(25);
  });

  test('an image that is built for the oldest kernel runs', async () => {
    const script = join(path, '../script.bt');
    const image = join(path, '../script.image');
    writeFileSync(script, `kprobe:vfs_open /${OURS}/ { @ = count(); } kretprobe:vfs_o* { @many = count(); }`);
    const build = await beetrace(['build', script, '-o', image]);
    expect(build).toEqual({ stdout: '', stderr: `Wrote ${image}\n`, code: 0 });
    const run = await beetrace(['-q', '-c', opens(30), image]);
    expect(run.stderr).toBe('');
    expect(countOf(run.stdout, '@')).toBe(30);
    expect(countOf(run.stdout, '@many')).toBeGreaterThanOrEqual(30);
  });
});

const TYPED = 'str(args.path->dentry->d_name.name) == "opened-by-test"';

describe.skipIf(noTrampolines)(`fentry and fexit${noTrampolines ? ` (${noTrampolines})` : ''}`, () => {
  test('every call is counted, with typed arguments', async () => {
    const run = await traced(137, `fentry:vfs_open /${TYPED}/ { @ = count(); }`);
    expect(run).toEqual({ stdout: '\n\n@: 137\n', stderr: '', code: 0 });
  });

  test('fexit sees the arguments and the result', async () => {
    const run = await traced(
      40,
      `fexit:vfs_open /${TYPED}/ { @[retval, args.file->f_path.dentry == args.path->dentry] = count(); }`,
    );
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^@\[0, (1|true)\]: 40$/m);
  });

  test('func, probe and the stack', async () => {
    const run = await traced(
      20,
      `fentry:vfs_open /${TYPED}/ { @func[func] = count(); @probe[probe] = count(); @stack[kstack(4)] = count(); }`,
    );
    expect(run.stderr).toBe('');
    expect(countOf(run.stdout, '@func[vfs_open]')).toBe(20);
    expect(countOf(run.stdout, '@probe[fentry:vfs_open]')).toBe(20);
    // Linux 5.10 has one frame more of its own, which may be without a name.
    expect(run.stdout).toMatch(/^@stack\[\n( {8}\w+\+?\w*\n)? {8}vfs_open\+\d+\n( {8}\w[\w.]*\+\d+\n){2,3}\]: 20$/m);
  });

  test('a wildcard', async () => {
    const run = await traced(60, 'fentry:vfs_o*, fexit:vfs_o* /pid == cpid/ { @[probe] = count(); }');
    expect(run.stderr).not.toMatch(/ERROR/);
    const entered = countOf(run.stdout, '@[fentry:vfs_open]');
    expect(entered).toBeGreaterThanOrEqual(60);
    expect(countOf(run.stdout, '@[fexit:vfs_open]')).toBe(entered);
  });

  test('they are listed with their arguments', async () => {
    const run = await beetrace(['-lv', 'fexit:vfs_open'], { timeout: 30_000 });
    expect(run.stdout).toBe('fexit:vfs_open\n    const struct path * path\n    struct file * file\n    int retval\n');
  });

  const why = noModule ?? noModuleBtf;
  test.skipIf(why)(`functions of a module${why ? ` (${why})` : ''}`, async () => {
    const script = 'fentry:overlay:ovl_open /pid == cpid/ { @[probe, args.file->f_flags & 3] = count(); }';
    const run = await traced(25, script, `${root}/package.json`);
    expect(run.stderr).toBe('');
    expect(countOf(run.stdout, '@[fentry:overlay:ovl_open, 0]')).toBeGreaterThanOrEqual(25);
  });
});
