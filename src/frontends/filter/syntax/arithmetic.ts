// Parses arithmetic over packet bytes. `%` and `^` are taken as libpcap 1.10 takes them: their right side is all that
// follows, and they bind what stands left of them tighter than any other operator (`2 * 5 % 3` is `2 * (5 % 3)`).

import type { Arithmetic, ArithmeticOperator, Comparison } from './ast.ts';
import { fail } from './failure.ts';
import type { Token } from './lexer.ts';
import type { TokenCursor } from './tokens.ts';
import { PROTOCOLS, type ProtocolWord } from './words.ts';

const levels: Partial<Record<ArithmeticOperator, number>> = {
  '|': 1,
  '&': 2,
  '<<': 3,
  '>>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
};
const UNARY = 6;
const greedy: ReadonlySet<string> = new Set(['%', '^']);
const comparisons: ReadonlySet<string> = new Set<Comparison>(['=', '!=', '<', '<=', '>', '>=']);

/** Whether a token can only follow arithmetic. */
export function continuesArithmetic(token: Token): boolean {
  return token.kind === 'sign' && (Object.hasOwn(levels, token.text) || greedy.has(token.text) || isComparison(token));
}

export function isComparison(token: Token): boolean {
  return token.kind === 'sign' && comparisons.has(token.text);
}

export function parseArithmetic(tokens: TokenCursor, level = 0): Arithmetic {
  const start = tokens.peek();
  let left = parseOperand(tokens);
  for (;;) {
    const token = tokens.peek();
    const operator = token.text as ArithmeticOperator;
    if (token.kind !== 'sign') return left;
    let right: Arithmetic;
    if (greedy.has(operator)) {
      tokens.next();
      right = parseArithmetic(tokens);
    } else {
      const own = Object.hasOwn(levels, operator) ? levels[operator]! : 0;
      if (own === 0 || own <= level) return left;
      tokens.next();
      right = parseArithmetic(tokens, own);
    }
    left = { kind: 'binary', operator, left, right, span: tokens.spanFrom(start) };
  }
}

function parseOperand(tokens: TokenCursor): Arithmetic {
  const token = tokens.peek();
  if (token.kind === 'number') {
    tokens.next();
    return { kind: 'number', value: token.value, span: token.span };
  }
  if (tokens.accept('len')) return { kind: 'length', span: token.span };
  if (tokens.accept('-')) {
    const operand = parseArithmetic(tokens, UNARY);
    return { kind: 'negate', operand, span: tokens.spanFrom(token) };
  }
  if (tokens.accept('(')) {
    const inner = parseArithmetic(tokens);
    tokens.expect(')');
    return inner;
  }
  const protocol = token.kind === 'word' ? PROTOCOLS.get(token.text) : undefined;
  if (protocol) {
    tokens.next();
    return parseLoad(tokens, token, protocol);
  }
  return tokens.refuse('a number, len or packet bytes such as ip[0]');
}

function parseLoad(tokens: TokenCursor, start: Token, protocol: ProtocolWord): Arithmetic {
  tokens.expect('[');
  const index = parseArithmetic(tokens);
  let size = 1;
  if (tokens.accept(':')) {
    const token = tokens.peek();
    size = tokens.expectNumber();
    if (size !== 1 && size !== 2 && size !== 4) fail('load-size', 'data size must be 1, 2, or 4', token.span);
  }
  tokens.expect(']');
  return { kind: 'load', protocol, index, size, span: tokens.spanFrom(start) };
}
