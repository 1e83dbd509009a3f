// The body of a macro for one call: parameters replaced, variables renamed, spans told where they come from.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';
import type { BlockExpression, Expression, Macro, TypeArgument, TypeExpression } from '../ast.ts';
import { isSpan, type Node, rewrite } from './rewrite.ts';

export type Argument = Expression | TypeArgument;

/** The arguments by the names of their parameters; maps with their `@`, variables with a `$`. */
export function bind(macro: Macro, args: readonly Argument[]): ReadonlyMap<string, Argument> {
  return new Map(
    macro.parameters.map(({ kind, name }, index) => [kind === 'variable' ? `$${name}` : name, args[index]!]),
  );
}

export function instantiate(
  macro: Macro,
  args: ReadonlyMap<string, Argument>,
  call: Span,
  number: number,
  diagnostics: Diagnostics,
): BlockExpression {
  const own = (name: string) => `${name}#${number}`;
  return rewrite(macro.body, {
    expression: (node) => parameter(node, args) ?? map(node, args, diagnostics),
    type: (node) => typeParameter(node, args),
    node: (node) => renamed(located(node, call), args, own),
  });
}

/** The argument that a name stands for. */
function parameter(node: Expression, args: ReadonlyMap<string, Argument>): Expression | undefined {
  const name = node.kind === 'identifier' ? node.name : node.kind === 'variable' ? `$${node.name}` : undefined;
  // Where the argument is a type, it stands in a call or in sizeof and the like, which take both.
  return name === undefined ? undefined : (args.get(name) as Expression | undefined);
}

/** Maps come in only as arguments. */
function map(node: Expression, args: ReadonlyMap<string, Argument>, diagnostics: Diagnostics): Expression | undefined {
  if (node.kind !== 'map') return undefined;
  if (args.get(node.name)?.kind !== 'map') {
    const message = `Unhygienic access to map: ${node.name}. Maps must be passed into the macro as arguments.`;
    diagnostics.error('macro-hygiene', message, node.nameSpan);
  }
  return undefined;
}

function typeParameter(
  node: TypeExpression,
  args: ReadonlyMap<string, Argument>,
): TypeExpression | Expression | undefined {
  if (node.kind !== 'type-name') return undefined;
  const argument = args.get(node.name);
  if (argument === undefined) return undefined;
  if (argument.kind !== 'type-argument') return { kind: 'typeof', span: node.span, operand: argument };
  const { type } = argument;
  return type.kind === 'type-name' ? { ...type, modifiers: [...type.modifiers, ...node.modifiers] } : type;
}

/** The node with spans that lead on to the call. */
function located(node: Node, call: Span): Node {
  const copy: Record<string, unknown> = { ...node };
  for (const [key, value] of Object.entries(copy)) {
    if (isSpan(key)) copy[key] = { ...(value as Span), parent: call };
  }
  return copy as unknown as Node;
}

function renamed(node: Node, args: ReadonlyMap<string, Argument>, own: (name: string) => string): Node {
  const named = node as Node & { name: string; variable: string; operand?: Argument };
  if (named.operand?.kind === 'type-argument') return { ...named, operand: named.operand.type } as Node;
  switch (node.kind) {
    case 'variable':
    case 'let':
      return { ...named, name: own(named.name) } as Node;
    case 'for-map':
    case 'for-range':
      return { ...named, variable: own(named.variable) } as Node;
    case 'map': {
      const argument = args.get(named.name);
      return argument?.kind === 'map' ? ({ ...named, name: argument.name } as Node) : node;
    }
    default:
      return node;
  }
}
