// Internet and link addresses.

import type { Memory } from '../../image/index.ts';
import type { OutputBuffer } from '../output-buffer.ts';
import { textAndQuoted, type ValueContext, type ValueFormat } from './value.ts';

// AF_INET6 of Linux (include/linux/socket.h); every other family is shown as IPv4.
const AF_INET6 = 10;
const COLON = 58;
const DOT = 46;

export function inetFormat(context: ValueContext): ValueFormat {
  return textAndQuoted((out, memory, offset) => {
    if (memory.view.getUint32(offset, true) === AF_INET6) writeIpv6(out, memory, offset + 4);
    else writeIpv4(out, memory, offset + 4);
  }, context);
}

export function macFormat(context: ValueContext): ValueFormat {
  return textAndQuoted((out, memory, offset) => {
    for (let index = 0; index < 6; index++) {
      if (index > 0) out.byte(COLON);
      out.hexByte(memory.u8[offset + index]!, true);
    }
  }, context);
}

function writeIpv4(out: OutputBuffer, memory: Memory, offset: number): void {
  for (let index = 0; index < 4; index++) {
    if (index > 0) out.byte(DOT);
    out.natural(memory.u8[offset + index]!);
  }
}

/** The form of RFC 5952 and inet_ntop: the longest run of two or more zero groups becomes `::`. */
function writeIpv6(out: OutputBuffer, memory: Memory, offset: number): void {
  const group = (index: number) => memory.view.getUint16(offset + index * 2, false);
  const { start, length } = longestZeroRun(group);
  for (let index = 0; index < 8; index++) {
    if (index === start) {
      out.byte(COLON);
      index += length - 1;
      if (index === 7) out.byte(COLON);
      continue;
    }
    if (index > 0) out.byte(COLON);
    if (index === 6 && start === 0 && embedsIpv4(length, group)) {
      writeIpv4(out, memory, offset + 12);
      return;
    }
    out.hexadecimal(0, group(index));
  }
}

/** IPv4-mapped (`::ffff:1.2.3.4`) and the old IPv4-compatible (`::1.2.3.4`) addresses. */
function embedsIpv4(zeroGroups: number, group: (index: number) => number): boolean {
  return zeroGroups === 6 || (zeroGroups === 5 && group(5) === 0xffff);
}

function longestZeroRun(group: (index: number) => number): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let index = 0; index < 8; ) {
    let end = index;
    while (end < 8 && group(end) === 0) end++;
    if (end - index > best.length) best = { start: index, length: end - index };
    index = Math.max(end, index + 1);
  }
  return best;
}
