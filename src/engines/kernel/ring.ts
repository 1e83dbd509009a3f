// The consumer of the ring buffer. Layout: a page with the consumer's position that we write, a page with the producer's
// that we read, then the data, mapped twice in a row so that no record is ever torn at the end. Positions are bytes since
// the beginning of time. A record has a header of eight bytes whose first four are its length, with two bits on top.
// Kernel side: kernel/bpf/ringbuf.c (5.8).

import type { Memory, RecordHandler } from '../../image/index.ts';
import { memoryOf } from '../../image/index.ts';
import type { Mapping, Sys } from './sys/sys.ts';

const HEADER_BYTES = 8;
const BUSY = 0x8000_0000;
const DISCARD = 0x4000_0000;
const LENGTH = 0x3fff_ffff;
/** Free space is given back to the kernel in pieces of this size, because each store is seen by every producer. */
const GIVE_BACK = 64 << 10;

/** How long records gather while they flow; people do not notice it, and the ring holds a hundred times as much. */
const PAUSE_MS = 2;

interface Views {
  readonly memory: Memory;
  /** Low halves of the positions, and the consumer's whole one. Halves are enough for distances and need no BigInt. */
  readonly producer: Int32Array;
  readonly consumer: BigInt64Array;
  readonly headers: Int32Array;
}

export class RingConsumer {
  readonly #sys: Sys;
  readonly #size: number;
  readonly #mappings: Mapping[];
  readonly #epoll: number;
  readonly #wakeup: number;
  #views: Views | undefined;
  #consumed: bigint;
  #waiting = 0;
  /** Records were handed out since the last wait. */
  #busy = false;
  /** Ends a pause early. */
  #endPause: (() => void) | undefined;

  /** `size` is what the map was created with. */
  constructor(sys: Sys, map: number, size: number) {
    this.#sys = sys;
    this.#size = size;
    const page = sys.pageBytes;
    const consumer = sys.mmap(map, page, 0, true);
    const producer = sys.mmap(map, page + 2 * size, page, false);
    this.#mappings = [consumer, producer];
    const memory = memoryOf(producer.buffer, page, 2 * size);
    this.#views = {
      memory,
      producer: new Int32Array(producer.buffer, 0, 2),
      consumer: new BigInt64Array(consumer.buffer, 0, 1),
      headers: memory.i32,
    };
    this.#consumed = Atomics.load(this.#views.consumer, 0);
    this.#wakeup = sys.eventfd();
    this.#epoll = sys.epoll([map, this.#wakeup]);
  }

  /** Hands out the committed records, at most `limit`; returns how many. An exception of the handler ends it after that record. */
  drain(handler: RecordHandler, limit = Number.POSITIVE_INFINITY): number {
    const views = this.#views;
    if (!views) return 0;
    const { memory, producer, headers } = views;
    const mask = this.#size - 1;
    const giveBack = Math.min(GIVE_BACK, this.#size >> 2);
    let position = Number(BigInt.asIntN(32, this.#consumed));
    let stored = position;
    let count = 0;
    try {
      // Read the producer position before the headers: below it every header is written, if only as busy.
      for (let end = Atomics.load(producer, 0); position !== end && count < limit; ) {
        const at = position & mask;
        const header = Atomics.load(headers, at >> 2);
        if ((header & BUSY) !== 0) break;
        const length = header & LENGTH;
        position = (position + ((length + HEADER_BYTES + 7) & ~7)) | 0;
        if ((header & DISCARD) === 0) {
          count++;
          this.#busy = true;
          handler(memory, at + HEADER_BYTES, length);
          // The handler may have closed us.
          if (!this.#views) return count;
        }
        // Positions wrap at 2^32, so only their difference means anything.
        if ((position - stored) >>> 0 >= giveBack) {
          this.#store(position - stored);
          stored = position;
        }
        if (position === end) {
          // The kernel only wakes a consumer that has caught up, so it must know that we have before we look again.
          this.#store(position - stored);
          stored = position;
          end = Atomics.load(producer, 0);
        }
      }
    } finally {
      if (this.#views) this.#store(position - stored);
    }
    return count;
  }

  /**
   * Resolves when there are records, after the time, or at once after `wake`; sleeps off the main thread.
   *
   * While records flow it only pauses: whoever catches up with the producers and sleeps in the kernel is woken by every
   * single record, which costs the traced programs half of their speed and us twenty times the time of the records.
   */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#views) return;
    if (this.#busy) {
      this.#busy = false;
      await this.#pause(Math.min(PAUSE_MS, milliseconds));
      return;
    }
    this.#waiting++;
    try {
      await this.#sys.epollWait(this.#epoll, Math.ceil(milliseconds));
      if (this.#views) this.#sys.lower(this.#wakeup);
    } finally {
      this.#waiting--;
      if (!this.#views) this.#closeDescriptors();
    }
  }

  wake(): void {
    if (!this.#views) return;
    if (this.#endPause) this.#endPause();
    else this.#sys.raise(this.#wakeup);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#endPause = undefined;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#endPause = end;
    });
  }

  close(): void {
    if (!this.#views) return;
    this.wake();
    this.#views = undefined;
    for (const mapping of this.#mappings) mapping.release();
    this.#closeDescriptors();
  }

  /** A descriptor that a thread still sleeps on is closed when it has woken. */
  #closeDescriptors(): void {
    if (this.#waiting > 0) return;
    this.#sys.close(this.#epoll);
    this.#sys.close(this.#wakeup);
  }

  #store(advance: number): void {
    if (advance === 0 || !this.#views) return;
    this.#consumed += BigInt(advance >>> 0);
    Atomics.store(this.#views.consumer, 0, this.#consumed);
  }
}
