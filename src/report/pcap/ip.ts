// IPv4 and IPv6 packets on one line, and ARP.

import { ip4Text, ip6Text, macText } from './addresses.ts';
import type { Part } from './cursor.ts';
import { icmp6Text, icmpText } from './icmp.ts';
import { type TcpStreams, tcpText } from './tcp.ts';

const Protocol = {
  ICMP: 1,
  IGMP: 2,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMP6: 58,
  SCTP: 132,
} as const;
/** How tcpdump calls what it prints only by name. */
const names: Readonly<Record<number, string>> = {
  [Protocol.IGMP]: 'igmp',
  [Protocol.GRE]: 'GREv0',
  [Protocol.ESP]: 'ESP',
  [Protocol.AH]: 'AH',
  [Protocol.SCTP]: 'sctp',
  103: 'PIM',
  112: 'VRRP',
  89: 'OSPF',
};

export function ip4Line(ip: Part, streams: TcpStreams): string {
  ip.need(20);
  const header = (ip.u8(0) & 0xf) * 4;
  if (header < 20) return `IP bad-hlen ${header}`;
  const total = ip.u16(2);
  const fragment = ip.u16(6);
  const [from, to] = [ip4Text(ip.bytes, 12), ip4Text(ip.bytes, 16)];
  // Segmentation offload leaves the length open.
  const length = (total === 0 ? ip.length : total) - header;
  const protocol = ip.u8(9);
  const payload = ip.from(header, protocolName(protocol), Math.max(0, length));
  if ((fragment & 0x1fff) !== 0) return `IP ${from} > ${to}: ${protocolName(protocol)}`;
  return `IP ${transportLine(protocol, payload, length, from, to, streams)}`;
}

/** Extension headers that have a length of eight bytes and more in their second byte. */
const extensions: ReadonlySet<number> = new Set([0, 43, 60]);

export function ip6Line(ip: Part, streams: TcpStreams): string {
  ip.need(40);
  const [from, to] = [ip6Text(ip.bytes, 8), ip6Text(ip.bytes, 24)];
  let next = ip.u8(6);
  let at = 40;
  let length = ip.u16(4);
  const before: string[] = [];
  while (extensions.has(next) || next === 44) {
    const size = next === 44 ? 8 : (ip.u8(at + 1) + 1) * 8;
    before.push(next === 44 ? 'frag' : next === 0 ? 'HBH' : next === 43 ? 'srcrt' : 'DSTOPT');
    if (next === 44 && (ip.u16(at + 2) & 0xfff8) !== 0) return `IP6 ${from} > ${to}: frag`;
    next = ip.u8(at);
    at += size;
    length -= size;
  }
  const prefix = before.length > 0 ? `${before.join(' ')} ` : '';
  const payload = ip.from(at, protocolName(next), Math.max(0, length));
  return `IP6 ${transportLine(next, payload, length, from, to, streams, prefix)}`;
}

function transportLine(
  protocol: number,
  payload: Part,
  length: number,
  from: string,
  to: string,
  streams: TcpStreams,
  prefix = '',
): string {
  if (protocol === Protocol.TCP || protocol === Protocol.UDP) {
    const [source, target] = [`${from}.${payload.u16(0)}`, `${to}.${payload.u16(2)}`];
    const text =
      protocol === Protocol.TCP
        ? tcpText(payload, length, source, target, streams)
        : `UDP, length ${Math.max(0, (payload.u16(4) || length) - 8)}`;
    return `${source} > ${target}: ${prefix}${text}`;
  }
  return `${from} > ${to}: ${prefix}${otherText(protocol, payload, length, streams)}`;
}

function otherText(protocol: number, payload: Part, length: number, streams: TcpStreams): string {
  switch (protocol) {
    case Protocol.ICMP:
      return icmpText(payload, length);
    case Protocol.ICMP6:
      return icmp6Text(payload, length);
    case Protocol.IPIP:
      return ip4Line(payload, streams);
    case Protocol.IPV6:
      return ip6Line(payload, streams);
    case Protocol.ESP:
      return `ESP(spi=0x${hex8(payload.u32(0))},seq=0x${payload.u32(4).toString(16)}), length ${length}`;
    default:
      return `${protocolName(protocol)}, length ${length}`;
  }
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function protocolName(protocol: number): string {
  if (protocol === Protocol.TCP) return 'tcp';
  if (protocol === Protocol.UDP) return 'udp';
  if (protocol === Protocol.ICMP) return 'icmp';
  if (protocol === Protocol.ICMP6) return 'icmp6';
  return names[protocol] ?? `ip-proto-${protocol}`;
}

/** ARP over Ethernet for IPv4, `RARP` with its own operations. */
export function arpLine(arp: Part, length: number): string {
  const operation = arp.u16(6);
  if (arp.u16(2) !== 0x0800 || arp.u8(4) !== 6 || arp.u8(5) !== 4) return `ARP, Unknown Hardware, length ${length}`;
  arp.need(28);
  const [sender, target] = [ip4Text(arp.bytes, 14), ip4Text(arp.bytes, 24)];
  const texts: Readonly<Record<number, string>> = {
    1: `ARP, Request who-has ${target} tell ${sender}`,
    2: `ARP, Reply ${sender} is-at ${macText(arp.bytes, 8)}`,
    3: `RARP, Reverse Request who-is ${macText(arp.bytes, 18)} tell ${macText(arp.bytes, 8)}`,
    4: `RARP, Reverse Reply ${macText(arp.bytes, 18)} at ${target}`,
  };
  return `${texts[operation] ?? `ARP, Unknown (${operation})`}, length ${length}`;
}
