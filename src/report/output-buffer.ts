// The one buffer that everything printed goes through. Numbers and texts are written as bytes straight from the record,
// so that an event costs no string, no object and no BigInt.

import { utf8Bytes } from '../base/bytes.ts';
import type { ByteSink } from './report.ts';

/** Bytes that are collected before they are handed to the sink. */
const FLUSH_AT = 1 << 16;

const TWO_32 = 0x1_0000_0000;
const HEX_LOWER = utf8Bytes('0123456789abcdef');
const HEX_UPPER = utf8Bytes('0123456789ABCDEF');
const ZERO = 48;
const MINUS = 45;

/** The decimal digits of 00 to 99, two bytes each: half the divisions. */
const PAIRS = utf8Bytes(Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0')).join(''));

export class OutputBuffer {
  /** What was written stands in the first `length` bytes; replaced when it grows. */
  bytes: Uint8Array;
  length = 0;
  readonly #sink: ByteSink | undefined;

  /** Without a sink it is a scratch buffer that only grows. */
  constructor(sink?: ByteSink, capacity = FLUSH_AT * 2) {
    this.#sink = sink;
    this.bytes = new Uint8Array(capacity);
  }

  /** Hands everything to the sink. */
  flush(): void {
    if (this.length === 0 || !this.#sink) return;
    const length = this.length;
    this.length = 0;
    this.#sink.write(this.bytes.subarray(0, length));
  }

  /** Called between records: hands over what is there when it is much. */
  settle(): void {
    if (this.length >= FLUSH_AT) this.flush();
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(count);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Writes all of `source`. */
  copy(source: Uint8Array): void {
    this.reserve(source.length);
    if (source.length > 32) {
      this.bytes.set(source, this.length);
      this.length += source.length;
    } else this.range(source, 0, source.length);
  }

  /** Writes the bytes of `source` from `start` to `end`. */
  range(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const bytes = this.bytes;
    let at = this.length;
    for (let from = start; from < end; from++) bytes[at++] = source[from]!;
    this.length = at;
  }

  /** Writes the bytes of `source` before the first NUL, but not past `end`; says whether there was a NUL. */
  terminated(source: Uint8Array, start: number, end: number): boolean {
    this.reserve(end - start);
    const bytes = this.bytes;
    let at = this.length;
    for (let from = start; from < end; from++) {
      const byte = source[from]!;
      if (byte === 0) {
        this.length = at;
        return true;
      }
      bytes[at++] = byte;
    }
    this.length = at;
    return false;
  }

  text(value: string): void {
    this.copy(utf8Bytes(value));
  }

  fill(byte: number, count: number): void {
    if (count <= 0) return;
    this.reserve(count);
    this.bytes.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** An integer of at most 53 bits and its sign. */
  integer(value: number): void {
    if (value < 0) {
      this.byte(MINUS);
      this.natural(-value);
    } else this.natural(value);
  }

  /** An integer of 0 to 2^53. */
  natural(value: number): void {
    this.reserve(20);
    let rest = value;
    let end = this.length + digitCount(value);
    this.length = end;
    const bytes = this.bytes;
    while (rest >= TWO_32) {
      const next = Math.floor(rest / 100);
      const pair = (rest - next * 100) * 2;
      bytes[--end] = PAIRS[pair + 1]!;
      bytes[--end] = PAIRS[pair]!;
      rest = next;
    }
    let small = rest >>> 0;
    while (small >= 100) {
      const next = (small / 100) >>> 0;
      const pair = (small - next * 100) * 2;
      bytes[--end] = PAIRS[pair + 1]!;
      bytes[--end] = PAIRS[pair]!;
      small = next;
    }
    if (small >= 10) {
      bytes[--end] = PAIRS[small * 2 + 1]!;
      bytes[--end] = PAIRS[small * 2]!;
    } else bytes[--end] = ZERO + small;
  }

  /** Exactly `digits` decimal digits of a number that has no more. */
  padded(value: number, digits: number): void {
    this.reserve(digits);
    let rest = value;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10);
      this.bytes[at] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.length += digits;
  }

  /** An unsigned 64-bit integer in two halves, each of 0 to 2^32 - 1. */
  unsigned(high: number, low: number): void {
    if (high < 0x20_0000) {
      this.natural(high * TWO_32 + low);
      return;
    }
    // One long division by 10^5 leaves a quotient that a double holds exactly.
    const quotientHigh = Math.floor(high / 100_000);
    const part = (high - quotientHigh * 100_000) * TWO_32 + low;
    const quotientLow = Math.floor(part / 100_000);
    this.natural(quotientHigh * TWO_32 + quotientLow);
    this.padded(part - quotientLow * 100_000, 5);
  }

  /** A signed 64-bit integer in two's complement halves, each of 0 to 2^32 - 1. */
  signed(high: number, low: number): void {
    if (high < 0x8000_0000) {
      this.unsigned(high, low);
      return;
    }
    this.byte(MINUS);
    const negatedLow = -low >>> 0;
    this.unsigned(negatedLow === 0 ? -high >>> 0 : ~high >>> 0, negatedLow);
  }

  /** The hexadecimal digits of an unsigned 64-bit integer, without leading zeroes. */
  hexadecimal(high: number, low: number, upper = false): void {
    const digits = upper ? HEX_UPPER : HEX_LOWER;
    const count = Math.max(1, high === 0 ? hexDigits(low) : 8 + hexDigits(high));
    this.reserve(count);
    let rest = low;
    for (let index = 0; index < count; index++) {
      if (index === 8) rest = high;
      this.bytes[this.length + count - 1 - index] = digits[rest & 15]!;
      rest >>>= 4;
    }
    this.length += count;
  }

  octal(high: number, low: number): void {
    const start = this.length;
    this.reserve(22);
    let upper = high;
    let lower = low;
    do {
      this.bytes[this.length++] = ZERO + (lower & 7);
      lower = ((lower >>> 3) | ((upper & 7) << 29)) >>> 0;
      upper >>>= 3;
    } while (upper !== 0 || lower !== 0);
    this.bytes.subarray(start, this.length).reverse();
  }

  /** Two hexadecimal digits. */
  hexByte(value: number, upper = false): void {
    const digits = upper ? HEX_UPPER : HEX_LOWER;
    this.reserve(2);
    this.bytes[this.length++] = digits[value >> 4]!;
    this.bytes[this.length++] = digits[value & 15]!;
  }

  bigint(value: bigint): void {
    const number = Number(value);
    if (Number.isSafeInteger(number)) this.integer(number);
    else this.text(value.toString());
  }

  /** Moves what was written since `start` so that `count` bytes fit before it. */
  shift(start: number, count: number): void {
    this.reserve(count);
    this.bytes.copyWithin(start + count, start, this.length);
    this.length += count;
  }

  #grow(count: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

function digitCount(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  let count = 7;
  for (let bound = 10_000_000; bound <= value; bound *= 10) count++;
  return count;
}

function hexDigits(half: number): number {
  return (35 - Math.clz32(half)) >> 2;
}
