// What is said about wrong scripts, word for word. messages.golden holds scripts, each behind `> ` (`\n` is a new line), and
// below each what is printed; `npm run bless` writes the outputs anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileText } from '../testing/scripts.ts';

const path = join(import.meta.dirname, 'messages.golden');

interface Case {
  readonly script: string;
  readonly expected: string;
}

function readCases(text: string): Case[] {
  return text
    .split(/^> /m)
    .slice(1)
    .map((block) => {
      const end = block.indexOf('\n');
      return { script: block.slice(0, end), expected: block.slice(end + 1) };
    });
}

function outputOf(script: string): string {
  return `${compileText(script.replaceAll('\\n', '\n').replaceAll('\\\n', '\\n')).messages}\n`;
}

const cases = readCases(readFileSync(path, 'utf8'));

if (process.env['BLESS'] === '1') {
  writeFileSync(path, cases.map(({ script }) => `> ${script}\n${outputOf(script)}`).join(''));
}

describe('messages', () => {
  for (const { script, expected } of readCases(readFileSync(path, 'utf8'))) {
    it(script, () => expect(outputOf(script)).toBe(expected));
  }

  it('are tested at all', () => expect(cases.length).toBeGreaterThan(80));
});
