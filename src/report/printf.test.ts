import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printed, type Value } from '../../test/support/report.ts';
import {
  BOOL,
  INT8,
  INT16,
  INT32,
  INT64,
  pointerType,
  stringType,
  type Type,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
  VOID,
} from '../image/index.ts';

const COLOUR: Type = {
  kind: 'enum',
  name: 'enum colour',
  size: 4,
  signed: false,
  values: [
    { name: 'RED', value: 0n },
    { name: 'GREEN', value: 1n },
  ],
};
const BUFFER: Type = { kind: 'buffer', size: 16 };
const POINTER = pointerType(VOID, 'kernel');

const cases: [format: string, types: Type[], values: Value[], text: string][] = [
  ['%d %s\n', [UINT32, stringType(16)], [42, 'node'], '42 node\n'],
  ['100%% %d%', [INT32], [-7], '100% -7%'],
  ['%d', [INT64], [-1n], '-1'],
  // Without a length modifier four bytes count, as upstream.
  ['%d', [UINT64], [0x1_0000_0005n], '5'],
  ['%d', [UINT32], [0xffff_ffff], '-1'],
  ['%u', [INT64], [-1n], '4294967295'],
  ['%u', [INT8], [-1], '4294967295'],
  ['%d', [UINT8], [255], '255'],
  ['%d', [INT8], [-128], '-128'],
  ['%hhd', [INT32], [255], '-1'],
  ['%hu', [INT32], [-1], '65535'],
  ['%hu', [INT8], [-1], '65535'],
  ['%hd', [UINT8], [200], '200'],
  ['%lld', [INT64], [-9223372036854775808n], '-9223372036854775808'],
  ['%llu', [UINT64], [18446744073709551615n], '18446744073709551615'],
  ['%lu', [INT8], [-1], '18446744073709551615'],
  ['%ld', [INT16], [-300], '-300'],
  ['%ju %zu %td', [UINT16, UINT32, INT32], [65535, 4294967295, -2], '65535 4294967295 -2'],
  [
    '%hhx %hx %x %lx %llx',
    Array(5).fill(UINT64),
    Array(5).fill(0x0123456789abcdefn),
    'ef cdef 89abcdef 123456789abcdef 123456789abcdef',
  ],
  ['%x', [INT32], [-1], 'ffffffff'],
  ['%lx', [INT32], [-1], 'ffffffffffffffff'],
  ['%X %#x %#X %#x', [UINT32, UINT32, UINT32, UINT32], [48879, 255, 255, 0], 'BEEF 0xff 0XFF 0'],
  ['%o %#o %#o', [UINT32, UINT32, UINT32], [8, 8, 0], '10 010 0'],
  ['%c%c', [INT8, UINT64], [65, 66n], 'AB'],
  ['%p %p', [POINTER, UINT64], [0xffff888000001000n, 16n], '0xffff888000001000 0x10'],
  ['%p', [POINTER], [0], '0'],
  ['[%5d] [%-5d] [%05d] [%+d] [%+d]', Array(5).fill(INT32), [-5, 5, -5, 5, -5], '[   -5] [5    ] [-0005] [+5] [-5]'],
  ['[%#06x] [%2d] [%*d]', [UINT32, INT32, INT32], [255, 12345, 6], '[0x00ff] [12345] [6]'],
  [
    '[%10s] [%-10s] [%-10.10s]',
    Array(3).fill(stringType(16)),
    ['abc', 'abc', 'abcdefghijklm'],
    '[       abc] [abc       ] [abcdefghijklm]',
  ],
  ['%s %s %s %d', [INT64, BOOL, COLOUR, COLOUR], [-5n, true, 1, 1], '-5 true GREEN 1'],
  ['%s %s', [BOOL, COLOUR], [false, 9], 'false 9'],
  ['%d', [BOOL], [true], '1'],
  [
    '%r|%rx|%rh',
    [BUFFER, BUFFER, BUFFER],
    Array(3).fill(new Uint8Array([97, 0, 255, 32])),
    'a\\x00\\xff |\\x61\\x00\\xff\\x20|61 00 ff 20',
  ],
  ['[%8r]', [BUFFER], [new Uint8Array([97])], '[       a]'],
  ['%gr %gr %gr', [UINT32, UINT32, UINT32], [0xcc0, 0xc0, 0], 'GFP_KERNEL __GFP_IO|__GFP_FS none'],
  ['%gr', [UINT32], [0xdc0], 'GFP_KERNEL|__GFP_ZERO'],
  ['%s', [stringType(4)], ['abcdefgh'], 'abcd..'],
  ['%s', [stringType(64)], ['größe\x01'], 'größe\x01'],
  // What starts no conversion is text.
  ['%y %5 %', [], [], '%y %5 %'],
];

describe('conversions', () => {
  test.each(cases)('%j', (format, types, values, text) => {
    expect(printed(format, types, values)).toBe(text);
  });

  test('what a front end should have refused is said in the output', () => {
    expect(printed('%d %d', [INT32], [1])).toBe('1 !{no argument for %d}');
    expect(printed('%x', [stringType(4)], ['a'])).toBe("!{unsupported format specifier for type 'string[4]': x}");
  });
});

test('decimal conversions agree with BigInt for every size', () => {
  const types: Type[] = [INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64];
  const sizes = { hh: 8, h: 16, '': 32, l: 64 } as const;
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }),
      fc.constantFrom(...types),
      fc.constantFrom(...(Object.keys(sizes) as (keyof typeof sizes)[])),
      fc.constantFrom('d', 'u', 'x'),
      (number, type, modifier, letter) => {
        const { size, signed } = type as Extract<Type, { kind: 'int' }>;
        const value = signed ? BigInt.asIntN(size * 8, number) : BigInt.asUintN(size * 8, number);
        const bits = sizes[modifier];
        const cut = letter === 'd' ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
        expect(printed(`%${modifier}${letter}`, [type], [value])).toBe(cut.toString(letter === 'x' ? 16 : 10));
      },
    ),
  );
});

describe('JSON', () => {
  test('the text is one string', () => {
    expect(printed('test %d\n', [INT32], [5], { format: 'json' })).toBe('{"type": "printf", "data": "test 5\\n"}\n');
  });

  test('whatever bytes a name has, the line is JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
        const line = printed('%s', [{ kind: 'array', element: UINT8, length: bytes.length }], [[...bytes]], {
          format: 'json',
        });
        expect(JSON.parse(line).data).toBe(`[${bytes.join(',')}]`);
      }),
    );
  });
});
