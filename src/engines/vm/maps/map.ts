// What all maps have in common. Each map has two sides: programs give addresses in the linear memory and get addresses or
// negative error numbers; user space gives and gets bytes, as with bpf(2). The words of the two sides differ on purpose:
// lookup, update, delete are the program's; read, write, remove are user space's.

import { EBUSY, EINVAL, ENOENT, ENOTSUPP, EOPNOTSUPP, EPERM } from '../errno.ts';
import { DESCRIPTOR_BYTES, MapField, roundUp8 } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';

/** What a map is made from. */
export interface MapSpec {
  /** The kernel's map type by its short name. */
  readonly kind: string;
  readonly name?: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Bits of `map_extra`: the number of hash functions of a bloom filter. */
  readonly extra?: number;
  /** Index of a map that inner maps must be like, for maps of maps. */
  readonly inner?: number;
}

/** A map that cannot be made, or a program that names what is not there. */
export class MapError extends Error {
  /** Positive, as in errno. */
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.name = 'MapError';
    this.errno = errno;
  }
}

/** Flags of updates. */
export const ANY = 0;
export const NOEXIST = 1;
export const EXIST = 2;
/** BPF_F_LOCK: take the value's spin lock; only for values that have one, which the vm's never do. */
export const LOCK = 4;

/** Flags of maps (include/uapi/linux/bpf.h). */
export const MapFlag = {
  NO_PREALLOC: 1,
  NO_COMMON_LRU: 2,
  NUMA_NODE: 4,
  /** User space may only read. */
  RDONLY: 8,
  /** User space may only write. */
  WRONLY: 16,
  STACK_BUILD_ID: 32,
  ZERO_SEED: 64,
  /** Programs may only read. */
  RDONLY_PROG: 128,
  /** Programs may only write. */
  WRONLY_PROG: 256,
  CLONE: 512,
  MMAPABLE: 1024,
  PRESERVE_ELEMS: 2048,
  INNER_MAP: 4096,
} as const;

/** What a map needs of its machine. */
export interface MapHost {
  readonly memory: LinearMemory;
  /** How many CPUs per-CPU values have. */
  readonly cpuCount: number;
  /** The CPU that runs now. */
  readonly cpu: number;
  mapByIndex(index: number): VmMap | undefined;
  mapAt(address: number): VmMap | undefined;
  programCount(): number;
  random(): number;
  wakeRing(map: number): void;
}

/** Called with addresses; a result other than 0 ends the walk. */
export type Visitor = (key: number, value: number) => number;

/** Where an element lies. */
export interface Element {
  readonly key: number;
  readonly value: number;
  /** Gives back what was made for it. */
  readonly free?: () => void;
}

export abstract class VmMap {
  readonly spec: MapSpec;
  /** In `Machine.maps`. */
  readonly index: number;
  /** Of the descriptor; a program's pointer to the map. */
  readonly address: number;
  readonly stride: number;
  protected readonly host: MapHost;
  protected readonly memory: LinearMemory;
  #frozen = false;
  #staging = 0;

  protected constructor(host: MapHost, index: number, spec: MapSpec, kindId: number) {
    this.host = host;
    this.memory = host.memory;
    this.index = index;
    this.spec = spec;
    this.stride = roundUp8(spec.valueSize);
    this.address = this.memory.allocate(DESCRIPTOR_BYTES, { kind: 'map', name: `map ${this.name}` });
    this.set('INDEX', index);
    this.set('KIND', kindId);
    this.set('KEY_SIZE', spec.keySize);
    this.set('VALUE_SIZE', spec.valueSize);
    this.set('MAX_ENTRIES', spec.maxEntries);
    this.set('FLAGS', spec.flags);
    this.set('STRIDE', this.stride);
  }

  get name(): string {
    return this.spec.name || `${this.spec.kind} ${this.index}`;
  }

  /** CPUs that a value has bytes for. */
  get cpus(): number {
    return 1;
  }

  /** Bytes of a value as user space sees it: per-CPU kinds have `stride` bytes for each CPU. */
  get valueBytes(): number {
    return this.cpus === 1 && !this.perCpu ? this.spec.valueSize : this.stride * this.cpus;
  }

  get perCpu(): boolean {
    return false;
  }

  /** May programs write values through pointers? */
  protected get programWritable(): boolean {
    return (this.spec.flags & MapFlag.RDONLY_PROG) === 0;
  }

  // ---- programs

  /** The address of a key's value (on the present CPU), or 0. */
  lookup(_key: number): number {
    return 0;
  }

  /** 0 or a negative error number. */
  update(_key: number, _value: number, _flags: number): number {
    return -EOPNOTSUPP;
  }

  delete(_key: number): number {
    return -EOPNOTSUPP;
  }

  push(_value: number, _flags: number): number {
    return -EOPNOTSUPP;
  }

  pop(_value: number): number {
    return -EOPNOTSUPP;
  }

  peek(_value: number): number {
    return -EOPNOTSUPP;
  }

  /** The address of a key's value on one CPU, or 0. */
  lookupPerCpu(_key: number, _cpu: number): number {
    return 0;
  }

  /** The entries one after another as bpf_for_each_map_elem walks them, or undefined for kinds without such a walk. */
  walk(): Iterable<readonly [key: number, value: number]> | undefined {
    return undefined;
  }

  /** The element that an address in a value belongs to, for timers; the key of arrays is made up and may be freed by `free`. */
  elementAt(_address: number): Element | undefined {
    return undefined;
  }

  // ---- user space

  /** BPF_MAP_LOOKUP_ELEM: a copy of the value (of all CPUs), or a negative error number. */
  read(key: Uint8Array): Uint8Array | number {
    if ((this.spec.flags & MapFlag.WRONLY) !== 0) return -EPERM;
    if (key.length !== this.spec.keySize) return -EINVAL;
    return this.readValue(key);
  }

  /** BPF_MAP_UPDATE_ELEM. */
  write(key: Uint8Array, value: Uint8Array, flags = ANY): number {
    if (this.#frozen || (this.spec.flags & MapFlag.RDONLY) !== 0) return -EPERM;
    if (key.length !== this.spec.keySize || value.length !== this.valueBytes) return -EINVAL;
    if ((flags & LOCK) !== 0) return -EINVAL;
    return this.writeValue(key, value, flags);
  }

  /** BPF_MAP_DELETE_ELEM. */
  remove(key: Uint8Array): number {
    if (this.#frozen || (this.spec.flags & MapFlag.RDONLY) !== 0) return -EPERM;
    if (key.length !== this.spec.keySize) return -EINVAL;
    return this.removeKey(key);
  }

  /** BPF_MAP_LOOKUP_AND_DELETE_ELEM; kinds that have it override it. */
  take(_key: Uint8Array): Uint8Array | number {
    return -ENOTSUPP;
  }

  /** BPF_MAP_GET_NEXT_KEY: the key after `key`, the first without one; -ENOENT after the last. */
  nextKey(key?: Uint8Array): Uint8Array | number {
    if ((this.spec.flags & MapFlag.WRONLY) !== 0) return -EPERM;
    if (key && key.length !== this.spec.keySize) return -EINVAL;
    return this.followingKey(key);
  }

  /** BPF_MAP_FREEZE: user space may not write any more. */
  freeze(): number {
    if (this.#frozen) return -EBUSY;
    this.#frozen = true;
    return 0;
  }

  /** All keys and values, each a copy, in the order of `nextKey`. */
  *entries(): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
    for (let key = this.followingKey(); typeof key !== 'number'; key = this.followingKey(key)) {
      const value = this.readValue(key);
      if (typeof value !== 'number') yield [key, value];
    }
  }

  /** Gives its memory back. */
  close(): void {
    if (this.#staging !== 0) this.memory.free(this.#staging);
    this.memory.free(this.address);
  }

  /** The key after `key` without questions of permission. */
  protected followingKey(_key?: Uint8Array): Uint8Array | number {
    return -ENOTSUPP;
  }

  protected readValue(key: Uint8Array): Uint8Array | number {
    const address = this.lookup(this.stageKey(key));
    return address === 0 ? -ENOENT : this.memory.read(address, this.spec.valueSize);
  }

  protected writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    const at = this.stageKey(key);
    return this.update(at, this.stageValue(value), flags);
  }

  protected removeKey(key: Uint8Array): number {
    return this.delete(this.stageKey(key));
  }

  // ---- for the kinds

  protected get(field: keyof typeof MapField): number {
    return this.memory.getU32(this.address + MapField[field]);
  }

  protected set(field: keyof typeof MapField, value: number): void {
    this.memory.setU32(this.address + MapField[field], value);
  }

  /** Copies a key of user space into the linear memory. */
  protected stageKey(key: Uint8Array): number {
    this.#staging ||= this.memory.allocate(roundUp8(this.spec.keySize) + Math.max(this.stride, this.valueBytes), {
      kind: 'map',
      name: `staging of ${this.name}`,
    });
    this.memory.write(this.#staging, key);
    return this.#staging;
  }

  /** The same for a value; call after stageKey. */
  protected stageValue(value: Uint8Array): number {
    this.stageKey(new Uint8Array());
    const at = this.#staging + roundUp8(this.spec.keySize);
    this.memory.write(at, value);
    return at;
  }

  protected copy(to: number, from: number, size: number): void {
    this.memory.u8.copyWithin(to, from, from + size);
  }
}
