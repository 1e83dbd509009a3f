import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputBuffer } from './output-buffer.ts';

function written(write: (out: OutputBuffer) => void): string {
  const out = new OutputBuffer(undefined, 1);
  write(out);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length));
}

const halves = (value: bigint): [number, number] => [Number(value >> 32n), Number(value & 0xffff_ffffn)];

/** Random numbers, and those around every power of two and of ten, where digits change. */
const unsigned64 = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.bigInt(-2n, 2n))
    .map(([e, d]) => BigInt.asUintN(64, (1n << BigInt(e)) + d)),
  fc
    .tuple(fc.integer({ min: 0, max: 19 }), fc.bigInt(-2n, 2n))
    .map(([e, d]) => BigInt.asUintN(64, 10n ** BigInt(e) + d)),
);

describe('numbers', () => {
  test('unsigned decimal', () => {
    fc.assert(
      fc.property(unsigned64, (value) => {
        expect(written((out) => out.unsigned(...halves(value)))).toBe(value.toString());
      }),
      { numRuns: 5000 },
    );
  });

  test('signed decimal', () => {
    fc.assert(
      fc.property(unsigned64, (value) => {
        expect(written((out) => out.signed(...halves(value)))).toBe(BigInt.asIntN(64, value).toString());
      }),
      { numRuns: 5000 },
    );
  });

  test('hexadecimal and octal', () => {
    fc.assert(
      fc.property(unsigned64, (value) => {
        expect(written((out) => out.hexadecimal(...halves(value)))).toBe(value.toString(16));
        expect(written((out) => out.hexadecimal(...halves(value), true))).toBe(value.toString(16).toUpperCase());
        expect(written((out) => out.octal(...halves(value)))).toBe(value.toString(8));
      }),
    );
  });

  test('integers of doubles', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((out) => out.integer(value))).toBe(String(value));
      }),
      { numRuns: 3000 },
    );
    expect(written((out) => out.integer(0))).toBe('0');
    expect(written((out) => out.natural(2 ** 53))).toBe('9007199254740992');
    expect(written((out) => out.unsigned(0x1f_ffff, 0xffff_ffff))).toBe('9007199254740991');
    expect(written((out) => out.signed(0x8000_0000, 0))).toBe('-9223372036854775808');
    expect(written((out) => out.signed(0xffff_ffff, 0xffff_ffff))).toBe('-1');
  });
});

describe('flushing', () => {
  test('what was written arrives in order and once', () => {
    const parts: string[] = [];
    const out = new OutputBuffer({ write: (bytes) => parts.push(new TextDecoder().decode(bytes)) }, 8);
    out.text('hello ');
    out.text('world, this is longer than the buffer was');
    out.flush();
    out.flush();
    out.text('!');
    out.flush();
    expect(parts).toEqual(['hello world, this is longer than the buffer was', '!']);
  });

  test('settling hands over only when there is much', () => {
    let bytes = 0;
    const out = new OutputBuffer({ write: (part) => (bytes += part.length) });
    out.fill(65, 1000);
    out.settle();
    expect(bytes).toBe(0);
    out.fill(65, 100_000);
    out.settle();
    expect(bytes).toBe(101_000);
  });
});

test('a terminated text stops at the NUL, or says that there was none', () => {
  const source = new TextEncoder().encode('abc\0def');
  expect(written((out) => expect(out.terminated(source, 0, 7)).toBe(true))).toBe('abc');
  expect(written((out) => expect(out.terminated(source, 4, 7)).toBe(false))).toBe('def');
});
