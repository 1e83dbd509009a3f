// Values that belong to objects of the kernel: tasks (5.11), sockets (5.2), inodes (5.10), cgroups (6.2). An object is known by
// its address, or for user space by a number of 4 bytes. Kernel: kernel/bpf/bpf_local_storage.c.

import { mapKind } from '../../../isa/index.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.ts';
import { EXIST, MapError, MapFlag, type MapHost, type MapSpec, NOEXIST, VmMap } from './map.ts';

const FLAGS = MapFlag.NO_PREALLOC | MapFlag.CLONE;
/** BPF_LOCAL_STORAGE_MAX_VALUE_SIZE, about. */
const MAX_VALUE = 0xffff - 48 - 512;

export class LocalStorage extends VmMap {
  readonly #values = new Map<bigint, number>();

  constructor(host: MapHost, index: number, spec: MapSpec) {
    const { keySize, valueSize, maxEntries, flags } = spec;
    if ((flags & ~FLAGS) !== 0 || (flags & MapFlag.NO_PREALLOC) === 0 || maxEntries !== 0) {
      throw new MapError(EINVAL, 'storage of objects has BPF_F_NO_PREALLOC and no number of entries');
    }
    if (keySize !== 4 || valueSize === 0)
      throw new MapError(EINVAL, 'storage of objects has keys of 4 bytes and values');
    if (valueSize > MAX_VALUE) throw new MapError(E2BIG, `a value of ${valueSize} bytes is too large`);
    super(host, index, spec, mapKind(spec.kind)!.id);
  }

  /** The address of an object's value; made with the bytes at `initial` (or zeroes for 0) when it is not there and wanted. */
  valueFor(object: bigint, create: boolean, initial: number): number {
    const present = this.#values.get(object);
    if (present !== undefined || object === 0n) return present ?? 0;
    if (!create) return 0;
    const address = this.#make(object);
    if (initial !== 0) this.copy(address, initial, this.spec.valueSize);
    return address;
  }

  forget(object: bigint): number {
    const address = this.#values.get(object);
    if (address === undefined) return -ENOENT;
    this.#values.delete(object);
    this.set('COUNT', this.#values.size);
    this.memory.free(address);
    return 0;
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    const objects = [...this.#values.keys()];
    const next = objects[key ? objects.indexOf(objectOf(key)) + 1 : 0];
    return next === undefined ? -ENOENT : new Uint8Array(Uint32Array.of(Number(BigInt.asUintN(32, next))).buffer);
  }

  override close(): void {
    for (const address of this.#values.values()) this.memory.free(address);
    super.close();
  }

  protected override readValue(key: Uint8Array): Uint8Array | number {
    const address = this.#values.get(objectOf(key));
    return address === undefined ? -ENOENT : this.memory.read(address, this.spec.valueSize);
  }

  protected override writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    if (flags < 0 || flags > EXIST) return -EINVAL;
    const object = objectOf(key);
    const present = this.#values.get(object);
    if (present !== undefined && flags === NOEXIST) return -EEXIST;
    if (present === undefined && flags === EXIST) return -ENOENT;
    this.memory.write(present ?? this.#make(object), value);
    return 0;
  }

  protected override removeKey(key: Uint8Array): number {
    return this.forget(objectOf(key));
  }

  #make(object: bigint): number {
    const address = this.memory.allocate(this.spec.valueSize, { kind: 'map-value', name: `a value of ${this.name}` });
    this.#values.set(object, address);
    this.set('COUNT', this.#values.size);
    return address;
  }
}

function objectOf(key: Uint8Array): bigint {
  return BigInt(new DataView(key.buffer, key.byteOffset).getUint32(0, true));
}
