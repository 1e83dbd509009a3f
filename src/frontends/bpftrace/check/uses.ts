// Words where they are used: builtins, functions, map value functions; enumerators and constants of C; subprograms.

import type { Span } from '../../../base/source.ts';
import { nearest } from '../../../base/text.ts';
import { VOID } from '../../../image/index.ts';
import type { Expression, ExpressionOf, MapExpression } from '../ast.ts';
import { probeKinds } from '../probes/registry.ts';
import { findWord, wordNames } from '../words/index.ts';
import type { Word } from '../words/word.ts';
import { literal, stringInfo } from './constants.ts';
import type { WordUse } from './context.ts';
import { checkFunctionCall, FUNCTION_KIND } from './functions.ts';
import { aggregationName, mapValueName } from './maps.ts';
import type { ProgramChecker } from './program.ts';
import { type TypeInfo, UNRESOLVED_INFO } from './types.ts';

/** A word as a rule and a lowering see it. */
export function useOf(node: ExpressionOf<'identifier' | 'call'>): WordUse {
  return node.kind === 'call'
    ? { name: node.name, span: node.span, nameSpan: node.nameSpan, args: node.args, node }
    : { name: node.name, span: node.span, nameSpan: node.span, args: [], node };
}

export function checkIdentifier(checker: ProgramChecker, node: ExpressionOf<'identifier'>): TypeInfo {
  const word = findWord(node.name);
  if (word && word.kind !== 'aggregation' && (word.args?.[0] ?? 0) === 0) return checkWord(checker, word, useOf(node));
  const constant = checker.ctypes.constant(node.name);
  if (typeof constant === 'bigint') return literal(constant);
  if (typeof constant === 'string') return stringInfo(constant);
  if (constant) return constant;
  if (word) return checkWord(checker, word, useOf(node));
  const report = checker.error('unknown-identifier', `Unknown identifier: '${node.name}'`, node.span);
  const meant = nearest(node.name, wordNames('value'));
  if (meant) report.hint(`did you mean '${meant}'?`);
  return UNRESOLVED_INFO;
}

export function checkCall(checker: ProgramChecker, node: ExpressionOf<'call'>): TypeInfo {
  const word = findWord(node.name);
  const own = checker.functions.get(node.name);
  if (own) return checkFunctionCall(checker, own, node);
  if (word) return checkWord(checker, word, useOf(node));
  const report = checker.error('unknown-function', `Unknown function: '${node.name}'`, node.nameSpan);
  const meant = nearest(node.name, [...checker.functions.keys(), ...wordNames()]);
  if (meant) report.hint(`did you mean '${meant}'?`);
  for (const arg of node.args) checker.info(arg);
  return UNRESOLVED_INFO;
}

function checkWord(checker: ProgramChecker, word: Word, use: WordUse): TypeInfo {
  if (!checkArity(checker, word, use) || !checkAllowed(checker, word, use)) return UNRESOLVED_INFO;
  if (word.kind === 'aggregation') {
    checker
      .error('aggregation-place', `${word.name}() must be assigned directly to a map`, use.span)
      .hint(`write @ = ${word.signature}`);
    return UNRESOLVED_INFO;
  }
  const result = word.check(checker, use);
  return 'type' in result ? result : { type: result };
}

function checkArity(checker: ProgramChecker, word: Word, use: WordUse): boolean {
  const [min, max] = word.args ?? [0, 0];
  const count = use.args.length;
  if (count >= min && count <= max) return true;
  const expected = min === max ? `${min}` : count < min ? `at least ${min}` : `at most ${max}`;
  const noun = (min === max ? min : count < min ? min : max) === 1 ? 'argument' : 'arguments';
  const message =
    min === max
      ? `${word.name}() requires ${min === 0 ? 'no' : expected} ${noun} (${count} provided)`
      : `${word.name}() requires ${expected} ${noun} (${count} provided)`;
  checker.error('argument-count', message, use.span).hint(`it is written ${word.signature}`);
  return false;
}

function checkAllowed(checker: ProgramChecker, word: Word, use: WordUse): boolean {
  if (word.unsafe && !checker.scope.options.unsafe) {
    checker.error('unsafe', `${word.name}() is unsafe. To use you need the --unsafe flag`, use.nameSpan);
    return false;
  }
  if (word.kernel && !checker.needsKernel(word.kernel, word.name, use.span)) return false;
  const { kind } = checker.scope.plan;
  if (kind === FUNCTION_KIND && (word.needs || word.probeOnly)) {
    checker.error('wrong-probe', `${use.name} can not be used in functions`, use.span).hint('pass it as an argument');
    return false;
  }
  if (!word.needs || kind.allows.includes(word.needs)) return true;
  const report = checker.error('wrong-probe', `${use.name} can not be used with "${kind.name}" probes`, use.span);
  const others = probeKinds.filter((one) => one.allows.includes(word.needs!)).map((one) => one.name);
  if (others.length > 0) report.hint(`it is there in ${others.join(', ')} probes`);
  return false;
}

/** `@m = count()`; false when the value is not a map value function. */
export function checkAggregation(
  checker: ProgramChecker,
  target: MapExpression,
  value: Expression,
  span: Span,
): boolean {
  if (value.kind !== 'call' && value.kind !== 'identifier') return false;
  const word = findWord(value.name);
  if (word?.kind !== 'aggregation') return false;
  const use = useOf(value);
  if (!checkArity(checker, word, use)) return true;
  const map = checker.useMap(target);
  map.written = true;
  const aggregation = word.aggregation(checker, use);
  checker.record(value, { type: VOID });
  if (!aggregation || checker.maps.joinAggregation(map, aggregation)) return true;
  const [added, held] = [aggregationName(aggregation), mapValueName(map)];
  const report = checker.error(
    'type-mismatch',
    `Type mismatch for ${map.name}: trying to assign value of type '${added}' when map already has a type '${held}'`,
    span,
  );
  if (added === held) report.hint(`all ${word.name}() calls on a map need the same arguments`);
  return true;
}

/** Whether a name alone has a value: a builtin, an enumerator, a constant. */
export function knowsValue(checker: ProgramChecker, name: string): boolean {
  return findWord(name) !== undefined || checker.ctypes.constant(name) !== undefined;
}
