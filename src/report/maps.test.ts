import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketKey, bytesOf, fixture, plainMap, printedMap, type TestMap, words } from '../../test/support/report.ts';
import {
  type Aggregation,
  INT8,
  INT32,
  INT64,
  recordType,
  stringType,
  type Type,
  tupleType,
  UINT16,
  UINT32,
  UINT64,
} from '../image/index.ts';

const STRING = stringType(16);

function aggregated(aggregation: Aggregation, key: Type | undefined, entries: TestMap['entries'], name = '@'): TestMap {
  return { name, ...(key ? { key } : {}), value: { kind: 'aggregation', aggregation }, entries };
}

/** An aggregation keyed by strings: each key with the words of every CPU. */
function byName(aggregation: Aggregation, entries: Record<string, Uint8Array[]>): TestMap {
  return aggregated(
    aggregation,
    STRING,
    Object.entries(entries).map(([key, cpus]) => ({ key: bytesOf(STRING, key), cpus })),
  );
}

describe('plain values', () => {
  test.each([
    [plainMap('@', undefined, INT64, [[0, 3n]]), '@: 3\n', '{"@": 3}'],
    [plainMap('@x', STRING, INT64, [['key', 1n]]), '@x[key]: 1\n', '{"@x": {"key": 1}}'],
    [plainMap('@x', tupleType([INT64, INT8]), INT8, [[[1n, 2], 3]]), '@x[1, 2]: 3\n', '{"@x": {"1,2": 3}}'],
    [
      plainMap('@x', tupleType([INT8, tupleType([INT8, INT8])]), INT8, [[[1, [2, 3]], 4]]),
      '@x[1, (2, 3)]: 4\n',
      '{"@x": {"1,(2, 3)": 4}}',
    ],
    [
      plainMap('@', tupleType([{ kind: 'buffer', size: 8 }, INT8]), INT8, [
        [[new Uint8Array([111, 107, 95, 107, 101, 121, 0]), 1], 1],
      ]),
      '@[ok_key\\x00, 1]: 1\n',
      '{"@": {"ok_key\\\\x00,1": 1}}',
    ],
    [plainMap('@', { kind: 'usym' }, INT8, [[{ pid: 1, value: 1n }, 1]]), '@[0x1]: 1\n', '{"@": {"0x1": 1}}'],
    [
      plainMap('@complex', tupleType([STRING, INT8]), INT64, [[['bpftrace', 2], 5n]]),
      '@complex[bpftrace, 2]: 5\n',
      '{"@complex": {"bpftrace,2": 5}}',
    ],
    [
      plainMap('@', undefined, tupleType([INT8, INT8, STRING, tupleType([INT8, INT8])]), [
        [0, [1, 2, 'string', [4, 5]]],
      ]),
      '@: (1, 2, string, (4, 5))\n',
      '{"@": [1,2,"string",[4,5]]}',
    ],
    [
      plainMap('@', { kind: 'kstack', mode: 'bpftrace', limit: 3 }, UINT64, [
        [[0xffffffff80000001n, 0xffffffff81000002n], 5n],
      ]),
      '@[\n        vfs_read+1\n        do_mmap+2\n]: 5\n',
      '{"@": {"\\n        vfs_read+1\\n        do_mmap+2\\n": 5}}',
    ],
    [plainMap('@', undefined, STRING, [[0, 'text']]), '@: text\n', '{"@": "text"}'],
  ])('%#', (map, text, json) => {
    expect(printedMap(map)).toBe(text);
    expect(printedMap(map, { format: 'json' })).toBe(`{"type": "map", "data": ${json}}\n`);
  });

  test('values of CPUs are added', () => {
    const map: TestMap = {
      ...plainMap('@', undefined, INT32, []),
      entries: [{ key: new Uint8Array(4), cpus: [bytesOf(INT32, 5), bytesOf(INT32, -7)] }],
    };
    expect(printedMap(map)).toBe('@: -2\n');
  });
});

describe('maps without entries', () => {
  const scalar = (type: Type) => plainMap('@', undefined, type, []);
  test('a scalar one is zero', () => {
    expect(printedMap(scalar(INT64))).toBe('@: 0\n');
    expect(printedMap(aggregated({ kind: 'count' }, undefined, []))).toBe('@: 0\n');
    expect(printedMap(aggregated({ kind: 'min', signed: true }, undefined, []))).toBe('@: 0\n');
    expect(printedMap(aggregated({ kind: 'stats', signed: true }, undefined, []))).toBe(
      '@: { .count = 0, .average = 0, .total = 0 }\n',
    );
    const record = recordType('', [
      { name: 'a', type: INT8 },
      { name: 'b', type: tupleType([INT8, stringType(4)]) },
    ]);
    expect(printedMap(scalar(record))).toBe('@: { .a = 0, .b = (0, ) }\n');
  });

  test('one with keys prints nothing', () => {
    const map = plainMap('@', STRING, INT64, []);
    expect(printedMap(map)).toBe('');
    expect(printedMap(map, { format: 'json' })).toBe('');
  });

  test('a histogram has no rows', () => {
    const histogram = aggregated({ kind: 'hist', bits: 0 }, undefined, []);
    expect(printedMap(histogram)).toBe('@:\n\n');
    expect(printedMap(histogram, { format: 'json' })).toBe('{"type": "hist", "data": {"@": []}}\n');
  });
});

describe('aggregations', () => {
  test('counts and sums of CPUs', () => {
    expect(printedMap(byName({ kind: 'count' }, { a: [words(2), words(3)] }))).toBe('@[a]: 5\n');
    expect(printedMap(byName({ kind: 'sum', signed: true }, { a: [words(2), words(-3)] }))).toBe('@[a]: -1\n');
    expect(printedMap(byName({ kind: 'sum', signed: false }, { a: [words(-1)] }))).toBe('@[a]: 18446744073709551615\n');
  });

  test('sums of any numbers agree with BigInt', () => {
    const word = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 1000n }));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 9 }), fc.boolean(), (cpus, signed) => {
        const total = cpus.reduce((sum, value) => sum + value, 0n);
        const expected = signed ? BigInt.asIntN(64, total) : BigInt.asUintN(64, total);
        const map = byName({ kind: 'sum', signed }, { a: cpus.map((value) => words(value)) });
        expect(printedMap(map)).toBe(`@[a]: ${expected}\n`);
      }),
    );
  });

  test('extremes of the CPUs that saw a value', () => {
    const min: Aggregation = { kind: 'min', signed: true };
    expect(printedMap(byName(min, { a: [words(0, 0), words(7, 1), words(3, 1)] }))).toBe('@[a]: 3\n');
    expect(printedMap(byName(min, { a: [words(-4, 1), words(3, 1)] }))).toBe('@[a]: -4\n');
    expect(printedMap(byName({ kind: 'min', signed: false }, { a: [words(-4, 1), words(3, 1)] }))).toBe('@[a]: 3\n');
    expect(printedMap(byName({ kind: 'max', signed: true }, { a: [words(0, 0), words(-7, 1)] }))).toBe('@[a]: -7\n');
  });

  test('averages and statistics', () => {
    const entries = { a: [words(6, 2), words(0, 1)] };
    expect(printedMap(byName({ kind: 'avg', signed: true }, entries))).toBe('@[a]: 2\n');
    expect(printedMap(byName({ kind: 'avg', signed: true }, { a: [words(-7, 2)] }))).toBe('@[a]: -3\n');
    const stats = byName({ kind: 'stats', signed: true }, entries);
    expect(printedMap(stats)).toBe('@[a]: { .count = 3, .average = 2, .total = 6 }\n');
    expect(printedMap(stats, { format: 'json' })).toBe(
      '{"type": "stats", "data": {"@": {"a": {"count": 3, "average": 2, "total": 6}}}}\n',
    );
    expect(
      printedMap(
        aggregated({ kind: 'stats', signed: false }, undefined, [{ key: words(0), cpus: [words(12, 2)] }], '@stats'),
        { format: 'json' },
      ),
    ).toBe('{"type": "stats", "data": {"@stats": {"count": 2, "average": 6, "total": 12}}}\n');
    expect(
      printedMap(byName({ kind: 'avg', signed: true }, { d: [words(4, 1)], c: [words(3, 1)] }), { format: 'json' }),
    ).toBe('{"type": "stats", "data": {"@": {"c": 3, "d": 4}}}\n');
  });
});

describe('order', () => {
  const keys = (text: string) => [...text.matchAll(/^@\[(.*?)\]/gm)].map((match) => match[1]);

  test('numbers: by value, then by key', () => {
    const map = plainMap('@', STRING, INT8, [
      ['b', 1],
      ['c', -5],
      ['a', 1],
      ['d', 0],
    ]);
    expect(keys(printedMap(map))).toEqual(['c', 'd', 'a', 'b']);
  });

  test('extremes: unsigned, as upstream', () => {
    const map = byName({ kind: 'min', signed: true }, { a: [words(-1, 1)], b: [words(5, 1)], c: [words(2, 1)] });
    expect(keys(printedMap(map))).toEqual(['c', 'b', 'a']);
  });

  test('averages: by average', () => {
    const map = byName({ kind: 'stats', signed: true }, { a: [words(10, 1)], b: [words(12, 4)], c: [words(-3, 1)] });
    expect(keys(printedMap(map))).toEqual(['c', 'b', 'a']);
  });

  test('other values: by key', () => {
    const map = plainMap('@', tupleType([STRING, INT32]), STRING, [
      [['b', 1], 'x'],
      [['a', 2], 'y'],
      [['a', -2], 'z'],
      [['ab', 0], 'w'],
    ]);
    expect(keys(printedMap(map))).toEqual(['a, -2', 'a, 2', 'ab, 0', 'b, 1']);
  });

  test('keys without an order stay in the order of the engine', () => {
    const inet: Type = { kind: 'inet' };
    const map = plainMap('@', inet, STRING, [
      [new Uint8Array([9, 9, 9, 9]), 'a'],
      [new Uint8Array([1, 1, 1, 1]), 'b'],
    ]);
    expect(keys(printedMap(map))).toEqual(['9.9.9.9', '1.1.1.1']);
  });

  test('any integers are sorted by value, signed when the type is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (values, signed) => {
          const type: Type = { kind: 'int', size: 8, signed };
          const map = plainMap(
            '@',
            UINT16,
            type,
            values.map((value, index) => [index, value]),
          );
          const shown = printedMap(map)
            .match(/: .*/g)!
            .map((text) => BigInt(text.slice(2)));
          const expected = values.map((value) => (signed ? value : BigInt.asUintN(64, value)));
          expect(shown).toEqual(expected.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
        },
      ),
    );
  });
});

describe('top and div', () => {
  const numbers = plainMap(
    '@',
    UINT32,
    INT64,
    Array.from({ length: 10 }, (_, index) => [index, BigInt(index)]),
  );
  test('the largest are kept and printed ascending', () => {
    expect(printedMap(numbers, { top: 2 })).toBe('@[8]: 8\n@[9]: 9\n');
    expect(printedMap(numbers, { top: 100 }).split('\n').length).toBe(11);
  });

  test('values are divided, statistics only in their average', () => {
    expect(printedMap(numbers, { top: 1, div: 4 })).toBe('@[9]: 2\n');
    const stats = byName({ kind: 'stats', signed: true }, { a: [words(100, 2)] });
    expect(printedMap(stats, { div: 10 })).toBe('@[a]: { .count = 2, .average = 5, .total = 100 }\n');
    expect(printedMap(byName({ kind: 'max', signed: true }, { a: [words(100, 1)] }), { div: 10 })).toBe('@[a]: 10\n');
  });
});

describe('histograms', () => {
  const hist = (bits = 0): Aggregation => ({ kind: 'hist', bits });
  const counted = (...buckets: [number, number][]): TestMap['entries'] =>
    buckets.map(([bucket, count]) => ({ key: words(bucket), cpus: [words(count)] }));

  test('the example of the reference', () => {
    expect(printedMap(aggregated(hist(), undefined, counted([0, 1], [3, 2], [4, 1], [6, 1])))).toBe(
      [
        '@:',
        '(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '[0]                    0 |                                                    |',
        '[1]                    0 |                                                    |',
        '[2, 4)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '[4, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '[8, 16)                0 |                                                    |',
        '[16, 32)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '',
        '',
      ].join('\n'),
    );
  });

  test('units', () => {
    const labels = printedMap(aggregated(hist(), undefined, counted([11, 1], [12, 1], [26, 1], [31, 1], [64, 1])))
      .split('\n')
      .filter((line) => line.includes(' 1 |'))
      .map((line) => line.slice(0, 16).trimEnd());
    expect(labels).toEqual(['[512, 1K)', '[1K, 2K)', '[16M, 32M)', '[512M, 1G)', '[4E, 8E)']);
  });

  test('several rows for each power of two keep their bounds', () => {
    const map = aggregated(hist(2), undefined, counted([1, 1], [4, 1], [5, 1], [9, 1], [10, 1], [42, 1]));
    const labels = printedMap(map)
      .split('\n')
      .filter((line) => / 1 \|/.test(line))
      .map((line) => line.slice(0, 16).trimEnd());
    expect(labels).toEqual(['[0]', '[3]', '[4]', '[8, 10)', '[10, 12)', '[2560, 3K)']);
  });

  test('arrays: 32-bit keys, an entry for every bucket', () => {
    const entries = Array.from({ length: 64 }, (_, bucket) => ({
      key: words(bucket).subarray(0, 4),
      cpus: [words(bucket === 3 ? 1 : 0), words(bucket === 3 ? 2 : 0)],
    }));
    expect(printedMap(aggregated(hist(), undefined, entries, '@h'))).toBe(
      `@h:\n[2, 4)                 3 |${'@'.repeat(52)}|\n\n`,
    );
  });

  test('with keys: by total count, each with its rows', () => {
    const entry = (key: string, bucket: number, count: number) => ({
      key: bucketKey(bytesOf(STRING, key), bucket),
      cpus: [words(count)],
    });
    const map = aggregated(hist(), STRING, [
      entry('many', 1, 5),
      entry('few', 3, 1),
      entry('many', 2, 1),
      entry('few', 1, 1),
    ]);
    expect(printedMap(map)).toBe(
      [
        '@[few]:',
        `[0]                    1 |${'@'.repeat(52)}|`,
        `[1]                    0 |${' '.repeat(52)}|`,
        `[2, 4)                 1 |${'@'.repeat(52)}|`,
        '',
        '@[many]:',
        `[0]                    5 |${'@'.repeat(52)}|`,
        `[1]                    1 |${'@'.repeat(10)}${' '.repeat(42)}|`,
        '',
        '',
      ].join('\n'),
    );
    expect(printedMap(map, { format: 'json' })).toBe(
      '{"type": "hist", "data": {"@": {"few": [{"min": 0, "max": 0, "count": 1}, {"min": 1, "max": 1, "count": 0}, ' +
        '{"min": 2, "max": 3, "count": 1}], "many": [{"min": 0, "max": 0, "count": 5}, {"min": 1, "max": 1, "count": 1}]}}}\n',
    );
    expect(printedMap(map, { top: 1, div: 5 })).toBe(
      `@[many]:\n[0]                    1 |${'@'.repeat(52)}|\n[1]                    0 |${' '.repeat(52)}|\n\n`,
    );
  });

  test('every number lies in the row of its bucket', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }), fc.integer({ min: 0, max: 5 }), (number, bits) => {
        const mask = (1n << BigInt(bits)) - 1n;
        let bucket = number + 1n;
        if (number > mask) {
          const level = BigInt(number.toString(2).length - 1 - bits);
          bucket = ((level + 1n) << BigInt(bits)) + ((number >> level) & mask) + 1n;
        }
        const line = printedMap(aggregated(hist(bits), undefined, counted([Number(bucket), 1])), { format: 'json' });
        const [, min, max] = /"min": "?(\d+)"?, "max": "?(\d+)"?/.exec(line)!;
        expect(BigInt(min!) <= number && number <= BigInt(max!)).toBe(true);
      }),
    );
  });

  const linear = (step: bigint, max: bigint): Aggregation => ({ kind: 'lhist', min: 0n, max, step });

  test('linear', () => {
    const map = aggregated(linear(2n, 10n), undefined, counted([0, 1], [2, 2], [4, 1], [6, 1]));
    expect(printedMap(map)).toBe(
      [
        '@:',
        '(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '[0, 2)                 0 |                                                    |',
        '[2, 4)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '[4, 6)                 0 |                                                    |',
        '[6, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '[8, 10)                0 |                                                    |',
        '[10, ...)              1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '',
        '',
      ].join('\n'),
    );
    expect(printedMap(aggregated(linear(50n, 100n), undefined, counted([0, 2], [3, 1])), { format: 'json' })).toBe(
      '{"type": "hist", "data": {"@": [{"max": -1, "count": 2}, {"min": 0, "max": 49, "count": 0}, ' +
        '{"min": 50, "max": 99, "count": 0}, {"min": 100, "count": 1}]}}\n',
    );
    // A linear histogram is not divided.
    expect(printedMap(aggregated(linear(1n, 10n), undefined, counted([6, 4])), { div: 4 })).toBe(
      `@:\n[5]                    4 |${'@'.repeat(52)}|\n\n`,
    );
  });

  test('linear with steps of 1024 has units', () => {
    const labels = (step: bigint, max: bigint, ...buckets: number[]) =>
      printedMap(
        aggregated(linear(step, max), undefined, counted(...buckets.map((bucket): [number, number] => [bucket, 1]))),
      )
        .split('\n')
        .filter((line) => line.includes(' 1 |'))
        .map((line) => line.slice(0, 16).trimEnd());
    expect(labels(1024n, 8192n, 1, 5, 9)).toEqual(['[0, 1K)', '[4K, 5K)', '[8K, ...)']);
    expect(labels(1048576n, 4194304n, 1, 2)).toEqual(['[0, 1M)', '[1M, 2M)']);
    expect(labels(1000n, 2000n, 1)).toEqual(['[0, 1000)']);
  });
});

describe('at the end of a run', () => {
  const maps = [
    plainMap('@b', undefined, INT64, [[0, 1n]]),
    plainMap('@', undefined, INT64, [[0, 2n]]),
    plainMap('@a', STRING, INT64, []),
    plainMap('@a2', STRING, INT64, [['k', 3n]]),
  ];
  test('two newlines, then all maps by name', () => {
    const { report, output } = fixture({ maps });
    report.maps();
    expect(output()).toBe('\n\n@: 2\n@a2[k]: 3\n@b: 1\n');
  });

  test('in JSON only the maps', () => {
    const { report, output } = fixture({ maps, format: 'json' });
    report.maps();
    expect(output()).toBe(
      '{"type": "map", "data": {"@": 2}}\n{"type": "map", "data": {"@a2": {"k": 3}}}\n{"type": "map", "data": {"@b": 1}}\n',
    );
  });
});

test('contents that make no sense do not throw', () => {
  const aggregations: Aggregation[] = [
    { kind: 'stats', signed: true },
    { kind: 'hist', bits: 0 },
    { kind: 'lhist', min: 0n, max: 10n, step: 1n },
    { kind: 'tseries', signed: true, interval: 1000n, intervals: 4, reduce: 'avg' },
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...aggregations),
      fc.uint8Array({ minLength: 0, maxLength: 40 }),
      fc.uint8Array({ minLength: 0, maxLength: 40 }),
      fc.boolean(),
      fc.constantFrom('text' as const, 'json' as const),
      (aggregation, key, value, keyed, format) => {
        const map = aggregated(aggregation, keyed ? tupleType([INT64, STRING]) : undefined, [{ key, cpus: [value] }]);
        const text = printedMap(map, { format });
        if (format === 'json') JSON.parse(text);
      },
    ),
  );
});
