import { describe, expect, it } from 'vitest';
import { findWord, wordNames, words } from './index.ts';

describe('words', () => {
  it('have names of their own', () => {
    expect(new Set(wordNames()).size).toBe(words.length);
  });

  it.each(words.map((word) => [word.name, word] as const))('%s says what it is', (name, word) => {
    expect(word.doc).toMatch(/^[A-Z0-9].*\.$/s);
    if (name !== 'argN') expect(word.signature.startsWith(name)).toBe(true);
    const [min, max] = word.args ?? [0, 0];
    expect(min).toBeLessThanOrEqual(max);
    if (word.kind === 'value') expect(min).toBe(0);
    if (min > 0) expect(word.signature).toContain('(');
  });

  it('come in families', () => {
    expect(findWord('arg0')?.name).toBe('argN');
    expect(findWord('arg12')?.name).toBe('argN');
    expect(findWord('argx')).toBeUndefined();
  });
});
