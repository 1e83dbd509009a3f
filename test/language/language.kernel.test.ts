// The language suite on the running kernel, through the command as a person runs it.

import { describe, expect, test } from 'vitest';
import { beetrace, kernelAtLeast, whyNoBpf } from '../support/beetrace.ts';
import { languageSuite } from './index.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: language suite on the kernel: ${reason}\n`);

for (const [topic, cases] of Object.entries(languageSuite)) {
  describe.skipIf(reason)(topic, () => {
    for (const one of cases) {
      test.skipIf(one.kernel !== undefined && !kernelAtLeast(one.kernel))(one.name, async () => {
        const run = await beetrace([...(one.options ?? ['-q']), '-e', one.script, ...(one.args ?? [])]);
        if (one.errors) expect(run.stderr).toMatch(one.errors);
        else expect(run.stderr).toBe('');
        expectOutput(run.stdout, one.prints, one.options !== undefined);
        expect(run.code).toBe(one.code ?? 0);
      });
    }
  });
}

/** Two newlines separate what records printed from the maps at the end; the cases leave them out. */
function expectOutput(text: string, expected: string | RegExp, exact: boolean): void {
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
