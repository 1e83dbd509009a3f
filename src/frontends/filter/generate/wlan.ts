// IEEE 802.11: frame types, directions, and addresses, whose place depends on the frame.
// Frame control: bits 2 and 3 of the first byte are the type, 4 to 7 the subtype; bits 0 and 1 of the second are to-DS and
// from-DS. Source: IEEE 802.11, 9.2.4.

import { nearest } from '../../../base/text.ts';
import type { Direction } from '../syntax/words.ts';
import { and, JSET, not, or, type Predicate, test } from './block.ts';
import type { Context } from './context.ts';
import { compareBytes } from './sides.ts';

const bit = (cx: Context, byte: 0 | 1, mask: number): Predicate => test(cx.load('link', byte, 1), JSET, mask);
const isControl = (cx: Context) => bit(cx, 0, 0x04);
const isData = (cx: Context) => bit(cx, 0, 0x08);
const toDs = (cx: Context) => bit(cx, 1, 0x01);
const fromDs = (cx: Context) => bit(cx, 1, 0x02);

/** An address, or any group address where it may stand. */
export function wlanAddress(cx: Context, address: Uint8Array | 'group', direction: Direction): Predicate {
  const at = (offset: number) =>
    address === 'group' ? test(cx.load('link', offset, 1), JSET, 0x01) : compareBytes(cx, 'link', offset, address);
  switch (direction) {
    case 'src':
      return source(cx, at);
    case 'dst':
      return destination(cx, at);
    case 'and':
      return and(source(cx, at), destination(cx, at));
    case 'or':
    case 'default':
      return or(source(cx, at), destination(cx, at));
    case 'addr1':
      return at(4);
    case 'addr2':
      return and(hasSecond(cx), at(10));
    case 'addr3':
      return and(not(cx.compare('link', 0, 1, 0x04, 0x0c)), at(16));
    case 'addr4':
      return and(cx.compare('link', 1, 1, 0x03, 0x03), at(24));
    case 'ra':
      return and(isData(cx), at(4));
    case 'ta':
      return and(isData(cx), hasSecond(cx), at(10));
  }
}

/** All but the control frames CTS and ACK have a second address. */
function hasSecond(cx: Context): Predicate {
  const control = cx.compare('link', 0, 1, 0x04, 0x0c);
  const cts = cx.compare('link', 0, 1, 0xc0, 0xf0);
  const ack = cx.compare('link', 0, 1, 0xd0, 0xf0);
  return not(and(control, or(cts, ack)));
}

type At = (offset: number) => Predicate;

/** The sender: address 2; in data frames from a distribution system address 3, between two of them address 4. */
function source(cx: Context, at: At): Predicate {
  const notControl = not(isControl(cx));
  const management = and(not(isData(cx)), at(10));
  const direct = and(not(fromDs(cx)), at(10));
  const third = and(not(toDs(cx)), at(16));
  const fourth = and(toDs(cx), at(24));
  const relayed = and(fromDs(cx), or(third, fourth));
  return and(notControl, or(management, and(isData(cx), or(direct, relayed))));
}

/** The receiver: address 1; in data frames to a distribution system address 3. */
function destination(cx: Context, at: At): Predicate {
  const notControl = not(isControl(cx));
  const management = and(not(isData(cx)), at(4));
  const direct = and(not(toDs(cx)), at(4));
  const relayed = and(toDs(cx), at(16));
  return and(notControl, or(management, and(isData(cx), or(direct, relayed))));
}

const types: Readonly<Record<string, number>> = { mgt: 0, management: 0, ctl: 4, control: 4, data: 8 };
/** Subtypes by name, with the type's bits. */
const subtypes: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  0: {
    'assoc-req': 0x00,
    assocreq: 0x00,
    'assoc-resp': 0x10,
    assocresp: 0x10,
    'reassoc-req': 0x20,
    reassocreq: 0x20,
    'reassoc-resp': 0x30,
    reassocresp: 0x30,
    'probe-req': 0x40,
    probereq: 0x40,
    'probe-resp': 0x50,
    proberesp: 0x50,
    beacon: 0x80,
    atim: 0x90,
    disassoc: 0xa0,
    disassociation: 0xa0,
    auth: 0xb0,
    authentication: 0xb0,
    deauth: 0xc0,
    deauthentication: 0xc0,
  },
  4: { 'ps-poll': 0xa0, rts: 0xb0, cts: 0xc0, ack: 0xd0, 'cf-end': 0xe0, 'cf-end-ack': 0xf0 },
  8: {
    data: 0x00,
    'data-cf-ack': 0x10,
    'data-cf-poll': 0x20,
    'data-cf-ack-poll': 0x30,
    null: 0x40,
    'cf-ack': 0x50,
    'cf-poll': 0x60,
    'cf-ack-poll': 0x70,
    'qos-data': 0x80,
    'qos-data-cf-ack': 0x90,
    'qos-data-cf-poll': 0xa0,
    'qos-data-cf-ack-poll': 0xb0,
    qos: 0xc0,
    'qos-cf-poll': 0xe0,
    'qos-cf-ack-poll': 0xf0,
  },
};
const directions: Readonly<Record<string, number>> = { nods: 0, tods: 1, fromds: 2, dstods: 3 };

function lookUp(cx: Context, table: Readonly<Record<string, number>>, name: string, what: string): number {
  const key = name.toLowerCase();
  if (Object.hasOwn(table, key)) return table[key]!;
  const near = nearest(key, Object.keys(table));
  return cx.fail('wlan', `unknown 802.11 ${what} name "${name}"`, ...(near ? [`Did you mean ${near}?`] : []));
}

/** `type T`, `type T subtype S`, `subtype S`. */
export function wlanType(
  cx: Context,
  type: string | number | undefined,
  subtype: string | number | undefined,
): Predicate {
  const typeBits = type === undefined ? undefined : typeof type === 'number' ? type : lookUp(cx, types, type, 'type');
  if (typeBits !== undefined && (typeBits & ~0x0c) !== 0) {
    cx.fail('wlan', `invalid 802.11 type value 0x${typeBits.toString(16).padStart(2, '0')}`);
  }
  const both = subtype === undefined ? undefined : subtypeBits(cx, typeBits, subtype);
  needWlan(cx);
  if (both === undefined) return cx.compare('link', 0, 1, typeBits!, 0x0c);
  return cx.compare('link', 0, 1, both, 0xfc);
}

function subtypeBits(cx: Context, type: number | undefined, subtype: string | number): number {
  if (typeof subtype === 'string') {
    if (type !== undefined) return type | lookUp(cx, subtypes[type] ?? {}, subtype, 'subtype');
    for (const [bits, table] of Object.entries(subtypes)) {
      if (Object.hasOwn(table, subtype.toLowerCase())) return Number(bits) | table[subtype.toLowerCase()]!;
    }
    return cx.fail('wlan', 'unknown 802.11 type name');
  }
  const allowed = type === undefined ? 0xfc : 0xf0;
  if ((subtype & ~allowed) !== 0) {
    cx.fail('wlan', `invalid 802.11 subtype value 0x${subtype.toString(16).padStart(2, '0')}`);
  }
  return (type ?? 0) | subtype;
}

/** `dir tods`. */
export function wlanDirection(cx: Context, direction: string | number): Predicate {
  const value = typeof direction === 'number' ? direction : lookUp(cx, directions, direction, 'direction');
  needWlan(cx, 'frame direction');
  return cx.compare('link', 1, 1, value, 0x03);
}

/** The 802.11 words need a header that is known to be one; PPI says only at run time. */
function needWlan(cx: Context, what = '802.11 link-layer types'): void {
  if (cx.link.family === 'wlan' && cx.link.name !== 'PPI') return;
  cx.fail('wlan', `${what} supported only ${what === 'frame direction' ? 'with 802.11 headers' : 'on 802.11'}`);
}
