// Timers of programs: a struct bpf_timer in a map's value is known by its address. Whoever runs programs asks what is due.
// Kernel: bpf_timer_* in kernel/bpf/helpers.c (5.15).

import { EBUSY, EINVAL } from './errno.ts';
import type { LoadedProgram } from './program.ts';

export interface Timer {
  /** Of the struct. */
  readonly address: number;
  /** Descriptor of the map, address of the key's copy and of the value: the callback's arguments. */
  readonly map: number;
  readonly clock: number;
  program?: LoadedProgram;
  /** Slot of the callback. */
  callback?: number;
  /** Nanoseconds of the monotonic clock; undefined when it is not started. */
  due?: bigint;
}

export class Timers {
  readonly #timers = new Map<number, Timer>();

  init(address: number, map: number, clock: number): number {
    if (this.#timers.has(address)) return -EBUSY;
    this.#timers.set(address, { address, map, clock });
    return 0;
  }

  setCallback(address: number, program: LoadedProgram, callback: number): number {
    const timer = this.#timers.get(address);
    if (!timer) return -EINVAL;
    timer.program = program;
    timer.callback = callback;
    return 0;
  }

  start(address: number, due: bigint): number {
    const timer = this.#timers.get(address);
    if (timer?.callback === undefined) return -EINVAL;
    timer.due = due;
    return 0;
  }

  /** 1 when it was started, 0 when not. */
  cancel(address: number): number {
    const timer = this.#timers.get(address);
    if (!timer) return -EINVAL;
    const wasStarted = timer.due !== undefined;
    delete timer.due;
    return wasStarted ? 1 : 0;
  }

  /** The next timer that is due at a time; it counts as stopped then, and its callback may start it again. */
  takeDue(now: bigint): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.due !== undefined && timer.due <= now && (first?.due === undefined || timer.due < first.due))
        first = timer;
    }
    if (first) delete first.due;
    return first;
  }

  /** When the next one is due, or undefined. */
  get nextDue(): bigint | undefined {
    let next: bigint | undefined;
    for (const { due } of this.#timers.values())
      if (due !== undefined && (next === undefined || due < next)) next = due;
    return next;
  }
}
