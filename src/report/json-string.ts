// Bytes into JSON strings. Names of files and processes are bytes that need not be UTF-8; JSON must be, so whatever is
// not becomes U+FFFD.

import { utf8Bytes } from '../base/bytes.ts';
import type { OutputBuffer } from './output-buffer.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const REPLACEMENT = utf8Bytes('\ufffd');
const CONTROL = utf8Bytes('\\u00');

/** What follows the backslash, for the bytes that have a short escape. */
const SHORT: ReadonlyMap<number, number> = new Map([
  [34, 34],
  [92, 92],
  [10, 110],
  [13, 114],
  [9, 116],
]);

/** Writes the bytes from `start` to `end` as a JSON string with its quotes. */
export function writeJsonString(out: OutputBuffer, source: Uint8Array, start: number, end: number): void {
  out.byte(QUOTE);
  let from = start;
  while (from < end) {
    const plain = from;
    while (from < end && isPlain(source[from]!)) from++;
    out.range(source, plain, from);
    if (from < end) from = writeSpecial(out, source, from, end);
  }
  out.byte(QUOTE);
}

function isPlain(byte: number): boolean {
  return byte >= 32 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH;
}

/** Writes what cannot simply be copied; returns where the rest begins. */
function writeSpecial(out: OutputBuffer, source: Uint8Array, from: number, end: number): number {
  const byte = source[from]!;
  if (byte < 0x80) {
    writeEscape(out, byte);
    return from + 1;
  }
  const length = sequenceLength(source, from, end);
  if (length === 0) out.copy(REPLACEMENT);
  else out.range(source, from, from + length);
  return from + Math.max(1, length);
}

export function writeJsonText(out: OutputBuffer, text: string): void {
  const bytes = utf8Bytes(text);
  writeJsonString(out, bytes, 0, bytes.length);
}

function writeEscape(out: OutputBuffer, byte: number): void {
  const short = SHORT.get(byte);
  if (short === undefined) {
    out.copy(CONTROL);
    out.hexByte(byte);
  } else {
    out.byte(BACKSLASH);
    out.byte(short);
  }
}

/** Bytes of the well-formed UTF-8 sequence at `from` (RFC 3629), or 0 when there is none. */
function sequenceLength(source: Uint8Array, from: number, end: number): number {
  const first = source[from]!;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0 || from + length > end) return 0;
  const second = source[from + 1]!;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let at = from + 2; at < from + length; at++) {
    if ((source[at]! & 0xc0) !== 0x80) return 0;
  }
  return length;
}
