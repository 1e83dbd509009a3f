// What text and JSON output have in common: the same facts, said in two ways.

import type { Diagnostic } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import type { MapTable } from './maps.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { ByteSink } from './report.ts';
import type { ValueFormat, ValueWriter } from './values/index.ts';

/** A problem that a program met: a helper that failed, or an operation that made no sense. */
export interface Problem {
  /** Empty when no helper failed. */
  readonly helper: string;
  readonly message: string;
  readonly severity: 'error' | 'warning';
  readonly returned: bigint;
  readonly span: Span | undefined;
}

export interface Presentation {
  /** Makes the writer of a printf record from the writer of its text. */
  printf(text: ValueWriter): ValueWriter;
  /** Makes the writer of a value that stands alone. */
  value(format: ValueFormat): ValueWriter;
  /** Makes the writer of joined strings. */
  join(text: ValueWriter): ValueWriter;
  /** Text that user space made: the time, the contents of a file, what a command printed. */
  text(type: 'time' | 'cat' | 'syscall', bytes: Uint8Array): void;
  /** What errorf or warnf say; `text` is reused after the call. */
  message(type: 'errorf' | 'warnf', span: Span | undefined, text: Uint8Array): void;
  map(table: MapTable): void;
  /** Comes before the maps at the end of a run. */
  beforeMaps(): void;
  problem(problem: Problem): void;
  attached(count: number): void;
  lost(count: bigint): void;
  diagnostic(diagnostic: Diagnostic): void;
}

/** The two streams of a run, kept in order where they meet on a terminal. */
export class Streams {
  readonly out: OutputBuffer;
  readonly #errors: OutputBuffer;

  constructor(output: ByteSink, errors: ByteSink) {
    this.out = new OutputBuffer(output);
    this.#errors = new OutputBuffer(errors, 1024);
  }

  /** Writes to the errors at once, after what was printed before. */
  error(text: string): void {
    this.out.flush();
    this.#errors.text(text);
    this.#errors.flush();
  }

  flush(): void {
    this.out.flush();
  }
}
