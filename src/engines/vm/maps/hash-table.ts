// The hash table in linear memory that hash kinds share: buckets of chained entries, laid out as layout.ts says, so that the
// JIT can search it without leaving WebAssembly.

import { EntryField, MapField, roundUp8 } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';

/** Bytes by which the table asks for more entries at first; doubles up to the maximum. */
const FIRST_CHUNK = 16 << 10;
const MAX_CHUNK = 4 << 20;

export interface HashLayout {
  readonly keySize: number;
  readonly valueSize: number;
  /** Bytes from one CPU's value to the next. */
  readonly stride: number;
  readonly cpus: number;
  readonly maxEntries: number;
  /** Entries carry LRU links. */
  readonly lru: boolean;
  /** Programs may write values. */
  readonly writable: boolean;
  readonly name: string;
}

export class HashTable {
  readonly keyOffset: number;
  readonly valueOffset: number;
  readonly entrySize: number;
  readonly #memory: LinearMemory;
  /** Address of the map's descriptor. */
  readonly #map: number;
  readonly #layout: HashLayout;
  readonly #buckets: number;
  readonly #mask: number;
  /** Where entries lie, with the bytes of each piece. */
  readonly #chunks = new Map<number, number>();
  #chunkBytes = FIRST_CHUNK;

  constructor(memory: LinearMemory, map: number, layout: HashLayout) {
    this.#memory = memory;
    this.#map = map;
    this.#layout = layout;
    this.keyOffset = layout.lru ? 24 : 8;
    this.valueOffset = this.keyOffset + roundUp8(layout.keySize);
    this.entrySize = this.valueOffset + layout.stride * layout.cpus;
    let count = 1;
    while (count < layout.maxEntries) count *= 2;
    this.#mask = count - 1;
    this.#buckets = memory.allocate(count * 4, { kind: 'map', name: `buckets of ${layout.name}` });
    this.#set(MapField.BUCKETS, this.#buckets);
    this.#set(MapField.BUCKET_MASK, this.#mask);
    this.#set(MapField.KEY_OFFSET, this.keyOffset);
    this.#set(MapField.VALUE_OFFSET, this.valueOffset);
    this.#set(MapField.ENTRY_SIZE, this.entrySize);
  }

  get count(): number {
    return this.#get(MapField.COUNT);
  }

  set count(count: number) {
    this.#set(MapField.COUNT, count);
  }

  /** The hash of the key at an address; see layout.ts. */
  hash(key: number): number {
    const { keySize } = this.#layout;
    const { view } = this.#memory;
    let h = keySize;
    let at = 0;
    for (; at + 4 <= keySize; at += 4) {
      h = Math.imul(((h << 5) | (h >>> 27)) ^ view.getInt32(key + at, true), 0x9e3779b1);
    }
    if (at < keySize) {
      let word = 0;
      for (let byte = 0; at + byte < keySize; byte++) word |= view.getUint8(key + at + byte) << (8 * byte);
      h = Math.imul(((h << 5) | (h >>> 27)) ^ word, 0x9e3779b1);
    }
    h ^= h >>> 15;
    h = Math.imul(h, 0x85ebca6b);
    return (h ^ (h >>> 13)) >>> 0;
  }

  /** The entry of the key at an address, or 0. */
  find(key: number, hash = this.hash(key)): number {
    const { view } = this.#memory;
    for (let entry = this.#head(hash); entry !== 0; entry = view.getUint32(entry + EntryField.NEXT, true)) {
      if (view.getUint32(entry + EntryField.HASH, true) === hash && this.#sameKey(entry + this.keyOffset, key))
        return entry;
    }
    return 0;
  }

  /** A place for a new entry; its contents are whatever was there. */
  takeEntry(): number {
    const free = this.#get(MapField.FREE);
    if (free !== 0) {
      this.#set(MapField.FREE, this.#memory.getU32(free + EntryField.NEXT));
      return free;
    }
    if (this.#get(MapField.BUMP) + this.entrySize > this.#get(MapField.BUMP_END)) this.moreEntries();
    const entry = this.#get(MapField.BUMP);
    this.#set(MapField.BUMP, entry + this.entrySize);
    return entry;
  }

  freeEntry(entry: number): void {
    this.#memory.setU32(entry + EntryField.NEXT, this.#get(MapField.FREE));
    this.#set(MapField.FREE, entry);
  }

  /** Makes room behind BUMP. The memory may grow. */
  moreEntries(): void {
    const { entrySize } = this;
    const { stride, valueSize, writable, name } = this.#layout;
    // One more than fit, for the entry that takes the place of another before that is freed.
    const wanted = Math.min(this.#layout.maxEntries + 1, Math.max(8, Math.floor(this.#chunkBytes / entrySize)));
    this.#chunkBytes = Math.min(MAX_CHUNK, this.#chunkBytes * 2);
    const { keyOffset, valueOffset } = this;
    const keyEnd = keyOffset + this.#layout.keySize;
    const chunk = this.#memory.allocate(wanted * entrySize, {
      kind: 'map-value',
      name: `a value of ${name}`,
      writable,
      // Walks hand out pointers to keys, which are read-only.
      allows: (offset, size, write) => {
        const inEntry = offset % entrySize;
        if (inEntry < valueOffset) return !write && inEntry >= keyOffset && inEntry + size <= keyEnd;
        return ((inEntry - valueOffset) % stride) + size <= valueSize;
      },
    });
    this.#chunks.set(chunk, wanted * entrySize);
    this.#set(MapField.BUMP, chunk);
    this.#set(MapField.BUMP_END, chunk + wanted * entrySize);
  }

  /** Puts an entry at the head of its bucket, with its hash and key. */
  link(entry: number, hash: number, key: number): void {
    const bucket = this.#bucket(hash);
    const memory = this.#memory;
    memory.setU32(entry + EntryField.HASH, hash);
    memory.u8.copyWithin(entry + this.keyOffset, key, key + this.#layout.keySize);
    memory.setU32(entry + EntryField.NEXT, memory.getU32(bucket));
    memory.setU32(bucket, entry);
  }

  unlink(entry: number): void {
    const memory = this.#memory;
    let place = this.#bucket(memory.getU32(entry + EntryField.HASH));
    while (memory.getU32(place) !== entry) place = memory.getU32(place) + EntryField.NEXT;
    memory.setU32(place, memory.getU32(entry + EntryField.NEXT));
  }

  /** The entry after one, in the order of buckets; the first for 0; 0 after the last. */
  next(entry: number): number {
    const memory = this.#memory;
    let bucket = 0;
    if (entry !== 0) {
      const follower = memory.getU32(entry + EntryField.NEXT);
      if (follower !== 0) return follower;
      bucket = (memory.getU32(entry + EntryField.HASH) & this.#mask) + 1;
    }
    for (; bucket <= this.#mask; bucket++) {
      const head = memory.getU32(this.#buckets + bucket * 4);
      if (head !== 0) return head;
    }
    return 0;
  }

  /** The entry that an address lies in, or 0. */
  entryAt(address: number): number {
    for (const [start, bytes] of this.#chunks) {
      if (address >= start && address < start + bytes) return address - ((address - start) % this.entrySize);
    }
    return 0;
  }

  close(): void {
    for (const chunk of this.#chunks.keys()) this.#memory.free(chunk);
    this.#memory.free(this.#buckets);
  }

  #sameKey(one: number, other: number): boolean {
    const { u8 } = this.#memory;
    for (let at = 0; at < this.#layout.keySize; at++) if (u8[one + at] !== u8[other + at]) return false;
    return true;
  }

  #bucket(hash: number): number {
    return this.#buckets + (hash & this.#mask) * 4;
  }

  #head(hash: number): number {
    return this.#memory.getU32(this.#bucket(hash));
  }

  #get(field: number): number {
    return this.#memory.getU32(this.#map + field);
  }

  #set(field: number, value: number): void {
    this.#memory.setU32(this.#map + field, value);
  }
}
