// Reads capture files: pcap in both byte orders with micro- or nanoseconds, and pcapng.
// Source: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.

import { closeSync, openSync, readSync } from 'node:fs';
import { TraceError } from '../../base/error.ts';
import { PcapngReader } from './pcapng.ts';
import { type ByteSource, type CapturedPacket, type CaptureHeader, damaged, notCapture } from './source.ts';

const CHUNK = 1 << 16;

class FileSource implements ByteSource {
  readonly name: string;
  readonly #descriptor: number;
  #buffer = new Uint8Array(0);
  #at = 0;

  constructor(path: string) {
    this.name = path === '-' ? 'standard input' : path;
    this.#descriptor = path === '-' ? 0 : open(path);
  }

  read(length: number): Uint8Array | undefined {
    while (this.#buffer.length - this.#at < length) if (!this.#fill(length)) return undefined;
    const bytes = this.#buffer.slice(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  close(): void {
    if (this.#descriptor !== 0) closeSync(this.#descriptor);
  }

  #fill(wanted: number): boolean {
    const left = this.#buffer.subarray(this.#at);
    const larger = new Uint8Array(left.length + Math.max(CHUNK, wanted));
    larger.set(left);
    const got = readSync(this.#descriptor, larger, left.length, larger.length - left.length, null);
    this.#buffer = larger.subarray(0, left.length + got);
    this.#at = 0;
    return got > 0;
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'No such file or directory' : message;
    throw new TraceError('ERR_INPUT', `${path}: ${reason}`, { cause });
  }
}

/** An open capture file. */
export class CaptureFile {
  readonly header: CaptureHeader;
  readonly #source: FileSource;
  readonly #next: () => CapturedPacket | undefined;

  /** Opens a file, or standard input for `-`. */
  constructor(path: string) {
    this.#source = new FileSource(path);
    const magic = this.#source.read(4);
    if (!magic) throw notCapture(this.#source.name, 'it is too short');
    const number = new DataView(magic.buffer).getUint32(0);
    if (number === SECTION_HEADER) {
      const reader = new PcapngReader(this.#source);
      this.header = reader.header;
      this.#next = () => reader.next();
    } else {
      const reader = pcapReader(this.#source, number);
      this.header = reader.header;
      this.#next = reader.next;
    }
  }

  /** The packets in order. */
  *packets(): Generator<CapturedPacket> {
    for (let packet = this.#next(); packet; packet = this.#next()) yield packet;
  }

  close(): void {
    this.#source.close();
  }
}

/** The first four bytes of a pcapng file, the same in both byte orders. */
const SECTION_HEADER = 0x0a0d0d0a;
/** Magic numbers as they read big-endian: whether the file is little-endian, and in nanoseconds. */
const magics: Readonly<Record<number, readonly [boolean, boolean]>> = {
  2712847316: [false, false],
  3569595041: [true, false],
  2712812621: [false, true],
  1295823521: [true, true],
};

interface Reader {
  readonly header: CaptureHeader;
  next(): CapturedPacket | undefined;
}

/** No packet is longer: what is says that the file is damaged. */
const MAX_PACKET = 1 << 26;

function pcapReader(source: ByteSource, magic: number): Reader {
  const format = magics[magic];
  if (!format) throw notCapture(source.name, 'it begins with none of the magic numbers');
  const [little, nanoseconds] = format;
  const rest = source.read(20);
  if (!rest) throw notCapture(source.name, 'its header is cut');
  const view = new DataView(rest.buffer, rest.byteOffset);
  // The upper bits of the link type's word are about checksums.
  const link = view.getUint32(16, little) & 0xffff;
  const next = (): CapturedPacket | undefined => {
    const head = source.read(16);
    if (!head) return undefined;
    const fields = new DataView(head.buffer, head.byteOffset);
    const captured = fields.getUint32(8, little);
    if (captured > MAX_PACKET) throw damaged(source.name, captured);
    const bytes = source.read(captured);
    if (!bytes) throw new TraceError('ERR_CAPTURE', `${source.name} ends in the middle of a packet.`);
    const fraction = BigInt(fields.getUint32(4, little)) * (nanoseconds ? 1n : 1000n);
    const timeNs = BigInt(fields.getUint32(0, little)) * 1_000_000_000n + fraction;
    return { timeNs, bytes, length: fields.getUint32(12, little), link };
  };
  return { header: { link, snapLength: view.getUint32(12, little), nanoseconds }, next };
}
