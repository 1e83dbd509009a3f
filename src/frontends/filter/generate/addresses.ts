// Hosts and networks: IPv4, IPv6, DECnet, ARCnet, and the MAC addresses of Ethernet and its relatives. 802.11 has its own file.

import { EtherType } from '../names/tables.ts';
import type { Direction } from '../syntax/words.ts';
import { and, JGE, JSET, or, type Predicate, test } from './block.ts';
import type { Context } from './context.ts';
import { carries, emulationCheck } from './link-protocol.ts';
import type { ProtocolFamily } from './protocols.ts';
import { bySide, compareBytes, wlanNames } from './sides.ts';
import { geneveFrameCheck } from './tunnels.ts';
import { wlanAddress } from './wlan.ts';

const NOT_MAC = 'addresses other than 802.11 MAC addresses';
/** Where IPv4 addresses are in the packets of each protocol: source and destination. */
const places = {
  ip: { type: EtherType.IP, offsets: [12, 16] },
  arp: { type: EtherType.ARP, offsets: [14, 24] },
  rarp: { type: EtherType.RARP, offsets: [14, 24] },
} as const;

/** How errors call protocols that have no such addresses. */
const unimplemented: Partial<Record<ProtocolFamily, string>> = {
  atalk: 'AppleTalk host filtering not implemented',
  aarp: 'AARP host filtering not implemented',
  lat: 'LAT host filtering not implemented',
  sca: 'SCA host filtering not implemented',
  moprc: 'MOPRC host filtering not implemented',
  mopdl: 'MOPDL host filtering not implemented',
};

/** `family dir host|net`: an IPv4 address under a mask. */
export function ip4Address(
  cx: Context,
  address: number,
  mask: number,
  family: ProtocolFamily,
  direction: Direction,
  kind: string,
): Predicate {
  switch (family) {
    case 'default': {
      const inIp = ip4Address(cx, address, mask, 'ip', direction, kind);
      if (cx.labels > 0) return inIp;
      const inArp = ip4Address(cx, address, mask, 'arp', direction, kind);
      return or(inIp, inArp, ip4Address(cx, address, mask, 'rarp', direction, kind));
    }
    case 'ip':
    case 'arp':
    case 'rarp': {
      const { type, offsets } = places[family];
      return bySide(cx, direction, NOT_MAC, (source) =>
        and(carries(cx, type), cx.compare('network', offsets[source ? 0 : 1], 4, address, mask)),
      );
    }
    case 'decnet':
      return decnetAddress(cx, address, direction);
    case 'link':
      return cx.fail('address', `link-layer modifier applied to ${kind}`);
    case 'ip6':
      return cx.fail('address', "'ip6' modifier applied to ip host");
    default:
      return cx.fail('address', unimplemented[family] ?? `'${family}' modifier applied to ${kind}`);
  }
}

/** `family dir host|net`: an IPv6 address under a mask. */
export function ip6Address(
  cx: Context,
  address: Uint8Array,
  mask: Uint8Array,
  family: ProtocolFamily,
  direction: Direction,
  kind: string,
): Predicate {
  if (family !== 'default' && family !== 'ip6') {
    if (family === 'link') cx.fail('address', `link-layer modifier applied to ip6 ${kind}`);
    const message = unimplemented[family] ?? `'${family}' modifier applied to ip6 ${family === 'ip' ? 'host' : kind}`;
    cx.fail('address', message);
  }
  const words = [0, 1, 2, 3];
  return bySide(cx, direction, NOT_MAC, (source) => {
    const tests = words.map((word) => {
      const offset = (source ? 8 : 24) + word * 4;
      return cx.compare('network', offset, 4, bigEndian(address, word), bigEndian(mask, word));
    });
    return and(carries(cx, EtherType.IPV6), ...tests);
  });
}

function bigEndian(bytes: Uint8Array, word: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(word * 4);
}

/** Where the addresses of a link are: destination, source. */
const macPlaces: Record<string, readonly [number, number]> = {
  EN10MB: [0, 6],
  NETANALYZER: [0, 6],
  NETANALYZER_TRANSPARENT: [0, 6],
  FDDI: [1, 7],
  IEEE802: [2, 8],
  IP_OVER_FC: [2, 10],
};
const NO_MAC = 'ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel';

/** A MAC address. */
export function macAddress(cx: Context, bytes: Uint8Array, direction: Direction): Predicate {
  if (cx.link.family === 'wlan') return wlanAddress(cx, bytes, direction);
  const at = macPlaces[cx.link.name];
  if (!at) cx.fail('address', NO_MAC);
  if (wlanNames[direction])
    cx.fail('direction', `${wlanNames[direction]} only supported on 802.11 with 802.11 headers`);
  const check = emulationCheck(cx) ?? (cx.geneve ? geneveFrameCheck(cx) : undefined);
  const found = bySide(cx, direction, NOT_MAC, (source) => compareBytes(cx, 'link', at[source ? 1 : 0], bytes));
  return check ? and(check, found) : found;
}

const everyone = new Uint8Array(6).fill(0xff);

export function broadcast(cx: Context, family: ProtocolFamily): Predicate {
  if (family === 'default' || family === 'link') {
    if (cx.link.family === 'arcnet') return arcnetAddress(cx, 0, 'dst');
    if (cx.link.family !== 'wlan' && !macPlaces[cx.link.name]) cx.fail('broadcast', 'not a broadcast link');
    return macAddress(cx, everyone, 'dst');
  }
  if (family !== 'ip') cx.fail('broadcast', 'only link-layer/IP broadcast filters supported');
  if (cx.netmask === undefined) cx.fail('broadcast', "netmask not known, so 'ip broadcast' not supported");
  const host = ~cx.netmask >>> 0;
  const isIp = carries(cx, EtherType.IP);
  const zeros = cx.compare('network', 16, 4, 0, host);
  return and(isIp, or(zeros, cx.compare('network', 16, 4, host, host)));
}

const NO_MULTICAST =
  'link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel';

export function multicast(cx: Context, family: ProtocolFamily): Predicate {
  if (family === 'ip') return and(carries(cx, EtherType.IP), cx.compare('network', 16, 1, 224, 0xffffffff, JGE));
  if (family === 'ip6') return and(carries(cx, EtherType.IPV6), cx.compare('network', 24, 1, 255));
  if (family !== 'default' && family !== 'link') cx.fail('multicast', NO_MULTICAST);
  if (cx.link.family === 'arcnet') return arcnetAddress(cx, 0, 'dst');
  if (cx.link.family === 'wlan') return wlanAddress(cx, 'group', 'dst');
  const at = macPlaces[cx.link.name];
  if (!at) cx.fail('multicast', NO_MULTICAST);
  const check = emulationCheck(cx) ?? (cx.geneve ? geneveFrameCheck(cx) : undefined);
  const found = test(cx.load('link', at[0], 1), JSET, 0x01);
  return check ? and(check, found) : found;
}

/** ARCnet addresses have one byte: source, destination. */
export function arcnetAddress(cx: Context, address: number, direction: Direction): Predicate {
  if (cx.link.family !== 'arcnet') cx.fail('address', 'aid supported only on ARCnet');
  return bySide(cx, direction, NOT_MAC, (source) => cx.compare('link', source ? 0 : 1, 1, address));
}

/**
 * DECnet phase IV: addresses are little-endian, behind a header that is short or long and may be padded.
 * The low bits of the flags say which; a padded header has 81 before them.
 */
function decnetAddress(cx: Context, address: number, direction: Direction): Predicate {
  const swapped = ((address & 0xff) << 8) | (address >>> 8);
  return bySide(cx, direction, NOT_MAC, (source) => {
    const isDecnet = carries(cx, EtherType.DECNET);
    const forms = [
      { flags: { size: 1, value: 0x02, mask: 0x07 }, at: source ? 5 : 3 },
      { flags: { size: 2, value: 0x8102, mask: 0xff07 }, at: source ? 6 : 4 },
      { flags: { size: 1, value: 0x06, mask: 0x07 }, at: source ? 17 : 9 },
      { flags: { size: 2, value: 0x8106, mask: 0xff07 }, at: source ? 18 : 10 },
    ] as const;
    const tests = forms.map(({ flags, at }) =>
      and(cx.compare('network', 2, flags.size, flags.value, flags.mask), cx.compare('network', at, 2, swapped)),
    );
    return and(isDecnet, or(tests[0]!, ...tests.slice(1)));
  });
}
