// What this system and its kernel offer, for --info: facts of the system, and every feature that the kernel engine may use
// with the first kernel that has it. Nothing is attached.

import { existsSync } from 'node:fs';
import { arch, release, version } from 'node:os';
import { type FeatureName, featuresOf } from '../engines/kernel/features.ts';
import { nativeSys } from '../engines/kernel/sys/native.ts';

export interface InfoSection {
  readonly title: string;
  readonly lines: readonly string[];
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Which features are ways to attach probes; the others are of the kernel at large. */
const PROBE_TYPES: ReadonlySet<FeatureName> = new Set([
  'kprobe',
  'kprobe-multi',
  'kprobe-session',
  'fentry',
  'uprobe',
  'uprobe-multi',
]);

/** All that is known, by sections. `build` adds lines about the program itself. */
export function systemInfo(build: readonly string[]): InfoSection[] {
  const features = featuresOf(nativeSys()).list();
  const line = (one: (typeof features)[number]) =>
    `${one.title}: ${one.available ? 'yes' : `no (Linux ${one.since} and newer can have it)`}`;
  const isProbe = (one: (typeof features)[number]) => PROBE_TYPES.has(one.name);
  return [
    { title: 'System', lines: [`OS: Linux ${release()} ${version()}`, `Arch: ${ARCHITECTURES[arch()] ?? arch()}`] },
    { title: 'Build', lines: build },
    {
      title: 'Kernel features',
      lines: [
        `BTF: ${existsSync('/sys/kernel/btf/vmlinux') ? 'yes' : 'no'}`,
        ...features.filter((one) => !isProbe(one)).map(line),
      ],
    },
    { title: 'Probe types', lines: features.filter(isProbe).map(line) },
  ];
}
