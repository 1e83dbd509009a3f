// What goes into the making of a context, and what comes out.

/** What a run begins with. */
export interface ContextInput {
  /** Packet bytes. */
  readonly data?: Uint8Array;
  /** The context as user space sees it: struct __sk_buff, struct xdp_md, arguments, registers, a record. */
  readonly context?: Uint8Array;
}

/** A context that is in linear memory. */
export interface PreparedContext {
  readonly address: number;
  /** What r2 is at the beginning. */
  readonly r2?: bigint;
  /** The packet and the context after the run, where the kind has them. */
  finish(): { readonly data?: Uint8Array; readonly context?: Uint8Array };
  /** Gives the memory back. */
  close(): void;
}

/** A context that cannot be. */
export class ContextError extends Error {
  /** Positive, as in errno. */
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.name = 'ContextError';
    this.errno = errno;
  }
}
