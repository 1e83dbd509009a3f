import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { AttachPoint, Image } from '../../../image/index.ts';
import {
  Alu,
  alu64Imm,
  callHelper,
  exit,
  helperId,
  loadImm64,
  loadMem,
  mov,
  movImm,
  Size,
  storeMem,
} from '../../../isa/index.ts';
import type { LoadedImage, LoadOptions } from '../../engine.ts';
import { featuresOf } from '../features.ts';
import { kernelEngine } from '../index.ts';
import { runningMachine } from '../platform.ts';
import { nativeSys } from '../sys/native.ts';
import { whyNoBpf } from '../testing/bpf-allowed.ts';
import { privateMap, testImage } from '../testing/images.ts';
import { countCookie, countingImage, countOf, countUp } from '../testing/programs.ts';

const reason = whyNoBpf();
const engine = kernelEngine();
const features = featuresOf(nativeSys());
const libc = reason === undefined ? pathOfLibc() : '';

function pathOfLibc(): string {
  return /\s(\/\S*libc[.-]\S*)$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[1] ?? '';
}

const open: LoadedImage[] = [];

/** Loads an Image that is closed after the test, also one that fails. */
function load(image: Image, options: LoadOptions): LoadedImage {
  const loaded = engine.load(image, options);
  open.push(loaded);
  return loaded;
}

/** Loads, attaches, runs the workload, detaches; gives the count. */
function count(kind: string, attach: AttachPoint, work: () => void, attachKind?: string): number {
  const loaded = load(countingImage(kind, attach, attachKind), {});
  expect(loaded.attach()).toEqual([]);
  expect(loaded.attachedCount).toBe(1);
  work();
  loaded.detach();
  return countOf(loaded);
}

/** Makes at least `times` openat calls and as many close calls. */
function openOften(times: number): void {
  for (let index = 0; index < times; index++) closeSync(openSync('/dev/null', 'r'));
}

function busy(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

afterEach(() => {
  for (const loaded of open.splice(0)) loaded.close();
  expect([...nativeSys().open]).toEqual([]);
});

describe.skipIf(reason)(`attaching${reason ? ` (${reason})` : ''}`, () => {
  test('a tracepoint', () => {
    const attach = { kind: 'tracepoint', category: 'syscalls', event: 'sys_enter_openat', probe: 0 } as const;
    const got = count('tracepoint', attach, () => openOften(100));
    expect(got).toBeGreaterThanOrEqual(100);
    expect(got).toBeLessThan(1000);
  });

  test('a tracepoint that does not exist is a failure with a hint', () => {
    const attach = { kind: 'tracepoint', category: 'sched', event: 'sched_swich', probe: 0 } as const;
    const loaded = load(countingImage('tracepoint', attach), {});
    expect(loaded.attach()).toEqual([
      {
        program: 0,
        attach,
        message: "the kernel has no tracepoint 'sched:sched_swich'",
        hints: ["did you mean 'sched_switch'?"],
      },
    ]);
  });

  test('a tracepoint by a raw tracepoint program', () => {
    const attach = { kind: 'tracepoint', category: 'sched', event: 'sched_process_fork', probe: 0 } as const;
    const got = count('raw_tracepoint', attach, () => {
      for (let index = 0; index < 3; index++) spawnSync('/bin/true');
    });
    expect(got).toBeGreaterThanOrEqual(3);
  });

  test('an event without a raw tracepoint takes a raw tracepoint program all the same', () => {
    const attach = { kind: 'tracepoint', category: 'syscalls', event: 'sys_enter_openat', probe: 0 } as const;
    expect(count('raw_tracepoint', attach, () => openOften(100))).toBeGreaterThanOrEqual(100);
  });

  test('a raw tracepoint', () => {
    const got = count('raw_tracepoint', { kind: 'raw-tracepoint', event: 'sys_enter', probe: 0 }, () => openOften(50));
    expect(got).toBeGreaterThanOrEqual(100);
  });

  test('a raw tracepoint by a tracing program', () => {
    const attach = { kind: 'raw-tracepoint', event: 'sys_enter', probe: 0 } as const;
    expect(count('tracing', attach, () => openOften(50), 'trace_raw_tp')).toBeGreaterThanOrEqual(100);
  });

  test('system calls fill the dispatch map', () => {
    const attach = {
      kind: 'syscalls',
      phase: 'enter',
      syscalls: ['openat', 'newfstat', 'nonsense'],
      dispatch: 1,
      probe: 0,
    } as const;
    const loaded = load(
      testImage({
        maps: [privateMap('array', 4, 8, 1), { ...privateMap('array', 4, 4, 512), role: { kind: 'syscalls' } }],
        programs: [{ kind: 'raw_tracepoint', ...countUp(0), attach: [attach] }],
      }),
      {},
    );
    expect(loaded.attach()).toEqual([]);
    expect(loaded.attachedCount).toBe(2);
    const { values } = loaded.readMap(1);
    const numbers = new Uint32Array(values.slice().buffer);
    expect([...numbers.entries()].filter(([, value]) => value !== 0).map(([, value]) => value)).toEqual(
      expect.arrayContaining([1, 2]),
    );
  });

  test.skipIf(!features.has('uprobe'))('a uprobe and a uretprobe of libc', () => {
    for (const returns of [false, true]) {
      const attach = { kind: 'uprobe', path: libc, symbol: 'getppid', offset: 0, returns, probe: 0 } as const;
      const got = count('kprobe', attach, () => execFileSync('/bin/sh', ['-c', 'exec /bin/true']));
      // The shell asks for its parent once at its start.
      expect(got).toBeGreaterThanOrEqual(1);
    }
  });

  test.skipIf(!features.has('uprobe'))('a uprobe of a function that does not exist', () => {
    const attach = { kind: 'uprobe', path: libc, symbol: 'getpidd', offset: 0, returns: false, probe: 0 } as const;
    const loaded = load(countingImage('kprobe', attach), {});
    const [failure] = loaded.attach();
    expect(failure?.message).toContain("has no function 'getpidd'");
  });

  test.skipIf(!features.has('uprobe-multi'))('many uprobes with one link', () => {
    const attach = {
      kind: 'uprobe-multi',
      path: libc,
      symbols: ['getppid', 'getpid', 'getpid'],
      returns: false,
      probe: 0,
    } as const;
    const loaded = load(countingImage('kprobe', attach, 'trace_uprobe_multi'), {});
    expect(loaded.attach()).toEqual([]);
    expect(loaded.attachedCount).toBe(2);
    execFileSync('/bin/sh', ['-c', 'exec /bin/true']);
    expect(countOf(loaded)).toBeGreaterThanOrEqual(1);
  });

  describe.skipIf(!features.has('get-attach-cookie'))('the cookie tells which attach point was hit', () => {
    /** How often each of the first ten attach points was hit while the work was done. */
    function hits(kind: string, attach: readonly AttachPoint[], work: () => void): bigint[] {
      const programs = [{ kind, ...countCookie(0), attach }];
      const loaded = load(testImage({ maps: [privateMap('array', 4, 8, 10)], programs }), {});
      expect(loaded.attach()).toEqual([]);
      work();
      loaded.detach();
      return [...new BigUint64Array(loaded.readMap(0).values.slice().buffer)];
    }

    test.skipIf(!features.has('uprobe'))('of uprobes, together', () => {
      const uprobe = (symbol: string, probe: number): AttachPoint => {
        return { kind: 'uprobe', path: libc, symbol, offset: 0, returns: false, probe };
      };
      const got = hits('kprobe', [uprobe('getppid', 3), uprobe('setjmp', 4), uprobe('getppid', 5)], () => {
        execFileSync('/bin/sh', ['-c', 'exec /bin/true']);
      });
      expect(got[3]).toBeGreaterThanOrEqual(1n);
      expect(got[5]).toBe(got[3]);
      expect(got[0]).toBe(0n);
    });

    test.skipIf(!features.has('kprobe'))('of kprobes, together', () => {
      const kprobe = (symbol: string, probe: number): AttachPoint => {
        return { kind: 'kprobe', symbol, offset: 0, returns: false, probe };
      };
      const got = hits('kprobe', [kprobe('vfs_read', 2), kprobe('vfs_open', 7)], () => readFileSync('/proc/self/stat'));
      expect(got[2]).toBeGreaterThanOrEqual(1n);
      expect(got[7]).toBeGreaterThanOrEqual(1n);
    });

    test('of tracepoints', () => {
      const event = (name: string, probe: number): AttachPoint => {
        return { kind: 'tracepoint', category: 'syscalls', event: name, probe };
      };
      const got = hits('tracepoint', [event('sys_enter_openat', 1), event('sys_enter_close', 6)], () => openOften(50));
      expect(got[1]).toBeGreaterThanOrEqual(50n);
      expect(got[6]).toBeGreaterThanOrEqual(50n);
    });

    test.skipIf(!features.has('raw-tracepoint-cookie'))('of raw tracepoints', () => {
      const got = hits('raw_tracepoint', [{ kind: 'raw-tracepoint', event: 'sys_enter', probe: 8 }], () =>
        openOften(50),
      );
      expect(got[8]).toBeGreaterThanOrEqual(100n);
    });

    test('of perf events', () => {
      const profile = (probe: number): AttachPoint => ({ kind: 'profile', every: { hertz: 999 }, probe });
      const got = hits('perf_event', [profile(1), profile(2)], () => busy(100));
      expect(got[1]).toBeGreaterThanOrEqual(5n);
      expect(got[2]).toBeGreaterThanOrEqual(5n);
    });
  });

  test.skipIf(!features.has('uprobe'))('one of many uprobes that has no place leaves the others attached', () => {
    const uprobe = (symbol: string) =>
      ({ kind: 'uprobe', path: libc, symbol, offset: 0, returns: false, probe: 0 }) as const;
    const attach = [uprobe('getppid'), uprobe('no_such_function'), uprobe('getpid')];
    const programs = [{ kind: 'kprobe', ...countUp(0), attach }];
    const loaded = load(testImage({ maps: [privateMap('array', 4, 8, 1)], programs }), {});
    expect(loaded.attach().map((failure) => failure.attach)).toEqual([attach[1]]);
    expect(loaded.attachedCount).toBe(2);
  });

  test('a profile runs on busy CPUs, by frequency and by period', () => {
    for (const every of [{ hertz: 999 }, { nanoseconds: 1_000_000n }]) {
      expect(count('perf_event', { kind: 'profile', every, probe: 0 }, () => busy(100))).toBeGreaterThanOrEqual(10);
    }
  });

  test('an interval runs on one CPU', () => {
    const every = { nanoseconds: 10_000_000n };
    const got = count('perf_event', { kind: 'interval', every, probe: 0 }, () => busy(200));
    expect(got).toBeGreaterThanOrEqual(3);
    expect(got).toBeLessThanOrEqual(60);
  });

  test('page faults of this process only', () => {
    const attach = { kind: 'perf', type: 'software', event: 'faults', count: 1n, probe: 0 } as const;
    const loaded = load(countingImage('perf_event', attach), { targetPid: process.pid });
    expect(loaded.attach()).toEqual([]);
    const pages = new Uint8Array(4 << 20);
    for (let at = 0; at < pages.length; at += 4096) pages[at] = 1;
    loaded.detach();
    // One where the kernel gives huge pages.
    expect(countOf(loaded)).toBeGreaterThanOrEqual(1);
  });

  test('an event that does not exist', () => {
    const attach = { kind: 'perf', type: 'software', event: 'page-fault', count: 1n, probe: 0 } as const;
    const loaded = load(countingImage('perf_event', attach), {});
    expect(loaded.attach()[0]?.hints).toEqual(["did you mean 'page-faults'?"]);
  });

  test.skipIf(features.has('kprobe'))('a kprobe where the kernel has none says so', () => {
    const attach = { kind: 'kprobe', symbol: 'vfs_read', offset: 0, returns: false, probe: 0 } as const;
    const loaded = load(countingImage('kprobe', attach), {});
    expect(loaded.attach()[0]?.message).toBe('this kernel has no kprobes (it was built without CONFIG_KPROBES)');
  });

  test.skipIf(!features.has('kprobe'))('a kprobe and a kretprobe', () => {
    for (const returns of [false, true]) {
      const attach = { kind: 'kprobe', symbol: 'vfs_read', offset: 0, returns, probe: 0 } as const;
      expect(count('kprobe', attach, () => readFileSync('/proc/self/stat'))).toBeGreaterThanOrEqual(1);
    }
  });

  test('fentry works or says why not', () => {
    const attach = { kind: 'fentry', symbol: 'vfs_read', returns: false, probe: 0 } as const;
    const loaded = load(countingImage('tracing', attach, 'trace_fentry'), {});
    const [failure] = loaded.attach();
    readFileSync('/proc/self/stat');
    if (failure) expect(failure.message).toMatch(/locked down|not permitted/);
    else expect(countOf(loaded)).toBeGreaterThanOrEqual(1);
  });

  test('fentry of a function that does not exist is a failure to attach', () => {
    const attach = { kind: 'fentry', symbol: 'vfs_reed', returns: false, probe: 0 } as const;
    const loaded = load(countingImage('tracing', attach, 'trace_fentry'), {});
    expect(loaded.attach()[0]?.hints).toEqual(["did you mean 'vfs_read'?"]);
  });

  test.skipIf(!features.has('uprobe'))('a USDT probe of libc', () => {
    const attach = { kind: 'usdt', path: libc, provider: 'libc', name: 'setjmp', probe: 0 } as const;
    const loaded = load(countingImage('kprobe', attach), {});
    const [failure] = loaded.attach();
    // Not every libc is built with probes.
    if (failure) expect(failure.message).toContain("has no USDT probe 'libc:setjmp'");
    else {
      execFileSync('/bin/sh', ['-c', 'exec /bin/true']);
      expect(countOf(loaded)).toBeGreaterThanOrEqual(1);
      expect(loaded.attachedCount).toBe(1);
    }
  });

  test('a USDT probe that does not exist', () => {
    const attach = { kind: 'usdt', path: libc, provider: '', name: 'nonsense', probe: 0 } as const;
    const loaded = load(countingImage('kprobe', attach), {});
    expect(loaded.attach()[0]?.message).toContain("has no USDT probe 'nonsense'");
  });

  test('a watchpoint on the execution of a function of this process', () => {
    const base = BigInt(
      `0x${new RegExp(`^(\\w+)-\\w+ \\S+ 0+ .* ${libc}$`, 'm').exec(readFileSync('/proc/self/maps', 'utf8'))?.[1]}`,
    );
    const address = base + runningMachine().elf(libc).functionOffset('getppid')!.address;
    const attach = { kind: 'watchpoint', address, length: 8, mode: 'x', probe: 0 } as const;
    const loaded = load(countingImage('perf_event', attach), { targetPid: process.pid });
    expect(loaded.attach()).toEqual([]);
    const parents = Array.from({ length: 20 }, () => process.ppid);
    loaded.detach();
    expect(new Set(parents).size).toBe(1);
    expect(countOf(loaded)).toBe(20);
  });

  test('a watchpoint that the processor cannot have says so', () => {
    const attach = { kind: 'watchpoint', address: 0x1001n, length: 4, mode: 'w', probe: 0 } as const;
    const loaded = load(countingImage('perf_event', attach), { targetPid: process.pid });
    expect(loaded.attach()[0]?.message).toBe('the processor cannot watch 4 bytes at 0x1001');
  });

  test('an iterator is read', () => {
    // seq_write(ctx->meta->seq, "task\n\0\0\0", 5)
    const code = [
      loadMem(Size.DW, 6, 1, 0),
      loadMem(Size.DW, 1, 6, 0),
      loadImm64(2, 0x0a6b736174n),
      storeMem(Size.DW, 10, -8, 2),
      mov(2, 10),
      alu64Imm(Alu.ADD, 2, -8),
      movImm(3, 5),
      callHelper(helperId('seq_write')),
      movImm(0, 0),
      exit(),
    ];
    const attach = [{ kind: 'iter', object: 'task', probe: 0 }] as const;
    const loaded = load(testImage({ programs: [{ kind: 'tracing', attachKind: 'trace_iter', code, attach }] }), {});
    expect(loaded.attach()).toEqual([]);
    for (let time = 0; time < 2; time++) {
      const text = Array.from(loaded.iterate!(), (piece) => Buffer.from(piece).toString()).join('');
      expect(text.split('\n').length).toBeGreaterThan(10);
      expect(new Set(text.split('\n'))).toEqual(new Set(['task', '']));
    }
  });
});
