// What the program of a probe uses, as far as it decides how many programs there must be.

import type { Expression, Macro, Probe } from '../ast.ts';
import { walkBlock, walkExpression } from '../walk.ts';
import type { ProbeUses } from './kind.ts';

export const USES_NOTHING: ProbeUses = { args: false, fields: new Set(), names: new Set() };

/** The uses of a probe's predicate and body, and of the macros that they call. */
export function usesOf(probe: Probe, macros: readonly Macro[] = []): ProbeUses {
  const collector = new Collector(macros);
  if (probe.predicate) walkExpression(probe.predicate, collector.visit);
  walkBlock(probe.body, collector.visit);
  return { args: collector.args > 0, fields: collector.fields, names: collector.names };
}

class Collector {
  readonly fields = new Set<string>();
  readonly names = new Set<string>();
  /** How often `args` stands without a field behind it. */
  args = 0;
  readonly #macros: readonly Macro[];

  constructor(macros: readonly Macro[]) {
    this.#macros = macros;
  }

  readonly visit = (expression: Expression): void => {
    if (expression.kind === 'member' && isArgs(expression.operand)) {
      this.fields.add(expression.member);
      // The operand is visited next and counted as if it stood alone.
      this.args--;
    }
    if (expression.kind !== 'identifier' && expression.kind !== 'call') return;
    if (isArgs(expression)) this.args++;
    if (this.names.has(expression.name)) return;
    this.names.add(expression.name);
    for (const macro of this.#macros) if (macro.name === expression.name) walkBlock(macro.body, this.visit);
  };
}

function isArgs(expression: Expression): boolean {
  return (expression.kind === 'identifier' || expression.kind === 'call') && expression.name === 'args';
}
