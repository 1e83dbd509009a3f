// What an engine is: something that runs an Image. The session drives it and knows nothing else about it.

import type { AttachPoint, Counter, Image, MapSnapshot, RecordHandler } from '../image/index.ts';

export interface LoadOptions {
  /** Process that was asked for with -p, or undefined. Also restricts uprobes, USDT, perf events. */
  readonly targetPid?: number;
  /** Process started with -c, or undefined. */
  readonly childPid?: number;
  /** Keep the verifier's log also when it accepts, for -v. */
  readonly verbose?: boolean;
}

export interface Engine {
  /** `kernel` or `vm`. */
  readonly name: string;
  /**
   * Creates the maps, resolves the relocations and loads the programs. Nothing runs yet.
   * @throws TraceError when the machine does not allow it or lacks something; VerifierError when a program is rejected.
   */
  load(image: Image, options: LoadOptions): LoadedImage;
}

/** One place where a program could not be attached. */
export interface AttachFailure {
  readonly program: number;
  readonly attach: AttachPoint;
  readonly message: string;
  readonly hints: readonly string[];
}

/** An Image that is loaded; closing it removes everything that it put into the kernel. */
export interface LoadedImage {
  /** Runs every program with an attach point of that kind once, in order; records appear in the ring. */
  run(kind: 'begin' | 'end'): void;
  /** The same for those that wait for a signal. */
  runSignal(signal: string): void;
  /** Attaches all other attach points; returns those that failed. The rest stays attached. */
  attach(): AttachFailure[];
  /** Number of attach points that are attached now, begin and end included. */
  readonly attachedCount: number;
  /** Detaches all; maps and the ring stay readable. */
  detach(): void;
  /** Hands out the records that are in the ring now, at most `limit`; returns how many there were. */
  drain(handler: RecordHandler, limit?: number): number;
  /** Resolves when there may be records, or after the time, or at once after `wake`. Never blocks the main thread. */
  wait(milliseconds: number): Promise<void>;
  /** Ends a `wait` early. */
  wake(): void;
  readMap(map: number): MapSnapshot;
  /** Deletes all entries (`clear`); array kinds get zeroes. */
  clearMap(map: number): void;
  /** Sets all values to zero, keys stay (`zero`). */
  zeroMap(map: number): void;
  updateMap(map: number, key: Uint8Array, value: Uint8Array): void;
  /** What iterator programs write (seq_printf), each program run once; a piece is valid until the next. */
  iterate?(): Iterable<Uint8Array>;
  /** The verifier's logs of accepted programs, where LoadOptions.verbose asked for them. */
  readonly logs?: readonly { readonly program: string; readonly log: string }[];
  /** Counters of each program, summed over CPUs, in the order of `image.programs`. */
  counters(): Record<Counter, bigint>[];
  /** Idempotent. */
  close(): void;
}
