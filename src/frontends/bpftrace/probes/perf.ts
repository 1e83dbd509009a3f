// software and hardware: events that perf counts (include/uapi/linux/perf_event.h, enum perf_sw_ids and perf_hw_id).
// A program runs each time when an event has happened so many times on a CPU.

import { nearest } from '../../../base/text.ts';
import type { Environment } from '../../../compiler/environment.ts';
import { type ListPattern, type ProbeKind, type ProbeListing, probeKind } from './kind.ts';
import { partInteger, wrongParts } from './parts.ts';

/** An event with its other name and the count that is used when none is written. */
interface PerfEvent {
  readonly name: string;
  readonly alias?: string;
  readonly count: bigint;
}

const SOFTWARE: readonly PerfEvent[] = [
  { name: 'alignment-faults', count: 1n },
  { name: 'bpf-output', count: 1n },
  { name: 'context-switches', alias: 'cs', count: 1000n },
  { name: 'cpu-clock', alias: 'cpu', count: 1_000_000n },
  { name: 'cpu-migrations', count: 1n },
  { name: 'dummy', count: 1n },
  { name: 'emulation-faults', count: 1n },
  { name: 'major-faults', count: 1n },
  { name: 'minor-faults', count: 100n },
  { name: 'page-faults', alias: 'faults', count: 100n },
  { name: 'task-clock', count: 1_000_000n },
];

const HARDWARE: readonly PerfEvent[] = [
  { name: 'backend-stalls', count: 1_000_000n },
  { name: 'branch-instructions', alias: 'branches', count: 100_000n },
  { name: 'branch-misses', count: 100_000n },
  { name: 'bus-cycles', count: 100_000n },
  { name: 'cache-misses', count: 1_000_000n },
  { name: 'cache-references', count: 1_000_000n },
  { name: 'cpu-cycles', alias: 'cycles', count: 1_000_000n },
  { name: 'frontend-stalls', count: 1_000_000n },
  { name: 'instructions', count: 1_000_000n },
  { name: 'ref-cycles', count: 1_000_000n },
];

interface Target {
  readonly event: string;
  readonly count: bigint;
}

function counter(name: 'software' | 'hardware', alias: string, events: readonly PerfEvent[], doc: string): ProbeKind {
  const shape = { name, forms: ['event[:count]'] };
  const names = events.flatMap((event) => (event.alias === undefined ? [event.name] : [event.name, event.alias]));
  return probeKind<Target>({
    ...shape,
    aliases: [alias],
    doc,
    program: { kind: 'perf_event' },
    space: 'kernel',
    allows: ['ctx', 'reg', 'usermode'],
    returns: 0,
    pidFilter: 'native',
    parse(input) {
      const [written, count, ...more] = input.parts;
      if (!written?.text || more.length > 0) return wrongParts(shape, input, '1 or 2');
      const event = events.find((one) => one.name === written.text || one.alias === written.text);
      if (!event) {
        const meant = nearest(written.text, names);
        input.diagnostics
          .error('attach-point', `${written.text} is not a ${name} probe`, written.span)
          .hint(meant === undefined ? `events are ${names.join(', ')}` : `did you mean '${meant}'?`);
        return undefined;
      }
      if (!count?.text) return { event: event.name, count: event.count };
      const value = partInteger(input, count, `${name} count`);
      if (value === 0n) input.diagnostics.error('attach-point', `${name} count must not be 0`, count.span);
      return value ? { event: event.name, count: value } : undefined;
    },
    match({ event, count }, _env, input) {
      const attach = { kind: 'perf', type: name, event, count } as const;
      return [{ name: `${name}:${input.rest}`, attach, context: { kind: 'perf-event' }, shared: 'perf' }];
    },
    *list(_env: Environment, pattern: ListPattern): Generator<ProbeListing> {
      for (const event of names) {
        if (pattern.matches(event) || pattern.matches(`${event}:`)) yield { name: `${name}:${event}:`, args: () => [] };
      }
    },
  });
}

export const software = counter('software', 's', SOFTWARE, 'Events that the kernel counts for perf: faults, switches.');
export const hardware = counter('hardware', 'h', HARDWARE, 'Events that the processor counts: cycles, cache misses.');
