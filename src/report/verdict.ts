// Numbers that can be trusted: whether a run missed anything, what, how much and where. Silence means complete.

import type { Counter, Image } from '../image/index.ts';

export interface Verdict {
  /** Records that found the ring buffer full. */
  readonly lost: bigint;
  /** Empty when nothing was missed, else one line. */
  readonly messages: readonly string[];
}

/** What each counter of a loss says, with the number before it. */
const LOSSES: readonly { readonly counter: Counter; readonly one: string; readonly many: string }[] = [
  {
    counter: 'lost',
    one: 'event was lost because the ring buffer was full',
    many: 'events were lost because the ring buffer was full',
  },
  { counter: 'mapFailed', one: 'update of a map failed', many: 'updates of maps failed' },
  { counter: 'faults', one: 'read of memory failed', many: 'reads of memory failed' },
  { counter: 'cut', one: 'string was cut', many: 'strings were cut' },
];

/** Judges a run by the counters of its programs, in the order of `image.programs`. */
export function verdict(image: Image, counters: readonly Readonly<Record<Counter, bigint>>[]): Verdict {
  const parts: string[] = [];
  for (const { counter, one, many } of LOSSES) {
    const found = image.programs.flatMap((_program, index) => {
      const count = counters[index]?.[counter] ?? 0n;
      return count > 0n ? [{ count, probe: probeName(image, index) }] : [];
    });
    const total = found.reduce((sum, { count }) => sum + count, 0n);
    if (total > 0n) parts.push(`${total} ${total === 1n ? one : many} (${places(found)})`);
  }
  const lost = counters.reduce((sum, counter) => sum + counter.lost, 0n);
  return { lost, messages: parts.length === 0 ? [] : [`This run is not complete: ${parts.join('; ')}.`] };
}

interface Place {
  readonly probe: string;
  readonly count: bigint;
}

const NAMED_PLACES = 3;

/** The probes with the largest losses; each with its share when there are several. */
function places(found: readonly Place[]): string {
  if (found.length === 1) return found[0]!.probe;
  const sorted = [...found].sort((a, b) => (a.count > b.count ? -1 : a.count < b.count ? 1 : 0));
  const named = sorted.slice(0, NAMED_PLACES).map(({ probe, count }) => `${probe}: ${count}`);
  const rest = sorted.length - named.length;
  return rest === 0 ? named.join(', ') : `${named.join(', ')} and ${rest} more`;
}

function probeName(image: Image, program: number): string {
  const { attach, name } = image.programs[program]!;
  const names = [...new Set(attach.map(({ probe }) => image.probes[probe]))].filter((probe) => probe !== undefined);
  const [first] = names;
  if (first === undefined) return name;
  return names.length === 1 ? first : `${first} and ${names.length - 1} more`;
}
