// Capture files for packets that scripts record: pcap with nanoseconds, the packet beginning with its IP header.

import { closeSync, openSync, writeSync } from 'node:fs';
import { PCAP_RAW, pcapHeader, pcapRecord } from '../report/pcap/write.ts';

export class Captures {
  readonly #files = new Map<string, number>();

  /** Appends a packet, making the file when it is the first. */
  write(path: string, timeNs: bigint, packet: Uint8Array): void {
    const file = this.#files.get(path) ?? this.#create(path);
    writeSync(file, pcapRecord({ timeNs, bytes: packet }, true));
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #create(path: string): number {
    const file = openSync(path, 'w');
    writeSync(file, pcapHeader({ link: PCAP_RAW, nanoseconds: true }));
    this.#files.set(path, file);
    return file;
  }
}
