// The packet of a run: a buffer in linear memory with room before and behind, and the fields of the context that say where its
// data begins and ends. Helpers that grow, shrink or change packets work on this.

import { EINVAL, ENOMEM } from '../errno.ts';
import type { LinearMemory } from '../memory.ts';

/** Where the context keeps what follows from the packet's bounds; offsets of u32 fields, absent where it has none. */
export interface PacketFields {
  readonly data: number;
  readonly dataEnd: number;
  readonly dataMeta?: number;
  readonly length?: number;
}

export class Packet {
  /** Bounds in linear memory; metadata ends where the data begins. */
  data: number;
  end: number;
  meta: number;
  /** Address of the network header; for skb kinds behind the Ethernet header. */
  network = 0;
  /** Address of the Ethernet header. */
  mac = 0;
  readonly #memory: LinearMemory;
  readonly #context: number;
  readonly #fields: PacketFields;
  readonly #start: number;
  readonly #limit: number;

  /** The packet is `bytes` long and stands `headroom` behind the start of its buffer. */
  constructor(
    memory: LinearMemory,
    context: number,
    fields: PacketFields,
    bytes: Uint8Array,
    room: { readonly head: number; readonly tail: number },
  ) {
    this.#memory = memory;
    this.#context = context;
    this.#fields = fields;
    const size = room.head + bytes.length + room.tail;
    this.#start = memory.allocate(size, {
      kind: 'packet',
      name: 'the packet',
      allows: (offset, length) => this.#inside(offset, length),
    });
    this.#limit = this.#start + size;
    this.data = this.#start + room.head;
    this.meta = this.data;
    this.end = this.data + bytes.length;
    memory.write(this.data, bytes);
    this.publish();
  }

  get length(): number {
    return this.end - this.data;
  }

  /** Where the buffer begins. */
  get start(): number {
    return this.#start;
  }

  /** Where the buffer ends. */
  get limit(): number {
    return this.#limit;
  }

  /** What is between the start of metadata (or of data) and the end. */
  bytes(from = this.data): Uint8Array {
    return this.#memory.read(from, this.end - from);
  }

  /** Moves the start of the data. */
  moveData(to: number): void {
    this.data = to;
    this.publish();
  }

  moveEnd(to: number): void {
    if (to > this.end) this.#memory.u8.fill(0, this.end, to);
    this.end = to;
    this.publish();
  }

  /** Makes room of `count` bytes at `at`, or closes a gap when negative, keeping what is before in place at the front. */
  resizeAt(at: number, count: number): number {
    const { u8 } = this.#memory;
    if (count > 0) {
      if (this.data - count < this.#start) return -ENOMEM;
      u8.copyWithin(this.data - count, this.data, at);
      u8.fill(0, at - count, at);
    } else if (at - count > this.end) return -EINVAL;
    else u8.copyWithin(this.data - count, this.data, at);
    this.data -= count;
    this.meta = this.data;
    this.publish();
    return 0;
  }

  /** Writes the bounds into the context, as the program sees them. */
  publish(): void {
    const { data, dataEnd, dataMeta, length } = this.#fields;
    const memory = this.#memory;
    memory.setU32(this.#context + data, this.data);
    memory.setU32(this.#context + dataEnd, this.end);
    if (dataMeta !== undefined) memory.setU32(this.#context + dataMeta, this.meta);
    if (length !== undefined) memory.setU32(this.#context + length, this.length);
  }

  close(): void {
    this.#memory.free(this.#start);
  }

  #inside(offset: number, size: number): boolean {
    const address = this.#start + offset;
    return address >= Math.min(this.meta, this.data) && address + size <= this.end;
  }
}
