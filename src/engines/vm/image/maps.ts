// The maps of an Image in a machine, as user space sees them.

import { TraceError } from '../../../base/error.ts';
import { type Image, type MapDefinition, type MapSnapshot, zeroCache } from '../../../image/index.ts';
import type { Machine } from '../machine.ts';
import { MapError, type VmMap } from '../maps/map.ts';

/** Room for a quarter of a second at a million records of 32 bytes a second; the same as in the kernel. */
const DEFAULT_RING_BYTES = 8 << 20;
const PAGE = 4096;

/** Makes all maps of an Image, `data` maps with their bytes; gives them in order. */
export function createMaps(machine: Machine, image: Image): VmMap[] {
  return image.maps.map((definition) => {
    const map = create(machine, sized(image, definition));
    const { role } = definition;
    if (role.kind === 'data') {
      const value = new Uint8Array(map.valueBytes);
      value.set(role.bytes);
      map.write(new Uint8Array(definition.keySize), value);
      if (role.readonly) map.freeze();
    }
    return map;
  });
}

/** The size of a ring is chosen here, and must be a power of two and whole pages. */
function sized(image: Image, definition: MapDefinition): MapDefinition {
  if (definition.kind !== 'ringbuf') return definition;
  const wanted = image.settings.ringBytes || definition.maxEntries || DEFAULT_RING_BYTES;
  let bytes = PAGE;
  while (bytes < wanted) bytes *= 2;
  return { ...definition, maxEntries: bytes };
}

function create(machine: Machine, definition: MapDefinition): VmMap {
  try {
    return machine.createMap(definition);
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    throw new TraceError('ERR_MAP_SIZE', `the map ${definition.name} cannot be made: ${error.message}`, {
      cause: error,
      hints: ['make it smaller: fewer entries, or shorter strings in keys and values'],
    });
  }
}

/** A copy of the map as the report reads it. */
export function snapshotOf(map: VmMap): MapSnapshot {
  const { keySize, valueSize } = map.spec;
  const entries = [...map.entries()];
  const keys = new Uint8Array(entries.length * keySize);
  const values = new Uint8Array(entries.length * map.valueBytes);
  for (const [at, [key, value]] of entries.entries()) {
    keys.set(key, at * keySize);
    values.set(value, at * map.valueBytes);
  }
  const stride = map.perCpu ? map.stride : valueSize;
  return { count: entries.length, keys, values, keySize, valueSize, stride, cpus: map.cpus };
}

/** Deletes all entries; arrays, whose entries cannot be deleted, get zeroes. */
export function clearMap(map: VmMap): void {
  if (isArray(map)) zeroMap(map);
  else for (const [key] of [...map.entries()]) map.remove(key);
}

/** Sets all values to zero. */
export function zeroMap(map: VmMap): void {
  const zero = new Uint8Array(map.valueBytes);
  for (const [key] of [...map.entries()]) map.write(key, zero);
}

/** Makes what the cache of a map counts zero; the keys stay. */
export function zeroCached(definition: MapDefinition, cache: VmMap): void {
  const { keys, keySize, values, count, ...rest } = snapshotOf(cache);
  zeroCache(definition, { keys, keySize, values, count, ...rest });
  for (let at = 0; at < count; at++) {
    const value = values.subarray(at * cache.valueBytes, (at + 1) * cache.valueBytes);
    cache.write(keys.subarray(at * keySize, (at + 1) * keySize), value);
  }
}

function isArray(map: VmMap): boolean {
  return map.spec.kind === 'array' || map.spec.kind === 'percpu_array';
}
