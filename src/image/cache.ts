// The cache in front of a keyed aggregation. Looking a key up in a hash map costs the kernel some 40 ns, in an array 2: so
// each CPU keeps the keys that it sees in a small array, at the place that a hash of the key gives, and goes to the hash map
// only when another key has that place already. Keys are never moved, so programs need no locks; who reads the map adds up.
//
// An entry: `u64 state`, the kernel's key of the map padded to a multiple of eight bytes, and the aggregation.

import type { MapDefinition } from './image.ts';
import type { MapSnapshot } from './memory.ts';
import { type Aggregation, roundUp } from './type.ts';

/** The state of an entry that holds a key. 0 is free; anything else is about to be taken, or lost to a collision. */
export const CACHE_USED = 0x7fffffff;

/** Entries on each CPU; a power of two. */
export const CACHE_ENTRIES = 256;

/** Offsets in an entry, and its size. */
export function cacheLayout(keySize: number, valueSize: number): { key: number; value: number; size: number } {
  const value = 8 + roundUp(keySize, 8);
  return { key: 8, value, size: value + roundUp(valueSize, 8) };
}

/** The entries of a map with those of its cache. */
export function withCache(definition: MapDefinition, entries: MapSnapshot, cache: MapSnapshot): MapSnapshot {
  const merged = new Merger(definition, entries);
  const { keySize, valueSize } = definition;
  const layout = cacheLayout(keySize, valueSize);
  forEachUsed(cache, (bytes, cpu) => {
    merged.add(
      bytes.subarray(layout.key, layout.key + keySize),
      cpu,
      bytes.subarray(layout.value, layout.value + valueSize),
    );
  });
  return merged.finish();
}

/** Makes what used entries count zero, in place; their keys stay. */
export function zeroCache(definition: MapDefinition, cache: MapSnapshot): void {
  const layout = cacheLayout(definition.keySize, definition.valueSize);
  forEachUsed(cache, (bytes) => bytes.fill(0, layout.value));
}

function forEachUsed(cache: MapSnapshot, visit: (bytes: Uint8Array, cpu: number) => void): void {
  const { values, stride, cpus, count } = cache;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  for (let at = 0; at < count * cpus; at++) {
    if (view.getUint32(at * stride, true) !== CACHE_USED || view.getUint32(at * stride + 4, true) !== 0) continue;
    visit(values.subarray(at * stride, (at + 1) * stride), at % cpus);
  }
}

/** Entries that grow. */
class Merger {
  readonly #entries: MapSnapshot;
  readonly #aggregation: Aggregation;
  readonly #added: { key: Uint8Array; values: Uint8Array }[] = [];
  readonly #values: Uint8Array;
  readonly #known = new Map<string, number>();

  constructor(definition: MapDefinition, entries: MapSnapshot) {
    const { role } = definition;
    if (role.kind !== 'script' || role.value.kind !== 'aggregation')
      throw new Error('bug in beetrace: a cache of no aggregation');
    this.#aggregation = role.value.aggregation;
    this.#entries = entries;
    this.#values = entries.values.slice();
    for (let index = 0; index < entries.count; index++) {
      this.#known.set(text(entries.keys.subarray(index * entries.keySize, (index + 1) * entries.keySize)), index);
    }
  }

  add(key: Uint8Array, cpu: number, value: Uint8Array): void {
    const { count, cpus, stride } = this.#entries;
    const name = text(key);
    let index = this.#known.get(name);
    if (index === undefined) {
      index = count + this.#added.push({ key, values: new Uint8Array(stride * cpus) }) - 1;
      this.#known.set(name, index);
    }
    const all =
      index < count
        ? this.#values.subarray(index * stride * cpus, (index + 1) * stride * cpus)
        : this.#added[index - count]!.values;
    combine(this.#aggregation, all.subarray(cpu * stride, (cpu + 1) * stride), value);
  }

  finish(): MapSnapshot {
    const { count, cpus, stride, keySize, keys } = this.#entries;
    const total = count + this.#added.length;
    const allKeys = new Uint8Array(total * keySize);
    const allValues = new Uint8Array(total * stride * cpus);
    allKeys.set(keys.subarray(0, count * keySize));
    allValues.set(this.#values.subarray(0, count * stride * cpus));
    this.#added.forEach(({ key, values }, index) => {
      allKeys.set(key, (count + index) * keySize);
      allValues.set(values, (count + index) * stride * cpus);
    });
    return { ...this.#entries, count: total, keys: allKeys, values: allValues };
  }
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Adds what one CPU has of a key in one place to what it has in the other. */
function combine(aggregation: Aggregation, into: Uint8Array, from: Uint8Array): void {
  const a = new DataView(into.buffer, into.byteOffset, into.byteLength);
  const b = new DataView(from.buffer, from.byteOffset, from.byteLength);
  const add = (at: number) => a.setBigUint64(at, a.getBigUint64(at, true) + b.getBigUint64(at, true), true);
  switch (aggregation.kind) {
    case 'count':
    case 'sum':
    case 'hist':
    case 'lhist':
      add(0);
      return;
    case 'avg':
    case 'stats':
      add(0);
      add(8);
      return;
    case 'min':
    case 'max':
      if (beats(aggregation.kind, aggregation.signed, a, b)) into.set(from.subarray(0, 16));
      return;
    case 'tseries':
      combineSlots(aggregation, a, b, into, from);
  }
}

/** Whether an extreme and whether it is set are to be taken over. */
function beats(kind: 'min' | 'max', signed: boolean, a: DataView, b: DataView): boolean {
  if (b.getBigUint64(8, true) === 0n) return false;
  if (a.getBigUint64(8, true) === 0n) return true;
  const [x, y] = signed
    ? [a.getBigInt64(0, true), b.getBigInt64(0, true)]
    : [a.getBigUint64(0, true), b.getBigUint64(0, true)];
  return kind === 'min' ? y < x : y > x;
}

function combineSlots(
  { reduce, signed }: Extract<Aggregation, { kind: 'tseries' }>,
  a: DataView,
  b: DataView,
  into: Uint8Array,
  from: Uint8Array,
): void {
  const [left, right] = [a.getBigUint64(16, true), b.getBigUint64(16, true)];
  if (b.getBigUint64(8, true) === 0n || right < left) return;
  if (right > left || a.getBigUint64(8, true) === 0n) {
    into.set(from.subarray(0, 24));
    return;
  }
  if (reduce === 'last') {
    if (b.getBigUint64(8, true) > a.getBigUint64(8, true)) into.set(from.subarray(0, 24));
  } else if (reduce === 'avg' || reduce === 'sum') combine({ kind: 'avg', signed }, into, from);
  else if (beats(reduce, signed, a, b)) into.set(from.subarray(0, 24));
}
