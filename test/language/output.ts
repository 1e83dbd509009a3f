// Compares what a case of the language suite printed with what it should print.

import { expect } from 'vitest';

/** Two newlines separate what records printed from the maps at the end; the cases leave them out. */
export function expectOutput(text: string, expected: string | RegExp, exact: boolean): void {
  const readings = exact ? [text] : withoutGap(text);
  const matches = (reading: string) => (typeof expected === 'string' ? reading === expected : expected.test(reading));
  // Compared again only to show the difference.
  if (!readings.some(matches)) expect(readings.at(-1) ?? text).toEqual(expected);
}

function withoutGap(text: string): string[] {
  const readings: string[] = [];
  for (let at = text.indexOf('\n\n'); at !== -1; at = text.indexOf('\n\n', at + 1)) {
    readings.push(text.slice(0, at) + text.slice(at + 2));
  }
  return readings;
}
