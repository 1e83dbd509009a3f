// What becomes of the probes of a script on one machine: programs, each for one or more places.

import type { Probe } from '../ast.ts';
import type { Attachment, Match, ProbeContext, ProbeKind } from './kind.ts';

/** One BPF program: the body of a probe for one or more places. */
export interface ProgramPlan {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly context: ProbeContext;
  /** The kernel's program type, and the attach type where it needs one. */
  readonly program: { readonly kind: string; readonly attachKind?: string };
  readonly places: readonly Place[];
}

export interface Place {
  /** The label that the script gave, or the full name of the place. */
  readonly name: string;
  /** The names of all system calls of a `syscalls` place, in the order of its list. */
  readonly names?: readonly string[];
  readonly attach: Attachment;
}

/** A match with the kind that made it. */
export interface PlacedMatch extends Match {
  readonly kind: ProbeKind;
}
