// Aggregations: kept per CPU so that no program waits for another, changed in place, joined by whoever reads them.
// The layouts are those of Aggregation in src/image/type.ts.

import type { Aggregation, Type } from '../../image/index.ts';
import { INT64, UINT64 } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import { aggregationSize, type ScriptMap } from '../module.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { histBucket, lhistBucket } from './buckets.ts';
import { throughCache } from './cache.ts';
import { forEachStep } from './loop.ts';
import { cpuCount, type KeyPlace, keyOf, keyPlace, update } from './maps.ts';
import { zero } from './memory.ts';
import { type Operand, scalar } from './operand.ts';

/** The aggregation that a map keeps. */
export function aggregationOf(map: ScriptMap): Aggregation {
  if (map.value.kind !== 'aggregation') throw new Error(`bug in beetrace: ${map.name} is not an aggregation`);
  return map.value.aggregation;
}

/** Adds a number to the aggregation under a key; `count` needs none. */
export function aggregate(p: ProgramBuilder, map: ScriptMap, key: Operand | undefined, value?: Instruction): void {
  p.scope(() => {
    const aggregation = aggregationOf(map);
    const time = aggregation.kind === 'tseries' ? p.call('ktime_get_boot_ns') : undefined;
    const epoch = time && aggregation.kind === 'tseries' ? p.b.binary('div', time, aggregation.interval) : undefined;
    const place = keyPlace(p, map, key, bucketOf(p, aggregation, value, epoch));
    const change = (at: Place) => add(p, aggregation, at, value ?? p.b.const(1), time, epoch);
    throughCache(p, map, place, change, () => {
      const pointer = p.address(place);
      const entry = p.call('map_lookup_elem', p.b.map(map.index), pointer);
      const missing = map.kind === 'percpu_array' ? undefined : () => insert(p, map, place, change);
      p.b.if('ne', entry, 0, () => change({ base: entry, offset: 0 }), missing);
    });
  });
}

// The kernel makes the values of the other CPUs zero (pcpu_init_value, Linux 5.10).
function insert(p: ProgramBuilder, map: ScriptMap, key: KeyPlace, change: (place: Place) => void): void {
  const size = aggregationSize(aggregationOf(map));
  const place = p.temp(size, 8, 'first');
  zero(p, place, size);
  change(place);
  update(p, map, key, p.address(place));
}

function bucketOf(
  p: ProgramBuilder,
  aggregation: Aggregation,
  value: Instruction | undefined,
  epoch: Instruction | undefined,
): Instruction | undefined {
  switch (aggregation.kind) {
    case 'hist':
      return histBucket(p, value!, aggregation.bits);
    case 'lhist':
      return lhistBucket(p, value!, aggregation);
    case 'tseries':
      return p.b.binary('mod', epoch!, aggregation.intervals);
    default:
      return undefined;
  }
}

function add(
  p: ProgramBuilder,
  aggregation: Aggregation,
  place: Place,
  value: Instruction,
  time: Instruction | undefined,
  epoch: Instruction | undefined,
): void {
  switch (aggregation.kind) {
    case 'count':
    case 'hist':
    case 'lhist':
      increase(p, place, 0, p.b.const(1));
      return;
    case 'sum':
      increase(p, place, 0, value);
      return;
    case 'avg':
    case 'stats':
      increase(p, place, 0, value);
      increase(p, place, 8, p.b.const(1));
      return;
    case 'min':
    case 'max':
      extreme(p, aggregation.kind, aggregation.signed, place, value);
      return;
    case 'tseries':
      addToSeries(p, aggregation, place, value, time!, epoch!);
  }
}

function increase(p: ProgramBuilder, place: Place, offset: number, by: Instruction): void {
  const at = place.offset + offset;
  p.b.store(8, place.base, at, p.b.add(p.b.load(8, place.base, at), by));
}

/** Keeps the value when it is the first or beats the one that is kept. */
function extreme(p: ProgramBuilder, kind: 'min' | 'max', signed: boolean, place: Place, value: Instruction): void {
  const { b } = p;
  const keep = b.block('keep');
  const better = b.block('compare');
  const done = b.block('done');
  b.branch('eq', b.load(8, place.base, place.offset + 8), 0, keep, better);
  b.enter(better);
  const condition = kind === 'min' ? 'lt' : 'gt';
  b.branch(signed ? `s${condition}` : condition, value, b.load(8, place.base, place.offset), keep, done);
  b.enter(keep);
  b.store(8, place.base, place.offset, value);
  b.store(8, place.base, place.offset + 8, 1);
  b.jump(done);
  b.enter(done);
}

/** A slot of a time series belongs to the interval whose number it holds; an older one starts anew. */
function addToSeries(
  p: ProgramBuilder,
  { reduce, signed }: Extract<Aggregation, { kind: 'tseries' }>,
  place: Place,
  value: Instruction,
  time: Instruction,
  epoch: Instruction,
): void {
  const { b } = p;
  b.if('ne', b.load(8, place.base, place.offset + 16), epoch, () => {
    zero(p, place, 16);
    b.store(8, place.base, place.offset + 16, epoch);
  });
  switch (reduce) {
    case 'last':
      b.store(8, place.base, place.offset, value);
      b.store(8, place.base, place.offset + 8, time);
      return;
    case 'avg':
    case 'sum':
      increase(p, place, 0, value);
      increase(p, place, 8, b.const(1));
      return;
    case 'min':
    case 'max':
      extreme(p, reduce, signed, place, value);
  }
}

/** The type of an aggregation read as a number. */
export function aggregationType(map: ScriptMap): Type {
  const aggregation = aggregationOf(map);
  return 'signed' in aggregation && aggregation.signed ? INT64 : UINT64;
}

/** What an aggregation comes to now over all CPUs: a total, an extreme, or an average. Needs Linux 5.19. */
export function readAggregation(p: ProgramBuilder, map: ScriptMap, key?: Operand): Operand {
  return joinCpus(p, map, () => keyOf(p, map, key));
}

/** The same for a key that is already in memory as the kernel has it. */
export function joinCpus(p: ProgramBuilder, map: ScriptMap, key: () => Instruction): Operand {
  const { b } = p;
  p.module.readByPrograms(map);
  const aggregation = aggregationOf(map);
  const total = b.variable('total');
  const count = b.variable('count');
  b.write(total, b.const(0));
  b.write(count, b.const(0));
  const pointer = key();
  forEachStep(p, 0, cpuCount(p), 1, (cpu, loop) => {
    const entry = p.call('map_lookup_percpu_elem', b.map(map.index), pointer, cpu);
    // A missing key is missing on every CPU.
    b.if('eq', entry, 0, () => loop.break());
    const value = b.load(8, entry, 0);
    switch (aggregation.kind) {
      case 'count':
      case 'sum':
        b.write(total, b.add(b.read(total), value));
        return;
      case 'avg':
      case 'stats':
        b.write(total, b.add(b.read(total), value));
        b.write(count, b.add(b.read(count), b.load(8, entry, 8)));
        return;
      case 'min':
      case 'max':
        joinExtreme(p, aggregation.kind, aggregation.signed, entry, value, { total, count });
        return;
      default:
        throw new Error(`bug in beetrace: ${aggregation.kind} cannot be read as a number`);
    }
  });
  const type = aggregationType(map);
  if (aggregation.kind !== 'avg' && aggregation.kind !== 'stats') return scalar(type, b.read(total));
  return scalar(type, average(p, b.read(total), b.read(count), aggregation.signed));
}

function joinExtreme(
  p: ProgramBuilder,
  kind: 'min' | 'max',
  signed: boolean,
  entry: Instruction,
  value: Instruction,
  { total, count }: { total: { name: string }; count: { name: string } },
): void {
  const { b } = p;
  const condition = kind === 'min' ? 'lt' : 'gt';
  const take = () => {
    b.write(total, value);
    b.write(count, b.const(1));
  };
  b.if('ne', b.load(8, entry, 8), 0, () => {
    b.if('eq', b.read(count), 0, take, () => b.if(signed ? `s${condition}` : condition, value, b.read(total), take));
  });
}

// BPF divides by zero to zero, which is the average of nothing.
function average(p: ProgramBuilder, total: Instruction, count: Instruction, signed: boolean): Instruction {
  const { b } = p;
  if (!signed) return b.binary('div', total, count);
  const sign = b.binary('sar', total, 63);
  const positive = b.sub(b.binary('xor', total, sign), sign);
  const quotient = b.binary('div', positive, count);
  return b.sub(b.binary('xor', quotient, sign), sign);
}
