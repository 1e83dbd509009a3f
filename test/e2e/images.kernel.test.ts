// Images run on other kernels than the one they were built on. The kernel matrix builds them on this machine and names their
// folder in BEETRACE_IMAGES when it runs this in a guest; elsewhere they are built here, for the oldest kernel too.

import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { featuresOf } from '../../src/engines/kernel/features.ts';
import { nativeSys } from '../../src/engines/kernel/sys/native.ts';
import { beetrace, whyNoBpf } from '../support/beetrace.ts';
import { events, exampleShows, functionShows } from '../support/examples.ts';

const reason = whyNoBpf();
const given = process.env['BEETRACE_IMAGES'];
const folder = given ?? mkdtempSync(join(tmpdir(), 'beetrace-images-'));

const features = featuresOf(nativeSys());

/** Why images of functions cannot run here. */
function lacks(script: string): string | undefined {
  const feature = script.startsWith('typed') ? 'fentry' : 'kprobe';
  return reason === undefined && !features.has(feature) ? `this kernel has no ${feature}` : undefined;
}

const shows: Readonly<Record<string, RegExp>> = { ...exampleShows, ...functionShows };
const scripts = Object.keys(shows).map(
  (script) => [script, `${script in functionShows ? 'test/kernels/functions' : 'examples'}/${script}`] as const,
);

describe.skipIf(reason)(`images built ${given ? 'on another kernel' : 'here'}${reason ? ` (${reason})` : ''}`, () => {
  beforeAll(async () => {
    if (given) return;
    for (const [script, path] of scripts) {
      const build = await beetrace(['build', path, '-o', join(folder, `${script}.image`), '0']);
      expect(build.stderr).toMatch(/^Wrote /);
    }
  });

  test('there is one of each script', () => {
    expect(readdirSync(folder).sort()).toEqual(scripts.map(([script]) => `${script}.image`).sort());
  });

  for (const [script] of scripts) {
    const missing = script in functionShows ? lacks(script) : undefined;
    test.skipIf(missing)(`${script}${missing ? ` (${missing})` : ''}`, async () => {
      const run = await beetrace([join(folder, `${script}.image`)], events);
      expect(run.stderr).not.toMatch(/ERROR/);
      expect(run.code).toBe(0);
      expect(run.stdout).toMatch(shows[script]!);
    });
  }
});
