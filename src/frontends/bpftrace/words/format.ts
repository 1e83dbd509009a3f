// Format strings, which printf and its kin share: the template is checked here and printed by the report.

import type { Type } from '../../../image/index.ts';
import { type Conversion, conversionsOf } from '../../../image/template.ts';
import type { Expression, TypeArgument } from '../ast.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import { isInteger, isUnresolved, nameOf } from '../check/types.ts';

/** Checks the template in argument `at` against the arguments behind it; gives their types. */
export function checkFormat(cx: CheckContext, use: WordUse, at = 0): void {
  const template = formatString(cx, use, at);
  const args = use.args.slice(at + 1);
  const types = args.map((arg) => cx.type(arg));
  if (template === undefined) return;
  const conversions = conversionsOf(template);
  if (conversions.length !== args.length) {
    const problem = conversions.length > args.length ? 'not enough' : 'too many';
    cx.error(
      'format-arguments',
      `${problem} arguments for format string (${args.length} supplied, ${conversions.length} expected)`,
      use.span,
    );
    return;
  }
  conversions.forEach((conversion, index) => {
    const problem = conversionProblem(conversion, types[index]!);
    if (problem) cx.error('format-conversion', problem, spanOf(args[index]!));
  });
}

/** The literal template of a call; reports when it is none. */
function formatString(cx: CheckContext, use: WordUse, at: number): string | undefined {
  const node = use.args[at];
  if (!node) return undefined;
  const { constant, type } = cx.info(node);
  if (typeof constant === 'string') return constant;
  if (!isUnresolved(type)) {
    cx.error('format-literal', `${use.name}() expects a string literal as its format`, node.span).hint(
      `write ${use.name}("%s\\n", x)`,
    );
  }
  return undefined;
}

function spanOf(node: Expression | TypeArgument) {
  return node.span;
}

const NUMBERS = new Set(['d', 'i', 'u', 'o', 'x', 'X', 'c', 'p']);
const BUFFERS = new Set(['r', 'rx', 'rh']);

function conversionProblem({ letters }: Conversion, type: Type): string | undefined {
  if (isUnresolved(type)) return undefined;
  if (type.kind === 'void') return `unable to print none type for specifier: ${letters}`;
  if (letters === 's') return undefined;
  if (NUMBERS.has(letters) || letters === 'gr') {
    const number = isInteger(type) || type.kind === 'pointer' || type.kind === 'username';
    return number ? undefined : `unsupported format specifier for type '${nameOf(type)}': ${letters}`;
  }
  if (BUFFERS.has(letters)) {
    return type.kind === 'buffer' ? undefined : `unsupported format specifier for type '${nameOf(type)}': ${letters}`;
  }
  return `unsupported format specifier: ${letters}`;
}
