// One rule for each kind of expression: what type it has.

import { nearest } from '../../../base/text.ts';
import { BOOL, INT64, recordType, type Type, tupleType, UINT64, VOID } from '../../../image/index.ts';
import type { BlockExpression, Expression, ExpressionOf, MapExpression } from '../ast.ts';
import { checkIndex, checkMember } from './access.ts';
import { checkCast } from './casts.ts';
import { checkCondition } from './conditions.ts';
import { literal, parameterNumber, stringInfo } from './constants.ts';
import { aggregationName, aggregationNumber } from './maps.ts';
import { checkBinary, checkUnary } from './operators.ts';
import type { ProgramChecker } from './program.ts';
import { checkStatements } from './statements.ts';
import { checkTypeinfo, operandType } from './typeinfo.ts';
import { constantNumber, isUnresolved, join, nameOf, type TypeInfo, UNRESOLVED_INFO } from './types.ts';
import { checkCall, checkIdentifier } from './uses.ts';

type Rules = { readonly [K in Expression['kind']]: (checker: ProgramChecker, node: ExpressionOf<K>) => TypeInfo };

const RULES: Rules = {
  integer: (_checker, node) => literal(node.value),
  boolean: (_checker, node) => ({ type: BOOL, constant: node.value }),
  string: (_checker, node) => stringInfo(node.value),
  positional: checkPositional,
  'positional-count': (checker) => literal(BigInt(checker.scope.options.positional.length)),
  variable: checkVariable,
  map: checkMap,
  block: checkBlock,
  identifier: checkIdentifier,
  call: checkCall,
  unary: checkUnary,
  increment: checkIncrement,
  binary: checkBinary,
  ternary: checkTernary,
  if: checkIf,
  cast: checkCast,
  member: checkMember,
  index: checkIndex,
  tuple: (checker, node) => checkTuple(checker, node),
  record: checkRecord,
  sizeof: checkSizeof,
  offsetof: checkOffsetof,
  typeinfo: checkTypeinfo,
  comptime: checkComptime,
};

export function checkExpression(checker: ProgramChecker, node: Expression): TypeInfo {
  return RULES[node.kind](checker, node as never);
}

function checkPositional(checker: ProgramChecker, node: ExpressionOf<'positional'>): TypeInfo {
  const text = checker.scope.options.positional[node.index - 1];
  if (text === undefined) {
    checker.warning('missing-parameter', `Positional parameter $${node.index} is empty or not provided.`, node.span);
    return literal(0n);
  }
  const number = parameterNumber(text);
  return number === undefined ? stringInfo(text) : literal(number);
}

function checkVariable(checker: ProgramChecker, node: ExpressionOf<'variable'>): TypeInfo {
  const variable = checker.variable(node);
  if (!variable) return UNRESOLVED_INFO;
  if (!variable.assigned) {
    checker.warning('unassigned-variable', `Variable used before it was assigned: $${node.name}`, node.span);
  }
  return { type: variable.info.type };
}

function checkMap(checker: ProgramChecker, node: MapExpression): TypeInfo {
  const map = checker.useMap(node);
  map.read = true;
  if (!map.aggregation) {
    if (!map.written && checker.final) checker.undefinedMap(node);
    return { type: map.value.type };
  }
  const type = aggregationNumber(map.aggregation);
  if (type) {
    // bpf_map_lookup_percpu_elem reads the values of the other processors.
    checker.needsKernel('5.19', `${aggregationName(map.aggregation)} as a number`, node.span);
    return { type };
  }
  const name = aggregationName(map.aggregation);
  checker
    .error('aggregation-value', `Map value '${name}' cannot be used as a value`, node.span)
    .hint(`print it with print(${node.name})`);
  return UNRESOLVED_INFO;
}

export function checkBlock(checker: ProgramChecker, node: BlockExpression): TypeInfo {
  return checker.scopes.inside(() => {
    checkStatements(checker, node);
    if (!node.value) return { type: VOID };
    const info = checker.info(node.value);
    // A block that does something must run, whatever its value.
    return node.statements.length === 0 ? info : { type: info.type };
  });
}

function checkIncrement(checker: ProgramChecker, node: ExpressionOf<'increment'>): TypeInfo {
  const { target } = node;
  const current = target.kind === 'map' ? checker.targetMap(target) : checker.variable(target)?.info;
  if (!current) return UNRESOLVED_INFO;
  if (!isUnresolved(current.type) && current.type.kind !== 'int' && current.type.kind !== 'pointer') {
    checker.error(
      'bad-operand',
      `The ${node.operator} operator can not be used on expressions of type '${nameOf(current.type)}'`,
      node.span,
    );
    return UNRESOLVED_INFO;
  }
  const type = current.type.kind === 'pointer' ? current.type : counterType(current.type);
  checker.assign(target, { type }, node.span);
  return { type };
}

/** What counts up takes 64 bits, and keeps its sign. */
function counterType(type: Type): Type {
  return type.kind === 'int' && !type.signed ? UINT64 : INT64;
}

function checkTernary(checker: ProgramChecker, node: ExpressionOf<'ternary'>): TypeInfo {
  const condition = checkCondition(checker, node.condition);
  const then = node.then ? checker.info(node.then) : condition;
  const otherwise = checker.info(node.otherwise);
  const chosen = constantNumber(condition);
  return chooseType(checker, node, then, otherwise, chosen);
}

function checkIf(checker: ProgramChecker, node: ExpressionOf<'if'>): TypeInfo {
  const condition = checkCondition(checker, node.condition);
  const chosen = constantNumber(condition);
  // What a comptime condition rules out is not even looked at: it may use what this kernel does not have.
  if (node.condition.kind === 'comptime' && chosen !== undefined) {
    if (chosen !== 0n) return checker.info(node.then);
    return node.otherwise ? checker.info(node.otherwise) : { type: VOID };
  }
  const then = checker.info(node.then);
  if (!node.otherwise) return { type: VOID };
  return chooseType(checker, node, then, checker.info(node.otherwise), chosen);
}

type Choice = ExpressionOf<'ternary' | 'if'>;

function chooseType(
  checker: ProgramChecker,
  node: Choice,
  then: TypeInfo,
  otherwise: TypeInfo,
  chosen: bigint | undefined,
): TypeInfo {
  const type = join(then, otherwise);
  if (type === undefined) {
    if (node.kind === 'if') return { type: VOID };
    checker.error(
      'type-mismatch',
      `Ternary operator must return the same type: have '${nameOf(then.type)}' and '${nameOf(otherwise.type)}'`,
      node.span,
    );
    return UNRESOLVED_INFO;
  }
  const constant = chosen === undefined ? undefined : chosen !== 0n ? then.constant : otherwise.constant;
  return constant === undefined ? { type } : { type, constant };
}

function checkTuple(checker: ProgramChecker, node: ExpressionOf<'tuple'>): TypeInfo {
  const types = node.elements.map((element) => checker.value(element).type);
  return { type: tupleType(types) };
}

function checkRecord(checker: ProgramChecker, node: ExpressionOf<'record'>): TypeInfo {
  const fields = node.fields.map((field) => ({ name: field.name, type: checker.value(field.value).type }));
  return { type: recordType('', fields) };
}

function checkSizeof(checker: ProgramChecker, node: ExpressionOf<'sizeof'>): TypeInfo {
  const type = operandType(checker, node.operand);
  if (!type || isUnresolved(type)) return { type: UINT64 };
  return { type: UINT64, constant: BigInt(checker.ctypes.sizeOf(type)) };
}

function checkOffsetof(checker: ProgramChecker, node: ExpressionOf<'offsetof'>): TypeInfo {
  let type = operandType(checker, node.operand);
  let offset = 0;
  for (const name of node.path) {
    if (!type || isUnresolved(type)) return { type: UINT64 };
    if (type.kind === 'pointer') type = type.to;
    const field: { type: Type; offset: number } | undefined =
      type.kind === 'struct'
        ? checker.ctypes.member(type.name, name, checker.space)
        : type.kind === 'record'
          ? type.fields.find((one) => one.name === name)
          : undefined;
    if (!field) return missingField(checker, node, type, name);
    offset += field.offset;
    type = field.type;
  }
  return { type: UINT64, constant: BigInt(offset) };
}

function missingField(checker: ProgramChecker, node: ExpressionOf<'offsetof'>, type: Type, name: string): TypeInfo {
  const names = type.kind === 'struct' ? checker.ctypes.memberNames(type.name) : undefined;
  const message = names
    ? `Record does not contain a field named '${name}'`
    : `Can not take the offset of a field in '${nameOf(type)}'`;
  const report = checker.error('unknown-member', message, node.span);
  const meant = names && nearest(name, names);
  if (meant) report.hint(`did you mean '${meant}'?`);
  return UNRESOLVED_INFO;
}

function checkComptime(checker: ProgramChecker, node: ExpressionOf<'comptime'>): TypeInfo {
  const info = checker.info(node.operand);
  if (info.constant === undefined && !isUnresolved(info.type)) {
    checker.error('not-constant', 'Unable to evaluate at compile time.', node.span);
  }
  return info;
}
