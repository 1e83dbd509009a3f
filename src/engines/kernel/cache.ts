// The cache in front of a map, seen from user space.

import { type MapDefinition, zeroCache } from '../../image/index.ts';
import type { KernelMap } from './maps.ts';

/** Makes what the cache counts zero; the keys stay. Entries that hold nothing are left alone, a program may be taking them. */
export function zeroEntries(definition: MapDefinition, cache: KernelMap): void {
  const entries = cache.snapshot();
  const before = entries.values.slice();
  zeroCache(definition, entries);
  const { keySize, count } = entries;
  for (let index = 0; index < count; index++) {
    const value = entries.values.subarray(index * cache.valueBytes, (index + 1) * cache.valueBytes);
    if (value.some((byte, at) => byte !== before[index * cache.valueBytes + at])) {
      cache.update(entries.keys.subarray(index * keySize, (index + 1) * keySize), value);
    }
  }
}
