// perf_event_open(2) as functions. Layout: struct perf_event_attr of include/uapi/linux/perf_event.h up to
// sample_max_stack (PERF_ATTR_SIZE_VER5, kernel 4.8).

import { Attr } from './attr.ts';
import type { Sys } from './sys.ts';

export const PerfType = { HARDWARE: 0, SOFTWARE: 1, TRACEPOINT: 2, HW_CACHE: 3, RAW: 4, BREAKPOINT: 5 } as const;

const ATTR_BYTES = 112;
const FLAG_INHERIT = 1n << 1n;
const FLAG_EXCLUDE_KERNEL = 1n << 5n;
const FLAG_FREQUENCY = 1n << 10n;

const IOC_ENABLE = 0x2400;
const IOC_SET_BPF = 0x40042408;

export interface PerfEvent {
  /** One of PerfType, or the number of a PMU from sysfs. */
  readonly type: number;
  readonly config: bigint;
  /** Occurrences from one hit to the next. */
  readonly period?: bigint;
  /** Hits a second, in place of a period. */
  readonly frequency?: bigint;
  /** Also for threads and children that the process makes later. */
  readonly inherit?: boolean;
  readonly excludeKernel?: boolean;
  readonly breakpointType?: number;
  /** Breakpoints: the address. Probes: a pointer to the name. */
  readonly config1?: bigint | Uint8Array;
  /** Breakpoints: the length. Probes: the offset. */
  readonly config2?: bigint;
}

/** Opens an event for a process (-1: all) on a CPU (-1: any). */
export function perfOpen(sys: Sys, event: PerfEvent, pid: number, cpu: number): number {
  const attr = new Attr(ATTR_BYTES).u32(event.type).u32(ATTR_BYTES).u64(event.config);
  attr
    .u64(event.frequency ?? event.period ?? 1n)
    .u64(0n)
    .u64(0n);
  attr
    .u64(flags(event))
    .u32(1)
    .u32(event.breakpointType ?? 0);
  if (event.config1 instanceof Uint8Array) attr.pointer(event.config1);
  else attr.u64(event.config1 ?? 0n);
  attr.u64(event.config2 ?? 0n).padTo(ATTR_BYTES);
  return sys.perfEventOpen(attr, pid, cpu);
}

function flags(event: PerfEvent): bigint {
  let value = 0n;
  if (event.inherit) value |= FLAG_INHERIT;
  if (event.excludeKernel) value |= FLAG_EXCLUDE_KERNEL;
  if (event.frequency !== undefined) value |= FLAG_FREQUENCY;
  return value;
}

export function perfEnable(sys: Sys, event: number): void {
  sys.ioctl(event, IOC_ENABLE, 0, 'PERF_EVENT_IOC_ENABLE');
}

/** Attaches a program to an event for as long as the event is open. The way of kernels before perf links (5.15). */
export function perfSetProgram(sys: Sys, event: number, program: number): void {
  sys.ioctl(event, IOC_SET_BPF, program, 'PERF_EVENT_IOC_SET_BPF');
}
