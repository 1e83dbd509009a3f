// Parameters given by name: each must be one that the script asks for with getopt().

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Expression, Script } from '../ast.ts';
import { walkBlock, walkExpression } from '../walk.ts';

/** A parameter that a script takes. */
export interface NamedParameter {
  readonly name: string;
  readonly description: string | undefined;
}

/** The parameters of a script, in the order in which it asks for them. */
export function namedParameters(script: Script): NamedParameter[] {
  const found = new Map<string, NamedParameter>();
  const visit = (node: Expression): void => {
    if (node.kind !== 'call' || node.name !== 'getopt') return;
    const [name, , description] = node.args;
    if (name?.kind !== 'string' || found.has(name.value)) return;
    found.set(name.value, {
      name: name.value,
      description: description?.kind === 'string' ? description.value : undefined,
    });
  };
  for (const item of script.items) {
    if (item.kind === 'map-declaration') continue;
    if (item.kind === 'probe' && item.predicate) walkExpression(item.predicate, visit);
    walkBlock(item.body, visit);
  }
  return [...found.values()];
}

/** Reports what was given and nobody asks for; `--help` asks what there is. */
export function checkNamedParameters(
  script: Script,
  given: ReadonlyMap<string, string | true>,
  diagnostics: Diagnostics,
): void {
  if (given.size === 0) return;
  const known = namedParameters(script);
  const unknown = [...given.keys()].filter((name) => !known.some((one) => one.name === name));
  if (unknown.length === 0) return;
  if (!given.has('help')) {
    const names = unknown.map((name) => `--${name}`).join(', ');
    const report = diagnostics.error('named-parameter', `unexpected program command line options: ${names}`);
    report.hint(`expected program options: ${known.map(({ name }) => `--${name}`).join(', ')}`);
    return;
  }
  const lines = known.map(({ name, description }) => `--${name}${description === undefined ? '' : `: ${description}`}`);
  const what = lines.length === 0 ? 'the program takes no options' : 'the options of the program';
  diagnostics.error('named-parameter', what).hint(['expected program options:', ...lines].join('\n'));
}
