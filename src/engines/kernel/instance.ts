// A program as it stands in the kernel.

import type { TraceError } from '../../base/error.ts';
import type { AttachPoint, Program } from '../../image/index.ts';
import type { LoadedProgram } from './programs.ts';

/** A program as often as it must be loaded: tracing programs once for each target, others once. */
export interface Instance {
  /** Index in the Image. */
  readonly index: number;
  readonly program: Program;
  readonly attach: readonly AttachPoint[];
  /** Or why it could not be loaded for its target, which is a failure to attach and none of the program. */
  readonly loaded: LoadedProgram | TraceError;
}
