// What the readers of capture files share: bytes in order, the packets they become, and how a file that is none is refused.

import { TraceError } from '../../base/error.ts';
import type { PcapPacket } from '../../report/pcap/write.ts';

/** A packet of a file; `link` is the number of its link type. */
export interface CapturedPacket extends PcapPacket {
  readonly link: number;
}

/** Bytes in order, as much as is asked for. */
export interface ByteSource {
  /** The next bytes, or undefined at the end (and where fewer are left). */
  read(length: number): Uint8Array | undefined;
  readonly name: string;
}

/** What the file's header says. */
export interface CaptureHeader {
  /** Number of the link type; of the first interface where a file has several. */
  readonly link: number;
  readonly snapLength: number;
  readonly nanoseconds: boolean;
}

export function notCapture(name: string, why: string): TraceError {
  return new TraceError('ERR_CAPTURE', `${name} is no capture file: ${why}.`, {
    hints: ['pcap and pcapng files can be read.'],
  });
}

export function damaged(name: string, length: number): TraceError {
  return new TraceError('ERR_CAPTURE', `${name} is damaged: it has a packet of ${length} bytes.`);
}
