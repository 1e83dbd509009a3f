// Keys that are too long for the kernel: until Linux 5.11 the keys of hash maps are as big as a program's stack at most
// (MAX_BPF_STACK). The map then has a digest of 16 bytes in place of each key, and a second map tells the key of a digest.

import type { MapSnapshot } from './memory.ts';

/** Two u64 that come from all bytes of the key; see digest() of the compiler's operations. */
export const DIGEST_BYTES = 16;

/** The entries of a map with their keys in place of digests; `keys` is what the second map holds. */
export function withKeys(entries: MapSnapshot, keys: MapSnapshot): MapSnapshot {
  const known = new Map<string, number>();
  for (let at = 0; at < keys.count; at++) known.set(digestAt(keys, at), at);
  const { stride, cpus, count } = entries;
  const keySize = keys.valueSize;
  const result = { keys: new Uint8Array(count * keySize), values: new Uint8Array(count * stride * cpus), count: 0 };
  for (let at = 0; at < count; at++) {
    const from = known.get(digestAt(entries, at));
    // Deleted while it was read: the key goes before the entry.
    if (from === undefined) continue;
    result.keys.set(keys.values.subarray(from * keys.stride, from * keys.stride + keySize), result.count * keySize);
    result.values.set(
      entries.values.subarray(at * stride * cpus, (at + 1) * stride * cpus),
      result.count * stride * cpus,
    );
    result.count++;
  }
  return {
    ...entries,
    count: result.count,
    keys: result.keys.subarray(0, result.count * keySize),
    values: result.values.subarray(0, result.count * stride * cpus),
    keySize,
  };
}

function digestAt({ keys, keySize }: MapSnapshot, index: number): string {
  return keys.subarray(index * keySize, (index + 1) * keySize).join();
}
