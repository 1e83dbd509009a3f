// Histograms: from counted buckets to bars, and bars to text and JSON.

import { utf8Bytes } from '../base/bytes.ts';
import type { Aggregation } from '../image/index.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { writeJsonNumber } from './values/numbers.ts';

/** One row. Bounds are missing where the row is open; `high` is the first value that belongs to the next row. */
export interface Bar {
  readonly low?: bigint;
  readonly high?: bigint;
  readonly count: bigint;
}

export type HistogramKind = Extract<Aggregation, { kind: 'hist' | 'lhist' }>;

const BAR_WIDTH = 52;
const LABEL_WIDTH = 16;
const COUNT_WIDTH = 8;

/** The bars from the first bucket that is not empty to the last one. */
export function histogramBars(kind: HistogramKind, counts: ReadonlyMap<number, bigint>): Bar[] {
  let first = Number.POSITIVE_INFINITY;
  let last = -1;
  for (const [bucket, count] of counts) {
    if (count === 0n || bucket >= bucketLimit(kind)) continue;
    first = Math.min(first, bucket);
    last = Math.max(last, bucket);
  }
  const bars: Bar[] = [];
  for (let bucket = first; bucket <= last; bucket++) {
    bars.push({ ...bucketRange(kind, bucket), count: counts.get(bucket) ?? 0n });
  }
  return bars;
}

/** How many buckets there can be; a number past them is no bucket. */
function bucketLimit(kind: HistogramKind): number {
  if (kind.kind === 'hist') return ((65 - kind.bits) << kind.bits) + 1;
  return Number((kind.max - kind.min) / kind.step) + 2;
}

function bucketRange(kind: HistogramKind, bucket: number): Omit<Bar, 'count'> {
  return kind.kind === 'hist' ? logRange(kind.bits, bucket) : linearRange(kind, bucket);
}

/** Bucket 0 holds negatives, then come 2^bits single values and 2^bits rows for each further power of two. */
function logRange(bits: number, bucket: number): Omit<Bar, 'count'> {
  if (bucket === 0) return { high: 0n };
  const index = bucket - 1;
  const perPower = 1 << bits;
  if (index < perPower) return { low: BigInt(index), high: BigInt(index + 1) };
  const shift = BigInt((index >> bits) - 1);
  const mantissa = BigInt(perPower + (index & (perPower - 1)));
  return { low: mantissa << shift, high: (mantissa + 1n) << shift };
}

function linearRange(kind: Extract<HistogramKind, { kind: 'lhist' }>, bucket: number): Omit<Bar, 'count'> {
  const { min, max, step } = kind;
  if (bucket === 0) return { high: min };
  if (bucket === bucketLimit(kind) - 1) return { low: max };
  const low = min + BigInt(bucket - 1) * step;
  return { low, high: low + step };
}

/** The rows, without the name above and the empty line below. */
export function writeBars(out: OutputBuffer, kind: HistogramKind, bars: readonly Bar[]): void {
  const label = kind.kind === 'hist' ? binaryUnits : linearUnits(kind.step);
  const largest = bars.reduce((most, { count }) => (count > most ? count : most), 1n);
  for (const bar of bars) {
    const filled = barLength(bar.count, largest);
    const head = rangeLabel(bar, label).padEnd(LABEL_WIDTH) + bar.count.toString().padStart(COUNT_WIDTH);
    out.text(`${head} |${'@'.repeat(filled).padEnd(BAR_WIDTH)}|\n`);
  }
}

/** Upstream computes in single precision, and the length of a bar depends on it. */
function barLength(count: bigint, largest: bigint): number {
  const share = Math.fround(Math.fround(Number(count)) / Math.fround(Number(largest)));
  return Math.max(0, Math.min(BAR_WIDTH, Math.trunc(Math.fround(share * BAR_WIDTH))));
}

function rangeLabel({ low, high }: Bar, label: (value: bigint) => string): string {
  if (low === undefined) return `(..., ${label(high!)})`;
  if (high === undefined) return `[${label(low)}, ...)`;
  return high - low === 1n ? `[${label(low)}]` : `[${label(low)}, ${label(high)})`;
}

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** The number in the largest power of 1024 that divides it, so that rows between two powers keep their exact bounds. */
function binaryUnits(value: bigint): string {
  let rest = value;
  let unit = 0;
  while (rest !== 0n && rest % 1024n === 0n && unit < UNITS.length - 1) {
    rest /= 1024n;
    unit++;
  }
  return `${rest}${UNITS[unit]}`;
}

function linearUnits(step: bigint): (value: bigint) => string {
  if (step % 1024n !== 0n) return (value) => value.toString();
  return (value) => {
    if (value === 0n) return '0';
    if (value % 1_048_576n === 0n) return `${value / 1_048_576n}M`;
    return value % 1024n === 0n ? `${value / 1024n}K` : value.toString();
  };
}

/** `[{"min": 2, "max": 3, "count": 1}, ...]`; bounds are inclusive. */
export function writeJsonBars(out: OutputBuffer, bars: readonly Bar[]): void {
  out.byte(OPEN);
  bars.forEach(({ low, high, count }, index) => {
    if (index > 0) out.copy(COMMA);
    out.copy(BRACE);
    if (low !== undefined) writeMember(out, MIN, low);
    if (high !== undefined) writeMember(out, MAX, high - 1n);
    out.copy(COUNT);
    writeJsonNumber(out, count);
    out.copy(END_BRACE);
  });
  out.byte(CLOSE);
}

function writeMember(out: OutputBuffer, name: Uint8Array, value: bigint): void {
  out.copy(name);
  writeJsonNumber(out, value);
  out.copy(COMMA);
}

const OPEN = 91;
const CLOSE = 93;
const COMMA = utf8Bytes(', ');
const BRACE = utf8Bytes('{');
const END_BRACE = utf8Bytes('}');
const MIN = utf8Bytes('"min": ');
const MAX = utf8Bytes('"max": ');
const COUNT = utf8Bytes('"count": ');
