// What a machine asks of the world outside: times, and somewhere for what programs send out of it.

/** Nanoseconds of the kernel's clocks. */
export interface Clock {
  /** Since boot without suspension. */
  monotonic(): bigint;
  /** The same as a number, for those to whom a bigint costs too much: exact for the first 104 days. */
  nanoseconds?(): number;
  /** Since boot. */
  boot(): bigint;
  /** International atomic time. */
  tai(): bigint;
}

export interface Host {
  readonly clock: Clock;
  /** Ticks a second of jiffies64. */
  readonly hz: number;
  /** bpf_trace_printk: a line, with its newline. */
  trace(text: string): void;
  /** bpf_perf_event_output and its like: a record for one CPU's buffer of a perf event array. */
  perfOutput(map: number, cpu: number, data: Uint8Array): void;
  /** bpf_send_signal: 0 or a negative error number. */
  signal(signal: number, target: 'process' | 'thread'): number;
  /** bpf_override_return: the traced function is to return this at once. */
  overrideReturn(value: bigint): void;
  /** bpf_seq_write and bpf_seq_printf. */
  sequence(bytes: Uint8Array): void;
  /** A ring buffer got a record whose flags ask for its consumer to be woken. */
  ringWakeup(map: number): void;
}

const NANOSECONDS = 1_000_000;

/** Clocks made from performance.now(), whose zero is when the process began. */
export function portableClock(): Clock {
  const nanoseconds = (): number => Math.round(performance.now() * NANOSECONDS);
  const now = (): bigint => BigInt(nanoseconds());
  // International atomic time is 37 seconds ahead of UTC since 2017.
  const tai = (): bigint => BigInt(Math.round(performance.timeOrigin * NANOSECONDS)) + now() + 37_000_000_000n;
  return { monotonic: now, nanoseconds, boot: now, tai };
}

/** A host that throws away what programs send, with the means that are the same everywhere. */
export function portableHost(changes: Partial<Host> = {}): Host {
  const nothing = (): void => {};
  return {
    clock: portableClock(),
    hz: 250,
    trace: nothing,
    perfOutput: nothing,
    signal: () => 0,
    overrideReturn: nothing,
    sequence: nothing,
    ringWakeup: nothing,
    ...changes,
  };
}
