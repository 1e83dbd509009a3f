// Time series: one value for each interval of time, drawn as a line of points from top to bottom.

import type { Aggregation, Memory } from '../image/index.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { compileTime } from './strftime.ts';
import { readInteger, writeJsonNumber } from './values/numbers.ts';

export type SeriesKind = Extract<Aggregation, { kind: 'tseries' }>;

/** An interval by its number since the clock's zero; without a value when nothing happened in it. */
export interface Point {
  readonly epoch: bigint;
  readonly value?: bigint;
}

/** Bytes of a slot: `u64 value`, `u64 meta`, `u64 epoch`. */
export const SLOT_BYTES = 24;

/** One interval while the slots of all CPUs are joined. */
interface Sum {
  value: bigint;
  /** What `meta` counts or says: values for avg, the time of the newest value for last. */
  meta: bigint;
}

/** Joins slots of several CPUs; slots are reused in a circle, so one slot may hold different intervals on two CPUs. */
export class SeriesBuilder {
  readonly #kind: SeriesKind;
  readonly #sums = new Map<bigint, Sum>();

  constructor(kind: SeriesKind) {
    this.#kind = kind;
  }

  add(memory: Memory, offset: number): void {
    const value = readInteger(memory, offset, 8, this.#kind.signed);
    const meta = readInteger(memory, offset + 8, 8, false);
    const epoch = readInteger(memory, offset + 16, 8, false);
    // A slot of a CPU that has seen nothing is all zeroes.
    if (epoch === 0n && meta === 0n && value === 0n) return;
    const sum = this.#sums.get(epoch);
    if (sum) this.#join(sum, value, meta);
    else this.#sums.set(epoch, { value, meta });
  }

  /** The intervals from the first to the last that have a value, no more than the series keeps. */
  points(): Point[] {
    const epochs = [...this.#sums.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const newest = epochs.at(-1);
    if (newest === undefined) return [];
    const oldest = newest - BigInt(this.#kind.intervals) + 1n;
    const first = epochs.find((epoch) => epoch >= oldest)!;
    const points: Point[] = [];
    for (let epoch = first; epoch <= newest; epoch++) {
      const sum = this.#sums.get(epoch);
      points.push(sum ? { epoch, value: this.#reduce(sum) } : { epoch });
    }
    return points;
  }

  #join(sum: Sum, value: bigint, meta: bigint): void {
    switch (this.#kind.reduce) {
      case 'last':
        if (meta < sum.meta) return;
        sum.value = value;
        sum.meta = meta;
        return;
      case 'min':
        if (value < sum.value) sum.value = value;
        return;
      case 'max':
        if (value > sum.value) sum.value = value;
        return;
      case 'sum':
      case 'avg':
        sum.value += value;
        sum.meta += meta;
        return;
    }
  }

  #reduce({ value, meta }: Sum): bigint {
    return this.#kind.reduce === 'avg' && meta !== 0n ? value / meta : value;
  }
}

const WIDTH = 53;
const SECOND = 1_000_000_000n;

/** The picture, without the name above and the empty line below. `zero` is the wall time of the clock's zero. */
export function writeSeries(out: OutputBuffer, kind: SeriesKind, points: readonly Point[], zero: bigint): void {
  const { label, format, width } = timeStyle(kind.interval);
  const range = valueRange(kind, points);
  if (!range) {
    out.text('<no data>\n');
    return;
  }
  const bounds = `${' '.repeat(width + 1)}${range.low}${range.high.toString().padStart(WIDTH - range.low.toString().length)}\n`;
  const line = '_'.repeat(WIDTH - 2);
  const time = compileTime(format, { subseconds: true });
  out.text(`${bounds}${label.padEnd(width + 1)}|${line}|\n`);
  for (const point of points) {
    writeTime(out, time, point.epoch * kind.interval + zero);
    out.text(` ${row(point, range)} ${point.value ?? '-'}\n`);
  }
  out.text(`${' '.repeat(width + 1)}v${line}v\n${bounds}`);
}

/** How the times of a series look: as many digits as the interval needs. */
function timeStyle(interval: bigint): { label: string; format: string; width: number } {
  if (interval % SECOND === 0n) return { label: 'hh:mm:ss', format: '%H:%M:%S', width: 8 };
  if (interval % 1_000_000n === 0n) return { label: 'hh:mm:ss.ms', format: '%H:%M:%S.%l', width: 12 };
  if (interval % 1000n === 0n) return { label: 'hh:mm:ss.us', format: '%H:%M:%S.%f', width: 15 };
  return { label: 'hh:mm:ss.ns', format: '%H:%M:%S.%k', width: 18 };
}

interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/** The lowest and highest value; widened when they are one, as far as the type allows. */
function valueRange({ signed }: SeriesKind, points: readonly Point[]): Range | undefined {
  let low: bigint | undefined;
  let high: bigint | undefined;
  for (const { value } of points) {
    if (value === undefined) continue;
    if (low === undefined || value < low) low = value;
    if (high === undefined || value > high) high = value;
  }
  if (low === undefined || high === undefined) return undefined;
  if (low !== high) return { low, high };
  const lowest = signed ? -(1n << 63n) : 0n;
  const highest = signed ? (1n << 63n) - 1n : (1n << 64n) - 1n;
  return { low: low > lowest ? low - 1n : low, high: high < highest ? high + 1n : high };
}

function row({ value }: Point, range: Range): string {
  const cells = ['|', ...' '.repeat(WIDTH - 2), '|'];
  if (range.low < 0n && range.high > 0n) {
    const zero = column(0n, range);
    if (zero > 0 && zero < WIDTH - 1) cells[zero] = '.';
  }
  if (value !== undefined) cells[column(value, range)] = '*';
  return cells.join('');
}

function column(value: bigint, { low, high }: Range): number {
  return Number(((value - low) * BigInt(WIDTH - 1)) / (high - low));
}

function writeTime(out: OutputBuffer, write: ReturnType<typeof compileTime>, nanoseconds: bigint): void {
  write(out, Number(nanoseconds / SECOND), Number(nanoseconds % SECOND));
}

const JSON_TIME = compileTime('%Y-%m-%d %H:%M:%S.%k', { subseconds: true });

/** `[{"interval_start": "1970-01-01 00:00:00.500000000", "value": 9}, ...]` with the intervals that have a value. */
export function writeJsonSeries(out: OutputBuffer, kind: SeriesKind, points: readonly Point[], zero: bigint): void {
  out.text('[');
  let separator = '';
  for (const { epoch, value } of points) {
    if (value === undefined) continue;
    out.text(`${separator}{"interval_start": "`);
    writeTime(out, JSON_TIME, epoch * kind.interval + zero);
    out.text('", "value": ');
    writeJsonNumber(out, value);
    out.text('}');
    separator = ', ';
  }
  out.text(']');
}
