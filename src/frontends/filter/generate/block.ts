// The program while it is made: blocks of statements that end in a test, joined into a graph without loops. A predicate is
// a piece of the graph whose ways out are still open.

import { ClassicAlu, ClassicClass, ClassicJump, ClassicMode, ClassicSize, ClassicSource } from '../../../isa/index.ts';

export interface Statement {
  /** An opcode, or NOP, or LABEL. */
  code: number;
  k: number;
  /** Targets of a jump between statements, only in code that the optimiser never sees. */
  jt?: Statement;
  jf?: Statement;
}

/** A statement that was optimised away. */
export const NOP = -1;
/** A place to jump to; it becomes no instruction. */
export const LABEL = -2;

export interface Block {
  statements: Statement[];
  /** The opcode of the final test, or of a return. */
  code: number;
  k: number;
  jt: Block | undefined;
  jf: Block | undefined;
}

export interface OpenEdge {
  readonly block: Block;
  readonly side: 'jt' | 'jf';
}

export interface Predicate {
  readonly head: Block;
  /** Where the packet goes that is accepted, and the one that is not. */
  readonly yes: readonly OpenEdge[];
  readonly no: readonly OpenEdge[];
}

export const LD = ClassicClass.LD;
export const LDX_IMM = ClassicClass.LDX | ClassicMode.IMM;
export const LD_IMM = ClassicClass.LD | ClassicMode.IMM;
export const LD_MEM = ClassicClass.LD | ClassicMode.MEM;
export const LDX_MEM = ClassicClass.LDX | ClassicMode.MEM;
export const LD_LEN = ClassicClass.LD | ClassicMode.LEN;
export const LDX_MSH = ClassicClass.LDX | ClassicSize.B | ClassicMode.MSH;
export const ST = ClassicClass.ST;
export const STX = ClassicClass.STX;
export const JEQ = ClassicClass.JMP | ClassicJump.JEQ;
export const JGT = ClassicClass.JMP | ClassicJump.JGT;
export const JGE = ClassicClass.JMP | ClassicJump.JGE;
export const JSET = ClassicClass.JMP | ClassicJump.JSET;
export const JA = ClassicClass.JMP | ClassicJump.JA;
export const X = ClassicSource.X;

/** The opcode of arithmetic with a constant. */
export function alu(operation: keyof typeof ClassicAlu): number {
  return ClassicClass.ALU | ClassicAlu[operation];
}

export function statement(code: number, k = 0): Statement {
  return { code, k: k >>> 0 };
}

export function label(): Statement {
  return { code: LABEL, k: 0 };
}

/** A block that tests; both ways are open. */
export function test(statements: readonly Statement[], code: number, k = 0): Predicate {
  const block: Block = { statements: [...statements], code, k: k >>> 0, jt: undefined, jf: undefined };
  return { head: block, yes: [{ block, side: 'jt' }], no: [{ block, side: 'jf' }] };
}

export function connect(edges: readonly OpenEdge[], target: Block): void {
  for (const { block, side } of edges) block[side] = target;
}

export function not(predicate: Predicate): Predicate {
  return { head: predicate.head, yes: predicate.no, no: predicate.yes };
}

export function and(first: Predicate, ...rest: readonly Predicate[]): Predicate {
  let joined = first;
  for (const next of rest) {
    connect(joined.yes, next.head);
    joined = { head: joined.head, yes: next.yes, no: [...joined.no, ...next.no] };
  }
  return joined;
}

export function or(first: Predicate, ...rest: readonly Predicate[]): Predicate {
  let joined = first;
  for (const next of rest) {
    connect(joined.no, next.head);
    joined = { head: joined.head, yes: [...joined.yes, ...next.yes], no: next.no };
  }
  return joined;
}

/** Accepts all packets, or none; the optimiser folds it. */
export function always(accept: boolean): Predicate {
  return test([statement(LD_IMM, accept ? 0 : 1)], JEQ, 0);
}

interface Joint<N> {
  readonly jt: N | undefined;
  readonly jf: N | undefined;
}

/** What can be reached, each after what it leads to; of its two ways, `first` is walked first. Filters may be deep, so no recursion. */
export function postOrder<N extends Joint<N>>(root: N, first: 'jt' | 'jf'): N[] {
  const second = first === 'jt' ? 'jf' : 'jt';
  const seen = new Set<N>([root]);
  const order: N[] = [];
  const stack: { readonly node: N; ways: number }[] = [{ node: root, ways: 0 }];
  for (let top = stack[0]; top; top = stack[stack.length - 1]) {
    const next = top.ways === 0 ? top.node[first] : top.ways === 1 ? top.node[second] : undefined;
    if (top.ways++ > 1) {
      order.push(top.node);
      stack.pop();
    } else if (next && !seen.has(next)) {
      seen.add(next);
      stack.push({ node: next, ways: 0 });
    }
  }
  return order;
}

/** What can be reached, each before what it leads to, the accepting way first. */
export function preOrder<N extends Joint<N>>(root: N): N[] {
  const seen = new Set<N>();
  const stack: N[] = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.jf) stack.push(node.jf);
    if (node.jt) stack.push(node.jt);
  }
  return [...seen];
}
