// Protocols by their words (`tcp`, `stp`, `l1`) and by number (`ip proto 17`, `ip protochain 6`).

import { EtherType, Sap } from '../names/tables.ts';
import type { ProtocolWord } from '../syntax/words.ts';
import { and, JSET, not, or, type Predicate, test } from './block.ts';
import type { Context } from './context.ts';
import { carries } from './link-protocol.ts';

export const IpProtocol = {
  ICMP: 1,
  IGMP: 2,
  TCP: 6,
  IGRP: 9,
  UDP: 17,
  IPV6_FRAGMENT: 44,
  ESP: 50,
  AH: 51,
  ICMP6: 58,
  PIM: 103,
  VRRP: 112,
  SCTP: 132,
} as const;

/** Kinds of IS-IS packet: ISO 10589, level 1 and 2 of each. */
const Isis = {
  L1_IIH: 15,
  L2_IIH: 16,
  PTP_IIH: 17,
  L1_LSP: 18,
  L2_LSP: 20,
  L1_CSNP: 24,
  L2_CSNP: 25,
  L1_PSNP: 26,
  L2_PSNP: 27,
};
const ISO_ISIS = 0x83;

/** `src` and `dst` mean nothing there, so the direction is only looked at to refuse it. */
export type ProtocolFamily = ProtocolWord | 'default';

type Make = (cx: Context) => Predicate;
const link =
  (protocol: number): Make =>
  (cx) =>
    carries(cx, protocol);
const ip4 =
  (protocol: number): Make =>
  (cx) =>
    ip4Protocol(cx, protocol);
const ip =
  (protocol: number): Make =>
  (cx) =>
    or(ip4Protocol(cx, protocol), ip6Protocol(cx, protocol));
const isis =
  (...kinds: readonly number[]): Make =>
  (cx) =>
    kinds.map((kind) => isisKind(cx, kind)).reduce((joined, next) => or(joined, next));

const words: Record<ProtocolWord, Make> = {
  link: (cx) => cx.fail('protocol', 'link layer applied in wrong context'),
  arp: link(EtherType.ARP),
  rarp: link(EtherType.RARP),
  ip: link(EtherType.IP),
  ip6: link(EtherType.IPV6),
  atalk: link(EtherType.ATALK),
  aarp: link(EtherType.AARP),
  decnet: link(EtherType.DECNET),
  lat: link(EtherType.LAT),
  sca: link(EtherType.SCA),
  moprc: link(EtherType.MOPRC),
  mopdl: link(EtherType.MOPDL),
  iso: link(Sap.ISO),
  stp: link(Sap.STP),
  ipx: link(Sap.IPX),
  netbeui: link(Sap.NETBEUI),
  sctp: ip(IpProtocol.SCTP),
  tcp: ip(IpProtocol.TCP),
  udp: ip(IpProtocol.UDP),
  pim: ip(IpProtocol.PIM),
  ah: ip(IpProtocol.AH),
  esp: ip(IpProtocol.ESP),
  icmp: ip4(IpProtocol.ICMP),
  igmp: ip4(IpProtocol.IGMP),
  igrp: ip4(IpProtocol.IGRP),
  vrrp: ip4(IpProtocol.VRRP),
  carp: ip4(IpProtocol.VRRP),
  icmp6: (cx) => ip6Protocol(cx, IpProtocol.ICMP6),
  radio: (cx) => cx.fail('protocol', "'radio' is not a valid protocol type"),
  clnp: (cx) => isoProtocol(cx, 0x81),
  esis: (cx) => isoProtocol(cx, 0x82),
  isis: (cx) => isoProtocol(cx, ISO_ISIS),
  l1: isis(Isis.L1_PSNP, Isis.L1_CSNP, Isis.L1_LSP, Isis.L1_IIH, Isis.PTP_IIH),
  l2: isis(Isis.L2_PSNP, Isis.L2_CSNP, Isis.L2_LSP, Isis.L2_IIH, Isis.PTP_IIH),
  iih: isis(Isis.PTP_IIH, Isis.L1_IIH, Isis.L2_IIH),
  lsp: isis(Isis.L1_LSP, Isis.L2_LSP),
  snp: isis(Isis.L2_PSNP, Isis.L1_PSNP, Isis.L1_CSNP, Isis.L2_CSNP),
  csnp: isis(Isis.L1_CSNP, Isis.L2_CSNP),
  psnp: isis(Isis.L1_PSNP, Isis.L2_PSNP),
};

/** A protocol word on its own. */
export function protocolWord(cx: Context, word: ProtocolWord): Predicate {
  return words[word](cx);
}

/** `family proto number`. */
export function protocolNumber(cx: Context, family: ProtocolFamily, number: number): Predicate {
  switch (family) {
    case 'default':
      return or(ip4Protocol(cx, number), ip6Protocol(cx, number));
    case 'link':
      return carries(cx, number);
    case 'ip':
      return ip4Protocol(cx, number);
    case 'ip6':
      return ip6Protocol(cx, number);
    case 'iso':
      return isoProtocol(cx, number);
    case 'isis':
      return isisKind(cx, number);
    case 'arp':
    case 'rarp':
      return cx.fail('protocol', `${family} does not encapsulate another protocol`);
    case 'decnet':
    case 'lat':
    case 'sca':
    case 'moprc':
    case 'mopdl':
      return cx.fail('protocol', `${encapsulators[family]} encapsulation is not specifiable`);
    default:
      return cx.fail('protocol', `'${family} proto' is bogus`);
  }
}

const encapsulators: Record<string, string> = {
  decnet: 'decnet',
  lat: 'lat',
  sca: 'sca',
  moprc: 'moprc',
  mopdl: 'mopdl',
};

export function ip4Protocol(cx: Context, number: number): Predicate {
  return and(carries(cx, EtherType.IP), cx.compare('network', 9, 1, number));
}

/** The next header, also behind a fragment header. */
export function ip6Protocol(cx: Context, number: number): Predicate {
  const isIp6 = carries(cx, EtherType.IPV6);
  const direct = cx.compare('network', 6, 1, number);
  const fragment = and(cx.compare('network', 6, 1, IpProtocol.IPV6_FRAGMENT), cx.compare('network', 40, 1, number));
  return and(isIp6, or(direct, fragment));
}

/** Not a later fragment, so that the transport header is there. */
export function firstFragment(cx: Context): Predicate {
  return not(test(cx.load('network', 6, 2), JSET, 0x1fff));
}

function isoProtocol(cx: Context, number: number): Predicate {
  if (cx.link.family === 'frame-relay') return cx.compare('link', 2, 2, 0x300 | number);
  if (cx.link.family === 'cisco-hdlc') {
    return and(carries(cx, (Sap.ISO << 8) | Sap.ISO), cx.compare('network-no-snap', 1, 1, number));
  }
  return and(carries(cx, Sap.ISO), cx.compare('network-no-snap', 0, 1, number));
}

function isisKind(cx: Context, number: number): Predicate {
  return and(isoProtocol(cx, ISO_ISIS), cx.compare('network-no-snap', 4, 1, number));
}
