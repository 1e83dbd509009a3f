// Moves edges: past tests whose answer the way there already gave, and around chains of tests on one value so that each value
// is loaded once.

import { JEQ } from '../generate/block.ts';
import { ATOM_A } from './atoms.ts';
import { ATOMS, type Edge, findMember, type Graph, has, type Node } from './graph.ts';

/** Lets an edge skip tests that are decided on every way to it. */
export function threadEdge(graph: Graph, edge: Edge, changed: () => void): void {
  skipIndifferent(edge, changed);
  for (let target = decided(graph, edge); target; target = decided(graph, edge)) {
    edge.from[edge.side] = target;
    changed();
    if (target.isLeaf) return;
  }
}

/** A node with both ways the same place is not needed by those who do not need its values. */
function skipIndifferent(edge: Edge, changed: () => void): void {
  const next = edge.from[edge.side]!;
  if (next.isLeaf || next.jt !== next.jf || conflicts(edge.from, next.jt!)) return;
  edge.from[edge.side] = next.jt;
  changed();
}

/** Where the edge may go instead: a child of its target, because an edge on the way gave the answer. */
function decided(graph: Graph, edge: Edge): Node | undefined {
  const next = edge.from[edge.side]!;
  if (next.isLeaf) return undefined;
  return findMember(edge.dominators, (number) => {
    const target = answer(next, graph.edges[number]!);
    return target && !conflicts(edge.from, target) ? target : undefined;
  });
}

/** Which way a test goes after an edge was taken, if that follows. */
function answer(node: Node, taken: Edge): Node | undefined {
  const { from, side } = taken;
  if (from.code !== node.code || from.values[ATOM_A] !== node.values[ATOM_A]) return undefined;
  // The same test has the same answer.
  if (from.operand === node.operand) return side === 'jt' ? node.jt : node.jf;
  // What equals one constant does not equal another.
  return side === 'jt' && node.code === JEQ ? node.jf : undefined;
}

/** Whether a node reads anything that is another value when it is reached straight from `from`. */
function conflicts(from: Node, target: Node): boolean {
  for (let atom = 0; atom < ATOMS; atom++) {
    if ((target.usedAfter & (1 << atom)) !== 0 && from.values[atom] !== target.values[atom]) return true;
  }
  return false;
}

/**
 * In a chain `a or b or c` where c tests the same value as what stands before a, c is pulled up in front, so that its load is
 * shared. With the sides changed it is the same for `and`.
 */
export function pullUp(node: Node, chain: 'jt' | 'jf', changed: () => void): void {
  const next = chain === 'jt' ? 'jf' : 'jt';
  const [first] = node.incoming;
  if (!first) return;
  const value = first.from.values[ATOM_A]!;
  if (node.incoming.some((edge) => edge.from.values[ATOM_A] !== value)) return;
  // A slot is an edge by its node and side; what it holds may be replaced.
  let slot: Slot = { node: first.from, side: first.from.jt === node ? 'jt' : 'jf' };
  let atTop = true;
  for (;;) {
    const held = inChain(slot, node, chain);
    if (!held) return;
    if (held.values[ATOM_A] !== value) break;
    slot = { node: held, side: next };
    atTop = false;
  }
  const different = slot.node[slot.side]!;
  let same: Slot = { node: different, side: next };
  for (;;) {
    const held = inChain(same, node, chain);
    if (!held) return;
    if (held.values[ATOM_A] === value) break;
    same = { node: held, side: next };
  }
  const pulled = same.node[same.side]!;
  same.node[same.side] = pulled[next];
  pulled[next] = different;
  if (atTop) {
    for (const { from } of node.incoming) from[from.jt === node ? 'jt' : 'jf'] = pulled;
  } else slot.node[slot.side] = pulled;
  changed();
}

interface Slot {
  readonly node: Node;
  readonly side: 'jt' | 'jf';
}

/** What a slot holds, when it belongs to the chain that begins at `start`: same way out, and reached only through it. */
function inChain(slot: Slot, start: Node, chain: 'jt' | 'jf'): Node | undefined {
  const held = slot.node[slot.side];
  if (!held || held.isLeaf || held[chain] !== start[chain]) return undefined;
  return has(held.dominators, start.number) ? held : undefined;
}
