// From the graph of blocks to a list of instructions. A block's accepting way follows it where it can; jumps between blocks go
// at most 255 instructions, so farther ones go over a `ja` of 32 bits.

import { ClassicClass, type ClassicInstruction } from '../../isa/index.ts';
import { type Block, JA, LABEL, NOP, postOrder, type Statement } from './generate/block.ts';

/** The instructions of a graph whose ways all end in returns. */
export function linearise(root: Block): ClassicInstruction[] {
  const order = layOut(root);
  // Blocks that need a far jump grow, which may push others out of reach; it ends because they never shrink.
  const far = new Set<string>();
  for (;;) {
    const starts = addresses(order, far);
    const found = farJumps(order, starts, far);
    if (found.length === 0) return emit(order, starts, far);
    for (const key of found) far.add(key);
  }
}

/** Blocks in the order of the program: itself, what it accepts into, what it rejects into, each once at its last mention. */
function layOut(root: Block): readonly Block[] {
  return postOrder(root, 'jf').reverse();
}

function realStatements(block: Block): readonly Statement[] {
  return block.statements.filter((statement) => statement.code >= 0);
}

const key = (index: number, side: 'jt' | 'jf') => `${index}${side}`;

/** Where each block begins. */
function addresses(order: readonly Block[], far: ReadonlySet<string>): Map<Block, number> {
  const starts = new Map<Block, number>();
  let at = 0;
  for (const [index, block] of order.entries()) {
    starts.set(block, at);
    at += realStatements(block).length + 1;
    for (const side of ['jt', 'jf'] as const) if (far.has(key(index, side))) at++;
  }
  return starts;
}

function farJumps(order: readonly Block[], starts: ReadonlyMap<Block, number>, far: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const [index, block] of order.entries()) {
    const after = starts.get(block)! + realStatements(block).length + 1;
    for (const side of ['jt', 'jf'] as const) {
      const target = block[side];
      if (target && !far.has(key(index, side)) && starts.get(target)! - after > 255) found.push(key(index, side));
    }
  }
  return found;
}

function emit(
  order: readonly Block[],
  starts: ReadonlyMap<Block, number>,
  far: ReadonlySet<string>,
): ClassicInstruction[] {
  const program: ClassicInstruction[] = [];
  for (const [index, block] of order.entries()) {
    emitStatements(block, program);
    const { code, k } = block;
    if ((code & 7) === ClassicClass.RET) {
      program.push({ code, jt: 0, jf: 0, k });
      continue;
    }
    const after = program.length + 1;
    const hops: ClassicInstruction[] = [];
    const distance = (side: 'jt' | 'jf'): number => {
      const target = starts.get(block[side]!)!;
      if (!far.has(key(index, side))) return target - after;
      hops.push({ code: JA, jt: 0, jf: 0, k: target - after - hops.length - 1 });
      return hops.length - 1;
    };
    const jt = distance('jt');
    const jf = distance('jf');
    program.push({ code, jt, jf, k }, ...hops);
  }
  return program;
}

function emitStatements(block: Block, program: ClassicInstruction[]): void {
  const places = new Map<Statement, number>();
  let at = program.length;
  for (const statement of block.statements) {
    places.set(statement, at);
    if (statement.code !== LABEL && statement.code !== NOP) at++;
  }
  for (const { code, k, jt, jf } of realStatements(block)) {
    const next = program.length + 1;
    const to = (target: Statement | undefined) => (target ? places.get(target)! - next : 0);
    if (code === JA) program.push({ code, jt: 0, jf: 0, k: to(jt) >>> 0 });
    else program.push({ code, jt: to(jt), jf: to(jf), k });
  }
}
