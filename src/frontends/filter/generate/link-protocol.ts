// "The frame carries protocol P": for each family of links the test of its protocol field. P is an Ethernet type, or below
// 1501 a service access point of IEEE 802.2.

import { EtherType, Sap } from '../names/tables.ts';
import { always, and, JGT, JSET, not, or, type Predicate, test } from './block.ts';
import type { Context, Header } from './context.ts';
import type { LinkFamily } from './link-types.ts';

/** Up to here the field of an Ethernet frame is a length. */
const MAX_LENGTH = 1500;

export function carries(cx: Context, protocol: number): Predicate {
  if (cx.labels > 0) return mplsCarries(cx, protocol);
  return families[cx.link.family](cx, protocol);
}

const families: Record<LinkFamily, (cx: Context, protocol: number) => Predicate> = {
  ethernet: (cx, protocol) => withControlCheck(cx, ethernet(cx, protocol)),
  llc: llc,
  wlan: (cx, protocol) => and(wlanData(cx), llc(cx, protocol)),
  sunatm: (cx, protocol) => and(cx.compare('link', 0, 1, 2, 0x0f), llc(cx, protocol)),
  'cisco-hdlc': (cx, protocol) => plain(cx, protocol === Sap.ISO ? twice(Sap.ISO) : protocol),
  'linux-cooked': linuxCooked,
  'raw-ip': (cx, protocol) => {
    if (protocol === EtherType.IP) return cx.compare('link', 0, 1, 0x40, 0xf0);
    return protocol === EtherType.IPV6 ? cx.compare('link', 0, 1, 0x60, 0xf0) : always(false);
  },
  ipv4: (_cx, protocol) => always(protocol === EtherType.IP),
  ipv6: (_cx, protocol) => always(protocol === EtherType.IPV6),
  ppp: (cx, protocol) => plain(cx, pppNumber(protocol)),
  'ppp-bsdos': (cx, protocol) =>
    // TCP with its headers compressed after van Jacobson, and not, have numbers of their own there.
    protocol === EtherType.IP ? or(plain(cx, 0x21), plain(cx, 0x2d), plain(cx, 0x2f)) : plain(cx, pppNumber(protocol)),
  null: (cx, protocol) => addressFamily(cx, protocol, 4, (family) => (family << 24) >>> 0),
  loop: (cx, protocol) => addressFamily(cx, protocol, 4, (family) => family),
  pflog: (cx, protocol) => {
    const family = addressFamilies.get(protocol);
    return family === undefined ? always(false) : cx.compare('link', 1, 1, family);
  },
  arcnet: (cx, protocol) => oneOf(cx, arcnetTypes.get(protocol) ?? [], 1),
  localtalk: (_cx, protocol) => always(protocol === EtherType.ATALK),
  'frame-relay': (cx, protocol) => {
    // The control byte 3 and the network layer protocol identifier behind a two-byte address.
    const identifiers = frameRelayTypes.get(protocol) ?? [];
    const tests = identifiers.map((identifier) => cx.compare('link', 2, 2, 0x300 | identifier));
    return tests.length === 0 ? always(false) : or(tests[0]!, ...tests.slice(1));
  },
  ipnet: (cx, protocol) => oneOf(cx, ipnetFamilies.get(protocol) ?? [], 1),
  juniper: (cx) => cx.compare('link', 0, 4, 0x4d474300, 0xffffff00),
  bacnet: (cx) => cx.compare('link', 0, 4, 0x55ff0000, 0xffff0000),
  plain: plain,
  opaque: (cx) => cx.fail('link-type', `${cx.link.description} link-layer type filtering not implemented`),
};

/** Numbers of address families on the machine that captured: Linux, include/linux/socket.h. */
const addressFamilies = new Map<number, number>([
  [EtherType.IP, 2],
  [EtherType.IPV6, 10],
]);
const ipnetFamilies = new Map<number, readonly number[]>([
  [EtherType.IP, [2]],
  [EtherType.IPV6, [26]],
]);
const arcnetTypes = new Map<number, readonly number[]>([
  [EtherType.IPV6, [0xc4]],
  [EtherType.IP, [0xd4, 0xf0]],
  [EtherType.ARP, [0xd5, 0xf1]],
  [EtherType.RARP, [0xd6]],
  [EtherType.ATALK, [0xdd]],
]);
const frameRelayTypes = new Map<number, readonly number[]>([
  [EtherType.IP, [0xcc]],
  [EtherType.IPV6, [0x8e]],
  [Sap.ISO, [0x81, 0x82, 0x83]],
]);
/** Protocol numbers of PPP: RFC 1661 and the registry of IANA. */
const pppNumbers = new Map<number, number>([
  [EtherType.IP, 0x21],
  [EtherType.IPV6, 0x57],
  [EtherType.DECNET, 0x27],
  [EtherType.ATALK, 0x29],
  [0x0600, 0x25],
  [Sap.ISO, 0x23],
  [Sap.STP, 0x31],
  [Sap.IPX, 0x2b],
]);

function pppNumber(protocol: number): number {
  return pppNumbers.get(protocol) ?? protocol;
}

function twice(sap: number): number {
  return (sap << 8) | sap;
}

function plain(cx: Context, protocol: number): Predicate {
  return cx.compare('protocol', 0, 2, protocol);
}

function oneOf(cx: Context, values: readonly number[], size: 1 | 2): Predicate {
  const tests = values.map((value) => cx.compare('protocol', 0, size, value));
  return tests.length === 0 ? always(false) : or(tests[0]!, ...tests.slice(1));
}

function addressFamily(cx: Context, protocol: number, size: 4, order: (family: number) => number): Predicate {
  const family = addressFamilies.get(protocol);
  return family === undefined ? always(false) : cx.compare('link', 0, size, order(family));
}

/** The protocol field holds a length, so an 802.2 header follows. */
export function hasLength(cx: Context): Predicate {
  return not(cx.compare('protocol', 0, 2, MAX_LENGTH, 0xffffffff, JGT));
}

function ethernet(cx: Context, protocol: number): Predicate {
  switch (protocol) {
    case Sap.ISO:
    case Sap.IP:
    case Sap.NETBEUI:
      return and(hasLength(cx), cx.compare('payload', 0, 2, twice(protocol)));
    case Sap.IPX: {
      // Four ways to put IPX on Ethernet: 802.2, raw 802.3 (its checksum is ffff), SNAP, and an Ethernet type.
      const header = or(cx.compare('payload', 0, 1, Sap.IPX), cx.compare('payload', 0, 2, 0xffff));
      const framed = and(hasLength(cx), or(snap(cx, 0, EtherType.IPX), header));
      return or(plain(cx, EtherType.IPX), framed);
    }
    case EtherType.ATALK:
    case EtherType.AARP: {
      const framed = and(hasLength(cx), snap(cx, protocol === EtherType.ATALK ? APPLE : 0, protocol));
      return or(plain(cx, protocol), framed);
    }
    default:
      if (protocol > MAX_LENGTH) return plain(cx, protocol);
      return and(hasLength(cx), cx.compare('protocol', 2, 1, protocol));
  }
}

/** The organisation that AppleTalk names in its SNAP header. */
const APPLE = 0x080007;

function snap(cx: Context, organisation: number, type: number): Predicate {
  const first = ((0xaaaa03 << 8) | (organisation >>> 16)) >>> 0;
  const second = (((organisation & 0xffff) << 16) | type) >>> 0;
  return and(cx.compare('payload', 4, 4, second), cx.compare('payload', 0, 4, first));
}

function llc(cx: Context, protocol: number): Predicate {
  switch (protocol) {
    case Sap.ISO:
    case Sap.IP:
    case Sap.NETBEUI:
      return cx.compare('payload', 0, 2, twice(protocol));
    case EtherType.ATALK:
      return snap(cx, APPLE, protocol);
    default:
      // Below 1501 a service access point; else the type in a SNAP header, which is not checked to be one.
      return protocol <= MAX_LENGTH ? cx.compare('payload', 0, 1, protocol) : cx.compare('payload', 6, 2, protocol);
  }
}

/** Linux cooked: 1 stands for raw 802.3, 4 for 802.2. */
function linuxCooked(cx: Context, protocol: number): Predicate {
  const has802 = () => plain(cx, 4);
  switch (protocol) {
    case Sap.ISO:
    case Sap.IP:
    case Sap.NETBEUI:
      return and(has802(), cx.compare('payload', 0, 2, twice(protocol)));
    case Sap.IPX: {
      const framed = and(has802(), or(cx.compare('payload', 0, 1, Sap.IPX), snap(cx, 0, EtherType.IPX)));
      return or(plain(cx, EtherType.IPX), plain(cx, 1), framed);
    }
    case EtherType.ATALK:
    case EtherType.AARP: {
      const framed = and(has802(), snap(cx, protocol === EtherType.ATALK ? APPLE : 0, protocol));
      return or(plain(cx, protocol), framed);
    }
    default:
      if (protocol > MAX_LENGTH) return plain(cx, protocol);
      return and(has802(), cx.compare('payload', 0, 1, protocol));
  }
}

/** An 802.11 data frame: the type bits are 10. */
export function wlanData(cx: Context): Predicate {
  const bit = (mask: number) => test(cx.load('link', 0, 1), JSET, mask);
  return and(not(bit(0x04)), bit(0x08));
}

/** A frame of ATM LAN emulation may be one of its control frames, which are no Ethernet. */
function withControlCheck(cx: Context, predicate: Predicate): Predicate {
  const check = cx.geneve ? undefined : emulationCheck(cx);
  return check ? and(check, predicate) : predicate;
}

export function emulationCheck(cx: Context): Predicate | undefined {
  if (cx.outermost.family !== 'sunatm' || cx.link.family !== 'ethernet') return undefined;
  return not(cx.compare('outer-link', 4, 2, 0xff00));
}

/** MPLS has no protocol field: at the bottom of the stack the first four bits of the payload tell. */
function mplsCarries(cx: Context, protocol: number): Predicate {
  const version = protocol === EtherType.IP ? 0x40 : protocol === EtherType.IPV6 ? 0x60 : undefined;
  if (version === undefined) cx.fail('mpls', 'unsupported protocol over mpls');
  const header: Header = 'network';
  return and(cx.compare('mpls', 2, 1, 1, 0x01), cx.compare(header, 0, 1, version, 0xf0));
}
