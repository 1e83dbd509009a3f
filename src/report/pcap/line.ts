// A packet on one line, in the main forms of `tcpdump -n`: time, addresses, protocol, ports, flags, length.

import { macText } from './addresses.ts';
import { Cut, Part } from './cursor.ts';
import { arpLine, ip4Line, ip6Line } from './ip.ts';
import { TcpStreams } from './tcp.ts';
import type { PcapPacket } from './write.ts';

const EtherType = {
  IP: 0x0800,
  ARP: 0x0806,
  RARP: 0x8035,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  QINQ: 0x88a8,
  QINQ_OLD: 0x9100,
} as const;
const etherNames: Readonly<Record<number, string>> = {
  34887: 'MPLS unicast',
  34915: 'PPPoE D',
  34916: 'PPPoE S',
  35020: 'LLDP',
  33079: 'IPX',
  34958: 'EAPOL',
  32923: 'Appletalk',
};

/** Prints packets of one capture; it remembers connections, so one is made for each. */
export class PacketPrinter {
  readonly #link: number;
  readonly #streams = new TcpStreams();

  /** `link` is the number of the link type in capture files. */
  constructor(link: number) {
    this.#link = link;
  }

  line(packet: PcapPacket): string {
    return `${timeText(packet.timeNs)} ${this.#text(packet)}\n`;
  }

  #text(packet: PcapPacket): string {
    const frame = new Part(packet.bytes, linkNames[this.#link] ?? 'link');
    const length = packet.length ?? packet.bytes.length;
    try {
      return this.#frame(frame, length);
    } catch (error) {
      if (error instanceof Cut) return `[|${error.header}]`;
      throw error;
    }
  }

  #frame(frame: Part, length: number): string {
    switch (this.#link) {
      case 1:
        return this.#ethernet(frame, length);
      case 0:
      case 108:
        return this.#raw(frame.from(4, 'ip'), length - 4);
      case 12:
      case 14:
      case 101:
      case 228:
      case 229:
        return this.#raw(frame, length);
      case 9:
        return this.#byType(pppTypes[frame.u16(2)] ?? 0, frame.from(4, 'ip'), length - 4, 'PPP');
      case 113:
        return this.#byType(frame.u16(14), frame.from(16, 'ip'), length - 16, cookedText(frame.u16(0)));
      case 276:
        return this.#byType(frame.u16(0), frame.from(20, 'ip'), length - 20, cookedText(frame.u8(10)));
      default:
        return `link-type ${this.#link}, length ${length}`;
    }
  }

  #raw(packet: Part, length: number): string {
    const version = packet.u8(0) >>> 4;
    if (version === 4) return ip4Line(packet, this.#streams);
    return version === 6 ? ip6Line(packet, this.#streams) : `unknown ip ${version}, length ${length}`;
  }

  #ethernet(frame: Part, length: number): string {
    let at = 12;
    let type = frame.u16(at);
    while (type === EtherType.VLAN || type === EtherType.QINQ || type === EtherType.QINQ_OLD) {
      at += 4;
      type = frame.u16(at);
    }
    const ends = `${macText(frame.bytes, 6)} > ${macText(frame.bytes, 0)}`;
    const payload = frame.from(at + 2, 'ip');
    if (type <= 1500) return `${ends}, 802.3, length ${type}: ${llcText(payload)}`;
    return this.#byType(type, payload, length - at - 2, ends, length);
  }

  #byType(type: number, payload: Part, length: number, link: string, whole = length): string {
    switch (type) {
      case EtherType.IP:
        return ip4Line(payload, this.#streams);
      case EtherType.IPV6:
        return ip6Line(payload, this.#streams);
      case EtherType.ARP:
      case EtherType.RARP:
        return arpLine(payload, length);
      default: {
        const name = etherNames[type] ?? 'Unknown';
        return `${link}, ethertype ${name} (0x${type.toString(16).padStart(4, '0')}), length ${whole}`;
      }
    }
  }
}

const linkNames: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'ether',
  9: 'ppp',
  101: 'ip',
  108: 'loop',
  113: 'sll',
  276: 'sll2',
};
const pppTypes: Readonly<Record<number, number>> = { 33: EtherType.IP, 87: EtherType.IPV6 };
const cookedWays = ['In', 'B', 'M', 'P', 'Out'];

function cookedText(way: number): string {
  return cookedWays[way] ?? `way ${way}`;
}

function llcText(llc: Part): string {
  const hex = (value: number) => `0x${value.toString(16).padStart(2, '0')}`;
  return `LLC, dsap ${hex(llc.u8(0))}, ssap ${hex(llc.u8(1))}, ctrl ${hex(llc.u8(2))}`;
}

/** The local time of day with microseconds. */
function timeText(timeNs: bigint): string {
  const date = new Date(Number(timeNs / 1_000_000n));
  const micros = Number((timeNs % 1_000_000_000n) / 1000n);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(micros).padStart(6, '0')}`;
}
