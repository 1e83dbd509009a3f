// One rule for each kind of expression: what code makes its value.

import {
  build,
  cast,
  changeMap,
  constantString,
  deferred,
  inMemory,
  memory,
  type Operand,
  readAggregation,
  readMap,
  scalar,
  store,
} from '../../../compiler/operations/index.ts';
import { isScalar, sizeOf, type Type, type TypeOf } from '../../../image/index.ts';
import type { Expression, ExpressionOf } from '../ast.ts';
import { typeinfoMembers } from '../check/typeinfo.ts';
import { isUnresolved } from '../check/types.ts';
import { useOf } from '../check/uses.ts';
import { stringBytes } from '../parse/literals.ts';
import { findWord } from '../words/index.ts';
import { lowerAccess } from './access.ts';
import { combine, lowerBinary, lowerUnary } from './operators.ts';
import type { ProgramLowering } from './program.ts';
import { lowerBlock } from './statements.ts';

type Rules = {
  readonly [K in Expression['kind']]: (cx: ProgramLowering, node: ExpressionOf<K>) => Operand | undefined;
};

const RULES: Rules = {
  integer: constantRule,
  boolean: constantRule,
  string: constantRule,
  positional: constantRule,
  'positional-count': constantRule,
  sizeof: constantRule,
  offsetof: constantRule,
  comptime: (cx, node) => lowerExpression(cx, node.operand),
  variable: (cx, node) => cx.readVariable(node),
  map: lowerMap,
  block: (cx, node) => lowerBlock(cx, node),
  identifier: lowerWord,
  call: lowerWord,
  unary: lowerUnary,
  increment: lowerIncrement,
  binary: lowerBinary,
  ternary: lowerTernary,
  if: lowerIf,
  cast: lowerCast,
  member: lowerAccess,
  index: lowerAccess,
  tuple: (cx, node) => lowerElements(cx, node, node.elements),
  record: (cx, node) =>
    lowerElements(
      cx,
      node,
      node.fields.map((field) => field.value),
    ),
  typeinfo: (cx, node) => lowerElements(cx, node, typeinfoMembers(node)),
};

/** The value of an expression; undefined when it has none. */
export function lowerExpression(cx: ProgramLowering, node: Expression): Operand | undefined {
  const known = constantOperand(cx, node);
  if (known) return known;
  if (cx.p.b.ended) return unreached(cx, cx.type(node));
  return cx.p.withSpan(node.span, () => RULES[node.kind](cx, node as never));
}

/** Stands for a value behind `return`, `break` or `continue`, which no code needs to make. */
function unreached(cx: ProgramLowering, type: Type): Operand | undefined {
  if (type.kind === 'void') return undefined;
  return isScalar(type) ? scalar(type, cx.p.b.const(0)) : deferred(type, () => undefined);
}

function constantOperand(cx: ProgramLowering, node: Expression): Operand | undefined {
  const { constant, type } = cx.info(node);
  if (constant === undefined) return undefined;
  if (typeof constant !== 'string') return scalar(type, cx.p.b.const(BigInt(constant)));
  return type.kind === 'string' ? constantString(cx.p, stringBytes(constant), type.size) : undefined;
}

function constantRule(_cx: ProgramLowering, node: Expression): never {
  throw new Error(`bug in beetrace: the ${node.kind} is not known`);
}

function lowerMap(cx: ProgramLowering, node: ExpressionOf<'map'>): Operand {
  const map = cx.map(node);
  const key = cx.key(node);
  return map.value.kind === 'plain' ? readMap(cx.p, map, key) : readAggregation(cx.p, map, key);
}

function lowerWord(cx: ProgramLowering, node: ExpressionOf<'identifier' | 'call'>): Operand | undefined {
  const own = node.kind === 'call' ? cx.callFunction(node) : undefined;
  if (own) return own;
  const word = findWord(node.name);
  if (!word || word.kind === 'aggregation') throw new Error(`bug in beetrace: '${node.name}' is no word`);
  return word.lower(cx, useOf(node));
}

function lowerIncrement(cx: ProgramLowering, node: ExpressionOf<'increment'>): Operand {
  const { target } = node;
  const one = { node: { type: { kind: 'int', size: 1, signed: true } as Type, constant: 1n }, value: cx.p.b.const(1) };
  const operator = node.operator === '++' ? '+' : '-';
  const type = target.kind === 'map' ? cx.mapType(target) : cx.variable(target).info.type;
  const change = (old: ReturnType<typeof cx.scalar>) => combine(cx, { operator }, { node: { type }, value: old }, one);
  if (target.kind === 'map') {
    const { before, after } = changeMap(cx.p, cx.map(target), cx.key(target), change);
    return scalar(type, node.prefix ? after : before);
  }
  const before = cx.register(target);
  const after = change(before);
  cx.writeVariable(cx.variable(target), scalar(type, after));
  return scalar(type, node.prefix ? after : before);
}

function lowerTernary(cx: ProgramLowering, node: ExpressionOf<'ternary'>): Operand | undefined {
  const { condition, otherwise } = node;
  if (node.then) return choose(cx, node, condition, node.then, otherwise);
  const value = cx.scalar(condition);
  const type = cx.type(node);
  const result = cx.p.b.choose(
    'ne',
    value,
    0,
    () => value,
    () => cx.scalar(otherwise),
  );
  return scalar(type, result);
}

function lowerIf(cx: ProgramLowering, node: ExpressionOf<'if'>): Operand | undefined {
  return choose(cx, node, node.condition, node.then, node.otherwise);
}

/** Runs one side or the other; only the side that runs is computed. */
function choose(
  cx: ProgramLowering,
  node: Expression,
  condition: Expression,
  then: Expression,
  otherwise: Expression | undefined,
): Operand | undefined {
  const type = cx.type(node);
  const known = cx.constantNumber(condition);
  if (known !== undefined) {
    const taken = known !== 0n ? then : otherwise;
    return taken && lowerExpression(cx, taken);
  }
  if (type.kind === 'void' || isUnresolved(type)) {
    sides(cx, condition, () => cx.effect(then), otherwise && (() => cx.effect(otherwise)));
    return undefined;
  }
  if (isScalar(type)) {
    const result = cx.p.b.variable('choice');
    const write = (side: Expression) => cx.p.b.write(result, cx.scalar(side));
    sides(cx, condition, () => write(then), otherwise && (() => write(otherwise)));
    return scalar(type, cx.p.b.read(result));
  }
  const place = cx.p.temp(sizeOf(type));
  const write = (side: Expression) => cx.p.scope(() => store(cx.p, place, type, cx.operand(side), true));
  sides(cx, condition, () => write(then), otherwise && (() => write(otherwise)));
  return memory(type, place);
}

/** Two ways through the program that meet again. */
function sides(
  cx: ProgramLowering,
  condition: Expression,
  then: () => void,
  otherwise: (() => void) | undefined,
): void {
  const { b } = cx.p;
  const yes = b.block('then');
  const after = b.block('after');
  const no = otherwise ? b.block('else') : after;
  cx.branch(condition, yes, no);
  b.enter(yes);
  then();
  b.jump(after);
  if (otherwise) {
    b.enter(no);
    otherwise();
    b.jump(after);
  }
  b.enter(after);
}

function lowerCast(cx: ProgramLowering, node: ExpressionOf<'cast'>): Operand {
  const from = cx.type(node.operand);
  const to = cx.type(node);
  if (isScalar(from) && isScalar(to)) return scalar(to, cast(cx.p, cx.scalar(node.operand), from, to));
  if (isScalar(to)) {
    const bytes = inMemory(cx.p, cx.operand(node.operand));
    return scalar(to, cx.p.b.load(sizeOf(to) as 1 | 2 | 4 | 8, bytes.base, bytes.offset));
  }
  const operand = cx.operand(node.operand);
  if (from.kind === to.kind) return resized(cx, operand, to);
  const size = sizeOf(to) as 1 | 2 | 4 | 8;
  // A number that was written is widened to the array that it fills.
  const value =
    isScalar(from) && size > sizeOf(from)
      ? scalar({ kind: 'int', size, signed: true }, cx.scalar(node.operand))
      : operand;
  return { ...inMemory(cx.p, value, true), type: to };
}

function resized(cx: ProgramLowering, operand: Operand, type: Type): Operand {
  if (sizeOf(operand.type) === sizeOf(type)) return operand;
  return deferred(type, (place, clean) => store(cx.p, place, type, operand, clean));
}

function lowerElements(cx: ProgramLowering, node: Expression, elements: readonly Expression[]): Operand {
  return build(
    cx.p,
    cx.type(node) as TypeOf<'tuple' | 'record'>,
    elements.map((element) => cx.value(element)),
  );
}
