// Values that belong to the cgroup that a program is attached to: cgroup_storage (4.19), percpu_cgroup_storage (4.20). In the
// vm the cgroup is that of the event. Kernel: kernel/bpf/local_storage.c.

import { mapKind } from '../../../isa/index.ts';
import { EEXIST, EINVAL, ENOENT } from '../errno.ts';
import { checkFlags } from './array.ts';
import { MapError, MapFlag, type MapHost, type MapSpec, NOEXIST, VmMap } from './map.ts';

const FLAGS = MapFlag.NUMA_NODE | MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;
/** A u64 cgroup id, or struct bpf_cgroup_storage_key, which has the attach type behind it. */
const KEY_SIZES = [8, 16];

export class CgroupStorage extends VmMap {
  readonly #values = new Map<bigint, number>();

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkFlags(spec, FLAGS);
    if (!KEY_SIZES.includes(spec.keySize) || spec.valueSize === 0 || spec.maxEntries !== 0) {
      throw new MapError(EINVAL, 'cgroup storage has keys of 8 or 16 bytes, values, and no number of entries');
    }
    super(host, index, spec, mapKind(spec.kind)!.id);
  }

  override get perCpu(): boolean {
    return this.spec.kind === 'percpu_cgroup_storage';
  }

  override get cpus(): number {
    return this.perCpu ? this.host.cpuCount : 1;
  }

  /** The address of a cgroup's value on the present CPU; it is there as long as the program is attached. */
  valueFor(cgroup: bigint): number {
    let address = this.#values.get(cgroup);
    if (address === undefined) {
      const { valueSize } = this.spec;
      address = this.memory.allocate(this.stride * this.cpus, {
        kind: 'map-value',
        name: `a value of ${this.name}`,
        writable: this.programWritable,
        allows: (offset, size) => (offset % this.stride) + size <= valueSize,
      });
      this.#values.set(cgroup, address);
    }
    return address + (this.perCpu ? this.host.cpu * this.stride : 0);
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    const cgroups = [...this.#values.keys()];
    const next = cgroups[key ? cgroups.indexOf(cgroupOf(key)) + 1 : 0];
    if (next === undefined) return -ENOENT;
    const bytes = new Uint8Array(this.spec.keySize);
    new DataView(bytes.buffer).setBigUint64(0, next, true);
    return bytes;
  }

  override close(): void {
    for (const address of this.#values.values()) this.memory.free(address);
    super.close();
  }

  protected override readValue(key: Uint8Array): Uint8Array | number {
    const address = this.#values.get(cgroupOf(key));
    return address === undefined ? -ENOENT : this.memory.read(address, this.valueBytes);
  }

  protected override writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    const address = this.#values.get(cgroupOf(key));
    if (flags === NOEXIST) return address === undefined ? -EINVAL : -EEXIST;
    if (address === undefined) return -ENOENT;
    this.memory.write(address, value);
    return 0;
  }

  protected override removeKey(_key: Uint8Array): number {
    return -EINVAL;
  }
}

function cgroupOf(key: Uint8Array): bigint {
  return new DataView(key.buffer, key.byteOffset).getBigUint64(0, true);
}
