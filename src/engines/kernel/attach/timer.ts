// Probes that run at a rate: `profile` samples every CPU, `interval` is a clock on one.

import type { Rate } from '../../../image/index.ts';
import { type PerfEvent, PerfType } from '../sys/perf.ts';
import type { Attach } from './attach.ts';
import { openEverywhere, openOnOneCpu } from './perf-event.ts';
import { linkEvents } from './perf-link.ts';

/** enum perf_sw_ids: a timer that runs also while the CPU is idle. */
const CPU_CLOCK = 0n;

function clockEvent(every: Rate): PerfEvent {
  const rate = 'hertz' in every ? { frequency: BigInt(every.hertz) } : { period: every.nanoseconds };
  return { type: PerfType.SOFTWARE, config: CPU_CLOCK, ...rate };
}

export const attachProfile: Attach<'profile'> = (program, attach, context) =>
  linkEvents(context, program, openEverywhere(clockEvent(attach.every), context), attach.probe);

export const attachInterval: Attach<'interval'> = (program, attach, context) =>
  linkEvents(context, program, openOnOneCpu(clockEvent(attach.every), context), attach.probe);
