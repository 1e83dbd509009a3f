// The language suite on the running kernel, through the command as a person runs it.

import { describe, expect, test } from 'vitest';
import { beetrace, kernelAtLeast, whyNoBpf } from '../support/beetrace.ts';
import { languageSuite } from './index.ts';
import { expectOutput } from './output.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: language suite on the kernel: ${reason}\n`);

for (const [topic, cases] of Object.entries(languageSuite)) {
  describe.skipIf(reason)(topic, () => {
    for (const one of cases) {
      const tooOld = one.kernel !== undefined && !kernelAtLeast(one.kernel);
      test.skipIf(tooOld)(`${one.name}${tooOld ? ` (needs Linux ${one.kernel})` : ''}`, async () => {
        const run = await beetrace([...(one.options ?? ['-q']), '-e', one.script, ...(one.args ?? [])]);
        if (one.errors) expect(run.stderr).toMatch(one.errors);
        else expect(run.stderr).toBe('');
        expectOutput(run.stdout, one.prints, one.options !== undefined);
        expect(run.code).toBe(one.code ?? 0);
      });
    }
  });
}
