// The pcapng format: a file of blocks, each with its type and length, about interfaces and packets. Blocks that are not about
// packets are passed over.

import { assert } from '../../base/error.ts';
import { type ByteSource, type CapturedPacket, type CaptureHeader, damaged, notCapture } from './source.ts';

const Block = { SECTION: 0x0a0d0d0a, INTERFACE: 1, OLD_PACKET: 2, SIMPLE: 3, ENHANCED: 6 } as const;
const Option = { END: 0, RESOLUTION: 9, OFFSET: 14 } as const;
const MAX_BLOCK = 1 << 27;

interface Interface {
  readonly link: number;
  readonly snapLength: number;
  /** Ticks in a second. */
  readonly ticks: bigint;
  /** Seconds to add to every time. */
  readonly offset: bigint;
}

export class PcapngReader {
  readonly header: CaptureHeader;
  readonly #source: ByteSource;
  readonly #waiting: CapturedPacket | undefined;
  #little = true;
  #interfaces: Interface[] = [];
  #first = true;

  /** The four bytes of the first block's type were read already. */
  constructor(source: ByteSource) {
    this.#source = source;
    this.#startSection();
    this.#waiting = this.#nextPacket();
    const first = this.#interfaces[0];
    this.header = { link: first?.link ?? 1, snapLength: first?.snapLength ?? 0, nanoseconds: true };
  }

  next(): CapturedPacket | undefined {
    if (!this.#first) return this.#nextPacket();
    this.#first = false;
    return this.#waiting;
  }

  #nextPacket(): CapturedPacket | undefined {
    for (;;) {
      const type = this.#source.read(4);
      if (!type) return undefined;
      const number = new DataView(type.buffer).getUint32(0, this.#little);
      if (number === Block.SECTION) this.#startSection();
      else {
        const packet = this.#block(number);
        if (packet) return packet;
      }
    }
  }

  /** Behind the block's type: its length and the magic number that tells the byte order. */
  #startSection(): void {
    const head = this.#source.read(8);
    if (!head) throw notCapture(this.#source.name, 'its section header is cut');
    const view = new DataView(head.buffer);
    this.#little = view.getUint32(4, true) === 0x1a2b3c4d;
    if (!this.#little && view.getUint32(4) !== 0x1a2b3c4d) {
      throw notCapture(this.#source.name, 'its section header has no byte-order magic');
    }
    this.#interfaces = [];
    this.#source.read(Math.max(0, view.getUint32(0, this.#little) - 12));
  }

  #block(type: number): CapturedPacket | undefined {
    const size = this.#source.read(4);
    if (!size) return undefined;
    const length = new DataView(size.buffer).getUint32(0, this.#little);
    if (length < 12 || length > MAX_BLOCK || length % 4 !== 0) throw damaged(this.#source.name, length);
    const body = this.#source.read(length - 8);
    if (!body) return undefined;
    const view = new DataView(body.buffer, body.byteOffset, body.length - 4);
    switch (type) {
      case Block.INTERFACE:
        this.#interfaces.push(this.#interface(view));
        return undefined;
      case Block.ENHANCED:
        return this.#packet(view, view.getUint32(0, this.#little));
      case Block.OLD_PACKET:
        return this.#packet(view, view.getUint16(0, this.#little));
      case Block.SIMPLE:
        return this.#simple(view);
      default:
        return undefined;
    }
  }

  #interface(view: DataView): Interface {
    const little = this.#little;
    let ticks = 1_000_000n;
    let offset = 0n;
    for (let at = 8; at + 4 <= view.byteLength; ) {
      const option = view.getUint16(at, little);
      const size = view.getUint16(at + 2, little);
      if (option === Option.END || at + 4 + size > view.byteLength) break;
      if (option === Option.RESOLUTION) ticks = ticksOf(view.getUint8(at + 4));
      if (option === Option.OFFSET) offset = view.getBigInt64(at + 4, little);
      at += 4 + ((size + 3) & ~3);
    }
    return { link: view.getUint16(0, little), snapLength: view.getUint32(4, little), ticks, offset };
  }

  #packet(view: DataView, number: number): CapturedPacket {
    const from = this.#interfaces[number];
    if (!from) throw notCapture(this.#source.name, `a packet names interface ${number}, which was not described`);
    const little = this.#little;
    const time = (BigInt(view.getUint32(4, little)) << 32n) | BigInt(view.getUint32(8, little));
    const captured = view.getUint32(12, little);
    if (captured > view.byteLength - 20) throw damaged(this.#source.name, captured);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + 20, captured);
    const timeNs = (time * 1_000_000_000n) / from.ticks + from.offset * 1_000_000_000n;
    return { timeNs, bytes, length: view.getUint32(16, little), link: from.link };
  }

  /** A packet without time, of the first interface, as long as that interface cuts it. */
  #simple(view: DataView): CapturedPacket {
    const [from] = this.#interfaces;
    if (!from) throw notCapture(this.#source.name, 'a packet comes before its interface');
    const length = view.getUint32(0, this.#little);
    const limit = from.snapLength === 0 ? length : Math.min(length, from.snapLength);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + 4, Math.min(limit, view.byteLength - 4));
    assert(bytes.length <= length, 'a packet longer than itself');
    return { timeNs: 0n, bytes, length, link: from.link };
  }
}

/** Ticks in a second: a power of ten, or of two when the top bit is set. */
function ticksOf(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
}
