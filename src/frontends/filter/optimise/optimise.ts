// Improves the graph until nothing changes: first the branches alone, then statements and branches, then equal blocks are made
// one. The order of visits decides which of several equally good programs comes out; it is that of the tools that people
// compare listings with.

import { ClassicClass, ClassicSource } from '../../../isa/index.ts';
import { type Block, NOP } from '../generate/block.ts';
import { ATOM_A, ATOM_X } from './atoms.ts';
import { pullUp, threadEdge } from './branches.ts';
import { Graph, type Node } from './graph.ts';
import { mergeEqual } from './merge.ts';
import { improve, removeDeadStores } from './peephole.ts';
import { walk } from './statements.ts';
import { UNKNOWN, Values } from './values.ts';

/** Moving branches alone can go round in circles; this many rounds of it without anything else are enough. */
const MAX_IDLE_ROUNDS = 100;

/** The optimised graph; the given one is used up. */
export function optimise(root: Block): Block {
  const graph = new Graph(root);
  toFixpoint(graph, false);
  toFixpoint(graph, true);
  mergeEqual(graph);
  trimRoot(graph);
  return graph.root;
}

function toFixpoint(graph: Graph, alter: boolean): void {
  for (let idle = 0; idle < MAX_IDLE_ROUNDS; idle++) {
    const round = { changed: false, deep: false };
    graph.analyse();
    numberAll(graph, alter, () => {
      round.changed = true;
      round.deep = true;
    });
    if (!alter) moveBranches(graph, round);
    if (!round.changed) return;
    if (round.deep) idle = 0;
  }
}

function numberAll(graph: Graph, alter: boolean, changed: () => void): void {
  const values = new Values();
  graph.findIncoming();
  for (const level of graph.levels.toReversed()) for (const node of level) numberNode(node, values, alter, changed);
}

function moveBranches(graph: Graph, round: { changed: boolean }): void {
  const moved = () => {
    round.changed = true;
  };
  for (const level of graph.levels.slice(1)) {
    for (const node of level) {
      threadEdge(graph, node.yes, moved);
      threadEdge(graph, node.no, moved);
    }
  }
  graph.findIncoming();
  for (const level of graph.levels.slice(1)) {
    for (const node of level) {
      pullUp(node, 'jt', moved);
      pullUp(node, 'jf', moved);
    }
  }
}

function numberNode(node: Node, values: Values, alter: boolean, changed: () => void): void {
  inherit(node);
  const a = node.values[ATOM_A]!;
  const x = node.values[ATOM_X]!;
  for (const statement of node.statements) walk({ values, atoms: node.values, alter, changed }, statement);
  const isReturn = (node.code & 7) === ClassicClass.RET;
  if (alter && (isReturn || isUseless(node, a, x))) {
    if (node.statements.length > 0) {
      node.statements = [];
      changed();
    }
  } else {
    improve(node, values, changed);
    removeDeadStores(node, changed);
  }
  const constant = (node.code & ClassicSource.X) === 0;
  node.operand = constant ? values.constant(node.k) : node.values[ATOM_X]!;
}

/** The values on which all ways to the node agree. */
function inherit(node: Node): void {
  const [first, ...others] = node.incoming;
  if (!first) {
    node.values.fill(UNKNOWN);
    return;
  }
  node.values.set(first.from.values);
  for (const { from } of others) {
    for (let atom = 0; atom < node.values.length; atom++) {
      if (node.values[atom] !== from.values[atom]) node.values[atom] = UNKNOWN;
    }
  }
}

/** Nothing that the node leaves is read, and A and X are as they were. */
function isUseless(node: Node, a: number, x: number): boolean {
  if (node.usedAfter !== 0 || a === UNKNOWN || x === UNKNOWN) return false;
  return node.values[ATOM_A] === a && node.values[ATOM_X] === x;
}

/** A first test that decides nothing goes; before a return nothing needs to be computed. */
function trimRoot(graph: Graph): void {
  const before = graph.root.statements;
  graph.root.statements = [];
  while (!graph.root.isLeaf && graph.root.jt === graph.root.jf) graph.root = graph.root.jt!;
  const isReturn = (graph.root.code & 7) === ClassicClass.RET;
  graph.root.statements = isReturn ? [] : [...before, ...graph.root.statements].filter(({ code }) => code !== NOP);
}
