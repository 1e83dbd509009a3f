// Unary and binary operators: what they take, what they give, and their results when the operands are known.

import {
  BOOL,
  INT64,
  intType,
  isScalar,
  isSigned,
  pointerType,
  sizeOf,
  type Type,
  UINT64,
} from '../../../image/index.ts';
import type { BinaryOperator, ExpressionOf } from '../ast.ts';
import { literal } from './constants.ts';
import type { ProgramChecker } from './program.ts';
import {
  arithmeticType,
  constantNumber,
  isComparable,
  isCondition,
  isInteger,
  isUnresolved,
  join,
  nameOf,
  promote,
  type TypeInfo,
  UNRESOLVED_INFO,
} from './types.ts';

export function checkUnary(checker: ProgramChecker, node: ExpressionOf<'unary'>): TypeInfo {
  if (node.operator === '&') return checkAddress(checker, node);
  const operand = checker.info(node.operand);
  if (isUnresolved(operand.type)) return node.operator === '!' ? { type: BOOL } : UNRESOLVED_INFO;
  const value = constantNumber(operand);
  switch (node.operator) {
    case '!':
      if (!isCondition(operand.type)) return unsupported(checker, node.span, '!', operand.type);
      return value === undefined ? { type: BOOL } : { type: BOOL, constant: value === 0n };
    case '-':
      if (!isInteger(operand.type)) return unsupported(checker, node.span, '-', operand.type);
      return value === undefined ? { type: INT64 } : literal(BigInt.asIntN(64, -value));
    case '~':
      if (!isInteger(operand.type)) return unsupported(checker, node.span, '~', operand.type);
      return complement(operand.type, value);
    case '*':
      return dereference(checker, node, operand.type);
  }
}

/** `~0` is -1; of a sized unsigned value the complement is in its 64 bits, as the machine computes it. */
function complement(type: Type, value: bigint | undefined): TypeInfo {
  if (value !== undefined) return literal(isSigned(type) ? ~value : BigInt.asUintN(64, ~value));
  return { type: isSigned(type) ? INT64 : UINT64 };
}

function dereference(checker: ProgramChecker, node: ExpressionOf<'unary'>, type: Type): TypeInfo {
  if (type.kind === 'pointer' && type.to.kind !== 'void') return { type: type.to };
  // A register holds an address when the script says so: `*arg0` reads eight bytes there.
  if (type.kind === 'int' && type.size === 8) return { type: UINT64 };
  const report = checker.error('bad-dereference', `Can not dereference value of type '${nameOf(type)}'`, node.span);
  if (type.kind === 'pointer') report.hint('cast it to a pointer to what is there: *(uint32*)p');
  return UNRESOLVED_INFO;
}

/** The address of a variable: its bytes are the tracer's own, which the kernel can read. */
function checkAddress(checker: ProgramChecker, node: ExpressionOf<'unary'>): TypeInfo {
  if (node.operand.kind === 'variable') {
    const type = checker.type(node.operand);
    return isUnresolved(type) ? UNRESOLVED_INFO : { type: pointerType(type, 'kernel') };
  }
  checker.error('bad-address', 'The & operator takes a variable', node.span);
  return UNRESOLVED_INFO;
}

const COMPARISONS: ReadonlySet<BinaryOperator> = new Set(['==', '!=', '<', '>', '<=', '>=']);

export function isComparison(operator: BinaryOperator): boolean {
  return COMPARISONS.has(operator);
}

export function checkBinary(checker: ProgramChecker, node: ExpressionOf<'binary'>): TypeInfo {
  const left = checker.info(node.left);
  const right = checker.info(node.right);
  return binaryInfo(checker, node, left, right);
}

type Operation = Pick<ExpressionOf<'binary'>, 'operator' | 'operatorSpan' | 'span'>;

/** The type of an operation, also of the one inside a compound assignment. */
export function binaryInfo(checker: ProgramChecker, node: Operation, left: TypeInfo, right: TypeInfo): TypeInfo {
  const { operator } = node;
  if (operator === '&&' || operator === '||') return logical(checker, node, left, right);
  if (isUnresolved(left.type) || isUnresolved(right.type)) {
    if (isComparison(operator)) return { type: BOOL };
    const known = isUnresolved(left.type) ? right : left;
    return checker.maps.circular && isInteger(known.type)
      ? { type: arithmeticType(operator, asOperand(known), asOperand(known)) }
      : UNRESOLVED_INFO;
  }
  if (isComparison(operator)) return comparison(checker, node, left, right);
  if (left.type.kind === 'pointer' || right.type.kind === 'pointer')
    return pointerArithmetic(checker, node, left, right);
  if (!isArithmetic(left.type) || !isArithmetic(right.type)) return mismatch(checker, node, left.type, right.type);
  const a = constantNumber(left);
  const b = constantNumber(right);
  if (a !== undefined && b !== undefined) return foldArithmetic(checker, node, a, b);
  return { type: arithmeticType(operator, asOperand(left), asOperand(right)) };
}

/** Scalars that count as plain numbers in arithmetic, such as timestamps. */
function isArithmetic(type: Type): boolean {
  return isInteger(type);
}

function asOperand(info: TypeInfo): TypeInfo {
  return info.type.kind === 'bool' ? { type: intType(1, true), constant: 1n } : info;
}

function logical(checker: ProgramChecker, node: Operation, left: TypeInfo, right: TypeInfo): TypeInfo {
  for (const { type } of [left, right]) {
    if (!isUnresolved(type) && !isCondition(type)) return unsupported(checker, node.span, node.operator, type);
  }
  const a = constantNumber(left);
  const b = constantNumber(right);
  const decides = node.operator === '&&' ? (value: bigint) => value === 0n : (value: bigint) => value !== 0n;
  if (a !== undefined && decides(a)) return { type: BOOL, constant: node.operator === '||' };
  if (a !== undefined && b !== undefined) return { type: BOOL, constant: b !== 0n };
  return { type: BOOL };
}

function comparison(checker: ProgramChecker, node: Operation, left: TypeInfo, right: TypeInfo): TypeInfo {
  const { operator } = node;
  const equality = operator === '==' || operator === '!=';
  if (typeof left.constant === 'string' && typeof right.constant === 'string' && equality) {
    return { type: BOOL, constant: (left.constant === right.constant) === (operator === '==') };
  }
  const named = comparesName(left, right) || comparesName(right, left);
  if (named && equality) return { type: BOOL };
  if (!comparableTypes(left, right, equality)) return mismatch(checker, node, left.type, right.type);
  const a = constantNumber(left);
  const b = constantNumber(right);
  if (a !== undefined && b !== undefined) return { type: BOOL, constant: compare(operator, a, b) };
  if (isInteger(left.type) && isInteger(right.type) && promote(asOperand(left), asOperand(right)).mixed && !equality) {
    checker
      .warning(
        'mixed-signs',
        `comparison of integers of different signs: '${nameOf(left.type)}' and '${nameOf(right.type)}'`,
        node.span,
      )
      .hint('cast one side, for example (int64)x');
  }
  return { type: BOOL };
}

/** A value with names compared with a name: `probe == "begin"`. */
function comparesName(value: TypeInfo, name: TypeInfo): boolean {
  return value.type.kind === 'enum' && typeof name.constant === 'string';
}

function comparableTypes(left: TypeInfo, right: TypeInfo, equality: boolean): boolean {
  const [a, b] = [left.type, right.type];
  if (isScalar(a) && isScalar(b)) return true;
  if (!equality || !isComparable(a) || !isComparable(b)) return false;
  if (a.kind === 'string' && b.kind === 'string') return true;
  if (a.kind === 'array' && b.kind === 'array')
    return sizeOf(a) === sizeOf(b) && sizeOf(a.element) === sizeOf(b.element);
  return join(left, right) !== undefined;
}

function compare(operator: BinaryOperator, a: bigint, b: bigint): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    default:
      return a >= b;
  }
}

function pointerArithmetic(checker: ProgramChecker, node: Operation, left: TypeInfo, right: TypeInfo): TypeInfo {
  const { operator } = node;
  if (left.type.kind === 'pointer' && isInteger(right.type) && (operator === '+' || operator === '-')) {
    return { type: left.type };
  }
  if (right.type.kind === 'pointer' && isInteger(left.type) && operator === '+') return { type: right.type };
  if (left.type.kind === 'pointer' && right.type.kind === 'pointer' && operator === '-') return { type: INT64 };
  // Masking and shifting an address makes a number of it.
  if (['&', '|', '^', '>>', '<<', '%'].includes(operator)) return { type: UINT64 };
  return mismatch(checker, node, left.type, right.type);
}

function foldArithmetic(checker: ProgramChecker, node: Operation, a: bigint, b: bigint): TypeInfo {
  if ((node.operator === '/' || node.operator === '%') && b === 0n) {
    checker.error('division-by-zero', 'Divide or modulo by 0 detected', node.operatorSpan);
    return UNRESOLVED_INFO;
  }
  const exact = arithmetic(node.operator, a, b);
  // What does not fit 64 bits wraps around, as it would at run time.
  if (exact >= -(1n << 63n) && exact < 1n << 64n) return literal(exact);
  return literal(a < 0n || b < 0n || node.operator === '-' ? BigInt.asIntN(64, exact) : BigInt.asUintN(64, exact));
}

function arithmetic(operator: BinaryOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return BigInt.asUintN(64, a) << (b & 63n);
    default:
      return a >> (b & 63n);
  }
}

function mismatch(checker: ProgramChecker, node: Operation, left: Type, right: Type): TypeInfo {
  checker.error(
    'type-mismatch',
    `Type mismatch for '${node.operator}': comparing ${nameOf(left)} with ${nameOf(right)}`.replace(
      'comparing',
      isComparison(node.operator) ? 'comparing' : 'combining',
    ),
    node.span,
  );
  return isComparison(node.operator) ? { type: BOOL } : UNRESOLVED_INFO;
}

function unsupported(checker: ProgramChecker, span: Operation['span'], operator: string, type: Type): TypeInfo {
  checker.error(
    'bad-operand',
    `The ${operator} operator can not be used on expressions of type '${nameOf(type)}'`,
    span,
  );
  return UNRESOLVED_INFO;
}
