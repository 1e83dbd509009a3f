import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Relocation } from '../../image/index.ts';
import {
  Alu,
  alu64Imm,
  callHelper,
  callKfunc,
  exit,
  helperId,
  type Instruction,
  ja,
  loadFunc,
  loadImm64,
  loadMem,
  mov,
  movImm,
  Size,
  storeImm,
} from '../../isa/index.ts';
import { featuresOf } from './features.ts';
import { kernelEngine } from './index.ts';
import { runningMachine } from './platform.ts';
import { nativeSys } from './sys/native.ts';
import { whyNoBpf } from './testing/bpf-allowed.ts';
import { privateMap, testImage } from './testing/images.ts';
import { VerifierError } from './verifier-error.ts';

const reason = whyNoBpf();
const engine = kernelEngine();

afterEach(() => {
  expect([...nativeSys().open]).toEqual([]);
});

function rejected(code: readonly (Instruction | readonly Instruction[])[], kind = 'raw_tracepoint'): VerifierError {
  const maps = [privateMap('hash', 4, 8, 10)];
  const lines = code.flat().map((_, slot) => ({ slot, location: { source: 0, start: slot, end: slot + 1 } }));
  const relocations: Relocation[] = code.flat().some(({ code: opcode }) => opcode === 0x18)
    ? [{ kind: 'map', slot: 1, map: 0 }]
    : [];
  try {
    engine
      .load(testImage({ maps, programs: [{ kind, code, lines, relocations, attach: [] }], text: 'x'.repeat(100) }), {})
      .close();
  } catch (error) {
    if (error instanceof VerifierError) return error;
    throw error;
  }
  throw new Error('the program was accepted');
}

describe.skipIf(reason)(`programs${reason ? ` (${reason})` : ''}`, () => {
  test('a register that was never written', () => {
    const error = rejected([movImm(0, 0), mov(6, 7), exit()]);
    expect(error).toMatchObject({ program: 'test_0', slot: 1, summary: 'R7 !read_ok', code: 'ERR_VERIFIER' });
    expect(error.location).toEqual({ source: 0, start: 1, end: 2 });
    expect(error.explanation).toMatch(/R7 is read before/);
    expect(error.log).toContain('R7 !read_ok');
  });

  test('a value that may be NULL', () => {
    const error = rejected([
      storeImm(Size.W, 10, -4, 0),
      loadImm64(1, 0n),
      mov(2, 10),
      alu64Imm(Alu.ADD, 2, -4),
      callHelper(helperId('map_lookup_elem')),
      loadMem(Size.DW, 0, 0, 0),
      exit(),
    ]);
    expect(error.slot).toBe(6);
    expect(error.summary).toMatch(/map_value_or_null/);
    expect(error.explanation).toMatch(/may be NULL/);
  });

  test('reading through a number', () => {
    const error = rejected([movImm(1, 5), loadMem(Size.DW, 0, 1, 0), exit()]);
    expect(error.slot).toBe(1);
    expect(error.explanation).toMatch(/through a number/);
  });

  test('a helper that this kind of program may not call', () => {
    const error = rejected([mov(6, 1), callHelper(helperId('redirect')), movImm(0, 0), exit()]);
    expect(error.explanation).toMatch(/bpf_redirect/);
    expect(error.slot).toBe(1);
  });

  test('a loop without an end', () => {
    const error = rejected([movImm(0, 0), ja(-2), exit()]);
    expect(error.message).toMatch(/unreachable|loop/);
  });

  test('no return value', () => {
    expect(rejected([exit()]).explanation).toMatch(/without a return value/);
  });

  test('code that runs off its end', () => {
    const error = rejected([movImm(0, 0)]);
    expect(error.explanation).toMatch(/control flow leaves/);
  });

  test('a log longer than the first buffer is fetched whole', () => {
    // Each instruction takes a line of the log.
    const code = [...Array.from({ length: 3000 }, () => movImm(0, 1)), mov(0, 9), exit()];
    const error = rejected(code);
    expect(error.slot).toBe(3000);
    expect(error.log.length).toBeGreaterThan(65536);
  });

  test('with verbose the log of an accepted program is kept', () => {
    const image = testImage({ programs: [{ kind: 'raw_tracepoint', code: [movImm(0, 0), exit()], attach: [] }] });
    const loaded = engine.load(image, { verbose: true });
    expect(loaded.logs?.[0]?.log).toContain('processed 2 insns');
    loaded.close();
  });

  test('relocations for this kernel are taken by its verifier', () => {
    const relocations: Relocation[] = [
      { kind: 'parameter', slot: 0, parameter: 'cpu-count' },
      { kind: 'field', slot: 2, into: 'imm', type: 'struct task_struct', path: 'pid', what: 'byte-offset', value: 0 },
      { kind: 'tracepoint-field', slot: 3, into: 'imm', tracepoint: 'sched:sched_switch', field: 'next_pid', value: 0 },
    ];
    const code = [loadImm64(1, 0n), movImm(2, 0), movImm(4, 0), movImm(0, 0), exit()];
    engine.load(testImage({ programs: [{ kind: 'raw_tracepoint', code, relocations, attach: [] }] }), {}).close();
  });

  test('a variable of the kernel is found, or it is said why not', () => {
    const relocations: Relocation[] = [{ kind: 'kernel-variable', slot: 0, symbol: 'runqueues' }];
    const code = [loadImm64(1, 0n), movImm(0, 0), exit()];
    const load = () =>
      engine.load(testImage({ programs: [{ kind: 'raw_tracepoint', code, relocations, attach: [] }] }), {});
    // Without CONFIG_KALLSYMS_ALL the kernel knows the type of its variables but not their addresses.
    // Old ones do not even know the type.
    if (!runningMachine().btf.find('runqueues', 'var')) expect(load).toThrow(/does not have the variable/);
    else if (/ runqueues$/m.test(readFileSync('/proc/kallsyms', 'latin1'))) load().close();
    else expect(load).toThrow(/CONFIG_KALLSYMS_ALL/);
  });

  // bpf_rcu_read_lock is of 6.2.
  const hasFunction = reason === undefined && runningMachine().btf.func('bpf_rcu_read_lock') !== undefined;
  test.skipIf(!hasFunction)('a kernel function is called by its name', () => {
    const relocations: Relocation[] = [
      { kind: 'kfunc', slot: 0, symbol: 'bpf_rcu_read_lock' },
      { kind: 'kfunc', slot: 1, symbol: 'bpf_rcu_read_unlock' },
    ];
    const code = [callKfunc(0), callKfunc(0), movImm(0, 0), exit()];
    const attach = [{ kind: 'raw-tracepoint', event: 'sched_switch', probe: 0 }] as const;
    const program = { kind: 'tracing', attachKind: 'trace_raw_tp', code, relocations, attach };
    engine.load(testImage({ programs: [program] }), {}).close();
  });

  test('the kernel knows the lines of the script', () => {
    const text = 'BEGIN\n{\n  @a = 1;\n  @b = 2;\n}\n';
    const at = (word: string) => ({ source: 0, start: text.indexOf(word), end: text.indexOf(word) + 2 });
    const lines = [
      { slot: 1, location: at('@a') },
      { slot: 2, location: at('@b') },
      // Inside of a wide instruction, where the kernel takes none.
      { slot: 4, location: at('@b') },
    ];
    const code = [movImm(0, 0), movImm(1, 1), movImm(2, 2), loadImm64(3, 1n), mov(0, 9), exit()];
    const attach = [{ kind: 'begin', probe: 0 }] as const;
    const image = testImage({ programs: [{ kind: 'raw_tracepoint', code, lines, attach }], text });
    let log = '';
    try {
      engine.load(image, {});
    } catch (error) {
      if (error instanceof VerifierError) ({ log } = error);
    }
    // Kernels since 6.9 add the place.
    expect(log).toMatch(/^; @a = 1;(?: @ test.bt:3)?$/m);
    expect(log).toMatch(/^; @b = 2;/m);
  });

  const hasLoop = reason === undefined && featuresOf(nativeSys()).has('loop');
  test.skipIf(!hasLoop)('callbacks and subprograms are described', () => {
    // r0 = bpf_loop(3, callback, NULL, 0); the callback returns 0.
    const code = [
      movImm(1, 3),
      loadFunc(2, 6),
      movImm(3, 0),
      movImm(4, 0),
      callHelper(helperId('loop')),
      movImm(0, 0),
      exit(),
      movImm(0, 0),
      exit(),
    ];
    const functions = [
      { name: 'entry', slot: 0, shape: 'entry' },
      { name: 'callback', slot: 8, shape: 'loop-callback' },
    ] as const;
    const attach = [{ kind: 'begin', probe: 0 }] as const;
    const loaded = engine.load(testImage({ programs: [{ kind: 'raw_tracepoint', code, functions, attach }] }), {});
    loaded.run('begin');
    loaded.close();
  });

  test('nothing stays open after a program that was rejected', () => {
    const before = readdirSync('/proc/self/fd').length;
    rejected([exit()]);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});
