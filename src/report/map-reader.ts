// From a map's bytes to rows: values of several CPUs are joined, buckets of histograms and series gathered by key.

import {
  type Aggregation,
  type MapRole,
  type MapSnapshot,
  type Memory,
  memoryOf,
  sizeOf,
  type Type,
} from '../image/index.ts';
import { type Bar, histogramBars } from './histogram.ts';
import { type Point, SeriesBuilder } from './tseries.ts';
import { isTextTable, readInteger } from './values/numbers.ts';

export type ScriptMap = Extract<MapRole, { kind: 'script' }>;

export type RowValue =
  /** A value as it lies in `values`. */
  | { readonly kind: 'bytes'; readonly offset: number; readonly end: number }
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'stats'; readonly count: bigint; readonly average: bigint; readonly total: bigint }
  | { readonly kind: 'bars'; readonly bars: readonly Bar[] }
  | { readonly kind: 'points'; readonly points: readonly Point[] };

export interface MapRow {
  /** Where the key lies in `keys`. */
  readonly key: number;
  readonly value: RowValue;
  /** What rows are sorted by; rows without it are sorted by their keys. */
  readonly rank?: bigint;
}

export interface MapContents {
  readonly keys: Memory;
  readonly values: Memory;
  readonly rows: MapRow[];
}

/** Where one value lies: CPUs follow each other at `stride`. */
interface Cell {
  readonly memory: Memory;
  readonly offset: number;
  readonly stride: number;
  readonly cpus: number;
}

/** Reads the rows of a map in the engine's order. A scalar map always has one. */
export function readRows(map: ScriptMap, snapshot: MapSnapshot, divisor: bigint): MapContents {
  // Room for one value and one key more: an empty scalar map reads as zero, and a short copy reads as zeroes.
  const values = paddedMemory(snapshot.values, 64 + snapshot.stride * snapshot.cpus + plainSize(map));
  const keys = paddedMemory(snapshot.keys, 64 + snapshot.keySize + (map.key ? sizeOf(map.key) : 0));
  const contents: MapContents = { keys, values, rows: [] };
  const { value } = map;
  if (value.kind === 'plain') readPlain(contents, map, value.type, snapshot, divisor);
  else readAggregation(contents, map, value.aggregation, snapshot, divisor);
  return contents;
}

function plainSize({ value }: ScriptMap): number {
  return value.kind === 'plain' ? sizeOf(value.type) : 0;
}

function paddedMemory(bytes: Uint8Array, room: number): Memory {
  const memory = memoryOf(new ArrayBuffer(Math.ceil((bytes.length + room) / 8) * 8));
  memory.u8.set(bytes);
  return memory;
}

/** Entries that the snapshot really holds; a scalar map without any has one of zeroes. */
function* cells(map: ScriptMap, snapshot: MapSnapshot, memory: Memory): Generator<Cell & { readonly key: number }> {
  const { stride, keySize } = snapshot;
  const cpus = Math.max(1, snapshot.cpus);
  const count = map.key ? snapshot.count : 1;
  for (let index = 0; index < count; index++) {
    yield { memory, offset: index * stride * cpus, stride, cpus, key: index * keySize };
  }
}

function readPlain(contents: MapContents, map: ScriptMap, type: Type, snapshot: MapSnapshot, divisor: bigint): void {
  const end = snapshot.stride;
  for (const cell of cells(map, snapshot, contents.values)) {
    const { key, offset } = cell;
    const bytes: RowValue = { kind: 'bytes', offset, end: offset + Math.max(end, sizeOf(type)) };
    if (type.kind === 'int') {
      const sum = sumOf(cell, 0, type.size, type.signed);
      contents.rows.push({ key, value: { kind: 'number', value: sum / divisor }, rank: sum });
    } else if (type.kind === 'enum' && !isTextTable(type)) {
      contents.rows.push({ key, value: bytes, rank: readInteger(contents.values, offset, type.size, type.signed) });
    } else contents.rows.push({ key, value: bytes });
  }
}

function sumOf(cell: Cell, at: number, size: number, signed: boolean): bigint {
  return size === 8 ? wideSum(cell, at, signed) : narrowSum(cell, at, size, signed);
}

function narrowSum({ memory, offset, stride, cpus }: Cell, at: number, size: number, signed: boolean): bigint {
  let sum = 0n;
  for (let cpu = 0; cpu < cpus; cpu++) sum += readInteger(memory, offset + cpu * stride + at, size, signed);
  return sum;
}

/** The halves are added as doubles, so that a map of many CPUs costs one bigint a row. */
function wideSum({ memory, offset, stride, cpus }: Cell, at: number, signed: boolean): bigint {
  const { view } = memory;
  let low = 0;
  let high = 0;
  for (let cpu = 0; cpu < cpus; cpu++) {
    low += view.getUint32(offset + cpu * stride + at, true);
    high += view.getUint32(offset + cpu * stride + at + 4, true);
  }
  const small = high * 0x1_0000_0000 + low;
  if (small <= Number.MAX_SAFE_INTEGER) return BigInt(small);
  const sum = (BigInt(high) << 32n) + BigInt(low);
  return signed ? BigInt.asIntN(64, sum) : BigInt.asUintN(64, sum);
}

function readAggregation(
  contents: MapContents,
  map: ScriptMap,
  aggregation: Aggregation,
  snapshot: MapSnapshot,
  divisor: bigint,
): void {
  switch (aggregation.kind) {
    case 'hist':
    case 'lhist': {
      for (const group of groups(map, snapshot)) {
        const counts = new Map<number, bigint>();
        for (const { index, bucket } of group.buckets) {
          counts.set(
            bucket,
            (counts.get(bucket) ?? 0n) + sumOf(entryCell(contents.values, snapshot, index), 0, 8, false),
          );
        }
        const bars = histogramBars(aggregation, counts);
        const rank = bars.reduce((sum, { count }) => sum + count, 0n);
        // A linear histogram is never divided, as upstream.
        const by = aggregation.kind === 'hist' ? divisor : 1n;
        const shown = by === 1n ? bars : bars.map((bar) => ({ ...bar, count: bar.count / by }));
        contents.rows.push({ key: group.key, value: { kind: 'bars', bars: shown }, rank });
      }
      return;
    }
    case 'tseries': {
      for (const group of groups(map, snapshot)) {
        const series = new SeriesBuilder(aggregation);
        for (const { index } of group.buckets) {
          const { memory, offset, stride, cpus } = entryCell(contents.values, snapshot, index);
          for (let cpu = 0; cpu < cpus; cpu++) series.add(memory, offset + cpu * stride);
        }
        contents.rows.push({ key: group.key, value: { kind: 'points', points: series.points() } });
      }
      return;
    }
    default:
      for (const cell of cells(map, snapshot, contents.values)) {
        contents.rows.push({ key: cell.key, ...joinCell(aggregation, cell, divisor) });
      }
  }
}

type Scalar = Exclude<Aggregation, { kind: 'hist' | 'lhist' | 'tseries' }>;

function joinCell(aggregation: Scalar, cell: Cell, divisor: bigint): { value: RowValue; rank: bigint } {
  switch (aggregation.kind) {
    case 'count':
    case 'sum': {
      const sum = sumOf(cell, 0, 8, aggregation.kind === 'sum' && aggregation.signed);
      return { value: { kind: 'number', value: sum / divisor }, rank: sum };
    }
    case 'min':
    case 'max': {
      const extreme = extremeOf(aggregation.kind, cell, aggregation.signed);
      // Upstream compares these unsigned when it sorts.
      return { value: { kind: 'number', value: extreme / divisor }, rank: BigInt.asUintN(64, extreme) };
    }
    case 'avg':
    case 'stats': {
      const total = sumOf(cell, 0, 8, aggregation.signed);
      const count = sumOf(cell, 8, 8, false);
      const average = count === 0n ? 0n : total / count;
      const shown = average / divisor;
      if (aggregation.kind === 'avg') return { value: { kind: 'number', value: shown }, rank: average };
      return { value: { kind: 'stats', count, average: shown, total }, rank: average };
    }
  }
}

/** The extreme of the CPUs that have seen a value. */
function extremeOf(kind: 'min' | 'max', { memory, offset, stride, cpus }: Cell, signed: boolean): bigint {
  let extreme: bigint | undefined;
  for (let cpu = 0; cpu < cpus; cpu++) {
    const at = offset + cpu * stride;
    if (readInteger(memory, at + 8, 8, false) === 0n) continue;
    const value = readInteger(memory, at, 8, signed);
    if (extreme === undefined || (kind === 'min' ? value < extreme : value > extreme)) extreme = value;
  }
  return extreme ?? 0n;
}

/** The entries of one key of the script in a map that has an entry for each bucket. */
interface Group {
  readonly key: number;
  readonly buckets: { readonly index: number; readonly bucket: number }[];
}

function groups(map: ScriptMap, snapshot: MapSnapshot): Group[] {
  const { keySize, count } = snapshot;
  const view = paddedMemory(snapshot.keys, 16).view;
  const found = new Map<string, Group>();
  for (let index = 0; index < count; index++) {
    const start = index * keySize;
    const bucketAt = start + Math.max(0, keySize - 8);
    // Arrays have 32-bit keys; their only use is a scalar map, where the key is the bucket.
    const bucket = keySize >= 8 ? Number(view.getBigUint64(bucketAt, true)) : view.getUint32(start, true);
    const identity = map.key ? latin1(snapshot.keys.subarray(start, bucketAt)) : '';
    const group = found.get(identity);
    if (group) group.buckets.push({ index, bucket });
    else found.set(identity, { key: start, buckets: [{ index, bucket }] });
  }
  if (found.size === 0 && !map.key) return [{ key: 0, buckets: [] }];
  return [...found.values()];
}

/** Bytes as a string of the same length, to compare them. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function entryCell(memory: Memory, { stride, cpus }: MapSnapshot, index: number): Cell {
  return { memory, offset: index * stride * cpus, stride, cpus };
}
