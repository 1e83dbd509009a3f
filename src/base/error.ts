// The two failures that are thrown: the world is not as needed (TraceError), and we are wrong (assert).
// What is wrong with a person's program is neither: it is a Diagnostic.

/** A failure of the world: no permission, an old kernel, a missing file. The message is one sentence. */
export class TraceError extends Error {
  /** A stable name for programs, such as `ERR_BPF_PERMISSION`. */
  readonly code: string;
  /** Ways out, each one sentence. */
  readonly hints: readonly string[];

  constructor(code: string, message: string, options: { cause?: unknown; hints?: readonly string[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TraceError';
    this.code = code;
    this.hints = options.hints ?? [];
  }
}

/** Throws when one of our own invariants does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug in beetrace: ${message}`);
}

/** For the end of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`bug in beetrace: unexpected ${JSON.stringify(value)}`);
}
