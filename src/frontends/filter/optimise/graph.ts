// The graph as the optimiser sees it: nodes with levels, edges, dominators, and what each node reads and writes. Sets are
// bits over node or edge numbers. All of it is computed anew for each pass, because passes change the graph.

import { CLASSIC_MEMORY_WORDS } from '../../../isa/index.ts';
import { type Block, postOrder, preOrder, type Statement } from '../generate/block.ts';
import { ATOM_A, ATOM_AX, ATOM_X, defines, uses } from './atoms.ts';

/** M[0] to M[15], A, X. */
export const ATOMS = CLASSIC_MEMORY_WORDS + 2;

export interface Edge {
  readonly number: number;
  readonly from: Node;
  readonly side: 'jt' | 'jf';
  /** Edges that every way to this one goes over. */
  dominators: Uint32Array;
}

export class Node implements Block {
  statements: Statement[];
  code: number;
  k: number;
  jt: Node | undefined;
  jf: Node | undefined;
  readonly number: number;
  readonly yes: Edge;
  readonly no: Edge;
  level = 0;
  /** Nodes that every way to this one goes through. */
  dominators: Uint32Array = new Uint32Array(0);
  incoming: Edge[] = [];
  /** Atoms that are read after the node before they are written, and those at its start; bits. */
  usedAfter = 0;
  usedBefore = 0;
  overwritten = 0;
  /** Value numbers of the atoms at the node's end; 0 is unknown. */
  values = new Int32Array(ATOMS);
  /** Value number of the second operand of the test. */
  operand = 0;

  constructor(block: Block, number: number, edges: number) {
    this.statements = block.statements;
    this.code = block.code;
    this.k = block.k;
    this.number = number;
    this.yes = { number, from: this, side: 'jt', dominators: new Uint32Array(0) };
    this.no = { number: edges + number, from: this, side: 'jf', dominators: new Uint32Array(0) };
  }

  get isLeaf(): boolean {
    return this.jt === undefined;
  }
}

export class Graph {
  root: Node;
  /** Every node that ever was reachable, by number. */
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  /** Nodes by the length of the longest way to a leaf; leaves first. */
  levels: Node[][] = [];

  constructor(root: Block) {
    // Numbers break ties between equal choices.
    const blocks = preOrder(root);
    const nodes = new Map<Block, Node>();
    for (const block of blocks) nodes.set(block, new Node(block, nodes.size, blocks.length));
    for (const [block, node] of nodes) {
      node.jt = block.jt && nodes.get(block.jt);
      node.jf = block.jf && nodes.get(block.jf);
    }
    this.nodes = [...nodes.values()];
    this.edges = [...this.nodes.map((node) => node.yes), ...this.nodes.map((node) => node.no)];
    this.root = nodes.get(root)!;
  }

  /** Computes everything that the passes read. */
  analyse(): void {
    this.#findLevels();
    this.#findDominators();
    this.#findUses();
    this.#findEdgeDominators();
  }

  /** Lists for each node the edges that lead to it. */
  findIncoming(): void {
    for (const node of this.nodes) node.incoming = [];
    for (let level = this.levels.length - 1; level > 0; level--) {
      for (const node of this.levels[level]!) {
        node.jt!.incoming.unshift(node.yes);
        node.jf!.incoming.unshift(node.no);
      }
    }
  }

  #findLevels(): void {
    this.levels = [];
    for (const node of postOrder(this.root, 'jt')) {
      node.level = node.jt && node.jf ? Math.max(node.jt.level, node.jf.level) + 1 : 0;
      const level = this.levels[node.level];
      if (level) level.push(node);
      else this.levels[node.level] = [node];
    }
    // Last found, first visited.
    for (const level of this.levels) level.reverse();
  }

  #findDominators(): void {
    const words = (this.nodes.length + 31) >>> 5;
    for (const node of this.nodes) node.dominators = new Uint32Array(words).fill(0xffffffff);
    this.root.dominators.fill(0);
    for (let level = this.levels.length - 1; level >= 0; level--) {
      for (const node of this.levels[level]!) {
        insert(node.dominators, node.number);
        if (node.jt) intersect(node.jt.dominators, node.dominators);
        if (node.jf) intersect(node.jf.dominators, node.dominators);
      }
    }
  }

  #findEdgeDominators(): void {
    const words = (this.edges.length + 31) >>> 5;
    for (const edge of this.edges) edge.dominators = new Uint32Array(words).fill(0xffffffff);
    this.root.yes.dominators.fill(0);
    this.root.no.dominators.fill(0);
    for (let level = this.levels.length - 1; level > 0; level--) {
      for (const node of this.levels[level]!) {
        for (const edge of [node.yes, node.no]) {
          insert(edge.dominators, edge.number);
          const target = node[edge.side]!;
          intersect(target.yes.dominators, edge.dominators);
          intersect(target.no.dominators, edge.dominators);
        }
      }
    }
  }

  #findUses(): void {
    for (const level of this.levels) for (const node of level) localUses(node);
    for (const level of this.levels.slice(1)) {
      for (const node of level) {
        node.usedAfter |= node.jt!.usedBefore | node.jf!.usedBefore;
        node.usedBefore |= node.usedAfter & ~node.overwritten;
      }
    }
  }
}

/** What a node reads before it writes it, and what it writes before it reads it. */
function localUses(node: Node): void {
  let defined = 0;
  let used = 0;
  let overwritten = 0;
  const use = (atom: number): void => {
    const bits = atom === ATOM_AX ? (1 << ATOM_A) | (1 << ATOM_X) : atom >= 0 ? 1 << atom : 0;
    used |= bits & ~defined;
  };
  for (const statement of node.statements) {
    if (statement.code < 0) continue;
    use(uses(statement));
    const atom = defines(statement);
    if (atom < 0) continue;
    if ((used & (1 << atom)) === 0) overwritten |= 1 << atom;
    defined |= 1 << atom;
  }
  use(uses(node));
  node.usedBefore = used;
  node.overwritten = overwritten;
  node.usedAfter = 0;
}

function insert(set: Uint32Array, member: number): void {
  set[member >>> 5]! |= 1 << (member & 31);
}

function intersect(set: Uint32Array, other: Uint32Array): void {
  for (let word = 0; word < set.length; word++) set[word]! &= other[word]!;
}

export function has(set: Uint32Array, member: number): boolean {
  return (set[member >>> 5]! & (1 << (member & 31))) !== 0;
}

/** Calls for the members of a set, ascending, until one gives something. */
export function findMember<T>(set: Uint32Array, find: (member: number) => T | undefined): T | undefined {
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word]!; bits !== 0; bits &= bits - 1) {
      const found = find(word * 32 + (31 - Math.clz32(bits & -bits)));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
