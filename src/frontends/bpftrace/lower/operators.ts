// Operators on values: arithmetic in registers, comparisons as branches.

import type { Block, Instruction } from '../../../compiler/ir.ts';
import {
  type ArithmeticOperator,
  arithmetic,
  type ComparisonOperator,
  complement,
  conditionOf,
  equal,
  equalStrings,
  inMemory,
  type MemoryOperand,
  memory,
  negate,
  type Operand,
  scalar,
  store,
} from '../../../compiler/operations/index.ts';
import { isScalar, isSigned, sameType, sizeOf, type Type } from '../../../image/index.ts';
import type { Expression, ExpressionOf } from '../ast.ts';
import { isComparison } from '../check/operators.ts';
import { isInteger, join, promote, type TypeInfo } from '../check/types.ts';
import type { ProgramLowering } from './program.ts';

export function lowerUnary(cx: ProgramLowering, node: ExpressionOf<'unary'>): Operand {
  const type = cx.type(node);
  switch (node.operator) {
    case '-':
      return scalar(type, negate(cx.p, cx.scalar(node.operand)));
    case '~':
      return scalar(type, complement(cx.p, cx.scalar(node.operand)));
    case '!':
      return cx.truth(node);
    case '&':
      return scalar(type, cx.addressOfVariable(node.operand));
    case '*':
      return cx.access(node);
  }
}

export function lowerBinary(cx: ProgramLowering, node: ExpressionOf<'binary'>): Operand {
  const { operator } = node;
  if (operator === '&&' || operator === '||' || isComparison(operator)) return cx.truth(node);
  const type = cx.type(node);
  const left = cx.scalar(node.left);
  const right = cx.scalar(node.right);
  return scalar(
    type,
    combine(cx, node, { node: cx.info(node.left), value: left }, { node: cx.info(node.right), value: right }),
  );
}

interface Side {
  readonly node: TypeInfo;
  readonly value: Instruction;
}

/** Arithmetic on two registers, also of a compound assignment; pointers step by what they point to. */
export function combine(
  cx: ProgramLowering,
  operation: { readonly operator: ExpressionOf<'binary'>['operator'] },
  left: Side,
  right: Side,
): Instruction {
  const operator = operation.operator as ArithmeticOperator;
  if (operator === '+' || operator === '-') {
    if (left.node.type.kind === 'pointer' && isInteger(right.node.type)) {
      return arithmetic(cx.p, operator, left.value, scaled(cx, right.value, left.node.type), false);
    }
    if (right.node.type.kind === 'pointer' && isInteger(left.node.type)) {
      return arithmetic(cx.p, operator, scaled(cx, left.value, right.node.type), right.value, false);
    }
  }
  return arithmetic(cx.p, operator, left.value, right.value, signedOperation(operator, left.node, right.node));
}

/** Whether division and shifts treat the operands as signed. */
function signedOperation(operator: ArithmeticOperator, left: TypeInfo, right: TypeInfo): boolean {
  if (!isInteger(left.type) || !isInteger(right.type)) return false;
  if (operator === '>>') return isSigned(left.type) && !nonNegative(left);
  if (operator !== '/' && operator !== '%') return false;
  return promote(left, right).type.signed;
}

function nonNegative(info: TypeInfo): boolean {
  return typeof info.constant === 'bigint' && info.constant >= 0n;
}

function scaled(cx: ProgramLowering, value: Instruction, pointer: Extract<Type, { kind: 'pointer' }>): Instruction {
  const size = Math.max(1, cx.ctypes.sizeOf(pointer.to));
  return size === 1 ? value : arithmetic(cx.p, '*', value, cx.p.b.const(size), false);
}

/** Goes to `then` where the expression is true, else to `otherwise`; what does not decide is not computed. */
export function lowerBranch(cx: ProgramLowering, node: Expression, then: Block, otherwise: Block): void {
  const { b } = cx.p;
  const known = cx.constantNumber(node);
  if (known !== undefined) {
    b.jump(known !== 0n ? then : otherwise);
    return;
  }
  if (node.kind === 'unary' && node.operator === '!') {
    lowerBranch(cx, node.operand, otherwise, then);
    return;
  }
  if (node.kind === 'binary') {
    if (node.operator === '&&' || node.operator === '||') {
      lowerLogical(cx, node, then, otherwise);
      return;
    }
    if (isComparison(node.operator)) {
      lowerComparison(cx, node, then, otherwise);
      return;
    }
  }
  b.branch('ne', cx.scalar(node), 0, then, otherwise);
}

function lowerLogical(cx: ProgramLowering, node: ExpressionOf<'binary'>, then: Block, otherwise: Block): void {
  const { b } = cx.p;
  const more = b.block(node.operator === '&&' ? 'and' : 'or');
  if (node.operator === '&&') lowerBranch(cx, node.left, more, otherwise);
  else lowerBranch(cx, node.left, then, more);
  b.enter(more);
  lowerBranch(cx, node.right, then, otherwise);
}

function lowerComparison(cx: ProgramLowering, node: ExpressionOf<'binary'>, then: Block, otherwise: Block): void {
  const { b } = cx.p;
  const operator = node.operator as ComparisonOperator;
  const left = cx.info(node.left);
  const right = cx.info(node.right);
  const name = enumName(left, right) ?? enumName(right, left);
  if (name !== undefined) {
    compareWithName(cx, node, name, then, otherwise);
    return;
  }
  if (isScalar(left.type) && isScalar(right.type)) {
    const condition = conditionOf(operator, comparesSigned(left, right));
    b.branch(condition, cx.scalar(node.left), cx.scalar(node.right), then, otherwise);
    return;
  }
  const same = cx.p.scope(() => sameValue(cx, node.left, node.right));
  if (operator === '==') b.branch('ne', same, 0, then, otherwise);
  else b.branch('eq', same, 0, then, otherwise);
}

/** 1 when two values that are not scalar are equal, else 0. */
function sameValue(cx: ProgramLowering, left: Expression, right: Expression): Instruction {
  const [a, b] = [cx.operand(left), cx.operand(right)];
  if (a.type.kind === 'string' && b.type.kind === 'string') return equalStrings(cx.p, a, b);
  const type = join(cx.info(left), cx.info(right)) ?? a.type;
  return equal(cx.p, asType(cx, a, type), asType(cx, b, type), sizeOf(type));
}

/** The bytes that a value has as a value of the type. */
function asType(cx: ProgramLowering, operand: Operand, type: Type): MemoryOperand {
  if (sameType(operand.type, type)) return inMemory(cx.p, operand, true);
  const place = cx.p.temp(sizeOf(type));
  store(cx.p, place, type, operand, true);
  return memory(type, place);
}

function comparesSigned(left: TypeInfo, right: TypeInfo): boolean {
  return isInteger(left.type) && isInteger(right.type) && promote(left, right).type.signed;
}

/** The values that a name has among those of an enum, when one side is an enum and the other a literal string. */
function enumName(value: TypeInfo, name: TypeInfo): { values: bigint[]; onLeft: TypeInfo } | undefined {
  if (value.type.kind !== 'enum' || typeof name.constant !== 'string') return undefined;
  const wanted = name.constant;
  return { values: value.type.values.filter((one) => one.name === wanted).map((one) => one.value), onLeft: value };
}

/** `probe == "begin"`: the name becomes its number here, so that nothing is compared but numbers. */
function compareWithName(
  cx: ProgramLowering,
  node: ExpressionOf<'binary'>,
  name: { values: bigint[]; onLeft: TypeInfo },
  then: Block,
  otherwise: Block,
): void {
  const [yes, no] = node.operator === '==' ? [then, otherwise] : [otherwise, then];
  const value = cx.scalar(name.onLeft === cx.info(node.left) ? node.left : node.right);
  for (const number of name.values) {
    const next = cx.p.b.block('next_name');
    cx.p.b.branch('eq', value, number, yes, next);
    cx.p.b.enter(next);
  }
  cx.p.b.jump(no);
}

/** A register that holds a value of `from`, as `to` holds it. */
export function needsCast(from: Type, to: Type): boolean {
  return sizeOf(to) < sizeOf(from) || (to.kind === 'bool' && from.kind !== 'bool');
}
