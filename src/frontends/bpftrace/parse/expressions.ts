// Expressions by precedence climbing: operators between operands here, operands in operands.ts.

import { joinSpans } from '../../../base/source.ts';
import type { BinaryOperator, Expression } from '../ast.ts';
import { precedenceOf } from '../precedence.ts';
import { type Cursor, isSpace } from './cursor.ts';
import { unary } from './operands.ts';

/** `expression := comptime expression | ternary` */
export function expression(cursor: Cursor): Expression {
  return cursor.nested(() => {
    const start = cursor.accept('comptime');
    if (!start) return ternary(cursor);
    const operand = expression(cursor);
    return { kind: 'comptime', span: cursor.span(start.start), operand };
  });
}

/** `c ? a : b` and `a ?: b`; they group to the right. */
function ternary(cursor: Cursor): Expression {
  const condition = binary(cursor, 1);
  const question = cursor.accept('?');
  if (!question) return condition;
  const then = cursor.at(':') ? undefined : expression(cursor);
  if (!cursor.accept(':')) cursor.unexpected("':' of the ternary");
  const otherwise = expression(cursor);
  return { kind: 'ternary', span: joinSpans(condition.span, otherwise.span), condition, then, otherwise };
}

/** Operators that may follow each other: each is one level deeper in the tree, which the stages behind walk recursively. */
const LONGEST_CHAIN = 1000;

function binary(cursor: Cursor, minimum: number): Expression {
  let left = unary(cursor);
  for (let length = 0; ; length++) {
    const token = cursor.peek();
    const precedence = token.kind === 'operator' ? precedenceOf(token.text) : undefined;
    if (precedence === undefined || precedence < minimum) return left;
    if (token.text === '/' && cursor.inPredicate && endsPredicate(cursor, token.end)) return left;
    if (length === LONGEST_CHAIN) cursor.fail('this is nested too deeply', cursor.spanOf(token));
    cursor.take();
    const right = cursor.nested(() => binary(cursor, precedence + 1));
    left = {
      kind: 'binary',
      span: joinSpans(left.span, right.span),
      operator: token.text as BinaryOperator,
      operatorSpan: cursor.spanOf(token),
      left,
      right,
    };
  }
}

/** Whether a block follows the slash: then it is no division. */
function endsPredicate(cursor: Cursor, slashEnd: number): boolean {
  const { text } = cursor;
  let at = slashEnd;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  if (text[at] === '{' || at >= text.length) return true;
  return cursor.lookAhead(() => {
    cursor.position = slashEnd;
    return cursor.at('{');
  });
}
