// Runs the statements of a node over value numbers: what is computed twice or is constant is found, and (when told to) replaced.

import { CLASSIC_TAX, CLASSIC_TXA, ClassicAlu, ClassicClass, ClassicMode, ClassicSource } from '../../../isa/index.ts';
import { LD_IMM, LDX_IMM, NOP, type Statement } from '../generate/block.ts';
import { ATOM_A, ATOM_X } from './atoms.ts';
import { UNKNOWN, type Values } from './values.ts';

/** The state of one walk through a node. */
export interface Walk {
  readonly values: Values;
  /** Value numbers by atom; changed as the walk goes on. */
  readonly atoms: Int32Array;
  /** Whether statements may be replaced, or only numbered. */
  readonly alter: boolean;
  /** Called when something was replaced that may let other passes find more. */
  changed(): void;
}

const walkers: Readonly<Record<number, (cx: Walk, statement: Statement) => void>> = {
  [ClassicClass.LD]: load,
  [ClassicClass.LDX]: loadIndex,
  [ClassicClass.ST]: (cx, statement) => store(cx, statement, statement.k, cx.atoms[ATOM_A]!),
  [ClassicClass.STX]: (cx, statement) => store(cx, statement, statement.k, cx.atoms[ATOM_X]!),
  [ClassicClass.ALU]: arithmetic,
  [ClassicClass.MISC]: (cx, statement) => {
    if (statement.code === CLASSIC_TAX) store(cx, statement, ATOM_X, cx.atoms[ATOM_A]!);
    else store(cx, statement, ATOM_A, cx.atoms[ATOM_X]!);
  },
};

export function walk(cx: Walk, statement: Statement): void {
  if (statement.code >= 0) walkers[statement.code & 7]?.(cx, statement);
}

/** Gives an atom a value; a statement that gives it the one it has is nothing. */
function store(cx: Walk, statement: Statement, atom: number, value: number): void {
  if (cx.alter && value !== UNKNOWN && cx.atoms[atom] === value) statement.code = NOP;
  else cx.atoms[atom] = value;
}

function load(cx: Walk, statement: Statement): void {
  const { code, k } = statement;
  const mode = code & 0xe0;
  if (mode === ClassicMode.IMM) store(cx, statement, ATOM_A, cx.values.constant(k));
  else if (mode === ClassicMode.MEM) fromMemory(cx, statement, ATOM_A, LD_IMM);
  else if (mode === ClassicMode.IND) indexed(cx, statement);
  else store(cx, statement, ATOM_A, cx.values.of(code, k, 0));
}

/** A load at a constant index is one at a constant offset. */
function indexed(cx: Walk, statement: Statement): void {
  const { values, atoms } = cx;
  const index = values.known(atoms[ATOM_X]!);
  if (!cx.alter || index === undefined) {
    store(cx, statement, ATOM_A, values.of(statement.code, statement.k, atoms[ATOM_X]!));
    return;
  }
  statement.code = (statement.code & ~0xe0) | ClassicMode.ABS;
  statement.k = (statement.k + index) >>> 0;
  cx.changed();
  store(cx, statement, ATOM_A, values.of(statement.code, statement.k, 0));
}

function loadIndex(cx: Walk, statement: Statement): void {
  const { code, k } = statement;
  if ((code & 0xe0) === ClassicMode.MEM) {
    fromMemory(cx, statement, ATOM_X, LDX_IMM);
    return;
  }
  const value = (code & 0xe0) === ClassicMode.IMM ? cx.values.constant(k) : cx.values.of(code, k, 0);
  store(cx, statement, ATOM_X, value);
}

function fromMemory(cx: Walk, statement: Statement, atom: number, immediate: number): void {
  const value = cx.atoms[statement.k]!;
  const constant = cx.values.known(value);
  if (cx.alter && constant !== undefined) {
    statement.code = immediate;
    statement.k = constant;
    cx.changed();
  }
  store(cx, statement, atom, value);
}

function arithmetic(cx: Walk, statement: Statement): void {
  const operation = statement.code & 0xf0;
  if (operation === ClassicAlu.NEG) negate(cx, statement);
  else if ((statement.code & ClassicSource.X) !== 0) withIndex(cx, statement, operation);
  else withConstant(cx, statement, operation);
}

function negate(cx: Walk, statement: Statement): void {
  const { values, atoms } = cx;
  const constant = values.known(atoms[ATOM_A]!);
  if (cx.alter && constant !== undefined) {
    statement.code = LD_IMM;
    statement.k = -constant >>> 0;
    atoms[ATOM_A] = values.constant(statement.k);
  } else {
    atoms[ATOM_A] = values.of(statement.code, atoms[ATOM_A]!, 0);
  }
}

const neutralZero: ReadonlySet<number> = new Set([
  ClassicAlu.ADD,
  ClassicAlu.SUB,
  ClassicAlu.LSH,
  ClassicAlu.RSH,
  ClassicAlu.OR,
  ClassicAlu.XOR,
]);
const absorbingZero: ReadonlySet<number> = new Set([ClassicAlu.MUL, ClassicAlu.AND]);

function withConstant(cx: Walk, statement: Statement, operation: number): void {
  const { values, atoms } = cx;
  if (cx.alter) {
    if (statement.k === 0 && neutralZero.has(operation)) {
      statement.code = NOP;
      return;
    }
    if (statement.k === 0 && absorbingZero.has(operation)) {
      statement.code = LD_IMM;
      atoms[ATOM_A] = values.constant(0);
      return;
    }
    const left = values.known(atoms[ATOM_A]!);
    if (left !== undefined && fold(cx, statement, operation, left, statement.k)) return;
  }
  atoms[ATOM_A] = values.of(statement.code, atoms[ATOM_A]!, values.constant(statement.k));
}

function withIndex(cx: Walk, statement: Statement, operation: number): void {
  const { values, atoms } = cx;
  const left = values.known(atoms[ATOM_A]!);
  const right = values.known(atoms[ATOM_X]!);
  if (cx.alter && right !== undefined && mayBeConstant(operation, right)) {
    if (left !== undefined && fold(cx, statement, operation, left, right)) return;
    statement.code &= ~ClassicSource.X;
    statement.k = right;
    cx.changed();
    atoms[ATOM_A] = values.of(statement.code, atoms[ATOM_A]!, values.constant(right));
    return;
  }
  if (cx.alter && left === 0 && fromZero(cx, statement, operation)) return;
  atoms[ATOM_A] = values.of(statement.code, atoms[ATOM_A]!, atoms[ATOM_X]!);
}

/** Whether the kernel takes the constant as an operand; as X it does, and the program rejects the packet or shifts modulo 32. */
function mayBeConstant(operation: number, value: number): boolean {
  if (operation === ClassicAlu.DIV || operation === ClassicAlu.MOD) return value !== 0;
  return (operation !== ClassicAlu.LSH && operation !== ClassicAlu.RSH) || value < 32;
}

/** `0 op x`. Divisions stay: they reject the packet when x is 0. */
function fromZero(cx: Walk, statement: Statement, operation: number): boolean {
  switch (operation) {
    case ClassicAlu.ADD:
    case ClassicAlu.OR:
    case ClassicAlu.XOR:
      statement.code = CLASSIC_TXA;
      store(cx, statement, ATOM_A, cx.atoms[ATOM_X]!);
      return true;
    case ClassicAlu.MUL:
    case ClassicAlu.AND:
    case ClassicAlu.LSH:
    case ClassicAlu.RSH:
      statement.code = LD_IMM;
      statement.k = 0;
      store(cx, statement, ATOM_A, cx.values.constant(0));
      return true;
    default:
      return false;
  }
}

/** Replaces an operation on two constants by its result. */
function fold(cx: Walk, statement: Statement, operation: number, left: number, right: number): boolean {
  const result = compute(operation, left, right);
  if (result === undefined) return false;
  statement.code = LD_IMM;
  statement.k = result >>> 0;
  cx.changed();
  cx.atoms[ATOM_A] = cx.values.constant(statement.k);
  return true;
}

function compute(operation: number, left: number, right: number): number | undefined {
  switch (operation) {
    case ClassicAlu.ADD:
      return left + right;
    case ClassicAlu.SUB:
      return left - right;
    case ClassicAlu.MUL:
      return Math.imul(left, right);
    case ClassicAlu.DIV:
      return right === 0 ? undefined : Math.floor(left / right);
    case ClassicAlu.MOD:
      return right === 0 ? undefined : left % right;
    case ClassicAlu.AND:
      return left & right;
    case ClassicAlu.OR:
      return left | right;
    case ClassicAlu.XOR:
      return left ^ right;
    case ClassicAlu.LSH:
      return right > 31 ? undefined : left << right;
    case ClassicAlu.RSH:
      return right > 31 ? undefined : left >>> right;
    default:
      return undefined;
  }
}
