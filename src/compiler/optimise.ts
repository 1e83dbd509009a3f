// The list of passes.

import type { Func } from './ir.ts';
import { removeDeadCode } from './passes/dead-code.ts';
import { removeUnreachable } from './passes/unreachable.ts';

export interface OptimiseOptions {
  /** Check the intermediate form after each pass. */
  readonly verify?: boolean;
}

/** Makes a function smaller and faster, in place. */
export function optimise(func: Func, _options: OptimiseOptions = {}): void {
  removeUnreachable(func);
  removeDeadCode(func);
}
