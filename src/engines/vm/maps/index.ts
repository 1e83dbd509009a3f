// Maps by kind.

import { nearestMapKind } from '../../../isa/index.ts';
import { EINVAL, EOPNOTSUPP } from '../errno.ts';
import { ArrayMap } from './array.ts';
import { BloomFilter } from './bloom-filter.ts';
import { CgroupStorage } from './cgroup-storage.ts';
import { HashMap } from './hash.ts';
import { HashOfMaps } from './hash-of-maps.ts';
import { LocalStorage } from './local-storage.ts';
import { LpmTrie } from './lpm-trie.ts';
import { MapError, type MapHost, type MapSpec, type VmMap } from './map.ts';
import { ArrayOfMaps, CgroupArray, PerfEventArray, ProgramArray } from './object-array.ts';
import { QueueMap } from './queue.ts';
import { RedirectMap } from './redirect-map.ts';
import { RingBuffer } from './ringbuf.ts';
import { StackTraceMap } from './stack-trace.ts';
import { UserRingBuffer } from './user-ringbuf.ts';

type MapClass = new (host: MapHost, index: number, spec: MapSpec) => VmMap;

const classes: Readonly<Record<string, MapClass>> = {
  array: ArrayMap,
  percpu_array: ArrayMap,
  hash: HashMap,
  percpu_hash: HashMap,
  lru_hash: HashMap,
  lru_percpu_hash: HashMap,
  // Grows as it fills, which the table in linear memory always does.
  rhash: HashMap,
  lpm_trie: LpmTrie,
  queue: QueueMap,
  stack: QueueMap,
  ringbuf: RingBuffer,
  user_ringbuf: UserRingBuffer,
  perf_event_array: PerfEventArray,
  prog_array: ProgramArray,
  cgroup_array: CgroupArray,
  array_of_maps: ArrayOfMaps,
  hash_of_maps: HashOfMaps,
  stack_trace: StackTraceMap,
  bloom_filter: BloomFilter,
  task_storage: LocalStorage,
  sk_storage: LocalStorage,
  inode_storage: LocalStorage,
  cgrp_storage: LocalStorage,
  cgroup_storage: CgroupStorage,
  percpu_cgroup_storage: CgroupStorage,
  devmap: RedirectMap,
  devmap_hash: RedirectMap,
  cpumap: RedirectMap,
  xskmap: RedirectMap,
};

/** Kinds that the vm has. */
export const vmMapKinds: readonly string[] = Object.keys(classes);

/** @throws MapError with the kernel's error number when there can be no such map; EOPNOTSUPP for kinds of the kernel alone. */
export function createMap(host: MapHost, index: number, spec: MapSpec): VmMap {
  const found = classes[spec.kind];
  if (found) return new found(host, index, spec);
  const known = nearestMapKind(spec.kind) === spec.kind;
  throw known
    ? new MapError(EOPNOTSUPP, `maps of kind ${spec.kind} hold objects that only the kernel has`)
    : new MapError(EINVAL, `there are no maps of kind '${spec.kind}'`);
}
