import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bucketKey, bytesOf, printedMap, type TestMap, words } from '../../test/support/report.ts';
import { stringType } from '../image/index.ts';
import type { SeriesKind } from './tseries.ts';

const zone = process.env['TZ'];
beforeEach(() => {
  process.env['TZ'] = 'UTC';
});
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const MS_100 = 100_000_000n;

function series(changes: Partial<SeriesKind>, slots: readonly (readonly Uint8Array[])[]): TestMap {
  const aggregation: SeriesKind = {
    kind: 'tseries',
    signed: true,
    interval: MS_100,
    intervals: 20,
    reduce: 'last',
    ...changes,
  };
  return {
    name: '@a',
    value: { kind: 'aggregation', aggregation },
    entries: slots.map((cpus, index) => ({ key: words(index), cpus })),
  };
}

/** A slot: value, meta, number of the interval. */
const slot = (value: number | bigint, meta: number, epoch: number) => words(value, meta, epoch);

const EDGE = '_'.repeat(51);

test('the example of the reference', () => {
  expect(printedMap(series({}, [[slot(9, 1, 5)], [slot(9, 1, 6)]]))).toBe(
    [
      '@a:',
      '             8                                                  10',
      'hh:mm:ss.ms  |___________________________________________________|',
      '00:00:00.500 |                         *                         | 9',
      '00:00:00.600 |                         *                         | 9',
      '             v___________________________________________________v',
      '             8                                                  10',
      '',
      '',
    ].join('\n'),
  );
});

test('without data', () => {
  expect(printedMap(series({}, []))).toBe('@a:\n<no data>\n\n');
  expect(printedMap(series({}, [[slot(0, 0, 0)]]), { format: 'json' })).toBe(
    '{"type": "tseries", "data": {"@a": []}}\n',
  );
});

test('the ends of the range lie on the border, zero is marked, a missing interval is said', () => {
  expect(printedMap(series({ interval: 1_000_000_000n }, [[slot(-10, 1, 1)], [slot(30, 1, 2)], [slot(0, 1, 4)]]))).toBe(
    [
      '@a:',
      `         -10${'30'.padStart(50)}`,
      `hh:mm:ss |${EDGE}|`,
      `00:00:01 *            .${' '.repeat(38)}| -10`,
      `00:00:02 |            .${' '.repeat(38)}* 30`,
      `00:00:03 |            .${' '.repeat(38)}| -`,
      `00:00:04 |            *${' '.repeat(38)}| 0`,
      `         v${EDGE}v`,
      `         -10${'30'.padStart(50)}`,
      '',
      '',
    ].join('\n'),
  );
});

test('a range of one value is widened as far as the type goes', () => {
  const lines = printedMap(series({ signed: false }, [[slot(0, 1, 3)]])).split('\n');
  expect(lines[1]).toBe(`${' '.repeat(13)}0${'1'.padStart(52)}`);
  expect(lines[3]).toBe(`00:00:00.300 *${' '.repeat(51)}| 0`);
});

test.each([
  [1_000_000_000n, 'hh:mm:ss |', '00:00:03 '],
  [1_000_000n, 'hh:mm:ss.ms  |', '00:00:00.003 '],
  [1000n, 'hh:mm:ss.us     |', '00:00:00.000003 '],
  [1n, 'hh:mm:ss.ns        |', '00:00:00.000000003 '],
])('an interval of %d ns', (interval, header, time) => {
  const lines = printedMap(series({ interval }, [[slot(1, 1, 3)]])).split('\n');
  expect(lines[2]!.startsWith(header)).toBe(true);
  expect(lines[3]!.startsWith(time)).toBe(true);
});

describe('slots of several CPUs', () => {
  const value = (reduce: SeriesKind['reduce'], ...cpus: Uint8Array[]) =>
    printedMap(series({ reduce }, [cpus]), { format: 'json' }).match(/"value": ("?-?\d+)/)![1];
  test.each([
    ['last', '7', [slot(5, 10, 2), slot(7, 11, 2), slot(6, 9, 2)]],
    ['avg', '4', [slot(5, 1, 2), slot(7, 2, 2)]],
    ['sum', '12', [slot(5, 1, 2), slot(7, 2, 2)]],
    ['min', '-5', [slot(-5, 1, 2), slot(7, 1, 2), slot(0, 0, 0)]],
    ['max', '-5', [slot(-5, 1, 2), slot(-7, 1, 2), slot(0, 0, 0)]],
  ] as const)('%s', (reduce, text, cpus) => {
    expect(value(reduce, ...cpus)).toBe(text);
  });

  test('intervals that fell out of the circle are left out', () => {
    const map = series({ intervals: 3, interval: 1_000_000_000n }, [
      [slot(1, 1, 9), slot(2, 1, 6)],
      [slot(3, 1, 7), slot(4, 1, 10)],
    ]);
    expect(printedMap(map, { format: 'json' })).toBe(
      '{"type": "tseries", "data": {"@a": [{"interval_start": "1970-01-01 00:00:09.000000000", "value": 1}, ' +
        '{"interval_start": "1970-01-01 00:00:10.000000000", "value": 4}]}}\n',
    );
  });
});

test('with keys, in the order of the keys, at the wall time of the boot clock', () => {
  const key = stringType(8);
  const entry = (name: string, epoch: number) => ({
    key: bucketKey(bytesOf(key, name), epoch),
    cpus: [slot(9, 1, epoch)],
  });
  const map: TestMap = { ...series({}, []), key, entries: [entry('b', 5), entry('a', 6)] };
  expect(printedMap(map, { format: 'json', names: { wallTimeOf: () => 3_600_000_000_001n } })).toBe(
    '{"type": "tseries", "data": {"@a": {"a": [{"interval_start": "1970-01-01 01:00:00.600000001", "value": 9}], ' +
      '"b": [{"interval_start": "1970-01-01 01:00:00.500000001", "value": 9}]}}}\n',
  );
});
