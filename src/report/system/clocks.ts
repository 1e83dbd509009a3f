// What wall time the clocks of the kernel began at. Node gives CLOCK_MONOTONIC exactly and wall time in milliseconds;
// the rest is measured or read from the kernel's list of timers.

import { readFileSync } from 'node:fs';
import type { ClockMode } from '../../image/index.ts';

const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;
/** Distances from CLOCK_MONOTONIC in nanoseconds. */
export interface ClockOffsets {
  /** Time that the machine was suspended. */
  readonly boot: bigint;
  /** International Atomic Time minus wall time: 0 until somebody tells the kernel. */
  readonly tai: bigint;
}

/** Wall-clock nanoseconds since 1970 of each clock's zero, measured once. */
export function clockZeroes(): (clock: ClockMode) => bigint {
  let zeroes: Record<ClockMode, bigint> | undefined;
  return (clock) => {
    zeroes ??= measureZeroes();
    return zeroes[clock];
  };
}

function measureZeroes(): Record<ClockMode, bigint> {
  const shift = namespaceOffsets(tryRead('/proc/self/timens_offsets'));
  const monotonic = wallAtMonotonicZero() + shift.monotonic;
  const offsets = parseTimerList(tryRead('/proc/timer_list')) ?? { boot: suspendedTime(), tai: 0n };
  return { monotonic, boot: monotonic - offsets.boot, tai: -offsets.tai, sw_tai: -offsets.tai };
}

/** Edges of the wall clock's milliseconds that are looked at; the best one counts. */
const EDGES = 3;

/**
 * Wall time minus CLOCK_MONOTONIC. Just when the wall clock's millisecond changes it is known exactly; being late makes
 * the difference too small, never too large, so the largest of several is the best.
 */
function wallAtMonotonicZero(): bigint {
  let best: bigint | undefined;
  for (let edge = 0; edge < EDGES; edge++) {
    const before = Date.now();
    let wall = before;
    let monotonic = 0n;
    // Both are read in turn also while nothing changes: the first calls of a function are slow.
    while (wall === before) {
      wall = Date.now();
      monotonic = process.hrtime.bigint();
    }
    const difference = BigInt(wall) * MILLISECOND - monotonic;
    if (best === undefined || difference > best) best = difference;
  }
  return best!;
}

/**
 * The clocks of a CPU as /proc/timer_list shows them (only root may read it): 0 monotonic, 1 wall, 2 boot, 3 TAI
 * (enum hrtimer_base_type of include/linux/hrtimer_defs.h, the same since Linux 3.10).
 */
export function parseTimerList(text: string): ClockOffsets | undefined {
  const offset = (clock: number) => {
    const found = new RegExp(`^ clock ${clock}:\\n(?: {2}\\..*\\n)*? {2}\\.offset: +(\\d+) nsecs`, 'm').exec(text);
    return found ? BigInt(found[1]!) : undefined;
  };
  const [wall, boot, tai] = [offset(1), offset(2), offset(3)];
  if (wall === undefined || boot === undefined || tai === undefined) return undefined;
  return { boot, tai: tai - wall };
}

/** The time namespace's `monotonic S NS` and `boottime S NS`: what it adds to the clocks of the machine. */
export function namespaceOffsets(text: string): { monotonic: bigint } {
  const found = /^monotonic\s+(-?\d+)\s+(\d+)/m.exec(text);
  return { monotonic: found ? BigInt(found[1]!) * SECOND + BigInt(found[2]!) : 0n };
}

/** /proc/uptime is CLOCK_BOOTTIME, but only in hundredths of a second. */
const UPTIME_STEP = 10n * MILLISECOND;

function suspendedTime(): bigint {
  const difference = uptime() - process.hrtime.bigint();
  // A machine that never slept differs by less than a step: then both clocks are one.
  if (difference < 2n * UPTIME_STEP) return 0n;
  const before = uptime();
  let now = before;
  while (now === before) now = uptime();
  return now - process.hrtime.bigint();
}

function uptime(): bigint {
  const found = /^(\d+)\.(\d\d)/.exec(tryRead('/proc/uptime'));
  return found ? BigInt(found[1]! + found[2]!) * UPTIME_STEP : process.hrtime.bigint();
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
