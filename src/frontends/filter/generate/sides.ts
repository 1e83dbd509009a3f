// What all kinds of addresses and ports share: which side of a packet is looked at, and how bytes are compared.

import type { Direction } from '../syntax/words.ts';
import { and, or, type Predicate } from './block.ts';
import type { Context, Header } from './context.ts';

/** The directions that only 802.11 has, as its errors name them. */
export const wlanNames: Partial<Record<Direction, string>> = {
  addr1: "'addr1' and 'address1' are",
  addr2: "'addr2' and 'address2' are",
  addr3: "'addr3' and 'address3' are",
  addr4: "'addr4' and 'address4' are",
  ra: "'ra' is",
  ta: "'ta' is",
};

/** Joins the tests of both sides as the direction says; `what` is for the error about directions of 802.11. */
export function bySide(
  cx: Context,
  direction: Direction,
  what: string,
  side: (source: boolean) => Predicate,
): Predicate {
  switch (direction) {
    case 'src':
      return side(true);
    case 'dst':
      return side(false);
    case 'and':
      return and(side(true), side(false));
    case 'or':
    case 'default':
      return or(side(true), side(false));
    default: {
      const name = wlanNames[direction]!;
      const qualifiers = name.endsWith('are') ? 'valid qualifiers' : 'a valid qualifier';
      return cx.fail('direction', `${name} not ${qualifiers} for ${what}`);
    }
  }
}

/** Loads and compares bytes from their end, words first, as the hardware of old liked it. */
export function compareBytes(cx: Context, header: Header, offset: number, bytes: Uint8Array): Predicate {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tests: Predicate[] = [];
  let left = bytes.length;
  for (; left >= 4; left -= 4) tests.push(cx.compare(header, offset + left - 4, 4, view.getUint32(left - 4)));
  for (; left >= 2; left -= 2) tests.push(cx.compare(header, offset + left - 2, 2, view.getUint16(left - 2)));
  if (left > 0) tests.push(cx.compare(header, offset, 1, bytes[0]!));
  return and(tests[0]!, ...tests.slice(1));
}
