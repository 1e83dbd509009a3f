// profile and interval: timers of perf (PERF_COUNT_SW_CPU_CLOCK), on every CPU and on one.

import type { Rate } from '../../../image/index.ts';
import { integerValue } from '../parse/literals.ts';
import { type ListPattern, type Part, type ProbeInput, type ProbeKind, type ProbeListing, probeKind } from './kind.ts';
import { partInteger, wrongParts } from './parts.ts';

const UNITS = ['hz', 's', 'ms', 'us'] as const;
const NANOSECONDS = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n } as const;
/** The kernel's clock events cannot be closer; perf takes no more than 1 GHz anyway. */
const SHORTEST = 1000n;
/** A year: perf counts in 64 bits, but nobody waits that long. */
const LONGEST = 366n * 86_400n * 1_000_000_000n;

const FORMS = ['[s|ms|us|hz]:number', 'number(s|ms|us|m|h)'];

function timer(name: 'profile' | 'interval', alias: string, doc: string): ProbeKind {
  const shape = { name, forms: FORMS };
  return probeKind<Rate>({
    ...shape,
    aliases: [alias],
    doc,
    program: { kind: 'perf_event' },
    space: 'kernel',
    allows: ['ctx', 'reg', 'usermode'],
    returns: 0,
    pidFilter: name === 'profile' ? 'native' : 'none',
    parse(input) {
      if (input.parts.length === 1) return duration(input, input.parts[0]!);
      if (input.parts.length === 2) return inUnit(name, input, input.parts[0]!, input.parts[1]!);
      return wrongParts(shape, input, '1 or 2');
    },
    match(every, _env, input) {
      const attach = { kind: name, every };
      return [{ name: `${name}:${input.rest}`, attach, context: { kind: 'perf-event' }, shared: 'timer' }];
    },
    *list(_env, pattern: ListPattern): Generator<ProbeListing> {
      for (const unit of UNITS) if (pattern.matches(`${unit}:`)) yield { name: `${name}:${unit}:`, args: () => [] };
    },
  });
}

function inUnit(name: string, input: ProbeInput, unit: Part, part: Part): Rate | undefined {
  const known = UNITS.find((one) => one === unit.text);
  if (known === undefined) {
    input.diagnostics
      .error('attach-point', `${unit.text} is not an accepted unit of time`, unit.span)
      .hint(`units are ${UNITS.join(', ')}`);
    return undefined;
  }
  const value = partInteger(input, part, `${name} value`);
  if (value === undefined) return undefined;
  if (known !== 'hz') return inBounds(input, part, value * NANOSECONDS[known]);
  if (value > 0n && value <= 1_000_000n) return { hertz: Number(value) };
  input.diagnostics.error('attach-point', `${name} frequency must be between 1 and 1000000`, part.span);
  return undefined;
}

/** `100ms`; a bare number counts nanoseconds. */
function duration(input: ProbeInput, part: Part): Rate | undefined {
  const value = integerValue(part.text);
  if (typeof value === 'bigint') return inBounds(input, part, value);
  input.diagnostics
    .error('attach-point', `Invalid duration: ${part.text}`, part.span)
    .hint('a duration is written 1s, 100ms, 500us or s:1, ms:100, hz:99');
  return undefined;
}

function inBounds(input: ProbeInput, part: Part, nanoseconds: bigint): Rate | undefined {
  if (nanoseconds > LONGEST) {
    input.diagnostics
      .error('attach-point', `the interval of ${nanoseconds} ns is too long`, part.span)
      .hint('the longest is 366d');
    return undefined;
  }
  if (nanoseconds >= SHORTEST) return { nanoseconds };
  input.diagnostics
    .error('attach-point', `the interval of ${nanoseconds} ns is too short`, part.span)
    .hint('the shortest is 1us; a number without a unit counts nanoseconds');
  return undefined;
}

export const profile = timer('profile', 'p', 'Runs on every CPU at regular times: a sampling profiler.');
export const interval = timer('interval', 'i', 'Runs on one CPU at regular times, to print or to stop.');
