// One rule for each kind of statement.

import {
  aggregate,
  changeMap,
  memory,
  type Operand,
  scalar,
  store,
  writeMap,
} from '../../../compiler/operations/index.ts';
import { isScalar, sizeOf } from '../../../image/index.ts';
import type { BlockExpression, MapExpression, Statement, StatementOf } from '../ast.ts';
import { isUnresolved } from '../check/types.ts';
import { findWord } from '../words/index.ts';
import { lowerForMap, lowerForRange, lowerUnroll, lowerWhile } from './loops.ts';
import { combine } from './operators.ts';
import type { ProgramLowering } from './program.ts';

type Rules = { readonly [K in Statement['kind']]: (cx: ProgramLowering, node: StatementOf<K>) => void };

const RULES: Rules = {
  'expression-statement': (cx, node) => cx.effect(node.expression),
  let: lowerLet,
  assign: lowerAssign,
  'for-map': lowerForMap,
  'for-range': lowerForRange,
  while: lowerWhile,
  unroll: lowerUnroll,
  break: (cx) => cx.loop.break(),
  continue: (cx) => cx.loop.continue(),
  return: (cx, node) => cx.p.exit(node.value && cx.scalar(node.value)),
  'import-statement': () => undefined,
};

/** The statements of a block; temporary memory is given back after each, that of variables at the end. */
export function lowerStatements(cx: ProgramLowering, node: BlockExpression): void {
  for (const statement of node.statements) {
    // What stands behind `return`, `break` or `continue` is never reached.
    if (cx.p.b.ended) return;
    cx.declare(statement);
    cx.p.withSpan(statement.span, () => cx.p.scope(() => RULES[statement.kind](cx, statement as never)));
  }
}

/** A block; its value is complete before the block's memory is given back. */
export function lowerBlock(cx: ProgramLowering, node: BlockExpression): Operand | undefined {
  const { value } = node;
  const type = cx.type(node);
  if (!value || type.kind === 'void' || isUnresolved(type)) {
    cx.p.scope(() => {
      lowerStatements(cx, node);
      if (value) cx.effect(value);
    });
    return undefined;
  }
  if (isScalar(type)) {
    return cx.p.scope(() => {
      lowerStatements(cx, node);
      return scalar(type, cx.scalar(value));
    });
  }
  const place = cx.p.temp(sizeOf(type));
  cx.p.scope(() => {
    lowerStatements(cx, node);
    store(cx.p, place, type, cx.operand(value), true);
  });
  return memory(type, place);
}

function lowerLet(cx: ProgramLowering, node: StatementOf<'let'>): void {
  const variable = cx.variable(node);
  if (node.value) cx.writeVariable(variable, cx.value(node.value));
  else cx.clearVariable(variable);
}

function lowerAssign(cx: ProgramLowering, node: StatementOf<'assign'>): void {
  const { target, operator, value } = node;
  if (target.kind === 'discard') {
    cx.effect(value);
    return;
  }
  if (target.kind === 'map') {
    lowerMapAssign(cx, node, target);
    return;
  }
  const variable = cx.variable(target);
  if (operator === undefined) {
    cx.writeVariable(variable, cx.value(value));
    return;
  }
  const { type } = variable.info;
  const result = combine(cx, { operator }, { node: { type }, value: cx.register(target) }, side(cx, value));
  cx.writeVariable(variable, scalar(type, result));
}

function side(cx: ProgramLowering, node: StatementOf<'assign'>['value']) {
  return { node: cx.info(node), value: cx.scalar(node) };
}

function lowerMapAssign(cx: ProgramLowering, node: StatementOf<'assign'>, target: MapExpression): void {
  const { operator, value } = node;
  const map = cx.map(target);
  if (operator !== undefined) {
    const right = side(cx, value);
    const type = cx.mapType(target);
    changeMap(cx.p, map, cx.key(target), (old) => combine(cx, { operator }, { node: { type }, value: old }, right));
    return;
  }
  const word = value.kind === 'call' || value.kind === 'identifier' ? findWord(value.name) : undefined;
  if (word?.kind !== 'aggregation') {
    writeMap(cx.p, map, cx.key(target), cx.value(value));
    return;
  }
  const amount = value.kind === 'call' ? value.args[0] : undefined;
  const number = amount && cx.scalar(amount);
  aggregate(cx.p, map, cx.key(target), number);
}
