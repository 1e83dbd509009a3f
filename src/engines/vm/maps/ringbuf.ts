// The ring buffer: records of any size, in order, from all CPUs to one reader. Layout: layout.ts. Kernel: kernel/bpf/ringbuf.c
// (5.8; the limit by the oldest unfinished record 6.10).

import { mapKind } from '../../../isa/index.ts';
import { EAGAIN, EINVAL } from '../errno.ts';
import { MapField, roundUp8 } from '../layout.ts';
import { checkFlags } from './array.ts';
import { MapError, MapFlag, type MapHost, type MapSpec, VmMap } from './map.ts';

const HEADER = 8;
const BUSY = 0x80000000;
const DISCARD = 0x40000000;
const LENGTH = 0x3fffffff;
/** RINGBUF_MAX_RECORD_SZ. */
const MAX_RECORD = 0x3fffffff;
const PAGE = 4096;
const TWO_32 = 2 ** 32;

/** Flags of output, submit and discard. */
export const NO_WAKEUP = 1;
export const FORCE_WAKEUP = 2;

/** What bpf_ringbuf_query can be asked. */
const Query = { AVAILABLE: 0, SIZE: 1, CONSUMER: 2, PRODUCER: 3 } as const;

export class RingBuffer extends VmMap {
  readonly #data: number;
  readonly #mask: number;
  /** Payload addresses of reserved records with their sizes: what programs may write now. */
  readonly #reserved = new Map<number, number>();

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkFlags(spec, MapFlag.NUMA_NODE);
    const { maxEntries: size } = spec;
    const isPowerOfTwo = size > 0 && (size & (size - 1)) === 0;
    if (spec.keySize !== 0 || spec.valueSize !== 0 || !isPowerOfTwo || size % PAGE !== 0) {
      throw new MapError(EINVAL, 'a ring buffer has no keys and values, and its size is a power of two of pages');
    }
    super(host, index, spec, mapKind('ringbuf')!.id);
    this.#mask = size - 1;
    this.#data = this.memory.allocate(size * 2, {
      kind: 'ringbuf',
      name: `a record of ${this.name}`,
      allows: (offset, bytes) => this.#inRecord(offset, bytes),
    });
    this.set('DATA', this.#data);
  }

  // ---- programs

  /** The address of a record's payload, or 0 when there is no room. */
  reserve(size: number): number {
    if (size < 0 || size > MAX_RECORD) return 0;
    const bytes = roundUp8(size + HEADER);
    if (bytes > this.#mask + 1) return 0;
    const producer = this.#position('PRODUCER');
    this.#movePending(producer);
    const next = producer + bytes;
    if (next - this.#position('CONSUMER') > this.#mask || next - this.#position('PENDING') > this.#mask) return 0;
    const offset = producer % (this.#mask + 1);
    const header = this.#data + offset;
    this.memory.setU32(header, (size | BUSY) >>> 0);
    this.memory.setU32(header + 4, offset);
    this.#setPosition('PRODUCER', next);
    this.#reserved.set(header + HEADER, size);
    return header + HEADER;
  }

  /** Ends a reservation: submit, or discard. */
  commit(payload: number, flags: number, discard: boolean): void {
    const header = payload - HEADER;
    const length = this.memory.getU32(header) & LENGTH;
    this.#reserved.delete(payload);
    this.memory.setU32(header, (length | (discard ? DISCARD : 0)) >>> 0);
    if ((flags & NO_WAKEUP) !== 0) return;
    // The reader sleeps only when it has read everything before this record.
    const consumer = this.#position('CONSUMER') % (this.#mask + 1);
    if ((flags & FORCE_WAKEUP) !== 0 || consumer === header - this.#data) this.host.wakeRing(this.index);
  }

  /** bpf_ringbuf_output. */
  output(data: number, size: number, flags: number): number {
    if ((flags & ~(NO_WAKEUP | FORCE_WAKEUP)) !== 0) return -EINVAL;
    const record = this.reserve(size);
    if (record === 0) return -EAGAIN;
    this.copy(record, data, size);
    this.commit(record, flags, false);
    return 0;
  }

  query(what: number): number {
    switch (what) {
      case Query.AVAILABLE:
        return this.#position('PRODUCER') - this.#position('CONSUMER');
      case Query.SIZE:
        return this.#mask + 1;
      case Query.CONSUMER:
        return this.#position('CONSUMER');
      case Query.PRODUCER:
        return this.#position('PRODUCER');
      default:
        return 0;
    }
  }

  /** The ring that an address of a record belongs to: whether it is this one. */
  holds(payload: number): boolean {
    return payload > this.#data && payload < this.#data + 2 * (this.#mask + 1);
  }

  // ---- user space

  /** Hands out the finished records, at most `limit`; returns how many. The payload stays until the handler returns. */
  drain(handler: (address: number, length: number) => void, limit = Number.POSITIVE_INFINITY): number {
    let count = 0;
    for (;;) {
      const consumer = this.#position('CONSUMER');
      if (count >= limit || consumer === this.#position('PRODUCER')) return count;
      const header = this.#data + (consumer % (this.#mask + 1));
      const word = this.memory.getU32(header);
      if ((word & BUSY) !== 0) return count;
      const length = word & LENGTH;
      try {
        if ((word & DISCARD) === 0) {
          count++;
          handler(header + HEADER, length);
        }
      } finally {
        this.#setPosition('CONSUMER', consumer + roundUp8(length + HEADER));
      }
    }
  }

  override *entries(): Generator<never> {}

  protected override readValue(_key: Uint8Array): number {
    return -524;
  }

  protected override writeValue(_key: Uint8Array, _value: Uint8Array, _flags: number): number {
    return -524;
  }

  protected override removeKey(_key: Uint8Array): number {
    return -524;
  }

  override close(): void {
    this.memory.free(this.#data);
    super.close();
  }

  #movePending(producer: number): void {
    let pending = this.#position('PENDING');
    const start = pending;
    while (pending < producer) {
      const word = this.memory.getU32(this.#data + (pending % (this.#mask + 1)));
      if ((word & BUSY) !== 0) break;
      pending += roundUp8((word & LENGTH) + HEADER);
    }
    if (pending !== start) this.#setPosition('PENDING', pending);
  }

  #inRecord(offset: number, size: number): boolean {
    const address = this.#data + offset;
    for (const [start, bytes] of this.#reserved) {
      if (address >= start && address + size <= start + bytes) return true;
    }
    return false;
  }

  // Positions are u64; a double counts bytes exactly for 2^53.

  #position(field: 'PRODUCER' | 'CONSUMER' | 'PENDING'): number {
    const at = this.address + MapField[field];
    return this.memory.getU32(at) + this.memory.getU32(at + 4) * TWO_32;
  }

  #setPosition(field: 'PRODUCER' | 'CONSUMER' | 'PENDING', position: number): void {
    const at = this.address + MapField[field];
    this.memory.setU32(at, position % TWO_32);
    this.memory.setU32(at + 4, Math.floor(position / TWO_32));
  }
}
