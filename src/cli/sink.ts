// Byte sinks over file descriptors. Writing is synchronous: what a run printed is out before it ends, whatever ends it.

import { closeSync, openSync, writeSync } from 'node:fs';
import { TraceError } from '../base/error.ts';
import { systemReason } from '../base/system-reason.ts';
import type { ByteSink } from '../report/index.ts';

export class DescriptorSink implements ByteSink {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      try {
        done += writeSync(this.#descriptor, bytes, done);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // A pipe whose reader is slow is full for a moment when someone made it non-blocking.
        if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
        else if (code === 'EPIPE') throw new BrokenPipe();
        else
          throw new TraceError('ERR_OUTPUT', `The output cannot be written: ${systemReason(error)}.`, { cause: error });
      }
    }
  }

  close(): void {
    if (this.#descriptor > 2) closeSync(this.#descriptor);
  }
}

/** The reader of the output went away: the run ends, and that is no failure. */
export class BrokenPipe extends Error {}

/** A sink for what goes to a person: that it cannot be written is no reason to end a run, nor could it be said. */
export class MessageSink extends DescriptorSink {
  override write(bytes: Uint8Array): void {
    try {
      super.write(bytes);
    } catch {
      // Nobody is listening.
    }
  }
}

/** A sink for a new file. */
export function fileSink(path: string): DescriptorSink {
  try {
    return new DescriptorSink(openSync(path, 'w'));
  } catch (cause) {
    throw new TraceError('ERR_OUTPUT', `The output file '${path}' cannot be written: ${systemReason(cause)}.`, {
      cause,
    });
  }
}
