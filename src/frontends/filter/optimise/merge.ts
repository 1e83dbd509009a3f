// Makes equal blocks one: same statements, same test, same ways out. One merge can make others equal.

import { NOP, preOrder } from '../generate/block.ts';
import type { Graph, Node } from './graph.ts';

export function mergeEqual(graph: Graph): void {
  for (;;) {
    const nodes = preOrder(graph.root).sort((a, b) => a.number - b.number);
    const same = new Map<Node, Node>();
    // Of equal ones the last stays.
    const kept = new Map<string, Node>();
    for (const node of nodes.toReversed()) {
      const key = content(node);
      const twin = kept.get(key);
      if (twin) same.set(node, twin);
      else kept.set(key, node);
    }
    if (!redirect(nodes, same)) return;
  }
}

function redirect(nodes: readonly Node[], same: ReadonlyMap<Node, Node>): boolean {
  let changed = false;
  for (const node of nodes) {
    for (const side of ['jt', 'jf'] as const) {
      const twin = node[side] && same.get(node[side]);
      if (!twin) continue;
      node[side] = twin;
      changed = true;
    }
  }
  return changed;
}

/** Everything that makes a node what it is, as text. */
function content({ statements, code, k, jt, jf }: Node): string {
  let text = `${code} ${k} ${jt?.number} ${jf?.number}`;
  for (const statement of statements) if (statement.code !== NOP) text += `;${statement.code} ${statement.k}`;
  return text;
}
