// What all engines do alike with the maps of a program: sizes that the loader chooses, and what is shown of them afterwards.

import { toHex } from '../../base/bytes.ts';
import { TraceError } from '../../base/error.ts';
import { nearest } from '../../base/text.ts';
import { mapKind, nearestMapKind } from '../../isa/index.ts';
import type { RuntimeMap } from './program.ts';

const PAGE = 4096;
/** Of ring buffers that leave it to the loader. */
const RING_BYTES = 256 << 10;

/** The map with the size that a loader gives it: rings are whole pages and a power of two. */
export function sizedMap(map: RuntimeMap): RuntimeMap {
  if (map.kind !== 'ringbuf' && map.kind !== 'user_ringbuf') return map;
  let bytes = PAGE;
  while (bytes < (map.maxEntries || RING_BYTES)) bytes *= 2;
  return { ...map, maxEntries: bytes };
}

/** What a map holds, as people see it. */
export interface MapContents {
  readonly name: string;
  readonly kind: string;
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  /** Hexadecimal; empty for records of rings, queues and stacks. */
  readonly key: string;
  readonly value: string;
}

/** Kinds whose entries cannot be listed, or say nothing outside of their engine. */
const SILENT: ReadonlySet<string> = new Set([
  'user_ringbuf',
  'perf_event_array',
  'prog_array',
  'array_of_maps',
  'hash_of_maps',
  'cgroup_array',
  'bloom_filter',
  'stack_trace',
  'sk_storage',
  'task_storage',
  'inode_storage',
  'cgrp_storage',
  'cgroup_storage',
  'percpu_cgroup_storage',
  'devmap',
  'devmap_hash',
  'cpumap',
  'xskmap',
  'sockmap',
  'sockhash',
  'reuseport_sockarray',
  'struct_ops',
  'arena',
]);

/** Maps that give out what they hold one after another, and then no more. */
export function isSequence(map: RuntimeMap): boolean {
  return map.kind === 'ringbuf' || map.kind === 'queue' || map.kind === 'stack';
}

export function isShown(map: RuntimeMap): boolean {
  return !SILENT.has(map.kind);
}

/**
 * The entries in the order of their keys, without zero values of arrays and of CPUs, so that all engines print the same.
 */
export function contentsOf(
  map: RuntimeMap,
  entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
): MapContents {
  const array = map.kind === 'array' || map.kind === 'percpu_array';
  const perCpu = map.kind.includes('percpu');
  const shown: MapEntry[] = [];
  for (const [key, value] of entries) {
    const values = perCpu ? cpuValues(map, value) : [value];
    const set = values.filter((one) => one.some((byte) => byte !== 0));
    if (set.length === 0 && array) continue;
    shown.push({ key: toHex(key), value: (set.length > 0 ? set : values.slice(0, 1)).map(toHex).join(',') });
  }
  // Keys of arrays are little-endian numbers and come in order.
  if (!array && !isSequence(map)) shown.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  return { name: map.name, kind: map.kind, entries: shown };
}

function cpuValues(map: RuntimeMap, all: Uint8Array): Uint8Array[] {
  const stride = Math.ceil(map.valueSize / 8) * 8;
  const values: Uint8Array[] = [];
  for (let at = 0; at + stride <= all.length; at += stride) values.push(all.subarray(at, at + map.valueSize));
  return values;
}

const KEYLESS: ReadonlySet<string> = new Set(['ringbuf', 'user_ringbuf']);

/**
 * A map as the command line gives it: `[NAME=]KIND:KEY:VALUE:ENTRIES[:FLAGS]`, or `KIND:BYTES` for rings.
 * @throws TraceError when it cannot be read.
 */
export function parseMapOption(text: string, index: number): RuntimeMap {
  const [, name = `map_${index}`, description = ''] = /^(?:(\w+)=)?(.*)$/.exec(text) ?? [];
  const [kindName = '', ...sizes] = description.split(':');
  const kind = mapKind(kindName);
  if (!kind) {
    const near = nearestMapKind(kindName) ?? nearest(kindName, KEYLESS);
    throw new TraceError('ERR_INPUT', `There are no maps of kind '${kindName}'.`, {
      hints: near === undefined ? [] : [`did you mean '${near}'?`],
    });
  }
  const numbers = sizes.map(Number);
  const wanted = KEYLESS.has(kind.name) ? 1 : 3;
  if (
    numbers.some((number) => !Number.isInteger(number) || number < 0) ||
    sizes.includes('') ||
    numbers.length < wanted
  ) {
    const form = wanted === 1 ? `${kind.name}:BYTES` : `${kind.name}:KEY:VALUE:ENTRIES[:FLAGS]`;
    throw new TraceError('ERR_INPUT', `The map '${text}' does not say its sizes.`, { hints: [`write it as ${form}`] });
  }
  const [keySize = 0, valueSize = 0, maxEntries = 0, flags = 0] = wanted === 1 ? [0, 0, ...numbers] : numbers;
  return { name, kind: kind.name, keySize, valueSize, maxEntries, flags, role: { kind: 'private' } };
}
