// The order in which an LRU map evicts. As in the kernel (kernel/bpf/bpf_lru_list.c, 4.10) a look-up only marks an entry, and
// an entry that was marked since it was last considered gets a second chance; unlike there one entry goes at a time, not up to
// 128, and the order is the same on all CPUs, so a map is never emptier than it must be.

import { EntryField, MapField } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';

const SENTINEL_BYTES = 24;

export class LruList {
  readonly #memory: LinearMemory;
  /** Looks like an entry of its own; its next is the newest, its previous the oldest. */
  readonly #sentinel: number;

  constructor(memory: LinearMemory, map: number) {
    this.#memory = memory;
    this.#sentinel = memory.allocate(SENTINEL_BYTES, { kind: 'map', name: 'LRU list' });
    memory.setU32(this.#sentinel + EntryField.LRU_NEXT, this.#sentinel);
    memory.setU32(this.#sentinel + EntryField.LRU_PREVIOUS, this.#sentinel);
    memory.setU32(map + MapField.LRU, this.#sentinel);
  }

  touch(entry: number): void {
    this.#memory.setU32(entry + EntryField.REFERENCED, 1);
  }

  /** A new entry; one that replaces another counts as referenced. */
  add(entry: number, referenced: boolean): void {
    this.#memory.setU32(entry + EntryField.REFERENCED, referenced ? 1 : 0);
    this.#insert(entry);
  }

  remove(entry: number): void {
    const memory = this.#memory;
    const previous = memory.getU32(entry + EntryField.LRU_PREVIOUS);
    const next = memory.getU32(entry + EntryField.LRU_NEXT);
    memory.setU32(previous + EntryField.LRU_NEXT, next);
    memory.setU32(next + EntryField.LRU_PREVIOUS, previous);
  }

  /** The entry to evict. Each that was referenced is moved to the front on the way, so this ends after one round. */
  oldest(): number {
    const memory = this.#memory;
    for (;;) {
      const entry = memory.getU32(this.#sentinel + EntryField.LRU_PREVIOUS);
      if (memory.getU32(entry + EntryField.REFERENCED) === 0) return entry;
      memory.setU32(entry + EntryField.REFERENCED, 0);
      this.remove(entry);
      this.#insert(entry);
    }
  }

  close(): void {
    this.#memory.free(this.#sentinel);
  }

  #insert(entry: number): void {
    const memory = this.#memory;
    const first = memory.getU32(this.#sentinel + EntryField.LRU_NEXT);
    memory.setU32(entry + EntryField.LRU_PREVIOUS, this.#sentinel);
    memory.setU32(entry + EntryField.LRU_NEXT, first);
    memory.setU32(this.#sentinel + EntryField.LRU_NEXT, entry);
    memory.setU32(first + EntryField.LRU_PREVIOUS, entry);
  }
}
