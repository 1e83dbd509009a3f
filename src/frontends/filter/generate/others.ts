// Primitives about sizes, single bytes, where a packet came from, and 802.2.

import { assert } from '../../../base/error.ts';
import { nearest } from '../../../base/text.ts';
import { ANCILLARY, ANCILLARY_OFFSET } from '../../../isa/index.ts';
import { compareValues, value } from './arithmetic.ts';
import { alu, always, and, JEQ, JGE, JGT, JSET, LD_LEN, not, type Predicate, statement, test } from './block.ts';
import type { Context } from './context.ts';
import { hasLength, wlanData } from './link-protocol.ts';

export function sizeTest(kind: 'less' | 'greater', length: number): Predicate {
  const statements = [statement(LD_LEN)];
  return kind === 'less' ? not(test(statements, JGT, length)) : test(statements, JGE, length);
}

export function byteTest(cx: Context, index: number, operator: '=' | '<' | '>' | '&' | '|', byte: number): Predicate {
  switch (operator) {
    case '=':
      return cx.compare('link', index, 1, byte);
    case '<':
      return not(cx.compare('link', index, 1, byte, 0xffffffff, JGE));
    case '>':
      return cx.compare('link', index, 1, byte, 0xffffffff, JGT);
    default: {
      const operation = statement(alu(operator === '&' ? 'AND' : 'OR'), byte);
      return not(test([...cx.load('link', index, 1), operation], JEQ, 0));
    }
  }
}

/** How Linux says that a packet goes out: PACKET_OUTGOING, include/uapi/linux/if_packet.h. */
const OUTGOING = 4;

export function direction(cx: Context, inbound: boolean): Predicate {
  const outgoing = (predicate: Predicate) => (inbound ? not(predicate) : predicate);
  switch (cx.outermost.name) {
    case 'SLIP': {
      const { span } = cx;
      assert(span, 'a primitive without a place');
      const wanted = value(cx, { kind: 'number', value: inbound ? 0 : 1, span });
      const index = { kind: 'number', value: 0, span } as const;
      return compareValues(cx, '=', value(cx, { kind: 'load', protocol: 'link', index, size: 1, span }), wanted);
    }
    case 'LINUX_SLL':
      return outgoing(cx.compare('packet', 0, 2, OUTGOING));
    case 'LINUX_SLL2':
      return outgoing(cx.compare('packet', 10, 1, OUTGOING));
    case 'PFLOG':
      return cx.compare('packet', 60, 1, inbound ? 1 : 2);
    case 'PPP_PPPD':
      return cx.compare('packet', 0, 1, inbound ? 0 : 1);
    case 'IPNET':
      return cx.compare('packet', 2, 2, inbound ? 2 : 1);
    default:
      if (cx.outermost.description.startsWith('Juniper')) return cx.compare('packet', 3, 1, inbound ? 1 : 0, 0x01);
      needKernel(cx, 'inbound/outbound');
      return outgoing(cx.compare('packet', ANCILLARY_OFFSET + ANCILLARY.type, 2, OUTGOING));
  }
}

export function interfaceTest(cx: Context, index: number): Predicate {
  if (cx.outermost.name === 'LINUX_SLL2') return cx.compare('packet', 4, 4, index);
  needKernel(cx, 'ifindex');
  return cx.compare('packet', ANCILLARY_OFFSET + ANCILLARY.ifidx, 4, index);
}

/** What only the kernel knows of a packet is not in a file. */
function needKernel(cx: Context, what: string): void {
  if (!cx.savefile) return;
  cx.fail('savefile', `${what} not supported on ${cx.outermost.description} when reading savefiles`);
}

/** The control byte of 802.2: supervisory and unnumbered frames by name. */
const supervisory: Readonly<Record<string, number>> = { rr: 0x01, rnr: 0x05, rej: 0x09 };
const unnumbered: Readonly<Record<string, number>> = {
  ui: 0x03,
  ua: 0x63,
  disc: 0x43,
  sabme: 0x6f,
  test: 0xe3,
  xid: 0xaf,
  frmr: 0x87,
  dm: 0x0f,
};

/** Frames with an 802.2 header, perhaps only those of one kind. */
export function llcTest(cx: Context, name: string | undefined): Predicate {
  if (name === undefined) return hasLlc(cx);
  const key = name.toLowerCase();
  const control = (value: number, mask: number) => {
    const header = hasLlc(cx);
    return and(header, cx.compare('payload', 2, 1, value, mask));
  };
  if (key === 'i') return and(hasLlc(cx), not(test(cx.load('payload', 2, 1), JSET, 0x01)));
  if (key === 's') return control(0x01, 0x03);
  if (key === 'u') return control(0x03, 0x03);
  if (Object.hasOwn(supervisory, key)) return control(supervisory[key]!, 0x0f);
  // The poll bit does not matter.
  if (Object.hasOwn(unnumbered, key)) return control(unnumbered[key]!, 0xef);
  const near = nearest(key, ['i', 's', 'u', ...Object.keys(supervisory), ...Object.keys(unnumbered)]);
  return cx.fail('llc', `unknown LLC type name "${name}"`, ...(near ? [`Did you mean ${near}?`] : []));
}

function hasLlc(cx: Context): Predicate {
  switch (cx.link.family) {
    case 'ethernet':
      // Raw 802.3 has ff ff there, the checksum of IPX, and no 802.2 header.
      return and(hasLength(cx), not(cx.compare('payload', 0, 2, 0xffff)));
    case 'sunatm':
      return cx.compare('link', 0, 1, 2, 0x0f);
    case 'wlan':
      return wlanData(cx);
    case 'llc':
      if (cx.link.name === 'FDDI' || cx.link.name === 'IEEE802' || cx.link.name === 'ATM_RFC1483') return always(true);
      break;
  }
  return cx.fail('llc', `'llc' not supported for ${cx.link.description}`);
}
