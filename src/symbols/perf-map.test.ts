import { expect, it } from 'vitest';
import { utf8Bytes } from '../base/bytes.ts';
import { PerfMap } from './perf-map.ts';

const parse = (text: string): PerfMap => PerfMap.parse(utf8Bytes(text));

it('names generated code', () => {
  const map = parse('7f00 40 LazyCompile:*add /app/index.js:1\n0x7f80 0x10 Stub:name with spaces\n\nnonsense\n');
  expect(map.count).toBe(2);
  expect(map.at(0x7f00)).toEqual({ name: 'LazyCompile:*add /app/index.js:1', offset: 0 });
  expect(map.at(0x7f3f)?.offset).toBe(0x3f);
  expect(map.at(0x7f40)).toBeUndefined();
  expect(map.at(0x7f8f)).toEqual({ name: 'Stub:name with spaces', offset: 15 });
  expect(map.at(0x7eff)).toBeUndefined();
});

it('believes the last line about an address', () => {
  const map = parse('1000 100 old\n1080 80 other\n1040 100 new\n');
  expect(map.at(0x1010)?.name).toBe('old');
  expect(map.at(0x1050)?.name).toBe('new');
  expect(map.at(0x1090)?.name).toBe('new');
  expect(parse('1000 10 first\n1000 10 second\n').at(0x1001)?.name).toBe('second');
});

it('can be empty', () => {
  expect(parse('').at(0)).toBeUndefined();
});
