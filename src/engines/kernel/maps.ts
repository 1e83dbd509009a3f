// The maps of an Image in the kernel: create, fill, read whole, empty. Many entries are moved with one call where the
// kernel can (batch operations, 5.6), else one by one.

import { assert } from '../../base/error.ts';
import type { MapDefinition, MapSnapshot } from '../../image/index.ts';
import { mapKind } from '../../isa/index.ts';
import { possibleCpus } from './cpus.ts';
import {
  type Batch,
  mapBatch,
  mapCreate,
  mapDelete,
  mapFreeze,
  mapLookup,
  mapNextKey,
  mapUpdate,
  UPDATE_EXISTING,
} from './sys/bpf.ts';
import type { Sys } from './sys/sys.ts';
import { isErrno } from './sys/syscall-error.ts';

/** Entries of one batch at first. */
const BATCH_ENTRIES = 4096;
/** Bytes of one batch at most, so that maps with huge values do not need huge buffers. */
const BATCH_BYTES = 4 << 20;
/** What kernels and map kinds answer that cannot do batches. */
const NO_BATCH = ['EINVAL', 'ENOTSUPP', 'EOPNOTSUPP'] as const;

/** A map that is in the kernel. */
export class KernelMap {
  readonly definition: MapDefinition;
  readonly fd: number;
  /** Bytes from one CPU's value to the next. */
  readonly stride: number;
  readonly cpus: number;
  readonly #sys: Sys;

  constructor(sys: Sys, definition: MapDefinition) {
    const kind = mapKind(definition.kind);
    assert(kind, `unknown map kind ${definition.kind}`);
    const perCpu = isPerCpu(definition.kind);
    this.#sys = sys;
    this.definition = definition;
    this.stride = perCpu ? (definition.valueSize + 7) & ~7 : definition.valueSize;
    this.cpus = perCpu ? possibleCpus().length : 1;
    this.fd = mapCreate(sys, { ...definition, type: kind.id });
  }

  get isArray(): boolean {
    return isArray(this.definition.kind);
  }

  /** Bytes of a value as user space sees it, all CPUs. */
  get valueBytes(): number {
    return this.stride * this.cpus;
  }

  /** Puts the initial bytes of a `data` map into its only value. */
  fill(bytes: Uint8Array, readonly: boolean): void {
    const value = new Uint8Array(this.valueBytes);
    value.set(bytes);
    this.update(new Uint8Array(this.definition.keySize), value);
    if (readonly) mapFreeze(this.#sys, this.fd);
  }

  /** The value of a key, or undefined when there is none. */
  lookup(key: Uint8Array): Uint8Array | undefined {
    const value = new Uint8Array(this.valueBytes);
    try {
      mapLookup(this.#sys, this.fd, key, value);
      return value;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  update(key: Uint8Array, value: Uint8Array): void {
    mapUpdate(this.#sys, this.fd, key, value);
  }

  delete(key: Uint8Array): void {
    try {
      mapDelete(this.#sys, this.fd, key);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }

  snapshot(): MapSnapshot {
    const { keySize, valueSize, maxEntries } = this.definition;
    const { stride, cpus } = this;
    const entries = this.isArray && maxEntries === 1 ? this.#readOnly() : this.#readAll();
    return { ...entries, keySize, valueSize, stride, cpus };
  }

  /** Deletes all entries; arrays, whose entries cannot be deleted, get zeroes. */
  clear(): void {
    if (this.isArray) {
      this.zero();
      return;
    }
    const { keys, count } = this.snapshot();
    this.#changeAll('MAP_DELETE_BATCH', keys, undefined, count);
  }

  /** Sets all values to zero; keys that are deleted meanwhile stay deleted. */
  zero(): void {
    const { keys, count } = this.snapshot();
    this.#changeAll('MAP_UPDATE_BATCH', keys, new Uint8Array(count * this.valueBytes), count);
  }

  close(): void {
    this.#sys.close(this.fd);
  }

  #readOnly(): Entries {
    const keys = new Uint8Array(this.definition.keySize);
    const values = this.lookup(keys);
    return values ? { count: 1, keys, values } : { count: 0, keys: new Uint8Array(), values: new Uint8Array() };
  }

  #readAll(): Entries {
    const { keySize, maxEntries } = this.definition;
    const entries = new EntryList(keySize, this.valueBytes);
    const byBytes = Math.max(1, Math.floor(BATCH_BYTES / (keySize + this.valueBytes)));
    let count = Math.min(maxEntries, BATCH_ENTRIES, byBytes);
    let position: Uint8Array | undefined;
    for (;;) {
      const next = new Uint8Array(Math.max(8, keySize));
      const step = this.#readBatch(entries, position, next, count);
      if (step === 'end') return entries.finish();
      if (step === 'unsupported') return this.#readOneByOne();
      // A bucket with more entries than fit: the kernel wants room for all of it.
      if (step === 'larger') count *= 2;
      else position = next;
    }
  }

  #readBatch(
    entries: EntryList,
    position: Uint8Array | undefined,
    next: Uint8Array,
    count: number,
  ): 'more' | 'larger' | 'end' | 'unsupported' {
    const room = entries.reserve(count);
    const batch: Batch = { ...(position && { in: position }), out: next, ...room, count };
    let got = 0;
    try {
      mapBatch(this.#sys, 'MAP_LOOKUP_BATCH', this.fd, batch, (entriesRead) => {
        got = entriesRead;
      });
    } catch (error) {
      if (isErrno(error, 'ENOENT')) {
        entries.commit(got);
        return 'end';
      }
      if (isErrno(error, 'ENOSPC')) return 'larger';
      if (position === undefined && isErrno(error, ...NO_BATCH)) return 'unsupported';
      throw error;
    }
    entries.commit(got);
    return 'more';
  }

  #readOneByOne(): Entries {
    const { keySize, maxEntries } = this.definition;
    const entries = new EntryList(keySize, this.valueBytes);
    let key: Uint8Array | undefined;
    // When another deletes the key that we stand on, the kernel starts again at the first: the bound ends that.
    for (let seen = 0; seen < maxEntries; seen++) {
      const next = new Uint8Array(keySize);
      try {
        mapNextKey(this.#sys, this.fd, key, next);
      } catch (error) {
        if (isErrno(error, 'ENOENT')) break;
        throw error;
      }
      const value = this.lookup(next);
      if (value) entries.add(next, value);
      key = next;
    }
    return entries.finish();
  }

  #changeAll(
    command: 'MAP_DELETE_BATCH' | 'MAP_UPDATE_BATCH',
    keys: Uint8Array,
    values: Uint8Array | undefined,
    count: number,
  ): void {
    const { keySize } = this.definition;
    let done = 0;
    while (done < count) {
      const batch: Batch = {
        keys: keys.subarray(done * keySize),
        ...(values && { values: values.subarray(done * this.valueBytes) }),
        ...(values && !this.isArray && { flags: UPDATE_EXISTING }),
        count: count - done,
      };
      try {
        mapBatch(this.#sys, command, this.fd, batch, (changed) => {
          done += changed;
        });
        return;
      } catch (error) {
        if (isErrno(error, 'ENOENT')) {
          done++;
          continue;
        }
        if (!isErrno(error, ...NO_BATCH)) throw error;
        this.#changeOneByOne(command, keys, values, count);
        return;
      }
    }
  }

  #changeOneByOne(command: string, keys: Uint8Array, values: Uint8Array | undefined, count: number): void {
    const { keySize } = this.definition;
    for (let index = 0; index < count; index++) {
      const key = keys.subarray(index * keySize, (index + 1) * keySize);
      if (command === 'MAP_DELETE_BATCH') this.delete(key);
      else this.#zeroOne(key, values!.subarray(index * this.valueBytes, (index + 1) * this.valueBytes));
    }
  }

  #zeroOne(key: Uint8Array, value: Uint8Array): void {
    try {
      mapUpdate(this.#sys, this.fd, key, value, this.isArray ? 0n : UPDATE_EXISTING);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
}

interface Entries {
  readonly count: number;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
}

/** Keys and values in two growing arrays, so that the kernel writes straight to where they stay. */
class EntryList {
  readonly #keySize: number;
  readonly #valueBytes: number;
  #keys = new Uint8Array();
  #values = new Uint8Array();
  #count = 0;

  constructor(keySize: number, valueBytes: number) {
    this.#keySize = keySize;
    this.#valueBytes = valueBytes;
  }

  /** Room for more entries behind those that are there. */
  reserve(count: number): { readonly keys: Uint8Array; readonly values: Uint8Array } {
    const wanted = this.#count + count;
    if (wanted * this.#keySize > this.#keys.length) {
      const capacity = Math.max(wanted, this.#count * 2);
      this.#keys = grown(this.#keys, capacity * this.#keySize);
      this.#values = grown(this.#values, capacity * this.#valueBytes);
    }
    return {
      keys: this.#keys.subarray(this.#count * this.#keySize),
      values: this.#values.subarray(this.#count * this.#valueBytes),
    };
  }

  commit(count: number): void {
    this.#count += count;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    const room = this.reserve(1);
    room.keys.set(key);
    room.values.set(value);
    this.commit(1);
  }

  finish(): Entries {
    return {
      count: this.#count,
      keys: this.#keys.subarray(0, this.#count * this.#keySize),
      values: this.#values.subarray(0, this.#count * this.#valueBytes),
    };
  }
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

function isPerCpu(kind: string): boolean {
  return kind === 'percpu_hash' || kind === 'percpu_array' || kind === 'lru_percpu_hash';
}

function isArray(kind: string): boolean {
  return kind === 'array' || kind === 'percpu_array';
}
