import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter, cString, fromHex, toHex } from './bytes.ts';

describe('bytes', () => {
  test('the writer grows, aligns and patches', () => {
    const writer = new ByteWriter(2).u8(1).align(4).u32(0xdeadbeef).u64(-1n).i32(-2).u16(3);
    writer.patchU32(0, 7);
    expect(toHex(writer.finish())).toBe('07000000efbeaddefffffffffffffffffeffffff0300');
  });

  test('hexadecimal reads back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(['0', 'zz', '0x'])('%s is not hexadecimal', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  test('a string ends at its NUL or its end', () => {
    const bytes = new TextEncoder().encode('ab\0cd');
    expect(cString(bytes)).toBe('ab');
    expect(cString(bytes, 3)).toBe('cd');
  });
});
