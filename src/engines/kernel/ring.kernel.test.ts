import { afterEach, describe, expect, test } from 'vitest';
import type { Image } from '../../image/index.ts';
import { kernelEngine } from './index.ts';
import { nativeSys } from './sys/native.ts';
import { whyNoBpf } from './testing/bpf-allowed.ts';
import { ringMap, testImage } from './testing/images.ts';
import { sendRecord } from './testing/programs.ts';

const reason = whyNoBpf();
const engine = kernelEngine();
/** Bytes that a record takes, its header included. */
const RECORD_BYTES = 24;

function ringImage(bytes: number): Image {
  const attach = [{ kind: 'begin', probe: 0 }] as const;
  return testImage({ maps: [ringMap(bytes)], programs: [{ kind: 'raw_tracepoint', ...sendRecord(0, 42), attach }] });
}

afterEach(() => {
  expect([...nativeSys().open]).toEqual([]);
});

describe.skipIf(reason)(`ring buffer${reason ? ` (${reason})` : ''}`, () => {
  test('a record is handed out as it was written', () => {
    const loaded = engine.load(ringImage(4096), {});
    expect(loaded.drain(() => {})).toBe(0);
    loaded.run('begin');
    const seen: unknown[] = [];
    const count = loaded.drain((memory, at, length) => {
      seen.push(memory.u32[at >> 2], memory.u32[(at >> 2) + 1], memory.i64[(at >> 3) + 1], length);
    });
    expect(count).toBe(1);
    expect(seen).toEqual([0, 42, -1n, 16]);
    loaded.close();
  });

  test('a full ring takes no more until it is drained, and records at the end are whole', () => {
    const loaded = engine.load(ringImage(4096), {});
    const fits = Math.floor((4096 - 1) / RECORD_BYTES);
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < fits + 50; index++) loaded.run('begin');
      const values: number[] = [];
      loaded.drain((memory, at) => values.push(memory.u32[(at >> 2) + 1]!));
      expect(values.length).toBe(fits);
      expect(values.every((value) => value === 42)).toBe(true);
    }
    loaded.close();
  });

  test('a limit leaves the rest for the next time, and an exception loses one record', () => {
    const loaded = engine.load(ringImage(4096), {});
    for (let index = 0; index < 10; index++) loaded.run('begin');
    expect(loaded.drain(() => {}, 3)).toBe(3);
    expect(() =>
      loaded.drain(() => {
        throw new Error('handler');
      }),
    ).toThrow('handler');
    expect(loaded.drain(() => {})).toBe(6);
    loaded.close();
  });

  test('waiting ends when a record comes, when it is woken, and after the time', async () => {
    const loaded = engine.load(ringImage(4096), {});
    const order: string[] = [];
    const waiting = loaded.wait(60_000).then(() => order.push('record'));
    // The main thread must go on while it waits.
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push('timer');
    loaded.run('begin');
    await waiting;
    expect(order).toEqual(['timer', 'record']);
    loaded.drain(() => {});
    const paused = loaded.wait(60_000);
    loaded.wake();
    await paused;
    const woken = loaded.wait(60_000);
    loaded.wake();
    await woken;
    await loaded.wait(1);
    loaded.close();
  });

  test('closing while waiting, and everything after closing, is harmless', async () => {
    const loaded = engine.load(ringImage(4096), {});
    const waiting = loaded.wait(60_000);
    loaded.close();
    await waiting;
    loaded.close();
    loaded.wake();
    await loaded.wait(60_000);
    expect(loaded.drain(() => {})).toBe(0);
  });

  test('a handler that closes ends the draining', () => {
    const loaded = engine.load(ringImage(4096), {});
    loaded.run('begin');
    loaded.run('begin');
    expect(loaded.drain(() => loaded.close())).toBe(1);
  });

  test('views that were kept read zeroes after closing', () => {
    const loaded = engine.load(ringImage(4096), {});
    loaded.run('begin');
    let kept: Uint8Array | undefined;
    loaded.drain((memory) => {
      kept = memory.u8;
    });
    loaded.close();
    expect(kept?.[12]).toBe(0);
  });
});
