// Makes equal blocks one: same statements, same test, same ways out. One merge can make others equal.

import { NOP } from '../generate/block.ts';
import type { Graph, Node } from './graph.ts';

export function mergeEqual(graph: Graph): void {
  for (;;) {
    const nodes = reachable(graph);
    const same = new Map<Node, Node>();
    for (let index = nodes.length - 1; index >= 0; index--) {
      const node = nodes[index]!;
      const twin = nodes.slice(index + 1).find((other) => equal(node, other));
      if (twin) same.set(node, same.get(twin) ?? twin);
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

/** In the order of their numbers. */
function reachable(graph: Graph): Node[] {
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.jt) visit(node.jt);
    if (node.jf) visit(node.jf);
  };
  visit(graph.root);
  return graph.nodes.filter((node) => seen.has(node));
}

function equal(a: Node, b: Node): boolean {
  if (a.code !== b.code || a.k !== b.k || a.jt !== b.jt || a.jf !== b.jf) return false;
  const left = a.statements.filter(({ code }) => code !== NOP);
  const right = b.statements.filter(({ code }) => code !== NOP);
  if (left.length !== right.length) return false;
  return left.every((statement, index) => statement.code === right[index]!.code && statement.k === right[index]!.k);
}
