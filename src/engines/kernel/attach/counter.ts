// Software and hardware events: names, other names, and after how many occurrences a probe runs when the script does not
// say. Numbers: enum perf_sw_ids and perf_hw_id of include/uapi/linux/perf_event.h.

import { nearest } from '../../../base/text.ts';
import { PerfType } from '../sys/perf.ts';
import { type Attach, cannotAttach } from './attach.ts';
import { openEverywhere } from './perf-event.ts';
import { linkEvents } from './perf-link.ts';

export interface CounterEvent {
  readonly config: number;
  readonly aliases: readonly string[];
  /** Occurrences from one hit to the next where none are given. */
  readonly every: bigint;
}

export const softwareEvents: Readonly<Record<string, CounterEvent>> = {
  'cpu-clock': { config: 0, aliases: ['cpu'], every: 1_000_000n },
  'task-clock': { config: 1, aliases: [], every: 1_000_000n },
  'page-faults': { config: 2, aliases: ['faults'], every: 100n },
  'context-switches': { config: 3, aliases: ['cs'], every: 1000n },
  'cpu-migrations': { config: 4, aliases: [], every: 1n },
  'minor-faults': { config: 5, aliases: [], every: 100n },
  'major-faults': { config: 6, aliases: [], every: 1n },
  'alignment-faults': { config: 7, aliases: [], every: 1n },
  'emulation-faults': { config: 8, aliases: [], every: 1n },
  dummy: { config: 9, aliases: [], every: 1n },
  'bpf-output': { config: 10, aliases: [], every: 1n },
};

export const hardwareEvents: Readonly<Record<string, CounterEvent>> = {
  'cpu-cycles': { config: 0, aliases: ['cycles'], every: 1_000_000n },
  instructions: { config: 1, aliases: [], every: 1_000_000n },
  'cache-references': { config: 2, aliases: [], every: 1_000_000n },
  'cache-misses': { config: 3, aliases: [], every: 1_000_000n },
  'branch-instructions': { config: 4, aliases: ['branches'], every: 100_000n },
  'branch-misses': { config: 5, aliases: [], every: 100_000n },
  'bus-cycles': { config: 6, aliases: [], every: 100_000n },
  'frontend-stalls': { config: 7, aliases: [], every: 1_000_000n },
  'backend-stalls': { config: 8, aliases: [], every: 1_000_000n },
  'ref-cycles': { config: 9, aliases: [], every: 1_000_000n },
};

/** The event of a name or another name for it. */
export function findCounterEvent(type: 'software' | 'hardware', name: string): CounterEvent | undefined {
  const events = type === 'software' ? softwareEvents : hardwareEvents;
  return events[name] ?? Object.values(events).find((event) => event.aliases.includes(name));
}

export const attachCounter: Attach<'perf'> = (program, attach, context) => {
  const event = findCounterEvent(attach.type, attach.event);
  if (!event) throw unknownEvent(attach.type, attach.event);
  const type = attach.type === 'software' ? PerfType.SOFTWARE : PerfType.HARDWARE;
  const period = attach.count > 0n ? attach.count : event.every;
  const events = openEverywhere({ type, config: BigInt(event.config), period }, context);
  return linkEvents(context, program, events, attach.probe);
};

function unknownEvent(type: 'software' | 'hardware', name: string): Error {
  const near = nearest(name, Object.keys(type === 'software' ? softwareEvents : hardwareEvents));
  return cannotAttach(
    `there is no ${type} event '${name}'`,
    ...(near === undefined ? [] : [`did you mean '${near}'?`]),
  );
}
