import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest, wildcard } from './text.ts';

describe('wildcard', () => {
  test.each([
    ['sched*', 'sched_switch', true],
    ['sched*', 'xsched', false],
    ['*read', 'vfs_read', true],
    ['sys_*_read', 'sys_enter_read', true],
    ['sys_*_read', 'sys_read', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'abbc', true],
    ['a*b*b', 'ab', false],
    ['*', '', true],
    ['a.c', 'abc', false],
  ])('%s on %s is %s', (pattern, name, expected) => {
    expect(wildcard(pattern)(name)).toBe(expected);
  });

  test('agrees with a regular expression', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (pattern, text) => {
        const name = text.replaceAll('*', 'c');
        expect(wildcard(pattern)(name)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name));
      }),
    );
  });
});

describe('nearest', () => {
  test.each([
    ['cout', ['count', 'sum', 'cat'], 'count'],
    ['pdi', ['pid', 'tid', 'uid'], 'pid'],
    ['comm', ['comm'], 'comm'],
    ['xyz', ['count', 'sum'], undefined],
    ['filenam', ['filename', 'flags'], 'filename'],
  ])('%s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test('the distance is symmetric and zero only for equal words', () => {
    const word = fc.string({ maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
