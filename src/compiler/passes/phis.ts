// Removes phis that choose between one value and themselves, and those that repeat another phi of their block.

import type { Func, Instruction } from '../ir.ts';
import { phisOf, Replacements } from './rewriter.ts';

/** In place; whether anything changed. */
export function simplifyPhis(func: Func): boolean {
  let changed = false;
  for (let again = true; again; ) {
    const replacements = new Replacements();
    for (const block of func.blocks) {
      const seen = new Map<string, Instruction>();
      for (const phi of phisOf(block)) {
        replacements.applyTo(phi);
        const same = soleOperand(phi) ?? seen.get(keyOf(phi));
        if (same) replacements.set(phi, same);
        else seen.set(keyOf(phi), phi);
      }
    }
    again = !replacements.empty;
    changed ||= again;
    replacements.apply(func);
  }
  return changed;
}

function soleOperand(phi: Instruction): Instruction | undefined {
  let sole: Instruction | undefined;
  for (const arg of phi.args) {
    if (arg === phi || arg === sole) continue;
    if (sole) return undefined;
    sole = arg;
  }
  return sole;
}

function keyOf(phi: Instruction): string {
  return phi.args.map(({ id }) => id).join();
}
