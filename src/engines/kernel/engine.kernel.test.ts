import { closeSync, openSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { AttachPoint } from '../../image/index.ts';
import {
  Alu,
  Atomic,
  alu64Imm,
  atomic,
  callHelper,
  exit,
  helperId,
  Jump,
  jumpImm,
  loadImm64,
  mov,
  movImm,
  Size,
  storeImm,
  storeMem,
} from '../../isa/index.ts';
import { kernelEngine } from './index.ts';
import { nativeSys } from './sys/native.ts';
import { whyNoBpf } from './testing/bpf-allowed.ts';
import { privateMap, ringMap, testImage } from './testing/images.ts';

const reason = whyNoBpf();
const engine = kernelEngine();

afterEach(() => {
  expect([...nativeSys().open]).toEqual([]);
});

/** `ringbuf_output(ring, &{ u32 0, u32 value, u64 r6 }, 16, 0)`; three slots before the relocation's. */
const sendRecord = [
  storeImm(Size.W, 10, -16, 0),
  storeImm(Size.W, 10, -12, 42),
  storeImm(Size.DW, 10, -8, -1),
  loadImm64(1, 0n),
  mov(2, 10),
  alu64Imm(Alu.ADD, 2, -16),
  movImm(3, 16),
  movImm(4, 0),
  callHelper(helperId('ringbuf_output')),
  movImm(0, 0),
  exit(),
];

/** Adds one to the only value of map 0. */
const countOne = [
  storeImm(Size.W, 10, -4, 0),
  loadImm64(1, 0n),
  mov(2, 10),
  alu64Imm(Alu.ADD, 2, -4),
  callHelper(helperId('map_lookup_elem')),
  jumpImm(Jump.JEQ, 0, 0, 2),
  movImm(1, 1),
  atomic(Atomic.ADD, Size.DW, 0, 0, 1),
  movImm(0, 0),
  exit(),
];

function counting(kind: string, attach: AttachPoint) {
  return testImage({
    maps: [privateMap('array', 4, 8, 1)],
    programs: [{ kind, code: countOne, relocations: [{ kind: 'map', slot: 1, map: 0 }], attach: [attach] }],
  });
}

describe.skipIf(reason)(`kernel engine${reason ? ` (${reason})` : ''}`, () => {
  test('a begin program writes a record that the ring hands out', () => {
    const loaded = engine.load(
      testImage({
        maps: [ringMap()],
        programs: [
          {
            kind: 'raw_tracepoint',
            code: sendRecord,
            relocations: [{ kind: 'map', slot: 3, map: 0 }],
            attach: [{ kind: 'begin', probe: 0 }],
          },
        ],
      }),
      {},
    );
    expect(loaded.attachedCount).toBe(1);
    expect(loaded.drain(() => {})).toBe(0);
    loaded.run('begin');
    const seen: unknown[] = [];
    expect(
      loaded.drain((memory, at, length) => seen.push([memory.u32[(at >> 2) + 1], memory.i64[(at >> 3) + 1], length])),
    ).toBe(1);
    expect(seen).toEqual([[42, -1n, 16]]);
    loaded.close();
  });

  test('a tracepoint counts the system calls of this process', () => {
    const loaded = engine.load(
      counting('tracepoint', { kind: 'tracepoint', category: 'syscalls', event: 'sys_enter_openat', probe: 0 }),
      {},
    );
    expect(loaded.attach()).toEqual([]);
    expect(loaded.attachedCount).toBe(1);
    for (let i = 0; i < 100; i++) closeSync(openSync('/dev/null', 'r'));
    loaded.detach();
    const { values } = loaded.readMap(0);
    expect(Number(new DataView(values.buffer).getBigUint64(values.byteOffset, true))).toBeGreaterThanOrEqual(100);
    loaded.close();
  });
});
