// One rule for each kind of statement.

import { INT64, isScalar, type Type, tupleType, UINT64 } from '../../../image/index.ts';
import type { BinaryOperator, BlockExpression, Expression, Statement, StatementOf } from '../ast.ts';
import { resolveType } from './casts.ts';
import { checkCondition } from './conditions.ts';
import { aggregationName, aggregationNumber } from './maps.ts';
import { binaryInfo } from './operators.ts';
import type { ProgramChecker } from './program.ts';
import { constantNumber, isInteger, isUnresolved, nameOf, promote, type TypeInfo, UNRESOLVED_INFO } from './types.ts';
import { checkAggregation } from './uses.ts';

type Rules = { readonly [K in Statement['kind']]: (checker: ProgramChecker, node: StatementOf<K>) => void };

const RULES: Rules = {
  'expression-statement': checkDiscarded,
  let: checkLet,
  assign: checkAssign,
  'for-map': checkForMap,
  'for-range': checkForRange,
  while: checkWhile,
  unroll: checkUnroll,
  break: (checker, node) => checkInLoop(checker, node),
  continue: (checker, node) => checkInLoop(checker, node),
  return: checkReturn,
  'import-statement': (checker, node) => {
    checker
      .error('import', `Unable to import '${node.path}' here`, node.span)
      .hint('put imports at the top of the script');
  },
};

function checkStatement(checker: ProgramChecker, node: Statement): void {
  RULES[node.kind](checker, node as never);
}

/** The statements of a block, with a warning for what cannot be reached. */
export function checkStatements(checker: ProgramChecker, node: BlockExpression): void {
  let ended = false;
  for (const statement of node.statements) {
    if (ended) {
      checker.warning('unreachable', 'Unreachable statement.', statement.span);
      ended = false;
    }
    checkStatement(checker, statement);
    if (statement.kind === 'return' || statement.kind === 'break' || statement.kind === 'continue') ended = true;
  }
}

/** Functions whose value nobody has to look at. */
function checkDiscarded(checker: ProgramChecker, node: StatementOf<'expression-statement'>): void {
  const { expression } = node;
  const before = checker.reported;
  const type = checker.type(expression);
  if (checker.reported > before || isUnresolved(type) || type.kind === 'void' || hasEffect(expression)) return;
  checker.warning('discarded', 'Return value discarded.', expression.span);
}

function hasEffect(node: Expression): boolean {
  switch (node.kind) {
    case 'increment':
    case 'block':
    case 'if':
      return true;
    case 'call':
      return node.name === 'delete' || node.name === 'find';
    case 'ternary':
      return hasEffect(node.otherwise);
    default:
      return false;
  }
}

function checkLet(checker: ProgramChecker, node: StatementOf<'let'>): void {
  const type = node.type && resolveType(checker, node.type);
  const value = node.value && checker.value(node.value);
  if (checker.scopes.find(node.name)) {
    shadowed(checker, node);
    return;
  }
  const info: TypeInfo = type ? { type } : UNRESOLVED_INFO;
  const variable = checker.scopes.declare(node, node.name, node.nameSpan, info, { declared: type !== undefined });
  checker.bind(node, variable);
  if (value) checker.assignVariable(variable, value, node.span, node.value);
}

function shadowed(checker: ProgramChecker, node: StatementOf<'let'>): void {
  checker.error(
    'redeclared',
    `Variable $${node.name} was already declared. Variable shadowing is not allowed.`,
    node.nameSpan,
  );
}

function checkAssign(checker: ProgramChecker, node: StatementOf<'assign'>): void {
  const { target, value, operator } = node;
  if (target.kind === 'discard') {
    checker.info(value);
    return;
  }
  if (target.kind === 'map' && operator === undefined && checkAggregation(checker, target, value, node.span)) return;
  if (operator !== undefined) {
    checkCompound(checker, { ...node, target, operator });
    return;
  }
  checker.assign(target, checker.value(value), node.span, value);
}

type Compound = Omit<StatementOf<'assign'>, 'target' | 'operator'> & {
  target: Exclude<StatementOf<'assign'>['target'], { kind: 'discard' }>;
  operator: BinaryOperator;
};

/** `$x += e` is `$x = $x + e`, and makes the variable or map as `++` does. */
function checkCompound(checker: ProgramChecker, node: Compound): void {
  const { target, operator, span } = node;
  const value = checker.info(node.value);
  const current = target.kind === 'map' ? checker.targetMap(target) : checker.variable(target)?.info;
  if (!current) return;
  const start = isUnresolved(current.type) ? { type: value.type } : { type: current.type };
  const result = binaryInfo(checker, { operator, operatorSpan: span, span }, start, { type: value.type });
  const sum = operator === '-' ? result : keepSign(current, result, value);
  if (!isUnresolved(result.type)) checker.assign(target, sum, span);
}

/** A number added to an unsigned counter leaves it unsigned; subtracting makes it signed. */
function keepSign(current: TypeInfo, result: TypeInfo, value: TypeInfo): TypeInfo {
  if (isInteger(current.type) && isInteger(value.type) && typeof value.constant === 'bigint' && value.constant >= 0n) {
    return { type: promote({ type: current.type }, value).type.signed ? INT64 : UINT64 };
  }
  return result;
}

function checkForMap(checker: ProgramChecker, node: StatementOf<'for-map'>): void {
  checker.needsKernel('5.13', 'a loop over a map', node.map.span);
  const map = checker.mapOf(node.map);
  if (map && node.map.key !== undefined) {
    checker
      .error('for-key', `${map.name} is used in a loop with a key`, node.map.span)
      .hint(`write for ($kv : ${map.name})`);
  }
  let type: Type | undefined;
  if (map) {
    map.read = true;
    if (map.shape === 'scalar') {
      checker.error(
        'for-scalar',
        `Maps used as iterators must have explicit keys: ${map.name} is a scalar map`,
        node.map.span,
      );
    }
    const value = map.aggregation ? aggregationNumber(map.aggregation) : map.value.type;
    if (!value) {
      checker.error(
        'for-value',
        `Loop expression does not support type: ${aggregationName(map.aggregation!)}`,
        node.map.span,
      );
    } else if (map.key && !isUnresolved(value)) type = tupleType([map.key.type, value]);
  }
  checkLoop(checker, node, type ? { type } : UNRESOLVED_INFO);
}

function checkForRange(checker: ProgramChecker, node: StatementOf<'for-range'>): void {
  const bounds = [node.from, node.to].map((bound) => {
    const info = checker.info(bound);
    if (!isUnresolved(info.type) && !isInteger(info.type)) {
      checker.error(
        'for-bound',
        `Loop range requires an integer for the bounds, not '${nameOf(info.type)}'`,
        bound.span,
      );
      return UNRESOLVED_INFO;
    }
    return info;
  });
  if (!isShort(bounds[0]!, bounds[1]!)) checker.needsKernel('5.17', 'a loop over a range that is not short', node.span);
  const known = bounds.every((bound) => !isUnresolved(bound.type));
  const signed = known && promote(bounds[0]!, bounds[1]!).type.signed;
  checkLoop(checker, node, known ? { type: signed ? INT64 : UINT64 } : UNRESOLVED_INFO);
}

/** Rounds up to which a range needs no helper of the kernel. */
const SHORT_RANGE = 32n;

function isShort(from: TypeInfo, to: TypeInfo): boolean {
  const [first, end] = [constantNumber(from), constantNumber(to)];
  return first !== undefined && end !== undefined && first >= 0n && end - first <= SHORT_RANGE;
}

function checkLoop(checker: ProgramChecker, node: StatementOf<'for-map' | 'for-range'>, info: TypeInfo): void {
  checker.scopes.inside(() => {
    if (checker.scopes.find(node.variable)) {
      checker.error('redeclared', `Loop declaration shadows existing variable: $${node.variable}`, node.variableSpan);
    }
    const variable = checker.scopes.declare(node, node.variable, node.variableSpan, info, { readOnly: true });
    variable.info = info;
    variable.assigned = true;
    checker.bind(node, variable);
    checker.insideLoop(() => checkBody(checker, node.body));
  });
}

function checkWhile(checker: ProgramChecker, node: StatementOf<'while'>): void {
  checker
    .warning('deprecated', 'while is deprecated and will be removed.', { ...node.span, end: node.span.start + 5 })
    .hint('use for with a range: for ($i : 0..10) { ... }');
  checkCondition(checker, node.condition);
  checker.insideLoop(() => checker.scopes.inside(() => checkBody(checker, node.body)));
}

function checkUnroll(checker: ProgramChecker, node: StatementOf<'unroll'>): void {
  const info = checker.info(node.count);
  const count = constantNumber(info);
  if (count === undefined) {
    if (!isUnresolved(info.type))
      checker.error('unroll-count', 'invalid unroll value', node.count.span).hint('use a literal integer');
  } else if (count > 100n) checker.error('unroll-count', 'unroll maximum value is 100', node.count.span);
  else if (count < 1n) checker.error('unroll-count', 'unroll minimum value is 1', node.count.span);
  checker.insideLoop(() => checker.scopes.inside(() => checkBody(checker, node.body)));
}

function checkInLoop(checker: ProgramChecker, node: Extract<Statement, { kind: 'break' | 'continue' }>): void {
  if (!checker.inLoop) checker.error('outside-loop', `'${node.kind}' statement not in a loop`, node.span);
}

function checkReturn(checker: ProgramChecker, node: StatementOf<'return'>): void {
  if (!node.value) return;
  const { type } = checker.info(node.value);
  if (isUnresolved(type) || isInteger(type) || (checker.fn && isScalar(type))) return;
  checker.error('return-type', `Probe return values can only be integers. Found ${nameOf(type)}`, node.value.span);
}

/** The body of a loop; a last expression without a semicolon is a statement like the others. */
function checkBody(checker: ProgramChecker, body: BlockExpression): void {
  checkStatements(checker, body);
  if (body.value) checker.info(body.value);
}
