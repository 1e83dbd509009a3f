import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeJsonString } from './json-string.ts';
import { OutputBuffer } from './output-buffer.ts';

function quote(bytes: Uint8Array): string {
  const out = new OutputBuffer();
  writeJsonString(out, bytes, 0, bytes.length);
  return new TextDecoder('utf-8', { fatal: true }).decode(out.bytes.subarray(0, out.length));
}

test('the escapes that bpftrace writes', () => {
  expect(quote(new TextEncoder().encode('a"b\\c\nd\re\tf\x01\x7fé'))).toBe('"a\\"b\\\\c\\nd\\re\\tf\\u0001\x7fé"');
});

test('every text comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      expect(JSON.parse(quote(new TextEncoder().encode(text)))).toBe(text);
    }),
  );
});

test('any bytes give well-formed UTF-8 and keep their ASCII', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const text = JSON.parse(quote(bytes)) as string;
      const ascii = (value: string) => value.replace(/[^\x00-\x7f]/g, '');
      expect(ascii(text)).toBe(ascii(String.fromCharCode(...bytes)));
    }),
  );
});

test('a sequence that is cut, too long or a surrogate becomes the replacement character', () => {
  expect(JSON.parse(quote(new Uint8Array([0x61, 0xc3])))).toBe('a\ufffd');
  expect(JSON.parse(quote(new Uint8Array([0xc0, 0x80])))).toBe('\ufffd\ufffd');
  expect(JSON.parse(quote(new Uint8Array([0xed, 0xa0, 0x80])))).toBe('\ufffd\ufffd\ufffd');
  expect(JSON.parse(quote(new Uint8Array([0xf0, 0x9f, 0x90, 0x9d])))).toBe('🐝');
});
