import { describe, expect, test } from 'vitest';
import { FakeSys, failure } from '../testing/fake-sys.ts';
import type { Attr } from './attr.ts';
import { linkCreate, mapBatch, mapCreate, mapUpdate, programLoad, programTestRun, rawTracepointOpen } from './bpf.ts';
import { perfOpen } from './perf.ts';
import { isErrno } from './syscall-error.ts';

function viewOf(attr: Attr | undefined): DataView {
  const { buffer, byteOffset, byteLength } = attr!.memory;
  return new DataView(buffer, byteOffset, byteLength);
}

function textAt(attr: Attr | undefined, offset: number): string {
  return String.fromCharCode(...(attr!.targetAt(offset) as Uint8Array));
}

describe('commands of bpf(2) as the kernel lays them out', () => {
  test('BPF_MAP_CREATE', () => {
    const sys = new FakeSys();
    const fd = mapCreate(sys, {
      type: 1,
      keySize: 4,
      valueSize: 8,
      maxEntries: 100,
      flags: 3,
      name: 'AT_a-name-that-is-long',
    });
    const view = viewOf(sys.of('MAP_CREATE')[0]?.attr);
    expect([0, 4, 8, 12, 16].map((at) => view.getUint32(at, true))).toEqual([1, 4, 8, 100, 3]);
    const name = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + 28, 16));
    expect(name).toBe('AT_a_name_that_\0');
    expect(sys.open.has(fd)).toBe(true);
  });

  test('BPF_PROG_LOAD', () => {
    const sys = new FakeSys();
    const log = new Uint8Array(100);
    const code = new Uint8Array(24);
    programLoad(sys, {
      type: 26,
      attachType: 24,
      code,
      license: 'GPL',
      name: 'probe',
      flags: 16,
      attachBtfId: 77,
      attachBtfFd: 9,
      btf: { fd: 5, functions: new Uint8Array(16), lines: new Uint8Array(48) },
      fds: [0, 8],
      log: { level: 1, buffer: log },
    });
    const attr = sys.of('PROG_LOAD')[0]!.attr!;
    const bytesAt = (offset: number): Uint8Array => attr.targetAt(offset) as Uint8Array;
    const view = viewOf(attr);
    const fields = {
      0: 26,
      4: 3,
      24: 1,
      28: 100,
      44: 16,
      68: 24,
      72: 5,
      76: 8,
      88: 2,
      92: 16,
      104: 3,
      108: 77,
      112: 9,
    };
    for (const [at, value] of Object.entries(fields))
      expect([at, view.getUint32(Number(at), true)]).toEqual([at, value]);
    expect(attr.targetAt(8)).toBe(code);
    expect(textAt(attr, 16)).toBe('GPL\0');
    expect(attr.targetAt(32)).toBe(log);
    expect(bytesAt(80).length).toBe(16);
    expect(bytesAt(96).length).toBe(48);
    expect([...new Int32Array(bytesAt(120).buffer)]).toEqual([0, 8]);
  });

  test('BPF_MAP_UPDATE_ELEM', () => {
    const sys = new FakeSys();
    const key = new Uint8Array(4);
    const value = new Uint8Array(8);
    mapUpdate(sys, 7, key, value, 2n);
    const attr = sys.calls[0]?.attr;
    expect(viewOf(attr).getUint32(0, true)).toBe(7);
    expect(attr?.targetAt(8)).toBe(key);
    expect(attr?.targetAt(16)).toBe(value);
    expect(viewOf(attr).getBigUint64(24, true)).toBe(2n);
  });

  test('batches tell how many entries were done, also when they fail', () => {
    const sys = new FakeSys({
      bpf: (command, attr) => {
        viewOf(attr).setUint32(32, 3, true);
        throw failure(command, 'ENOENT');
      },
    });
    let done = 0;
    const batch = { keys: new Uint8Array(40), values: new Uint8Array(80), count: 10 };
    expect(() => mapBatch(sys, 'MAP_LOOKUP_BATCH', 7, batch, (count) => (done = count))).toThrow(/ENOENT/);
    expect(done).toBe(3);
  });

  test('BPF_PROG_TEST_RUN gives what the kernel wrote', () => {
    const sys = new FakeSys({
      bpf: (_, attr) => {
        viewOf(attr).setUint32(4, 42, true);
        viewOf(attr).setUint32(36, 5, true);
        return 0;
      },
    });
    expect(programTestRun(sys, 3, { context: new Uint8Array(96) })).toMatchObject({ returned: 42, nanoseconds: 5 });
    expect(viewOf(sys.calls[0]?.attr).getUint32(40, true)).toBe(96);
  });

  test('BPF_RAW_TRACEPOINT_OPEN', () => {
    const sys = new FakeSys();
    rawTracepointOpen(sys, 6, 'sys_enter', 9n);
    const attr = sys.calls[0]?.attr;
    expect(textAt(attr, 0)).toBe('sys_enter\0');
    expect(viewOf(attr).getUint32(8, true)).toBe(6);
    expect(viewOf(attr).getBigUint64(16, true)).toBe(9n);
  });

  test('BPF_LINK_CREATE', () => {
    const sys = new FakeSys();
    linkCreate(sys, { program: 1, target: 2, attachType: 41, rest: (attr) => attr.u64(99n) });
    const view = viewOf(sys.calls[0]?.attr);
    expect([0, 4, 8, 12].map((at) => view.getUint32(at, true))).toEqual([1, 2, 41, 0]);
    expect(view.getBigUint64(16, true)).toBe(99n);
  });
});

describe('perf_event_open(2)', () => {
  test('a frequency sets its flag, a period does not', () => {
    const sys = new FakeSys();
    perfOpen(sys, { type: 1, config: 0n, frequency: 99n }, -1, 3);
    perfOpen(sys, { type: 2, config: 321n, inherit: true }, 5, -1);
    const [first, second] = sys.of('perf_event_open');
    expect(viewOf(first?.attr).byteLength).toBe(112);
    expect(viewOf(first?.attr).getUint32(4, true)).toBe(112);
    expect(viewOf(first?.attr).getBigUint64(16, true)).toBe(99n);
    expect(viewOf(first?.attr).getBigUint64(40, true)).toBe(1n << 10n);
    expect(first?.arguments).toEqual([-1, 3]);
    expect(viewOf(second?.attr).getBigUint64(8, true)).toBe(321n);
    expect(viewOf(second?.attr).getBigUint64(16, true)).toBe(1n);
    expect(viewOf(second?.attr).getBigUint64(40, true)).toBe(2n);
  });
});

test('an error knows its call and its number', () => {
  const error = failure('bpf(BPF_MAP_CREATE)', 'EPERM');
  expect(error.message).toBe('bpf(BPF_MAP_CREATE) failed: operation not permitted (EPERM)');
  expect(isErrno(error, 'EPERM', 'EINVAL')).toBe(true);
  expect(isErrno(error, 'EINVAL')).toBe(false);
  expect(isErrno(new Error('x'), 'EPERM')).toBe(false);
});
