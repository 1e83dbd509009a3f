// The names of hosts in an expression, so that they can be looked up before it is compiled: that takes time, compiling does not.

import type { Source } from '../../../base/source.ts';
import type { Expression } from '../syntax/ast.ts';
import { FilterFailure } from '../syntax/failure.ts';
import { parseFilter } from '../syntax/parser.ts';

/** Each name once; none for an expression that cannot be parsed, which the compilation will say. */
export function hostNames(source: Source): readonly string[] {
  const names = new Set<string>();
  try {
    const expression = parseFilter(source);
    if (expression) collect(expression, names);
  } catch (error) {
    if (!(error instanceof FilterFailure) && !(error instanceof RangeError)) throw error;
  }
  return [...names];
}

function collect(expression: Expression, names: Set<string>): void {
  if (expression.kind === 'and' || expression.kind === 'or') {
    collect(expression.left, names);
    collect(expression.right, names);
  } else if (expression.kind === 'not') collect(expression.operand, names);
  else if (expression.kind === 'primitive' && expression.identifier.kind === 'name') {
    const { kind, protocol } = expression.qualifiers;
    if ((kind === 'host' || kind === 'default') && protocol !== 'link') names.add(expression.identifier.text);
  }
}
