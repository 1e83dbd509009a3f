import { describe, expect, test } from 'vitest';
import { stringType, tupleType, UINT32, UINT64 } from '../../image/index.ts';
import type { ProgramBuilder } from '../program.ts';
import {
  build,
  compareStrings,
  constantString,
  containsText,
  equalStrings,
  fieldOf,
  indexOfText,
  inMemory,
  type MemoryOperand,
  memory,
  scalar,
  storeBytes,
  stringLength,
} from './index.ts';
import { emit, runProgram, skipReason, testWith, title } from './testing/kernel-run.ts';
import { cutAtNul } from './words.ts';

/** A string in memory with garbage behind its end. */
function text(p: ProgramBuilder, value: string, size: number): MemoryOperand {
  const place = p.temp(size);
  const bytes = new Uint8Array(size).fill(0xee);
  const encoded = new TextEncoder().encode(value).subarray(0, size);
  bytes.set(encoded);
  if (encoded.length < size) bytes[encoded.length] = 0;
  storeBytes(p, place, bytes);
  return memory(stringType(size), place, false);
}

const LONG = 'the quick brown fox jumps over the lazy dog';

const PAIRS: [string, number, string, number, boolean][] = [
  ['abc', 16, 'abc', 16, true],
  ['abc', 16, 'abd', 16, false],
  ['abc', 16, 'ab', 16, false],
  ['', 8, '', 8, true],
  ['', 8, 'a', 8, false],
  ['abcdefgh', 16, 'abcdefgh', 24, true],
  ['abcdefgh', 16, 'abcdefgi', 24, false],
  ['abcdefgh', 8, 'abcdefghij', 24, true],
  ['abcdefghij', 24, 'abcdefgh', 8, true],
  ['abcde', 5, 'abcdefgh', 16, true],
  ['abcde', 6, 'abcdefgh', 16, false],
  ['abcdefghi', 13, 'abcdefghi', 11, true],
  ['abcdefghi', 13, 'abcdefghj', 11, false],
  [LONG, 64, LONG, 100, true],
  [LONG, 64, `${LONG}!`, 100, false],
  [LONG, 500, LONG, 600, true],
  [`${LONG}${LONG}x`, 500, `${LONG}${LONG}y`, 600, false],
];

describe.skipIf(skipReason)(title('strings'), () => {
  test('two strings are equal as far as both reach', () => {
    const { values } = runProgram((p) => {
      for (const [a, sizeA, b, sizeB] of PAIRS) {
        p.scope(() => emit(p, scalar(UINT64, equalStrings(p, text(p, a, sizeA), text(p, b, sizeB)))));
      }
    });
    expect(values.map(([equal]) => equal === 1n)).toEqual(PAIRS.map(([, , , , equal]) => equal));
  });

  test('a string and a constant', () => {
    const pairs = PAIRS.filter(([, , b, size]) => b.length < size);
    const { values } = runProgram((p) => {
      for (const [a, size, b] of pairs) {
        p.scope(() => emit(p, scalar(UINT64, equalStrings(p, text(p, a, size), constantString(p, b)))));
      }
    });
    expect(values.map(([equal]) => equal === 1n)).toEqual(
      pairs.map(([a, size, b]) => a === b || (a.length === size && b.startsWith(a))),
    );
  });

  test('strings behind other fields of a tuple on the stack', () => {
    const type = tupleType([UINT32, stringType(12)]);
    const { values } = runProgram((p) => {
      const [a, b] = ['abcdefghij', 'abcdefghik'].map((name) => {
        const tuple = inMemory(p, build(p, type, [scalar(UINT32, p.b.const(1)), text(p, name, 12)]));
        return fieldOf(p, tuple, type.fields[1]!);
      });
      emit(p, scalar(UINT64, equalStrings(p, a!, b!)), scalar(UINT64, equalStrings(p, a!, a!)), stringLength(p, b!));
    });
    expect(values).toEqual([[0n, 1n, 10n]]);
  });

  test('strncmp looks at the first bytes', () => {
    const { values } = runProgram((p) => {
      emit(p, compareStrings(p, text(p, 'abcdef', 16), constantString(p, 'abcxyz'), 3));
      emit(p, compareStrings(p, text(p, 'abcdef', 16), constantString(p, 'abcxyz'), 4));
      emit(p, compareStrings(p, text(p, 'ab', 16), text(p, 'ab', 32), 9));
    });
    expect(values).toEqual([[0n], [1n], [0n]]);
  });

  test('lengths', () => {
    const texts = ['', 'a', 'abcdefg', 'abcdefgh', 'abcdefghi', LONG];
    const sizes = [8, 13, 64, 300];
    const cases = texts.flatMap((value) => sizes.map((size) => [value, size] as const));
    const { values } = runProgram((p) => {
      for (const [value, size] of cases) p.scope(() => emit(p, stringLength(p, text(p, value, size))));
    });
    expect(values.map(([length]) => Number(length))).toEqual(
      cases.map(([value, size]) => Math.min(value.length, size)),
    );
  });

  test('words are cut behind the NUL', () => {
    const texts = ['', 'a', 'sevenxx', 'eightxxx', 'ninexxxxx', 'fifteenxxxxxxxx', 'sixteenxxxxxxxxx', 'a\x80\xff'];
    const { values } = runProgram((p) => {
      for (const value of texts) {
        p.scope(() => {
          const { base, offset } = text(p, value, 16);
          const words = cutAtNul(p, [p.b.load(8, base, offset), p.b.load(8, base, offset + 8)]);
          emit(p, ...words.map((word) => scalar(UINT64, word)));
        });
      }
    });
    const bytes = values.map((words) => new Uint8Array(BigUint64Array.from(words as bigint[]).buffer));
    expect(bytes.map((all) => [...all])).toEqual(
      texts.map((value) => {
        const encoded = [...new TextEncoder().encode(value)];
        return [...encoded, ...new Array<number>(16 - encoded.length).fill(0)];
      }),
    );
  });

  testWith(['loop'], 'searches', () => {
    const cases: [string, number, string][] = [
      ['hello world', 32, 'wor'],
      ['hello world', 32, 'hello world'],
      ['hello world', 32, 'xyz'],
      ['hello', 32, ''],
      ['ab', 2, 'ab'],
      ['', 8, 'a'],
      [LONG, 1024, 'lazy dog'],
      [LONG, 1024, 'lazy cat'],
      [LONG, 1024, 'dog\xee'],
    ];
    const encode = (value: string) => new TextEncoder().encode(value);
    const { values } = runProgram((p) => {
      for (const [value, size, needle] of cases) {
        p.scope(() =>
          emit(
            p,
            indexOfText(p, text(p, value, size), encode(needle)),
            containsText(p, text(p, value, size), encode(needle)),
          ),
        );
      }
    });
    expect(values).toEqual(
      cases.map(([value, , needle]) => [BigInt(value.indexOf(needle)), value.includes(needle) ? 1n : 0n]),
    );
  });
});
