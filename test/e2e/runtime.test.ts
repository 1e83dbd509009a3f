// The command line of the runtime, as people and fuzzers use it. Nothing here needs privileges but what asks the kernel.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { objectBytes } from '../../src/frontends/object/testing/objects.ts';
import { beetrace, type RunResult, root, whyNoBpf } from '../support/beetrace.ts';

// Several processes a test, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

const command = join(root, 'dist/bin/beetrace.js');
const unbuilt = existsSync(command) ? undefined : 'dist/ is not built';
if (unbuilt) process.stderr.write(`skipped: runtime: ${unbuilt}\n`);
const noKernel = unbuilt ?? whyNoBpf();
if (noKernel) process.stderr.write(`skipped: runtime on the kernel: ${noKernel}\n`);

let folder = '';
const file = (name: string): string => join(folder, name);

/** Runs beetrace with a text on standard input. */
const run = (words: string, input = ''): Promise<RunResult> => beetrace(words.split(' ').filter(Boolean), { input });

const COUNTER = `r1 = map[counts]
r2 = r10
r2 += -4
*(u32 *)(r10 -4) = 7
call bpf_map_lookup_elem#1
if r0 == 0 goto out
r1 = 3
*(u64 *)(r0 +0) = r1
out:
r0 = 0
exit
`;
const RECORDS = `r6 = 2
*(u64 *)(r10 -8) = 0x1234
again:
r1 = map[events]
r2 = r10
r2 += -8
r3 = 8
r4 = 0
call bpf_ringbuf_output
r6 += -1
if r6 != 0 goto again
r1 = map[line]
r2 = r10
r2 += -8
r3 = 0
call bpf_map_push_elem
*(u64 *)(r10 -8) = 78
r1 = map[line]
r2 = r10
r2 += -8
r3 = 0
call bpf_map_push_elem
r0 = 0
exit
`;
const RETURN_5 = 'b7000000050000009500000000000000';
const PACKET = '05aabbccddeeff00112233445566';
/** The test run of a socket filter takes the Ethernet header off, and gives zeroes back in its place. */
const ZERO_PACKET = '00'.repeat(14);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'beetrace-runtime-'));
  for (const name of ['packet', 'callback', 'core', 'calls', 'locks'] as const)
    writeFileSync(file(`${name}.o`), objectBytes(name));
  writeFileSync(file('counter.s'), COUNTER);
  writeFileSync(file('bad.s'), 'r0 = 0\nr2 = *(u32 *)(r1 +4000)\nexit\n');
  writeFileSync(file('five.hex'), RETURN_5);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const engines = ['interpreter', 'jit', 'kernel'] as const;

describe.skipIf(unbuilt)('run', () => {
  for (const engine of engines) {
    describe.skipIf(engine === 'kernel' && noKernel)(engine, () => {
      test('an object: return value, packet, maps', async () => {
        const { stdout, stderr, code } = await run(
          `run ${file('packet.o')} --program count --data ${PACKET} --engine ${engine}`,
        );
        expect(stderr).toBe('');
        expect(stdout).toBe(
          [
            'Return value: 2',
            'Data: 14 bytes, changed',
            '  0000  ee aa bb cc dd ee ff 00 11 22 33 44 55 66',
            'Map totals (array): all zero',
            'Map counts (hash):',
            '  05000000: 01000000000000000e00000000000000',
            'Map .rodata (array):',
            '  00000000: 64000000',
            'Map .data (array):',
            '  00000000: 2a00000000000000',
            'Map .bss (array):',
            '  00000000: 05000000',
            '',
          ].join('\n'),
        );
        expect(code).toBe(0);
      });

      test('state is kept from one repetition to the next', async () => {
        const words = `run ${file('packet.o')} --program count --data ${PACKET} --repeat 3 --json --engine ${engine}`;
        const { stdout } = await run(words);
        const { retval, maps, nanoseconds } = JSON.parse(stdout);
        expect(retval).toBe(2);
        expect(nanoseconds).toEqual(expect.any(Number));
        // The program changes the first byte, by which it counts.
        expect(maps.find(({ name }: { name: string }) => name === 'counts').entries).toEqual([
          { key: '05000000', value: '01000000000000000e00000000000000' },
          { key: 'ee000000', value: '02000000000000001c00000000000000' },
        ]);
      });

      test('callbacks, tail calls, maps in maps', async () => {
        const sum = await run(`run ${file('callback.o')} --program sum --json --engine ${engine}`);
        expect(JSON.parse(sum.stdout)).toMatchObject({ retval: 10 });
        const jump = await run(`run ${file('callback.o')} --program jump --json --engine ${engine}`);
        expect(JSON.parse(jump.stdout)).toMatchObject({ retval: 7 });
      });

      test('locks, timers, storage: maps that the kernel wants described', async () => {
        const { stdout, stderr } = await run(`run ${file('locks.o')} --program f --json --engine ${engine}`);
        expect(stderr).toBe('');
        expect(JSON.parse(stdout)).toMatchObject({ retval: 0, maps: [{ name: 'locked' }, { name: 'timers' }] });
      });

      test('records of rings, values of queues and stacks', async () => {
        writeFileSync(file('ring.s'), RECORDS);
        const maps = '--map events=ringbuf:4096 --map line=stack:0:8:4';
        const { stdout } = await run(`run ${file('ring.s')} ${maps} --engine ${engine}`);
        expect(stdout).toBe(
          'Return value: 0\nMap events (ringbuf):\n  3412000000000000\n  3412000000000000\n' +
            'Map line (stack):\n  4e00000000000000\n  3412000000000000\n',
        );
      });

      test('calls through functions of every kind', async () => {
        const { stdout } = await run(`run ${file('calls.o')} --program a --json --engine ${engine}`);
        expect(JSON.parse(stdout).retval).toBe(1375);
      });

      test('assembly with a map', async () => {
        const { stdout } = await run(`run ${file('counter.s')} --map counts=percpu_array:4:8:16 --engine ${engine}`);
        expect(stdout).toBe('Return value: 0\nMap counts (percpu_array):\n  07000000: 0300000000000000\n');
      });

      test('a context that is arguments', async () => {
        const code = '7911080000000000bf10000000000000 9500000000000000';
        const words = ['run', '-', '--type', 'raw_tracepoint', '--ctx', '01000000000000002a00000000000000'];
        const { stdout, stderr } = await beetrace([...words, '--engine', engine], { input: code });
        expect(stderr).toBe('');
        expect(stdout).toContain('Return value: 42\n');
      });

      test('a batch', async () => {
        const lines = [
          { id: 1, type: 1, insns: RETURN_5, data: PACKET },
          { id: 2, type: 'xdp', insns: '95000000000000' },
          { id: 3, type: 'xdp', insns: '9500000000000000' },
        ];
        const { stdout, code } = await run(`run --batch --engine ${engine}`, ndjson(lines));
        expect(parse(stdout)).toMatchObject([
          { id: 1, retval: 5, data: ZERO_PACKET },
          { id: 2, error: "'insns' is not eight bytes for each instruction" },
          { id: 3, error: 'rejected: R0 !read_ok', errno: 13 },
        ]);
        expect(code).toBe(0);
      });
    });
  }

  test('a program is verified first, and runs with checks when it is not', async () => {
    const refused = await run(`run ${file('bad.s')}`);
    expect(refused.stderr).toMatch(
      /^ERROR: The verifier rejects the program bad at instruction 1: invalid bpf_context access/,
    );
    expect(refused.stdout).toBe('');
    expect(refused.code).not.toBe(0);
    for (const engine of ['interpreter', 'jit']) {
      const stopped = await run(`run ${file('bad.s')} --no-verify --engine ${engine}`);
      expect(stopped.stderr).toMatch(/^ERROR: The run was stopped at instruction 1: read of 4 bytes/);
      expect(stopped.code).not.toBe(0);
    }
  });

  test('bytes and images run too', async () => {
    writeFileSync(file('five.bin'), Buffer.from(RETURN_5, 'hex'));
    expect((await run(`run ${file('five.bin')}`)).stdout).toContain('Return value: 5\n');
    expect((await run(`run ${file('five.hex')}`)).stdout).toContain('Return value: 5\n');
    const script = 'kprobe:vfs_read { @h = hist(arg2); }';
    const built = await run(`build - -o ${file('x.image')}`, script);
    expect(built.stderr).toMatch(/^Wrote /);
    const image = JSON.parse((await run(`run ${file('x.image')} --json`)).stdout);
    expect(image.maps.find(({ name }: { name: string }) => name === 'AT_h').entries).toHaveLength(1);
  });

  test('what is changed of the data is what --data @FILE gave', async () => {
    writeFileSync(file('data'), Buffer.from(PACKET, 'hex'));
    const { stdout } = await run(`run ${file('five.hex')} --type sched_cls --data @${file('data')}`);
    expect(stdout).toBe('Return value: 5\nData: 14 bytes, unchanged\n');
  });
});

describe.skipIf(unbuilt)('verify', () => {
  test('accept ends with 0', async () => {
    const { stdout, code } = await run(`verify ${file('packet.o')}`);
    expect(stdout).toMatch(/^count \(xdp\): accept, \d+ instructions processed\npass \(sched_cls\): accept, 15 /);
    expect(code).toBe(0);
  });

  test('reject ends with 1 and says where and why', async () => {
    const { stdout, code } = await run(`verify ${file('bad.s')}`);
    expect(stdout).toContain('bad (socket_filter): reject at instruction 1: invalid bpf_context access');
    expect(stdout).toContain('(EACCES)\n');
    expect(stdout).toContain(`${file('bad.s')}:2: r2 = *(u32 *)(r1 +4000)\n`);
    expect(code).toBe(1);
  });

  test('--json, with positive error numbers', async () => {
    const { stdout, code } = await run(`verify ${file('bad.s')} --json`);
    expect(JSON.parse(stdout)).toMatchObject({
      program: 'bad',
      type: 'socket_filter',
      verdict: 'reject',
      errno: 13,
      instruction: 1,
    });
    expect(code).toBe(1);
  });

  test('--log is in the notation of the kernel', async () => {
    const { stdout } = await run(`verify ${file('five.hex')} --log`);
    expect(stdout).toContain('0: R1=ctx() R10=fp0\n0: (b7) r0 = 5\n1: R0=5 ');
    expect(stdout).toContain('processed 2 insns\n');
  });

  test('privileges count', async () => {
    const words = ['verify', '-', '--type', 'xdp', '--unprivileged', '--json'];
    const { stdout, code } = await beetrace(words, { input: RETURN_5 });
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'reject', errno: 1 });
    expect(code).toBe(1);
  });

  test('a batch: every answer in its place, errors between', async () => {
    const lines = [
      JSON.stringify({ id: 'a', type: 'socket_filter', insns: RETURN_5 }),
      '{"id": 7, "type": "soket"',
      JSON.stringify({ id: [1], type: 'soket_filter', insns: RETURN_5 }),
      '',
      '[]',
      JSON.stringify({ type: 1 }),
      JSON.stringify({ id: 1, type: 1, insns: 'xx' }),
      JSON.stringify({ id: 2, type: 1, insns: '' }),
      JSON.stringify({ id: 3, type: 1, insns: RETURN_5, maps: [{ type: 'hsah' }] }),
      JSON.stringify({ id: 4, type: 1, insns: RETURN_5, map_fixups: [[0, 0]] }),
      JSON.stringify({ id: 5, type: 999, insns: RETURN_5 }),
      JSON.stringify({ id: 6, type: 6, insns: RETURN_5, unprivileged: true }),
    ];
    const { stdout, code } = await run('verify --batch', `${lines.join('\n')}\n`);
    expect(parse(stdout)).toEqual([
      { id: 'a', verdict: 'accept', errno: 0, message: '', instruction: 0, processed: 2 },
      { id: null, error: 'the line is not JSON' },
      { id: [1], error: "there is no type 'soket_filter'" },
      { id: null, error: 'the line is not a JSON object' },
      { id: null, error: "'insns' is missing" },
      { id: 1, error: "'insns' is not hexadecimal" },
      expect.objectContaining({ id: 2, verdict: 'reject', errno: 7 }),
      { id: 3, error: 'map 0 has no type that is known: "hsah"' },
      { id: 4, error: 'map fix-up [0,0] names no wide load' },
      expect.objectContaining({ id: 5, verdict: 'reject', errno: 22 }),
      expect.objectContaining({ id: 6, verdict: 'reject', errno: 1 }),
    ]);
    expect(code).toBe(0);
  });

  test('maps of a batch, by name and by number, and their fix-ups', async () => {
    const load = '18110000000000000000000000000000';
    const program = {
      insns: `${load}b7000000000000009500000000000000`,
      maps: [
        { type: 'array', key_size: 4, value_size: 8, max_entries: 1 },
        { type: 1, key_size: 4, value_size: 8, max_entries: 4, flags: 0 },
      ],
    };
    const lines = [
      { id: 1, type: 1, ...program, map_fixups: [[0, 1]] },
      { id: 2, type: 1, ...program },
      { id: 3, type: 1, ...program, map_fixups: [[0, 2]] },
    ];
    const { stdout } = await run('verify --batch', ndjson(lines));
    expect(parse(stdout)).toMatchObject([
      { id: 1, verdict: 'accept' },
      { id: 2, verdict: 'reject', errno: 9 },
      { id: 3, error: 'map fix-up [0,2] names no map' },
    ]);
  });

  test('answers come as lines come, in order, also the last without its newline', async () => {
    const child = spawn(process.execPath, [command, 'verify', '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    let heard = (): void => {};
    child.stdout.on('data', (chunk) => {
      text += chunk;
      heard();
    });
    const until = (count: number): Promise<void> =>
      new Promise((resolve) => {
        heard = () => {
          if (text.split('\n').length > count) resolve();
        };
        heard();
      });
    for (let id = 0; id < 3; id++) {
      const line = JSON.stringify({ id, type: 1, insns: RETURN_5 });
      // In two pieces: a line is answered when it is whole.
      child.stdin.write(line.slice(0, 10));
      child.stdin.write(`${line.slice(10)}\n`);
      await until(id + 1);
    }
    child.stdin.end(JSON.stringify({ id: 3, type: 1, insns: RETURN_5 }));
    await new Promise((resolve) => child.on('close', resolve));
    expect(parse(text).map(({ id }) => id)).toEqual([0, 1, 2, 3]);
  });

  test('many programs, none lost', async () => {
    const lines = Array.from({ length: 5000 }, (_, id) => ({ id, type: 1, insns: RETURN_5 }));
    const { stdout } = await run('verify --batch', ndjson(lines));
    expect(parse(stdout).map(({ id }) => id)).toEqual(lines.map(({ id }) => id));
  });

  test('a reader that goes away ends it quietly', async () => {
    const child = spawn('bash', [
      '-c',
      `yes '{"id":1,"type":1,"insns":"${RETURN_5}"}' | ${process.execPath} ${command} verify --batch | head -1`,
    ]);
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, errors]).toEqual([0, '']);
  });
});

describe.skipIf(noKernel)('verify --kernel', () => {
  test('stands beside ours', async () => {
    const { stdout, code } = await run(`verify ${file('bad.s')} --kernel`);
    expect(stdout).toMatch(/\n {2}kernel: reject at instruction 1: invalid bpf_context access.*\(EACCES\)\n$/);
    expect(code).toBe(1);
    const object = await run(`verify ${file('callback.o')} --kernel`);
    expect(object.stdout.match(/accept/g)).toHaveLength(6);
    expect(object.code).toBe(0);
  });

  test('CO-RE against the running kernel that has no such type', async () => {
    const { stdout } = await run(`verify ${file('core.o')} --program gone --kernel`);
    expect(stdout).toContain('CO-RE: the kernel has no such field or type as the source line asks for.\n');
    expect(stdout).not.toContain('differ');
  });

  test('its log', async () => {
    const { stdout } = await run(`verify ${file('bad.s')} --kernel --log`);
    expect(stdout).toMatch(/0: \(b7\) r0 = 0 /);
    expect(stdout).toMatch(/processed 2 insns \(limit 1000000\)/);
  });

  test('in a batch', async () => {
    const { stdout } = await run('verify --batch --kernel', ndjson([{ id: 1, type: 1, insns: '9500000000000000' }]));
    const [answer] = parse(stdout);
    expect(answer).toMatchObject({ id: 1, verdict: 'reject', errno: 13, kernel: { verdict: 'reject', errno: 13 } });
  });
});

describe.skipIf(unbuilt)('explain', () => {
  test('the state before every instruction, source lines, and that it is accepted', async () => {
    const { stdout, code } = await run(`explain ${file('packet.o')} --program count`);
    expect(stdout).toContain('; if (data + 1 > end)');
    expect(stdout).toMatch(/ {8}R0=1 R1=ctx\(\) R10=fp0\n {4}1: r6 = \*\(u32 \*\)\(r1 \+4\)\n/);
    expect(stdout).toContain('r1 = map[.data][0]+0');
    expect(stdout).toMatch(/\nAccepted: \d+ instructions processed, [\d+]+ bytes of stack\.\n$/);
    expect(code).toBe(0);
  });

  test('what is wrong, where, and how it came to that', async () => {
    const { stdout, code } = await run(`explain ${file('bad.s')}`);
    expect(stdout).toContain('>   1: r2 = *(u32 *)(r1 +4000)\n');
    expect(stdout).toContain('        never reached\n    2: exit\n');
    expect(stdout).toMatch(/\nRejected at instruction 1: invalid bpf_context access off=4000 size=4 \(EACCES\)\n.+/);
    expect(code).toBe(1);
  });

  test('--json', async () => {
    const { stdout } = await run(`explain ${file('five.hex')} --json`);
    const { verdict, instructions } = JSON.parse(stdout);
    expect(verdict).toBe('accept');
    expect(instructions[0]).toMatchObject({ instruction: 0, text: 'r0 = 5', states: [{ text: 'R1=ctx() R10=fp0' }] });
  });
});

describe.skipIf(unbuilt)('asm and disasm', () => {
  test('text to bytes and back', async () => {
    const { stdout } = await run('asm - --hex', 'mov32 %r0, 1\nldxdw %r1, [%r10-8]\nexit\n');
    expect(stdout).toBe('b40000000100000079a1f8ff000000009500000000000000\n');
    const text = await run(`disasm --hex ${stdout.trim()}`);
    expect(text.stdout).toBe('   0: (b4) w0 = 1\n   1: (79) r1 = *(u64 *)(r10 -8)\n   2: (95) exit\n');
  });

  test('every program of an object reads back to the same bytes', async () => {
    const { stdout } = await run(`disasm ${file('packet.o')} --program count`);
    expect(stdout).toMatch(/^; count \(xdp\)\n {3}0: /);
    writeFileSync(file('count.s'), stdout.split('\n').slice(1).join('\n'));
    await run(`asm ${file('count.s')} -o ${file('count.bin')}`);
    const again = await run(`disasm ${file('count.bin')}`);
    expect(again.stdout).toBe(readFileSync(file('count.s'), 'utf8'));
  });

  test('--labels --plain', async () => {
    const { stdout } = await run(
      'disasm - --labels --plain',
      '15 00 01 00 00 00 00 00 b700000001000000 9500000000000000',
    );
    expect(stdout).toBe('if r0 == 0x0 goto L2\nr0 = 1\nL2:\nexit\n');
  });
});

describe.skipIf(unbuilt)('wrong input', () => {
  test.each([
    ['run', /^ERROR: There is no file\.\nHINT: Usage: beetrace run/],
    ['run /no/such', /^ERROR: failed to open file '\/no\/such': No such file/],
    ['run FIVE --data 0', /^ERROR: --data is not hexadecimal: '0'/],
    ['run FIVE --data @/no/such', /^ERROR: failed to open file/],
    ['run FIVE --engine jot', /^ERROR: There is no engine 'jot'\.\nHINT: Engines are interpreter, jit, kernel/],
    ['run FIVE --type xpd', /^ERROR: There is no kind of program 'xpd'\.\nHINT: Did you mean 'xdp'/],
    ['run FIVE --type 999', /^ERROR: There is no kind of program '999'/],
    ['run FIVE --attach-type x', /^ERROR: There is no attach type 'x'/],
    ['run FIVE --repeat 0', /^ERROR: --repeat is not a number of at least 1: '0'/],
    ['run FIVE --reapet 1', /^ERROR: Unknown option '--reapet'\.\nHINT: Did you mean --repeat\?/],
    ['run FIVE --map arry:4:4:4', /^ERROR: There are no maps of kind 'arry'\.\nHINT: did you mean 'array'/],
    ['run FIVE --map array:4', /^ERROR: The map 'array:4' does not say its sizes/],
    ['run FIVE --map array:5:4:1', /^ERROR: A map cannot be made: /],
    ['run FIVE --program six', /^ERROR: There is no program 'six' in the file; it has five/],
    ['run FIVE --data 000000000000000000000000080045', /^ERROR: .*: an IP packet has at least the 20 bytes/],
    ['run FIVE --data 00', /^ERROR: The program cannot be run on these bytes: /],
    ['run OBJECT', /^ERROR: The file has several programs: count, pass\.\nHINT: choose one with --program/],
    ['run --batch FIVE', /^ERROR: --batch reads standard input, not a file/],
    ['verify', /^ERROR: There is no file/],
    ['verify FIVE OBJECT', /^ERROR: One file is taken, not 2/],
    ['verify /bin/sh', /^ERROR: the file is ELF, but not of BPF/],
    ['verify --json=1 FIVE', /^ERROR: /],
    ['explain', /^ERROR: There is no file/],
    ['explain EMPTY', /^ERROR: .* is empty/],
    ['explain FIVE --states x', /^ERROR: --states is not a number/],
    ['explain HALF', /^ERROR: .* is hexadecimal digits, but not 16 for each instruction/],
    ['asm', /^ERROR: There is no file/],
    ['asm BAD', /:1:1-\d+: ERROR: unknown instruction 'nonsense'/],
    ['asm EMPTY', /^ERROR: .* has no instructions/],
    ['asm FIVE.s -o /no/such/file', /^ERROR: The file '\/no\/such\/file' cannot be written/],
    ['disasm', /^ERROR: There is no file/],
    ['disasm --hex 12', /^ERROR: --hex has 1 bytes; instructions have eight each/],
    ['disasm --hex zz', /^ERROR: --hex is not hexadecimal/],
    ['disasm --hex 12 FIVE', /^ERROR: --hex stands in place of a file/],
    ['disasm CUT', /^ERROR: the file cannot be read as ELF/],
  ])('%s', async (words, message) => {
    writeFileSync(file('empty'), '');
    writeFileSync(file('half'), 'b70000');
    writeFileSync(file('nonsense.s'), 'nonsense r1\n');
    writeFileSync(file('five.s'), 'r0 = 5\nexit\n');
    writeFileSync(file('cut.o'), objectBytes('packet').slice(0, 3000));
    const files: Record<string, string> = {
      FIVE: 'five.hex',
      OBJECT: 'packet.o',
      EMPTY: 'empty',
      HALF: 'half',
      BAD: 'nonsense.s',
      'FIVE.s': 'five.s',
      CUT: 'cut.o',
    };
    const { stdout, stderr, code } = await run(words.replace(/\b[A-Z]+(?:\.s)?\b/g, (name) => file(files[name]!)));
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  test.each(['run', 'verify', 'explain', 'asm', 'disasm'])('%s --help', async (subcommand) => {
    const { stdout, code } = await run(`${subcommand} --help`);
    expect(stdout).toMatch(new RegExp(`^Usage: beetrace ${subcommand} `));
    expect(code).toBe(0);
  });
});

function ndjson(lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function parse(text: string): { id: unknown; [field: string]: unknown }[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
