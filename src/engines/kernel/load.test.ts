import { describe, expect, test } from 'vitest';
import type { AttachPoint } from '../../image/index.ts';
import { exit, movImm } from '../../isa/index.ts';
import { inAttachOrder } from './attach/index.ts';
import { parseCpuList } from './cpus.ts';
import { loadImage } from './load.ts';
import { runningMachine } from './platform.ts';
import type { Attr } from './sys/attr.ts';
import type { BpfCommand } from './sys/sys.ts';
import { FakeSys, failure } from './testing/fake-sys.ts';
import { privateMap, ringMap, testImage } from './testing/images.ts';
import { VerifierError } from './verifier-error.ts';

const nothing = [movImm(0, 0), exit()];

function loadWith(answer: (command: BpfCommand, attr: Attr) => number | undefined) {
  const sys = new FakeSys({ bpf: answer, mmap: (length) => new ArrayBuffer(length) });
  const attach = [{ kind: 'profile', every: { hertz: 99 }, probe: 0 }] as const;
  const image = testImage({
    maps: [privateMap('hash', 4, 8, 10), ringMap()],
    programs: [{ kind: 'perf_event', code: nothing, attach }],
  });
  return { sys, load: () => loadImage(sys, runningMachine(), image, {}) };
}

describe('loading', () => {
  test('everything is closed again, in whatever order it failed', () => {
    for (const failing of ['MAP_CREATE', 'PROG_LOAD'] as const) {
      const { sys, load } = loadWith((command) => {
        if (command === failing) throw failure(`bpf(BPF_${command})`, 'ENOMEM');
        return 0;
      });
      expect(load).toThrow();
      expect([...sys.open]).toEqual([]);
    }
  });

  test('closing closes everything and can be repeated', () => {
    const { sys, load } = loadWith(() => 0);
    const loaded = load();
    expect(loaded.attach()).toEqual([]);
    expect(sys.open.size).toBeGreaterThan(4);
    loaded.close();
    loaded.close();
    expect([...sys.open]).toEqual([]);
  });

  test('BTF that the kernel does not take is left out', () => {
    const { sys, load } = loadWith((command, attr) => {
      if (command === 'PROG_LOAD' && attr.readU32(72) !== 0) throw failure('bpf(BPF_PROG_LOAD)', 'EINVAL');
      return 0;
    });
    load().close();
    expect([...sys.open]).toEqual([]);
    expect(sys.of('PROG_LOAD').at(-1)?.attr?.readU32(72)).toBe(0);
  });

  test('the log is asked for only after a rejection, and grows until it fits', () => {
    const text = `0: (b7) r0 = 0\n${'x'.repeat(100_000)}\nR9 !read_ok\n`;
    const { sys, load } = loadWith((command, attr) => {
      if (command !== 'PROG_LOAD') return 0;
      const size = attr.readU32(28);
      if (size > 0 && size < text.length) throw failure('bpf(BPF_PROG_LOAD)', 'ENOSPC');
      if (size > 0) (attr.targetAt(32) as Uint8Array).set(Buffer.from(text));
      throw failure('bpf(BPF_PROG_LOAD)', 'EACCES');
    });
    expect(load).toThrow(VerifierError);
    expect(sys.of('PROG_LOAD').map(({ attr }) => attr?.readU32(28))).toEqual([0, 65536, 262144]);
    expect([...sys.open]).toEqual([]);
  });

  test('a load that was interrupted is repeated', () => {
    let left = 3;
    const { load } = loadWith((command) => {
      if (command === 'PROG_LOAD' && left-- > 0) throw failure('bpf(BPF_PROG_LOAD)', 'EAGAIN');
      return 0;
    });
    load().close();
  });

  test('a map that is too large is called by its name', () => {
    const { load } = loadWith((command) => {
      if (command === 'MAP_CREATE') throw failure('bpf(BPF_MAP_CREATE)', 'ENOMEM');
      return 0;
    });
    expect(load).toThrow('the map hash (10 entries of 4 + 8 bytes) is more than the kernel gives');
  });
});

test('events that call the last one first are attached in reverse', () => {
  const uprobe = (symbol: string): AttachPoint => ({
    kind: 'uprobe',
    path: '/x',
    symbol,
    offset: 0,
    returns: false,
    probe: 0,
  });
  const interval: AttachPoint = { kind: 'interval', every: { hertz: 1 }, probe: 0 };
  const { programs } = testImage({
    programs: [
      { kind: 'kprobe', code: nothing, attach: [uprobe('a'), uprobe('b')] },
      { kind: 'perf_event', code: nothing, attach: [interval] },
      { kind: 'kprobe', code: nothing, attach: [uprobe('c')] },
    ],
  });
  const instances = programs.map((program, index) => ({
    index,
    program,
    attach: program.attach,
    loaded: {
      program,
      fd: 1,
      log: '',
      loadAs: () => {
        throw new Error('not asked for');
      },
    },
  }));
  const order = inAttachOrder(instances).map(({ attaches }) =>
    attaches.map((attach) => (attach.kind === 'uprobe' ? attach.symbol : attach.kind)).join(' '),
  );
  expect(order).toEqual(['interval', 'c', 'a b']);
});

test('lists of CPUs', () => {
  expect(parseCpuList('0-3,8,10-11\n')).toEqual([0, 1, 2, 3, 8, 10, 11]);
  expect(parseCpuList('0\n')).toEqual([0]);
  expect(parseCpuList('\n')).toEqual([]);
});
