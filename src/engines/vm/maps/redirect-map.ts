// Where XDP programs send packets: devices (devmap 4.14, devmap_hash 5.4), CPUs (cpumap 4.15), sockets (xskmap 4.18). There is
// nothing behind the entries in the vm: a redirect says which entry was chosen. Kernel: kernel/bpf/devmap.c, cpumap.c,
// net/xdp/xskmap.c.

import { mapKind } from '../../../isa/index.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.ts';
import { checkFlags, nextIndex } from './array.ts';
import { EXIST, MapError, MapFlag, type MapHost, type MapSpec, NOEXIST, VmMap } from './map.ts';

/** NR_CPUS, as distributions build the kernel for x86-64. */
const MAX_CPUS = 512;
const FLAGS = MapFlag.NUMA_NODE | MapFlag.RDONLY | MapFlag.WRONLY;

export class RedirectMap extends VmMap {
  readonly #values = new Map<number, number>();

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkFlags(spec, spec.kind === 'cpumap' ? MapFlag.NUMA_NODE : FLAGS);
    const { kind, keySize, valueSize, maxEntries } = spec;
    const sizes = kind === 'xskmap' ? [4] : [4, 8];
    if (maxEntries === 0 || keySize !== 4 || !sizes.includes(valueSize)) {
      throw new MapError(EINVAL, `a ${kind} has keys of 4 bytes and values of ${sizes.join(' or ')}`);
    }
    if (kind === 'cpumap' && maxEntries > MAX_CPUS) throw new MapError(E2BIG, `there are ${MAX_CPUS} CPUs at most`);
    super(host, index, spec, mapKind(kind)!.id);
  }

  get #hashed(): boolean {
    return this.spec.kind === 'devmap_hash';
  }

  /** Whether packets can be sent to a key. */
  has(key: number): boolean {
    return this.#values.has(key >>> 0);
  }

  override lookup(key: number): number {
    return this.#values.get(this.memory.getU32(key)) ?? 0;
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    if (!this.#hashed) return nextIndex(key, this.spec.maxEntries);
    const keys = [...this.#values.keys()];
    const next = keys[key ? keys.indexOf(indexOf(key)) + 1 : 0];
    return next === undefined ? -ENOENT : new Uint8Array(Uint32Array.of(next).buffer);
  }

  override close(): void {
    for (const address of this.#values.values()) this.memory.free(address);
    super.close();
  }

  protected override writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    if (flags < 0 || flags > EXIST) return -EINVAL;
    const index = indexOf(key);
    const present = this.#values.get(index);
    if (!this.#hashed && index >= this.spec.maxEntries) return -E2BIG;
    if (this.#hashed ? present !== undefined && flags === NOEXIST : flags === NOEXIST) return -EEXIST;
    if (this.#hashed && present === undefined && this.#values.size === this.spec.maxEntries) return -E2BIG;
    const address =
      present ??
      this.memory.allocate(this.spec.valueSize, {
        kind: 'map-value',
        writable: false,
        name: `a value of ${this.name}`,
      });
    this.#values.set(index, address);
    this.memory.write(address, value);
    return 0;
  }

  protected override removeKey(key: Uint8Array): number {
    const index = indexOf(key);
    const present = this.#values.get(index);
    if (present === undefined) return this.#hashed ? -ENOENT : index < this.spec.maxEntries ? 0 : -EINVAL;
    this.#values.delete(index);
    this.memory.free(present);
    return 0;
  }
}

function indexOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}
