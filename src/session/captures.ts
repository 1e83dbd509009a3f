// Capture files for packets that scripts record. Format: pcap with nanosecond timestamps, link type RAW (the packet
// begins with its IP header). Source: draft-ietf-opsawg-pcap.

import { closeSync, openSync, writeSync } from 'node:fs';
import { ByteWriter } from '../base/bytes.ts';

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const LINKTYPE_RAW = 101;
const SNAP_LENGTH = 262_144;

export class Captures {
  readonly #files = new Map<string, number>();

  /** Appends a packet, making the file when it is the first. */
  write(path: string, timeNs: bigint, packet: Uint8Array): void {
    const file = this.#files.get(path) ?? this.#create(path);
    const seconds = Number(timeNs / 1_000_000_000n);
    const rest = Number(timeNs % 1_000_000_000n);
    const header = new ByteWriter(16).u32(seconds).u32(rest).u32(packet.length).u32(packet.length);
    writeSync(file, header.finish());
    writeSync(file, packet);
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #create(path: string): number {
    const file = openSync(path, 'w');
    const header = new ByteWriter(24)
      .u32(MAGIC_NANOSECONDS)
      .u16(2)
      .u16(4)
      .u32(0)
      .u32(0)
      .u32(SNAP_LENGTH)
      .u32(LINKTYPE_RAW);
    writeSync(file, header.finish());
    this.#files.set(path, file);
    return file;
  }
}
