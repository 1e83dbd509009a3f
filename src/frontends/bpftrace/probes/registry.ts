// All kinds of probes by their names.

import { nearest } from '../../../base/text.ts';
import { begin, end } from './begin.ts';
import { interval, profile } from './interval.ts';
import type { ProbeKind } from './kind.ts';
import { tracepoint } from './tracepoint.ts';

/** In the order in which `-l` and the help show them. */
export const probeKinds: readonly ProbeKind[] = [begin, end, interval, profile, tracepoint];

const BY_NAME = new Map(
  probeKinds.flatMap((kind) => [kind.name, ...kind.aliases].map((name) => [name, kind] as const)),
);

/** The kind that a provider names; case does not matter. */
export function findProbeKind(provider: string): ProbeKind | undefined {
  return BY_NAME.get(provider) ?? BY_NAME.get(provider.toLowerCase());
}

export function nearestProbeKind(provider: string): string | undefined {
  return nearest(
    provider.toLowerCase(),
    probeKinds.map((kind) => kind.name),
  );
}
