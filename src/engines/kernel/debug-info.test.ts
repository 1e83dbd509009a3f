import { expect, test } from 'vitest';
import { Btf } from '../../btf/index.ts';
import { exit, loadImm64, movImm } from '../../isa/index.ts';
import { buildDebugInfo } from './debug-info.ts';
import { testImage } from './testing/images.ts';

const text = 'first line\n  second line\n';

function build(lines: readonly { slot: number; start: number }[]) {
  const image = testImage({
    text,
    programs: [
      {
        kind: 'tracepoint',
        code: [movImm(0, 0), loadImm64(1, 5n), exit(), movImm(0, 0), exit()],
        lines: lines.map(({ slot, start }) => ({ slot, location: { source: 0, start, end: start + 1 } })),
        functions: [
          { name: 'main program', slot: 0, shape: 'entry' },
          { name: 'callback', slot: 4, shape: 'map-callback' },
        ],
        attach: [],
      },
    ],
  });
  const { bytes, programs } = buildDebugInfo(image);
  return { btf: Btf.parse(bytes), bytes, records: programs[0]! };
}

test('functions are described as the kernel wants them', () => {
  const { btf, records } = build([]);
  const words = new Uint32Array(records.functions.buffer);
  expect([words[0], words[2]]).toEqual([0, 4]);
  expect(btf.type(words[1]!)).toMatchObject({ kind: 'func', name: 'main_program', linkage: 'global' });
  expect(btf.type(words[3]!)).toMatchObject({ kind: 'func', name: 'callback', linkage: 'static' });
  expect(btf.func('callback')?.params.length).toBe(4);
  expect(records.lines.length).toBe(0);
});

test('lines have file, text, line and column; functions always have one', () => {
  const { bytes, records } = build([
    { slot: 0, start: 0 },
    { slot: 1, start: 13 },
    { slot: 2, start: 0 },
  ]);
  const words = new Uint32Array(records.lines.buffer);
  const rows = Array.from({ length: words.length / 4 }, (_, row) => [...words.subarray(row * 4, row * 4 + 4)]);
  // Slot 2 is the second half of a wide instruction; slot 4 starts a function.
  expect(rows.map(([slot]) => slot)).toEqual([0, 1, 4]);
  expect(rows.map(([, , , place]) => [place! >>> 10, place! & 0x3ff])).toEqual([
    [1, 1],
    [2, 3],
    [1, 1],
  ]);
  expect(Buffer.from(bytes).toString('latin1')).toContain('\0second line\0');
});
