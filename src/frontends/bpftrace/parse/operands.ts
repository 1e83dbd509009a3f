// The operands of expressions: prefix and postfix operators, literals, names, calls, groups, tuples, records, `if`.

import { joinSpans } from '../../../base/source.ts';
import type { Expression, MapExpression, TypeArgument, UnaryOperator, VariableExpression } from '../ast.ts';
import type { Cursor, Token } from './cursor.ts';
import { integer, stringLiteral } from './literals.ts';
import { atCast, parenthesised, typeExpression, typeOrExpression } from './types.ts';

const PREFIX = new Set(['!', '~', '-', '*', '&']);

/** `unary := prefix unary | '++' target | '(' type ')' unary | postfix` */
export function unary(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (token.kind !== 'operator') return postfix(cursor);
  if (token.text === '++' || token.text === '--') return prefixIncrement(cursor, token.text);
  if (PREFIX.has(token.text)) return prefix(cursor);
  if (token.text === '(' && atCast(cursor)) return cast(cursor);
  return postfix(cursor);
}

function prefix(cursor: Cursor): Expression {
  const token = cursor.take();
  const operand = cursor.nested(() => unary(cursor));
  const span = cursor.span(token.start);
  if (token.text === '&' && operand.kind !== 'variable' && operand.kind !== 'map') {
    return cursor.fail("'&' takes a variable or a map", operand.span, 'only variables and maps have an address here');
  }
  return { kind: 'unary', span, operator: token.text as UnaryOperator, operand };
}

function prefixIncrement(cursor: Cursor, operator: '++' | '--'): Expression {
  const token = cursor.take();
  const target = asTarget(
    cursor,
    cursor.nested(() => unary(cursor)),
    operator,
  );
  return { kind: 'increment', span: cursor.span(token.start), operator, prefix: true, target };
}

function asTarget(cursor: Cursor, operand: Expression, operator: string): VariableExpression | MapExpression {
  if (operand.kind === 'variable' || operand.kind === 'map') return operand;
  return cursor.fail(`'${operator}' needs a variable or a map`, operand.span);
}

function cast(cursor: Cursor): Expression {
  const open = cursor.take();
  const type = typeExpression(cursor);
  cursor.close(')', open, 'the type of the cast');
  const operand = cursor.nested(() => unary(cursor));
  return { kind: 'cast', span: cursor.span(open.start), type, operand };
}

// ---- postfix operators

function postfix(cursor: Cursor): Expression {
  let operand = primary(cursor);
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'operator') return operand;
    if (token.text === '.' || token.text === '->') operand = member(cursor, operand, token);
    else if (token.text === '[') operand = index(cursor, operand);
    else if (token.text === '++' || token.text === '--') {
      const target = asTarget(cursor, operand, token.text);
      cursor.take();
      operand = {
        kind: 'increment',
        span: cursor.span(target.span.start),
        operator: token.text,
        prefix: false,
        target,
      };
    } else return operand;
  }
}

const DIGITS = /\s*([0-9]+)/y;

function member(cursor: Cursor, operand: Expression, operator: Token): Expression {
  if (operand.kind === 'integer' && operand.span.end - operand.span.start === operand.text.length) {
    cursor.fail(
      `numbers are integers and have no '.'`,
      cursor.spanOf(operator),
      'write a fraction of a second in ms, us or ns',
    );
  }
  cursor.take();
  const at = cursor.peek();
  // The scanner would read `0.1` of `$t.0.1` as it reads any number, up to the end of its letters.
  DIGITS.lastIndex = operator.end;
  const digits = DIGITS.exec(cursor.text);
  if (digits) {
    const memberSpan = cursor.span(DIGITS.lastIndex - digits[1]!.length, DIGITS.lastIndex);
    cursor.position = DIGITS.lastIndex;
    cursor.previousEnd = DIGITS.lastIndex;
    const span = cursor.span(operand.span.start);
    return { kind: 'member', span, operand, member: digits[1]!, memberSpan, arrow: operator.text === '->' };
  }
  if (at.kind !== 'identifier') cursor.unexpected(`the name of a field after '${operator.text}'`);
  cursor.take();
  return {
    kind: 'member',
    span: cursor.span(operand.span.start),
    operand,
    member: at.text,
    memberSpan: cursor.spanOf(at),
    arrow: operator.text === '->',
  };
}

function index(cursor: Cursor, operand: Expression): Expression {
  const open = cursor.take();
  const at = cursor.grammar.expression(cursor);
  cursor.close(']', open, 'the index');
  return { kind: 'index', span: cursor.span(operand.span.start), operand, index: at };
}

// ---- primaries

function primary(cursor: Cursor): Expression {
  const token = cursor.peek();
  switch (token.kind) {
    case 'integer':
      return integer(cursor);
    case 'string':
      return stringLiteral(cursor);
    case 'variable':
      cursor.take();
      return { kind: 'variable', span: cursor.spanOf(token), name: token.text.slice(1) };
    case 'map':
      return mapExpression(cursor);
    case 'positional':
      return positional(cursor);
    case 'identifier':
      return named(cursor, token);
    default:
      if (token.text === '(') return group(cursor);
      if (token.text === '{') return cursor.grammar.block(cursor);
      return cursor.unexpected('an expression', expressionHint(token));
  }
}

function expressionHint(token: Token): string | undefined {
  if (token.text === '=') return "compare with '=='";
  if (token.text === '.') return 'there are no fractions: numbers are integers';
  return undefined;
}

function positional(cursor: Cursor): Expression {
  const token = cursor.take();
  const span = cursor.spanOf(token);
  if (token.text === '$#') return { kind: 'positional-count', span };
  const number = Number(token.text.slice(1));
  if (number < 1 || number > 0xffff) return cursor.fail(`there is no parameter ${token.text}`, span, 'the first is $1');
  return { kind: 'positional', span, index: number };
}

/** `@name` or `@name[key, key]` */
export function mapExpression(cursor: Cursor): MapExpression {
  const token = cursor.take();
  const nameSpan = cursor.spanOf(token);
  if (!cursor.at('[')) return { kind: 'map', span: nameSpan, name: token.text, nameSpan, key: undefined };
  const open = cursor.take();
  if (cursor.at(']')) cursor.unexpected('a key', 'a map without a key is written without brackets');
  const keys = list(cursor, ']', () => cursor.grammar.expression(cursor));
  cursor.close(']', open, 'the key of the map');
  const span = cursor.span(token.start);
  return { kind: 'map', span, name: token.text, nameSpan, key: keyOf(keys) };
}

/** Several keys are one tuple. */
function keyOf(keys: readonly Expression[]): Expression {
  const [first, ...others] = keys;
  if (others.length === 0) return first!;
  return { kind: 'tuple', span: joinSpans(first!.span, others[others.length - 1]!.span), elements: keys };
}

/** Elements between commas; a last comma is allowed. */
function list<T>(cursor: Cursor, end: string, element: () => T): T[] {
  const elements: T[] = [];
  while (!cursor.at(end)) {
    elements.push(element());
    if (!cursor.accept(',')) break;
  }
  return elements;
}

// ---- names

const RESERVED = new Set([
  'else',
  'for',
  'while',
  'unroll',
  'return',
  'break',
  'continue',
  'let',
  'import',
  'macro',
  'fn',
]);

function named(cursor: Cursor, token: Token): Expression {
  switch (token.text) {
    case 'if':
      return ifExpression(cursor);
    case 'true':
    case 'false':
      cursor.take();
      return { kind: 'boolean', span: cursor.spanOf(token), value: token.text === 'true' };
    case 'sizeof':
    case 'typeinfo':
      return ofOperand(cursor, token.text);
    case 'offsetof':
      return offsetOf(cursor);
    case 'comptime':
      return cursor.grammar.expression(cursor);
  }
  if (RESERVED.has(token.text)) cursor.unexpected('an expression', `'${token.text}' is a keyword`);
  cursor.take();
  const nameSpan = cursor.spanOf(token);
  if (cursor.at('(')) return call(cursor, token, nameSpan);
  return { kind: 'identifier', span: nameSpan, name: token.text };
}

function call(cursor: Cursor, name: Token, nameSpan: Expression['span']): Expression {
  const args = parenthesised(cursor, `${name.text}()`, () => list(cursor, ')', () => argument(cursor)));
  return { kind: 'call', span: cursor.span(name.start), name: name.text, nameSpan, args };
}

function argument(cursor: Cursor): Expression | TypeArgument {
  const token = cursor.peek();
  const operand = typeOrExpression(cursor);
  if (operand.kind !== 'type-name' && operand.kind !== 'typeof') return operand;
  return { kind: 'type-argument', span: cursor.span(token.start), type: operand };
}

function ofOperand(cursor: Cursor, kind: 'sizeof' | 'typeinfo'): Expression {
  const token = cursor.take();
  const operand = parenthesised(cursor, kind, () => typeOrExpression(cursor));
  return { kind, span: cursor.span(token.start), operand };
}

function offsetOf(cursor: Cursor): Expression {
  const token = cursor.take();
  const path: string[] = [];
  const operand = parenthesised(cursor, 'offsetof', () => {
    const of = typeOrExpression(cursor);
    cursor.expect(',', 'and a field after the type');
    do path.push(cursor.expectKind('identifier', 'the name of a field').text);
    while (cursor.accept('.'));
    return of;
  });
  return { kind: 'offsetof', span: cursor.span(token.start), operand, path };
}

// ---- groups

/** `(e)` is a group, `(a, b)` and `(a,)` and `()` are tuples, `(a = 1, b = 2)` is a record. */
function group(cursor: Cursor): Expression {
  const open = cursor.take();
  if (cursor.accept(')')) return { kind: 'tuple', span: cursor.span(open.start), elements: [] };
  if (cursor.peek().kind === 'identifier' && cursor.peekSecond().text === '=') return record(cursor, open);
  // A predicate ends at a slash before a brace, but not inside parentheses.
  const first = outsidePredicate(cursor, () => cursor.grammar.expression(cursor));
  if (!cursor.at(',')) {
    cursor.close(')', open, 'the group');
    return { ...first, span: cursor.span(open.start) };
  }
  cursor.take();
  const elements = [
    first,
    ...list(cursor, ')', () => outsidePredicate(cursor, () => cursor.grammar.expression(cursor))),
  ];
  cursor.close(')', open, 'the tuple');
  return { kind: 'tuple', span: cursor.span(open.start), elements };
}

function outsidePredicate<T>(cursor: Cursor, parse: () => T): T {
  const { inPredicate } = cursor;
  cursor.inPredicate = false;
  try {
    return parse();
  } finally {
    cursor.inPredicate = inPredicate;
  }
}

function record(cursor: Cursor, open: Token): Expression {
  const fields = list(cursor, ')', () => {
    const name = cursor.expectKind('identifier', 'the name of a field');
    cursor.expect('=', `after the field '${name.text}'`);
    return { name: name.text, span: cursor.spanOf(name), value: cursor.grammar.expression(cursor) };
  });
  cursor.close(')', open, 'the record');
  return { kind: 'record', span: cursor.span(open.start), fields };
}

/** `if cond {...} else if ... else {...}`; parentheses around the condition are an ordinary group. */
export function ifExpression(cursor: Cursor): Expression {
  const start = cursor.take();
  const condition = cursor.grammar.expression(cursor);
  if (!cursor.at('{')) cursor.unexpected("'{' after the condition", 'the branches of an if stand in braces');
  const then = cursor.grammar.block(cursor);
  const otherwise = cursor.accept('else') ? elseBranch(cursor) : undefined;
  return { kind: 'if', span: cursor.span(start.start), condition, then, otherwise };
}

function elseBranch(cursor: Cursor): Expression {
  if (cursor.at('if')) return cursor.nested(() => ifExpression(cursor));
  if (!cursor.at('{')) cursor.unexpected("'{' or 'if' after else", 'the branches of an if stand in braces');
  return cursor.grammar.block(cursor);
}
