// Where a vm engine's events come from. A source says which attach points it has and fires their programs; test events are the
// simplest one, live and recorded sources are others.

import { TraceError } from '../../base/error.ts';
import type { AttachPoint, Program } from '../../image/index.ts';
import type { EventInfo } from './event.ts';

/** One event for the programs of an attach point. */
export interface SourceEvent {
  /** The context, laid out as the kernel lays it out for the program's kind; zeroes when left out. */
  readonly context?: Uint8Array;
  /** A system call, for attach points of kind `syscalls` and tracepoints of system calls, instead of a context. */
  readonly syscall?: SyscallEvent;
  /** The packet, for programs that see one. */
  readonly data?: Uint8Array;
  readonly info?: EventInfo;
  readonly cpu?: number;
}

export interface SyscallEvent {
  readonly number: number;
  /** Up to six. */
  readonly parameters: readonly bigint[];
  /** At the exit. */
  readonly result?: bigint;
}

/** Runs the programs of an attach point. */
export type Fire = (event: SourceEvent) => void;

export interface EventSource {
  /**
   * Connects an attach point; the result disconnects it. `name` is how the probe was written.
   * @throws TraceError when the source has no such events.
   */
  attach(point: AttachPoint, name: string, program: Program, fire: Fire): () => void;
}

/** Events that a test makes up: every attach point can be attached, and `emit` fires it by the probe's name. */
export class TestSource implements EventSource {
  readonly #fires = new Map<string, Set<Fire>>();

  attach(_point: AttachPoint, name: string, _program: Program, fire: Fire): () => void {
    const fires = this.#fires.get(name) ?? new Set();
    this.#fires.set(name, fires.add(fire));
    return () => fires.delete(fire);
  }

  /** The names of probes that are attached. */
  get attached(): readonly string[] {
    return [...this.#fires].flatMap(([name, fires]) => (fires.size > 0 ? [name] : []));
  }

  /** Fires all programs of a probe; returns how many there were. */
  emit(name: string, event: SourceEvent = {}): number {
    const fires = this.#fires.get(name) ?? new Set();
    for (const fire of fires) fire(event);
    return fires.size;
  }
}

/** A source without events. */
export const noEvents: EventSource = {
  attach: (_point, name) => {
    throw new TraceError('ERR_ATTACH', `the vm has no source of events for ${name}`, {
      hints: ['begin, end, signal, interval and profile probes run without one'],
    });
  },
};
