// The rule of maps of maps: every inner map is like the one that the outer map was made with. Kernel: bpf_map_meta_equal() and
// bpf_map_meta_alloc() in kernel/bpf/map_in_map.c (4.12).

import { EBADF, EINVAL, ENOTSUPP } from '../errno.ts';
import { MapError, MapFlag, type MapHost, type MapSpec, type VmMap } from './map.ts';

/** Kinds that cannot stand in another map. */
const NOT_INNER: ReadonlySet<string> = new Set(['prog_array', 'cgroup_storage', 'percpu_cgroup_storage', 'struct_ops']);

/** @throws MapError as the kernel when the outer map cannot be made. */
export function innerTemplate(host: MapHost, spec: MapSpec): VmMap {
  const template = spec.inner === undefined ? undefined : host.mapByIndex(spec.inner);
  if (!template) throw new MapError(EBADF, 'a map of maps needs an inner map to be like');
  if (template.spec.inner !== undefined) throw new MapError(EINVAL, 'maps of maps do not nest');
  if (NOT_INNER.has(template.spec.kind)) throw new MapError(ENOTSUPP, `${template.spec.kind} cannot be an inner map`);
  return template;
}

/** 0 when the map may be put into the outer one, else -EINVAL. */
export function innerProblem(host: MapHost, outer: MapSpec, inner: VmMap): number {
  const wanted = host.mapByIndex(outer.inner!)!.spec;
  const { kind, keySize, valueSize, flags, maxEntries } = inner.spec;
  const alike =
    kind === wanted.kind && keySize === wanted.keySize && valueSize === wanted.valueSize && flags === wanted.flags;
  // Programs inline look-ups in arrays with the number of entries, unless the array says that it varies.
  const sized = kind !== 'array' || (flags & MapFlag.INNER_MAP) !== 0 || maxEntries === wanted.maxEntries;
  return alike && sized ? 0 : -EINVAL;
}
