// The list of passes.

import type { Func } from './ir.ts';
import { simplifyBranches } from './passes/branches.ts';
import { shareCommon } from './passes/common.ts';
import { removeDeadCode } from './passes/dead-code.ts';
import { fold } from './passes/fold.ts';
import { forwardMemory } from './passes/memory.ts';
import { simplifyPhis } from './passes/phis.ts';
import { removeUnreachable } from './passes/unreachable.ts';
import { verifyIr } from './verify-ir.ts';

export interface OptimiseOptions {
  /** Check the intermediate form after each pass. */
  readonly verify?: boolean;
}

/** A pass changes a function in place and says whether it did. */
interface Pass {
  readonly name: string;
  readonly run: (func: Func) => boolean;
}

const FIRST: readonly Pass[] = [{ name: 'unreachable', run: removeUnreachable }];

const REPEATED: readonly Pass[] = [
  { name: 'phis', run: simplifyPhis },
  { name: 'fold', run: fold },
  { name: 'common', run: shareCommon },
  { name: 'memory', run: forwardMemory },
  { name: 'branches', run: simplifyBranches },
  { name: 'dead code', run: removeDeadCode },
];

/** What one round leaves, a few more find; nothing depends on the very last improvement. */
const MAX_ROUNDS = 8;

/** Makes a function smaller and faster, in place. */
export function optimise(func: Func, options: OptimiseOptions = {}): void {
  const run = ({ name, run }: Pass): boolean => {
    const changed = run(func);
    if (options.verify) verifyIr(func, name);
    return changed;
  };
  FIRST.forEach(run);
  if (options.verify) verifyIr(func);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    // All passes run in every round, whether or not one before changed anything.
    const changes = REPEATED.map(run);
    if (!changes.includes(true)) break;
  }
}
