// Capture files as bytes: the header of a file and that of a packet. Source: draft-ietf-opsawg-pcap.

import { ByteWriter } from '../../base/bytes.ts';

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;

/** Link types that beetrace itself writes, by their number in files. */
export const PCAP_ETHERNET = 1;
/** The packet begins with its IP header. */
export const PCAP_RAW = 101;

export interface PcapFormat {
  /** Number of the link type. */
  readonly link: number;
  /** The most bytes that a packet of the file has. */
  readonly snapLength?: number;
  readonly nanoseconds?: boolean;
}

export interface PcapPacket {
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  /** Length on the wire, when it is more. */
  readonly length?: number;
}

/** The header of a file. */
export function pcapHeader({ link, snapLength = 262_144, nanoseconds = false }: PcapFormat): Uint8Array {
  const writer = new ByteWriter(24).u32(nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS);
  return writer.u16(2).u16(4).u32(0).u32(0).u32(snapLength).u32(link).finish();
}

/** A packet with its header. */
export function pcapRecord(packet: PcapPacket, nanoseconds = false): Uint8Array {
  const rest = Number(packet.timeNs % 1_000_000_000n);
  return new ByteWriter(16 + packet.bytes.length)
    .u32(Number(packet.timeNs / 1_000_000_000n))
    .u32(nanoseconds ? rest : Math.floor(rest / 1000))
    .u32(packet.bytes.length)
    .u32(packet.length ?? packet.bytes.length)
    .bytes(packet.bytes)
    .finish();
}
