// Hash maps: hash, percpu_hash, and with eviction lru_hash, lru_percpu_hash. Kernel: kernel/bpf/hashtab.c (3.19; per-CPU 4.6,
// LRU 4.10).

import { mapKind } from '../../../isa/index.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.ts';
import { checkFlags } from './array.ts';
import { HashTable } from './hash-table.ts';
import { LruList } from './lru.ts';
import { type Element, EXIST, MapError, MapFlag, type MapHost, type MapSpec, NOEXIST, VmMap } from './map.ts';

const FLAGS =
  MapFlag.NO_PREALLOC |
  MapFlag.NO_COMMON_LRU |
  MapFlag.NUMA_NODE |
  MapFlag.RDONLY |
  MapFlag.WRONLY |
  MapFlag.RDONLY_PROG |
  MapFlag.WRONLY_PROG |
  MapFlag.ZERO_SEED;

/** PCPU_MIN_UNIT_SIZE. */
const MAX_PERCPU_VALUE = 32 << 10;
/** KMALLOC_MAX_SIZE: what an entry may take, about. */
const MAX_ENTRY = 0x3fff00;

export class HashMap extends VmMap {
  protected readonly table: HashTable;
  readonly #perCpu: boolean;
  readonly #lru: LruList | undefined;

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkHash(spec);
    super(host, index, spec, mapKind(spec.kind)!.id);
    const lru = spec.kind.startsWith('lru_');
    this.#perCpu = spec.kind.endsWith('percpu_hash');
    this.table = new HashTable(this.memory, this.address, {
      keySize: spec.keySize,
      valueSize: spec.valueSize,
      stride: this.stride,
      cpus: this.cpus,
      maxEntries: spec.maxEntries,
      lru,
      writable: this.programWritable,
      name: this.name,
    });
    this.#lru = lru ? new LruList(this.memory, this.address) : undefined;
    this.set('ELEMENT_SIZE', this.stride * this.cpus);
  }

  override get perCpu(): boolean {
    return this.#perCpu;
  }

  override get cpus(): number {
    return this.#perCpu ? this.host.cpuCount : 1;
  }

  // ---- programs

  override lookup(key: number): number {
    return this.lookupPerCpu(key, this.#perCpu ? this.host.cpu : 0);
  }

  override lookupPerCpu(key: number, cpu: number): number {
    if (cpu >= this.cpus) return 0;
    const entry = this.table.find(key);
    if (entry === 0) return 0;
    this.#lru?.touch(entry);
    return this.#valueOf(entry, cpu);
  }

  override update(key: number, value: number, flags: number): number {
    const cpu = this.#perCpu ? this.host.cpu : 0;
    return this.#put(key, flags, (entry, isNew) => {
      if (isNew && this.#perCpu) this.#zero(entry);
      this.copy(this.#valueOf(entry, cpu), value, this.spec.valueSize);
    });
  }

  override delete(key: number): number {
    const entry = this.table.find(key);
    if (entry === 0) return -ENOENT;
    this.#drop(entry);
    return 0;
  }

  /** The entry may be deleted while it is visited, so the way on is looked up before. */
  override *walk(): Generator<readonly [number, number]> {
    const cpu = this.#perCpu ? this.host.cpu : 0;
    for (let entry = this.table.next(0); entry !== 0; ) {
      const next = this.table.next(entry);
      yield [entry + this.table.keyOffset, this.#valueOf(entry, cpu)];
      entry = next;
    }
  }

  /** Makes room for new entries, for code that takes them from the table itself. */
  moreEntries(): void {
    this.table.moreEntries();
  }

  override elementAt(address: number): Element | undefined {
    const entry = this.table.entryAt(address);
    return entry === 0 ? undefined : { key: entry + this.table.keyOffset, value: this.#valueOf(entry, 0) };
  }

  // ---- user space

  override take(key: Uint8Array): Uint8Array | number {
    if (key.length !== this.spec.keySize) return -EINVAL;
    const value = this.readValue(key);
    if (typeof value !== 'number') this.removeKey(key);
    return value;
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    const present = key === undefined ? 0 : this.table.find(this.stageKey(key));
    const next = this.table.next(present);
    return next === 0 ? -ENOENT : this.memory.read(next + this.table.keyOffset, this.spec.keySize);
  }

  override *entries(): Generator<readonly [Uint8Array, Uint8Array]> {
    const { keyOffset } = this.table;
    for (let entry = this.table.next(0); entry !== 0; entry = this.table.next(entry)) {
      yield [
        this.memory.read(entry + keyOffset, this.spec.keySize),
        this.memory.read(this.#valueOf(entry, 0), this.valueBytes),
      ];
    }
  }

  override close(): void {
    this.table.close();
    this.#lru?.close();
    super.close();
  }

  /** Reading by user space does not make an entry recently used. */
  protected override readValue(key: Uint8Array): Uint8Array | number {
    const entry = this.table.find(this.stageKey(key));
    return entry === 0 ? -ENOENT : this.memory.read(this.#valueOf(entry, 0), this.valueBytes);
  }

  protected override writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    return this.#put(this.stageKey(key), flags, (entry) => this.memory.write(this.#valueOf(entry, 0), value));
  }

  // ---- entries

  #put(key: number, flags: number, fill: (entry: number, isNew: boolean) => void): number {
    if (flags < 0 || flags > EXIST) return -EINVAL;
    const hash = this.table.hash(key);
    const old = this.table.find(key, hash);
    if (old !== 0 && flags === NOEXIST) return -EEXIST;
    if (old === 0 && flags === EXIST) return -ENOENT;
    // Per-CPU values are written in place, so that the other CPUs keep theirs.
    if (old !== 0 && this.#perCpu) {
      fill(old, false);
      this.#lru?.touch(old);
      return 0;
    }
    if (old === 0 && !this.#makeRoom()) return -E2BIG;
    const entry = this.table.takeEntry();
    fill(entry, true);
    this.table.link(entry, hash, key);
    this.#lru?.add(entry, old !== 0);
    if (old !== 0) this.#drop(old);
    this.table.count++;
    return 0;
  }

  #makeRoom(): boolean {
    if (this.table.count < this.spec.maxEntries) return true;
    if (!this.#lru) return false;
    this.#drop(this.#lru.oldest());
    return true;
  }

  #drop(entry: number): void {
    this.table.unlink(entry);
    this.#lru?.remove(entry);
    this.table.freeEntry(entry);
    this.table.count--;
  }

  #valueOf(entry: number, cpu: number): number {
    return entry + this.table.valueOffset + cpu * this.stride;
  }

  #zero(entry: number): void {
    const start = this.#valueOf(entry, 0);
    this.memory.u8.fill(0, start, start + this.stride * this.cpus);
  }
}

function checkHash(spec: MapSpec): void {
  const { kind, keySize, valueSize, maxEntries, flags } = spec;
  const lru = kind.startsWith('lru_');
  const perCpu = kind.endsWith('percpu_hash');
  checkFlags(spec, FLAGS);
  if (!lru && (flags & MapFlag.NO_COMMON_LRU) !== 0) throw new MapError(EINVAL, 'only LRU maps have LRU lists');
  if (lru && (flags & MapFlag.NO_PREALLOC) !== 0) throw new MapError(524, 'LRU maps are always preallocated');
  if (maxEntries === 0 || keySize === 0 || valueSize === 0) {
    throw new MapError(EINVAL, 'a hash map has keys, values and entries');
  }
  if (keySize + valueSize > MAX_ENTRY || (perCpu && valueSize > MAX_PERCPU_VALUE)) {
    throw new MapError(E2BIG, 'a key or value is too large');
  }
  if (maxEntries > 0x7fffffff) throw new MapError(E2BIG, 'there are too many entries');
}
