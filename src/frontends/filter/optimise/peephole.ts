// Small patterns inside one node, and stores that nothing reads.

import { CLASSIC_TAX, CLASSIC_TXA, ClassicClass, ClassicMode, ClassicSource } from '../../../isa/index.ts';
import { alu, JEQ, JSET, LD_IMM, LDX_IMM, LDX_MEM, LDX_MSH, NOP, ST, type Statement } from '../generate/block.ts';
import { ATOM_A, ATOM_AX, ATOM_X, defines, uses } from './atoms.ts';
import { ATOMS, type Node } from './graph.ts';
import type { Values } from './values.ts';

/** Improves a node whose values are numbered; tells through `changed` when something else may follow. */
export function improve(node: Node, values: Values, changed: () => void): void {
  const last = pairs(node, changed);
  if (!last) return;
  foldIntoTest(node, last, values, changed);
  foldTest(node, values, changed);
}

function live(node: Node): Statement[] {
  return node.statements.filter((statement) => statement.code !== NOP);
}

/** Looks at neighbours; gives the last statement, or undefined when there is none. */
function pairs(node: Node, changed: () => void): Statement | undefined {
  const statements = live(node);
  for (let at = 0; at + 1 < statements.length; at++) {
    const first = statements[at]!;
    const second = statements[at + 1]!;
    if (first.code === ST && second.code === LDX_MEM && first.k === second.k) {
      // st M[k]; ldx M[k]
      second.code = CLASSIC_TAX;
      changed();
    }
    if (first.code === LD_IMM && second.code === CLASSIC_TAX) {
      first.code = LDX_IMM;
      second.code = CLASSIC_TXA;
      changed();
    }
    if (first.code === LD_IMM) foldIndex(node, statements, at, changed);
  }
  return statements[statements.length - 1];
}

const IND = ClassicMode.IND;

/**
 * A constant index into a transport header: `ld #k; ldxb 4*(...); add x; tax; ldb [x + n]` becomes `ldxb 4*(...);
 * ldb [x + n + k]`, when nothing reads X after the node.
 */
function foldIndex(node: Node, statements: readonly Statement[], at: number, changed: () => void): void {
  if ((node.usedAfter & (1 << ATOM_X)) !== 0) return;
  const next = statements[at + 1]!.code === LDX_MSH ? at + 2 : at + 1;
  const [add, tax, load] = statements.slice(next, next + 3);
  if (add?.code !== (alu('ADD') | ClassicSource.X) || tax?.code !== CLASSIC_TAX) return;
  if (!load || (load.code & 7) !== ClassicClass.LD || (load.code & 0xe0) !== IND) return;
  load.k = (load.k + statements[at]!.k) >>> 0;
  for (const gone of [statements[at]!, add, tax]) gone.code = NOP;
  changed();
}

/** An operation right before a test for equality, whose result nothing else reads, becomes part of the test. */
function foldIntoTest(node: Node, last: Statement, values: Values, changed: () => void): void {
  if (node.code !== JEQ || (node.usedAfter & (1 << ATOM_A)) !== 0) return;
  if (last.code === (alu('SUB') | ClassicSource.X)) {
    const index = values.known(node.values[ATOM_X]!);
    if (index !== undefined) node.k = (node.k + index) >>> 0;
    else if (node.k === 0) node.code = JEQ | ClassicSource.X;
    else return;
  } else if (last.code === alu('SUB')) {
    node.k = (node.k + last.k) >>> 0;
  } else if (last.code === alu('AND') && node.k === 0) {
    node.k = last.k;
    node.code = JSET;
    [node.jt, node.jf] = [node.jf, node.jt];
  } else return;
  last.code = NOP;
  changed();
}

/** A test whose answer is known goes one way only. */
function foldTest(node: Node, values: Values, changed: () => void): void {
  if (node.code === JSET && node.k === 0) node.jt = node.jf;
  const index = values.known(node.values[ATOM_X]!);
  if ((node.code & 7) !== ClassicClass.JMP) return;
  if (index !== undefined && (node.code & ClassicSource.X) !== 0) {
    node.code &= ~ClassicSource.X;
    node.k = index;
  }
  const value = values.known(node.values[ATOM_A]!);
  if (value === undefined || (node.code & ClassicSource.X) !== 0) return;
  if (node.jt !== node.jf) changed();
  if (holds(node.code, value, node.k)) node.jf = node.jt;
  else node.jt = node.jf;
}

function holds(code: number, value: number, k: number): boolean {
  switch (code & 0xf0) {
    case 0x10:
      return value === k;
    case 0x20:
      return value > k;
    case 0x30:
      return value >= k;
    default:
      return (value & k) !== 0;
  }
}

/** Takes out what is written and not read before it is written again, or never. */
export function removeDeadStores(node: Node, changed: () => void): void {
  const last = new Array<Statement | undefined>(ATOMS).fill(undefined);
  const read = (atom: number): void => {
    if (atom === ATOM_AX) {
      last[ATOM_A] = undefined;
      last[ATOM_X] = undefined;
    } else if (atom >= 0) last[atom] = undefined;
  };
  for (const statement of node.statements) {
    if (statement.code === NOP) continue;
    read(uses(statement));
    const atom = defines(statement);
    if (atom < 0) continue;
    const before = last[atom];
    if (before) {
      before.code = NOP;
      changed();
    }
    last[atom] = statement;
  }
  read(uses(node));
  for (const [atom, statement] of last.entries()) {
    if (!statement || (node.usedAfter & (1 << atom)) !== 0) continue;
    statement.code = NOP;
    node.values[atom] = 0;
    changed();
  }
}
