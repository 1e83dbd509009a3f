// Maps of the script: read, write, delete, test, change in place. A scalar map with a plain value is an array whose only
// value is addressed directly, so it needs no lookup; all others are looked up with a key that has no garbage in it.

import type { Type } from '../../image/index.ts';
import { DIGEST_BYTES, isScalar, sizeOf } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import type { ScriptMap } from '../module.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { clearMap } from './actions.ts';
import { forEachStep } from './loop.ts';
import { after, chunks, copy, zero } from './memory.ts';
import { deferred, hasGaps, inMemory, load, memory, type Operand, scalar, store } from './operand.ts';
import { helperFailed, problem } from './records.ts';

const MAP_FULL =
  "Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map " +
  'declaration e.g. `let @a = hash(5000)`';

/** -E2BIG: what hash maps answer when they are full. */
const FULL = -7;

/** The type of the values that the map holds under one key, for plain maps. */
export function plainType(map: ScriptMap): Type {
  if (map.value.kind !== 'plain') throw new Error(`bug in beetrace: ${map.name} is an aggregation`);
  return map.value.type;
}

/** The address of a key for the kernel: the script's key without garbage, and the bucket where the map has one. */
export function keyOf(p: ProgramBuilder, map: ScriptMap, key: Operand | undefined, bucket?: Instruction): Instruction {
  return p.address(keyPlace(p, map, key, bucket));
}

/** Where a key for the kernel is. */
export interface KeyPlace extends Place {
  /** The key itself, where the kernel gets its digest. */
  readonly whole?: Place;
}

/** Where such a key is. */
export function keyPlace(p: ProgramBuilder, map: ScriptMap, key: Operand | undefined, bucket?: Instruction): KeyPlace {
  const place = wholeKey(p, map, key, bucket);
  return map.keys === undefined ? place : { ...digest(p, place, map.keySize), whole: place };
}

function wholeKey(p: ProgramBuilder, map: ScriptMap, key: Operand | undefined, bucket?: Instruction): Place {
  if (!map.key || !key) return { base: scalarKey(p, bucket), offset: 0 };
  if (bucket === undefined && key.kind === 'memory' && isExact(map.key, key.type, key.clean)) return key;
  const place = p.temp(map.keySize, 8, 'key');
  const size = sizeOf(map.key);
  store(p, place, map.key, key, true);
  const end = bucket === undefined ? map.keySize : map.bucketOffset;
  if (end > size) zero(p, { ...place, offset: place.offset + size }, end - size);
  if (bucket !== undefined) p.b.store(8, place.base, place.offset + map.bucketOffset, bucket);
  return place;
}

// Odd numbers without a pattern: the golden ratio, and one of the constants of splitmix64.
const MULTIPLIERS = [0x9e3779b97f4a7c15n, 0xbf58476d1ce4e5b9n] as const;

/** Two u64 from all bytes of a key: that two keys have the same is less likely than that the memory fails. */
function digest(p: ProgramBuilder, key: Place, size: number): Place {
  const { b } = p;
  const one = b.variable('digest');
  const other = b.variable('digest');
  const mix = (word: Instruction): void => {
    const first = b.binary('mul', b.binary('xor', b.read(one), word), MULTIPLIERS[0]);
    b.write(one, b.binary('xor', first, b.binary('shr', first, 29)));
    const second = b.binary('mul', b.add(b.read(other), word), MULTIPLIERS[1]);
    b.write(other, b.binary('xor', second, b.binary('shr', second, 32)));
  };
  b.write(one, b.const(size));
  b.write(other, b.const(MULTIPLIERS[1]));
  const words = Math.floor(size / 8) * 8;
  const start = p.address(key);
  forEachStep(p, 0, words, 8, (at) => mix(b.load(8, b.add(start, at))));
  for (const chunk of chunks(size - words, after(key, words))) {
    mix(b.load(chunk.size, key.base, key.offset + words + chunk.at));
  }
  const place = p.stack(DIGEST_BYTES, 'digest');
  b.store(8, place.base, place.offset, b.read(one));
  b.store(8, place.base, place.offset + 8, b.read(other));
  return place;
}

function scalarKey(p: ProgramBuilder, bucket: Instruction | undefined): Instruction {
  if (bucket === undefined) return p.zeroKey();
  const place = p.stack(4, 'bucket');
  p.b.store(4, place.base, place.offset, bucket);
  return place.base;
}

// Whether the bytes of an operand are the map's key as they are.
function isExact(key: Type, type: Type, clean: boolean): boolean {
  if (key.kind === 'string') return type.kind === 'string' && type.size === key.size && clean;
  return key === type && (clean || !hasGaps(type));
}

/** Whether the only value can be addressed without a lookup. */
function isDirect(map: ScriptMap): boolean {
  return map.kind === 'array';
}

/** Looks a key up and runs `found` with where its value is, or `missing`. */
export function lookup(
  p: ProgramBuilder,
  map: ScriptMap,
  key: Instruction | undefined,
  found: (value: Place) => void,
  missing?: () => void,
): void {
  if (isDirect(map)) {
    found({ base: p.b.mapValue(map.index), offset: 0 });
    return;
  }
  const pointer = p.call('map_lookup_elem', p.b.map(map.index), key ?? p.zeroKey());
  p.b.if('ne', pointer, 0, () => found({ base: pointer, offset: 0 }), missing);
}

/** What a plain map holds under a key; a missing key reads as zero, empty or zeroes. */
export function readMap(p: ProgramBuilder, map: ScriptMap, key?: Operand): Operand {
  const type = plainType(map);
  if (isDirect(map)) return load(p, type, { base: p.b.mapValue(map.index), offset: 0 });
  if (!isScalar(type)) return deferred(type, (place) => readMapInto(p, map, key, place));
  const result = p.b.variable(map.name);
  lookup(
    p,
    map,
    keyOf(p, map, key),
    (value) => p.b.write(result, loaded(p, type, value)),
    () => {
      p.b.write(result, p.b.const(0));
      missingKey(p);
    },
  );
  return scalar(type, p.b.read(result));
}

function loaded(p: ProgramBuilder, type: Type, place: Place): Instruction {
  const operand = load(p, type, place);
  return operand.kind === 'scalar' ? operand.value : operand.base;
}

function readMapInto(p: ProgramBuilder, map: ScriptMap, key: Operand | undefined, place: Place): undefined {
  const size = sizeOf(plainType(map));
  lookup(
    p,
    map,
    keyOf(p, map, key),
    (value) => copy(p, place, value, size),
    () => {
      zero(p, place, size);
      missingKey(p);
    },
  );
}

function missingKey(p: ProgramBuilder): void {
  helperFailed(p, 'map_lookup_elem', "Can't lookup map element because it does not exist.", p.b.const(0));
}

/** Writes a value under a key. */
export function writeMap(p: ProgramBuilder, map: ScriptMap, key: Operand | undefined, value: Operand): void {
  const type = plainType(map);
  if (isDirect(map)) {
    // A deferred value may read the very map, so it is complete before the map changes.
    const ready = value.kind === 'deferred' ? inMemory(p, value, true) : value;
    store(p, { base: p.b.mapValue(map.index), offset: 0 }, type, ready, true);
    return;
  }
  const place = keyPlace(p, map, key);
  update(p, map, place, valueFor(p, type, value));
}

// The operand in memory exactly as the map holds it.
function valueFor(p: ProgramBuilder, type: Type, value: Operand): Instruction {
  if (value.kind === 'memory' && isExact(type, value.type, value.clean)) return p.address(value);
  const place = p.temp(Math.max(1, sizeOf(type)), 8, 'value');
  store(p, place, type, value, true);
  return p.address(place);
}

/** Inserts or replaces; failures are counted, and a full map is reported. */
export function update(p: ProgramBuilder, map: ScriptMap, key: KeyPlace, value: Instruction): void {
  const write = (index: number, from: Instruction, written?: () => void): void => {
    const result = p.call('map_update_elem', p.b.map(index), p.address(key), from, 0);
    p.b.if('ne', result, 0, () => updateFailed(p, asInt(p, result)), written);
  };
  if (map.keys === undefined || !key.whole) write(map.index, value);
  // The key comes first, so that no entry is ever without one.
  else write(map.keys, p.address(key.whole), () => write(map.index, value));
}

/** What a map operation answers: until 6.3 they return an int, which leaves the upper half of the register alone. */
function asInt(p: ProgramBuilder, result: Instruction): Instruction {
  return p.b.extend(result, 4, true);
}

// Once for each program and CPU: a full map fails for every event from then on, and the counter tells the rest.
function updateFailed(p: ProgramBuilder, result: Instruction): void {
  const { b } = p;
  p.count('mapFailed');
  if (p.module.options.reportFailures) {
    problem(p, { helper: 'map_update_elem', message: MAP_FULL }, result);
    return;
  }
  b.if('eq', result, FULL, () => {
    b.if('eq', p.counter('mapFailed'), 1, () => problem(p, { helper: 'map_update_elem', message: MAP_FULL }, result));
  });
}

/** Changes an integer in place, or inserts what `change` makes of zero. Returns the value before and after. */
export function changeMap(
  p: ProgramBuilder,
  map: ScriptMap,
  key: Operand | undefined,
  change: (old: Instruction) => Instruction,
): { readonly before: Instruction; readonly after: Instruction } {
  const { b } = p;
  const type = plainType(map);
  const before = b.variable('before');
  const after = b.variable('after');
  const keyed = isDirect(map) ? undefined : keyPlace(p, map, key);
  const apply = (old: Instruction) => {
    b.write(before, old);
    b.write(after, change(old));
    return scalar(type, b.read(after));
  };
  lookup(
    p,
    map,
    keyed && p.address(keyed),
    (value) => store(p, value, type, apply(loaded(p, type, value))),
    () => {
      const place = p.stack(8, 'value');
      store(p, place, type, apply(b.const(0)));
      update(p, map, keyed!, p.address(place));
    },
  );
  return { before: b.read(before), after: b.read(after) };
}

/** Deletes a key; 1 when it was there. A scalar map reads as zero afterwards; one of buckets is left to user space. */
export function deleteKey(p: ProgramBuilder, map: ScriptMap, key?: Operand): Instruction {
  if (!map.key) {
    if (map.maxEntries > 1) clearMap(p, map);
    else zeroScalar(p, map);
    return p.b.const(1);
  }
  p.module.readByPrograms(map);
  const pointer = keyOf(p, map, key);
  // In this order an entry that another program makes meanwhile keeps its key.
  if (map.keys !== undefined) p.call('map_delete_elem', p.b.map(map.keys), pointer);
  const result = p.call('map_delete_elem', p.b.map(map.index), pointer);
  if (p.module.options.reportFailures) {
    p.b.if('ne', result, 0, () =>
      helperFailed(p, 'map_delete_elem', "Can't delete map element because it does not exist.", asInt(p, result)),
    );
  }
  return p.b.compare('eq', result, 0);
}

/** Makes the entries of a scalar map zero on all CPUs; those of other CPUs are reached since Linux 5.19. */
function zeroScalar(p: ProgramBuilder, map: ScriptMap): void {
  const size = map.valueSize;
  if (isDirect(map)) {
    zero(p, { base: p.b.mapValue(map.index), offset: 0 }, size);
    return;
  }
  const cpus = cpuCount(p);
  forEachStep(p, 0, cpus, 1, (cpu, loop) => {
    const pointer = p.call('map_lookup_percpu_elem', p.b.map(map.index), p.zeroKey(), cpu);
    p.b.if('eq', pointer, 0, () => loop.break());
    zero(p, { base: pointer, offset: 0 }, size);
  });
}

/** How many CPUs are possible: a constant of the run. */
export function cpuCount(p: ProgramBuilder): Instruction {
  return p.b.relocated({ kind: 'parameter', parameter: 'cpu-count' }, 1);
}

/** 1 when the map has the key. */
export function hasKey(p: ProgramBuilder, map: ScriptMap, key: Operand): Instruction {
  p.module.readByPrograms(map);
  const pointer = p.call('map_lookup_elem', p.b.map(map.index), keyOf(p, map, key));
  return p.b.compare('ne', pointer, 0);
}

/** Copies what is under a key to `target` when there is something; 1 when there is. */
export function findKey(p: ProgramBuilder, map: ScriptMap, key: Operand, found: (value: Operand) => void): Instruction {
  const { b } = p;
  const result = b.variable('found');
  const type = plainType(map);
  b.write(result, b.const(0));
  lookup(p, map, keyOf(p, map, key), (value) => {
    found(isScalar(type) ? load(p, type, value) : memory(type, value));
    b.write(result, b.const(1));
  });
  return b.read(result);
}

/** How many entries the map has (Linux 5.13); `bpf_for_each_map_elem` counts what it visits. */
export function mapLength(p: ProgramBuilder, map: ScriptMap): Instruction {
  p.module.readByPrograms(map);
  const callback = p.nested('map-callback');
  callback.b.return(0);
  const context = p.stack(8, 'context');
  p.b.store(8, context.base, context.offset, 0);
  return p.call('for_each_map_elem', p.b.map(map.index), p.b.functionAddress(callback.func), context.base, 0);
}
