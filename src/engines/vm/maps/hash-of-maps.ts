// A hash map whose values are maps. Kernel: kernel/bpf/hashtab.c (4.12).

import { EBADF, EINVAL } from '../errno.ts';
import { HashMap } from './hash.ts';
import { innerProblem, innerTemplate } from './inner.ts';
import { MapError, type MapHost, type MapSpec } from './map.ts';

export class HashOfMaps extends HashMap {
  constructor(host: MapHost, index: number, spec: MapSpec) {
    if (spec.valueSize !== 4) throw new MapError(EINVAL, 'values of hash_of_maps have 4 bytes');
    innerTemplate(host, spec);
    super(host, index, spec);
  }

  /** The descriptor of the inner map, which is what the program sees as the value. */
  override lookup(key: number): number {
    const value = super.lookup(key);
    return value === 0 ? 0 : this.memory.getU32(value);
  }

  protected override readValue(key: Uint8Array): Uint8Array | number {
    const stored = super.readValue(key);
    if (typeof stored === 'number') return stored;
    const address = new DataView(stored.buffer).getUint32(0, true);
    return new Uint8Array(Uint32Array.of(this.host.mapAt(address)!.index).buffer);
  }

  protected override writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    const inner = this.host.mapByIndex(new DataView(value.buffer, value.byteOffset).getUint32(0, true));
    if (!inner) return -EBADF;
    const problem = innerProblem(this.host, this.spec, inner);
    if (problem !== 0) return problem;
    return super.writeValue(key, new Uint8Array(Uint32Array.of(inner.address).buffer), flags);
  }
}
