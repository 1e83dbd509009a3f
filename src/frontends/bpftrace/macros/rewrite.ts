// Rebuilds a tree with some of its nodes replaced. The tree is plain data, so one walk serves all kinds of nodes.

import type { Expression, TypeExpression } from '../ast.ts';

export interface Rewriter {
  /** What stands in place of an expression; undefined to look inside of it. */
  readonly expression?: (node: Expression) => Expression | undefined;
  /** The same for types as they are written. */
  readonly type?: (node: TypeExpression) => TypeExpression | Expression | undefined;
  /** Changes a node whose children were rewritten. */
  readonly node?: (node: Node) => Node;
}

/** Anything in the tree that has a place in the source. */
export interface Node {
  readonly kind?: string;
  readonly span: object;
}

/** Kinds of nodes that are statements or parts of them, not expressions. */
const NOT_EXPRESSIONS = new Set([
  ...[
    'expression-statement',
    'let',
    'assign',
    'for-map',
    'for-range',
    'while',
    'unroll',
    'break',
    'continue',
    'return',
  ],
  ...['import-statement', 'discard', 'type-argument', 'probe', 'fn', 'pointer', 'array'],
]);

export function rewrite<T extends object>(node: T, rewriter: Rewriter): T {
  return walk(node, rewriter) as T;
}

function walk(value: unknown, rewriter: Rewriter): unknown {
  if (Array.isArray(value)) return value.map((one) => walk(one, rewriter));
  if (typeof value !== 'object' || value === null || !('span' in value)) return value;
  const replaced = replacement(value as unknown as Node, rewriter);
  if (replaced) return replaced;
  const copy: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) copy[key] = isSpan(key) ? child : walk(child, rewriter);
  const node = copy as unknown as Node;
  return rewriter.node ? rewriter.node(node) : node;
}

function replacement(node: Node, { expression, type }: Rewriter): unknown {
  if (node.kind === undefined || NOT_EXPRESSIONS.has(node.kind)) return undefined;
  if (node.kind === 'type-name' || node.kind === 'typeof') return type?.(node as unknown as TypeExpression);
  return expression?.(node as unknown as Expression);
}

export function isSpan(key: string): boolean {
  return key === 'span' || key.endsWith('Span');
}
