// What a kind of program may do: its context, packets, and what it returns. One object for each kind; the kinds are in
// registry.ts.

import type { VerifierInput } from '../input.ts';

/** An access to the context. */
export interface ContextAccess {
  readonly off: number;
  readonly size: number;
  readonly write: boolean;
  readonly signExtends: boolean;
}

export interface ProgramRules {
  /** Short name of the kind. */
  readonly kind: string;
  /** The type of what is read, or of what is written; undefined when the access is not allowed. */
  readonly context: (access: ContextAccess, input: VerifierInput) => number | undefined;
  /** Helpers may be given pointers into packets. */
  readonly packetRead: boolean;
  readonly packetWrite: boolean;
  /** LD_ABS and LD_IND are allowed. */
  readonly packetLoads: boolean;
  /** What it may return; anything when it answers undefined. */
  readonly returns?: (input: VerifierInput) => readonly [min: number, max: number] | undefined;
  /** It may be loaded without privileges. */
  readonly unprivileged: boolean;
  /** It may sleep when it is loaded so. */
  readonly maySleep: boolean;
}
