// The command line: what it refuses, in which words, with which exit code.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { beetrace, whyNoBpf } from '../support/beetrace.ts';

const reason = whyNoBpf();

describe.skipIf(reason === 'dist/ is not built')('command line', () => {
  test.each([
    [['--verison'], 1, /^ERROR: Unknown option --verison\.\nHINT: Did you mean --version\?\n/],
    [['--nonsense'], 1, /\n\nUSAGE:\n/],
    [['-e', ''], 1, /^ERROR: No probes to attach\n$/],
    [['-p', '4194304', '-e', 'begin { }'], 1, /^ERROR: There is no process with pid 4194304\.\n$/],
    [
      ['-q', '-o', '/dev/full', '-e', 'begin { print(1); }'],
      1,
      /^ERROR: The output cannot be written: No space left on device\.\n$/,
    ],
    [
      ['-o', '/no/such/file', '-e', 'begin { }'],
      1,
      /^ERROR: The output file '\/no\/such\/file' cannot be written: No such file or directory\.\n$/,
    ],
    [['/tmp'], 1, /^ERROR: failed to open file '\/tmp': Is a directory\n$/],
    [['/bin/true'], 1, /^ERROR: '\/bin\/true' is neither a script nor an image: it is a binary file\.\n$/],
    [['-e'], 1, /^ERROR: Option -e needs a value/],
    [['-f', 'jsonx', '-e', 'begin { }'], 1, /^ERROR: Invalid output format "jsonx"\nValid formats: 'text', 'json'\n/],
    [['-p', 'a1111', '-e', 'begin { }'], 1, /^ERROR: Failed to parse pid: invalid integer: a1111\n/],
    [['-p', '111a1', '-e', 'begin { }'], 1, /^ERROR: Failed to parse pid: invalid trailing bytes: 111a1\n/],
    [['-p', '5000000', '-e', 'begin { }'], 1, /^ERROR: Pid out of range: 5000000\n/],
    [['non_existent_file.bt'], 1, /^ERROR: failed to open file 'non_existent_file.bt': No such file or directory\n/],
    [['-d', 'bytes', '-e', 'begin { }'], 1, /^ERROR: Option --dump does not take 'bytes'/],
    [
      ['-e', 'begin { cout(); }'],
      1,
      /^stdin:1:9-13: ERROR: Unknown function: 'cout'\nbegin \{ cout\(\); \}\n {8}~~~~\n/,
    ],
    [['-e', 'begin { printf("%d\\n"); }'], 1, /not enough arguments for format string \(0 supplied, 1 expected\)/],
    [['-e', 'begin { '], 1, /syntax: /],
    [['-e', 'tracepoint:syscalls:nonsense { }'], 1, /No matches for tracepoint syscalls:nonsense\./],
    [['-c', '/no/such/program', '-e', 'begin { }'], 1, /ERROR: The program '\/no\/such\/program'/],
    [['-e', 'begin { system("true"); }'], 1, /system\(\) is unsafe\. To use you need the --unsafe flag/],
  ])('%j', async (args, code, message) => {
    const run = await beetrace(args);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
    expect(run.code).toBe(code);
  });

  test('help begins with examples, and no arguments print it', async () => {
    const [help, none] = [await beetrace(['--help']), await beetrace([])];
    expect(help.stdout).toMatch(/^Examples:\n {2}beetrace -e 'tracepoint:syscalls:sys_enter_openat/);
    expect(none.stdout).toBe(help.stdout);
    expect(help.code).toBe(0);
  });

  test('the version', async () => {
    const run = await beetrace(['--version']);
    expect(run.stdout).toMatch(/^beetrace v\d+\.\d+\.\d+\n$/);
  });
});

describe.skipIf(reason)('scripts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beetrace-cli-'));

  test('a script from standard input', async () => {
    const run = await beetrace(['-q', '-'], { input: 'begin { print("piped"); }' });
    expect(run.stdout).toBe('piped\n\n\n');
  });

  test('a script file with parameters', async () => {
    const file = join(folder, 'script.bt');
    writeFileSync(file, '#!/usr/bin/env beetrace\nbegin { printf("%d %s\\n", $1, str($2)); }\n');
    const run = await beetrace(['-q', file, '7', 'seven']);
    expect(run.stdout).toBe('7 seven\n\n\n');
  });

  test('words behind -- are parameters too, options have to stand there', async () => {
    const file = join(folder, 'getopt.bt');
    writeFileSync(file, 'begin { print(($1, str($2), getopt("name", 5))); }');
    const run = await beetrace(['-q', file, '7', '--', '--name=8', 'x']);
    expect(run).toEqual({ stdout: '(7, x, 8)\n\n\n', stderr: '', code: 0 });
    const early = await beetrace(['-q', file, '--name=8']);
    expect(early.stderr).toMatch(/^ERROR: --name=8 stands behind the program\.\n(HINT: .*\n)+\nUSAGE:\n/);
    expect(early.code).toBe(1);
  });

  test('-k reports what helpers refused', async () => {
    const run = await beetrace(['-q', '-k', '-e', 'begin { @x[1] = 1; print(@x[2]); }']);
    expect(run.stderr).toBe(
      "stdin:1:26-31: WARNING: Can't lookup map element because it does not exist.\n" +
        'Additional Info - helper: map_lookup_elem, retcode: 0\n' +
        'begin { @x[1] = 1; print(@x[2]); }\n                         ~~~~~\n',
    );
  });

  test('SIGUSR1 does nothing when no probe waits for it', async () => {
    const run = await beetrace(['-e', 'interval:ms:200 { exit(); }'], {
      attached: (pid) => void process.kill(pid, 'SIGUSR1'),
    });
    expect(run).toEqual({ stdout: '\n\n', stderr: 'Attached 1 probe\n', code: 0 });
  });

  test('begin and end run under our own name', async () => {
    const run = await beetrace(['-q', '-e', 'begin { print(comm); } end { print(comm); }']);
    expect(run).toEqual({ stdout: 'beetrace\nbeetrace\n\n\n', stderr: '', code: 0 });
  });

  test('an image is built and runs', async () => {
    const script = join(folder, 'image.bt');
    const image = join(folder, 'image.image');
    writeFileSync(script, 'begin { printf("%s %d\\n", "built", 1); @x[1] = 2; }');
    const build = await beetrace(['build', script, '-o', image]);
    expect(build).toEqual({ stdout: '', stderr: `Wrote ${image}\n`, code: 0 });
    const run = await beetrace(['-q', image]);
    expect(run).toEqual({ stdout: 'built 1\n\n\n@x[1]: 2\n', stderr: '', code: 0 });
  });

  test('a damaged image is refused', async () => {
    const image = join(folder, 'damaged.image');
    writeFileSync(image, 'beetrace-image 1\n{"programs":');
    const run = await beetrace([image]);
    expect(run.stderr).toMatch(/^ERROR: The image is damaged/);
    expect(run.code).toBe(1);
  });

  test('probes are listed', async () => {
    const run = await beetrace(['-l', 'tracepoint:syscalls:sys_enter_open*']);
    expect(run.stdout).toContain('tracepoint:syscalls:sys_enter_openat\n');
    const script = await beetrace(['-l', '-e', 'end { } begin { }']);
    expect(script).toEqual({ stdout: 'end\nbegin\n', stderr: '', code: 0 });
    const none = await beetrace(['-l', 'tracepoint:no:*']);
    expect(none).toEqual({ stdout: '', stderr: "WARNING: No probes match 'tracepoint:no:*'.\n", code: 1 });
    const verbose = await beetrace(['-lv', 'tracepoint:syscalls:sys_enter_openat']);
    expect(verbose.stdout).toMatch(/^tracepoint:syscalls:sys_enter_openat\n( {4}.+\n)* {4}const char \* ?filename\n/);
  });

  test('a struct is printed', async () => {
    const run = await beetrace(['-lv', 'struct path']);
    expect(run.stdout).toMatch(/struct path \{\n.*struct dentry \*dentry;\n/s);
  });

  test('the system is described', async () => {
    const run = await beetrace(['--info']);
    expect(run.stdout).toMatch(/^System\n {2}OS: Linux/);
    expect(run.stdout).toMatch(/\n\nKernel helpers\n {2}dpath: (?:yes {14}|no {15})get_tai_ns: /);
    expect(run.stdout).toMatch(/\n\nKernel features\n {2}Instruction limit: 1000000 {3}btf: /);
    expect(run.stdout).toMatch(/\n\nProbe types\n(?: {2}.+\n)* {2}kprobe_multi: (?:yes|no) +uprobe_multi: /);
    expect(run.code).toBe(0);
  });

  test.each(['ast', 'types', 'ir', 'asm', 'image'])('-d %s prints its stage', async (stage) => {
    const run = await beetrace(['-d', stage, '-e', 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }']);
    expect(run.code).toBe(0);
    expect(run.stdout.length).toBeGreaterThan(100);
  });
});
