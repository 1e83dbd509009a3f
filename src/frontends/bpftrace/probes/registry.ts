// All kinds of probes by their names.

import { nearest } from '../../../base/text.ts';
import { begin, end } from './begin.ts';
import { fentry, fexit } from './fentry.ts';
import { interval, profile } from './interval.ts';
import { iter } from './iter.ts';
import type { ProbeKind } from './kind.ts';
import { kprobe, kretprobe } from './kprobe.ts';
import { hardware, software } from './perf.ts';
import { rawtracepoint } from './rawtracepoint.ts';
import { self } from './self.ts';
import { bench, test } from './testing.ts';
import { tracepoint } from './tracepoint.ts';
import { uprobe, uretprobe } from './uprobe.ts';
import { usdt } from './usdt.ts';
import { watchpoint } from './watchpoint.ts';

/** In the order in which `-l` and the help show them. */
export const probeKinds: readonly ProbeKind[] = [
  ...[begin, end, self, test, bench],
  ...[fentry, fexit, kprobe, kretprobe, uprobe, uretprobe, usdt],
  ...[tracepoint, rawtracepoint, iter, software, hardware, watchpoint],
  ...[interval, profile],
];

const BY_NAME = new Map(
  probeKinds.flatMap((kind) => [kind.name, ...kind.aliases].map((name) => [name, kind] as const)),
);

/** The kind that a provider names; case does not matter, except that a lone `U` is usdt and `u` is uprobe. */
export function findProbeKind(provider: string): ProbeKind | undefined {
  return provider === 'U' ? usdt : BY_NAME.get(provider.toLowerCase());
}

export function nearestProbeKind(provider: string): string | undefined {
  return nearest(
    provider.toLowerCase(),
    probeKinds.map((kind) => kind.name),
  );
}
