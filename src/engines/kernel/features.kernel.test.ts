import { release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type FeatureName, featuresOf } from './features.ts';
import { nativeSys } from './sys/native.ts';
import { whyNoBpf } from './testing/bpf-allowed.ts';

const reason = whyNoBpf();

/** What the configuration of a kernel may leave out, however new it is. */
const OPTIONAL: ReadonlySet<FeatureName> = new Set<FeatureName>([
  'kprobe',
  'uprobe',
  'kprobe-multi',
  'kprobe-session',
  'uprobe-multi',
  'override-return',
  'fentry',
]);

function atLeast(version: string): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

describe.skipIf(reason)(`features${reason ? ` (${reason})` : ''}`, () => {
  const features = reason === undefined ? featuresOf(nativeSys()).list() : [];

  test('a kernel has what its version promises', () => {
    for (const { name, since, available } of features) {
      if (!OPTIONAL.has(name) && atLeast(since)) expect([name, available]).toEqual([name, true]);
    }
  });

  test('multi links and sessions of kprobes need kprobes', () => {
    const has = new Map(features.map(({ name, available }) => [name, available]));
    if (has.get('kprobe') === false)
      expect([has.get('kprobe-multi'), has.get('kprobe-session')]).toEqual([false, false]);
  });

  test('probing leaves nothing open', () => {
    expect([...nativeSys().open]).toEqual([]);
  });
});
