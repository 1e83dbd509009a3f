import { describe, expect, test } from 'vitest';
import { readImage, writeImage } from './file.ts';
import type { Image } from './image.ts';

const image: Image = {
  version: 1,
  sources: [{ name: 'stdin', text: 'BEGIN { }' }],
  programs: [
    {
      name: 'begin_1',
      kind: 'raw_tracepoint',
      code: Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0),
      relocations: [],
      functions: [{ name: 'begin_1', slot: 0, shape: 'entry' }],
      lines: [{ slot: 0, location: { source: 0, start: 0, end: 9 } }],
      attach: [{ probe: 0, kind: 'begin' }],
      counters: 0,
    },
  ],
  maps: [
    {
      name: 'AT_x',
      kind: 'hash',
      keySize: 8,
      valueSize: 8,
      maxEntries: 1,
      flags: 0,
      role: {
        kind: 'script',
        name: '@x',
        value: { kind: 'aggregation', aggregation: { kind: 'lhist', min: 0n, max: 1n << 60n, step: 1n } },
      },
    },
  ],
  records: [{ kind: 'printf', format: 'é\n', stream: 'out', fields: [{ kind: 'int', size: 8, signed: false }] }],
  probes: ['begin'],
  license: 'GPL',
  settings: {
    ringBytes: 0,
    printMapsOnExit: true,
    truncationTrailer: '..',
    missingProbes: 'error',
    maxCatBytes: 10240,
    demangle: true,
  },
};

const change = (from: string, to: string) =>
  new TextEncoder().encode(new TextDecoder().decode(writeImage(image)).replace(from, to));

describe('image files', () => {
  test('reading gives back what was written', () => {
    expect(readImage(writeImage(image))).toEqual(image);
  });

  test.each([
    ['beetrace-image 1', 'beetrace-image 9', /layout version 9; this beetrace reads 1/],
    ['beetrace-image', 'ELF', /not an image file/],
    ['"programs"', '"programmes"', /'programs' is not a list/],
    ['"probe": 0', '"probe": 7', /program 0 has attach point of probe 7, which does not exist/],
    ['"slot": 0', '"slot": 2', /program 0 has no function at its start/],
    ['"maxEntries": 1', '"maxEntries": "x"', /map 0 has a size that is not a number/],
    ['"maps":', '"maps"', /cut short or was edited/],
    ['b700', 'zz00', /cut short or was edited/],
  ])('%s -> %s is refused', (from, to, message) => {
    expect(() => readImage(change(from, to))).toThrow(message);
  });
});
