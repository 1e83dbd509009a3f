// A cursor over the tokens of an expression, and the one way in which a parser says that a token is not what it needs.

import type { Source, Span } from '../../../base/source.ts';
import { fail } from './failure.ts';
import { type Token, type TokenKind, tokenise } from './lexer.ts';

const shown: Record<TokenKind, (token: Token) => string> = {
  word: (token) => `'${token.text}'`,
  name: (token) => `the name '${token.text}'`,
  number: (token) => `the number ${token.text}`,
  ip4: (token) => `the address ${token.text}`,
  ip6: (token) => `the address ${token.text}`,
  mac: (token) => `the address ${token.text}`,
  arcnet: (token) => `the address ${token.text}`,
  sign: (token) => `'${token.text}'`,
  end: () => 'the end',
};

export class TokenCursor {
  readonly #tokens: readonly Token[];
  /** Where each parenthesis is closed. */
  readonly #closings = new Map<number, number>();
  #at = 0;

  constructor(source: Source) {
    this.#tokens = tokenise(source);
    const open: number[] = [];
    for (const [index, { kind, text }] of this.#tokens.entries()) {
      if (kind !== 'sign') continue;
      if (text === '(') open.push(index);
      else if (text === ')' && open.length > 0) this.#closings.set(open.pop()!, index);
    }
  }

  /** The token `distance` places ahead; behind the end it stays the end. */
  peek(distance = 0): Token {
    return this.#tokens[Math.min(this.#at + distance, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Whether the next token is one of these words or signs; names with these letters do not count. */
  at(...texts: readonly string[]): boolean {
    const token = this.peek();
    return isMark(token) && texts.includes(token.text);
  }

  /** Takes the next token when it is this word or sign. */
  accept(text: string): boolean {
    if (!this.at(text)) return false;
    this.#at++;
    return true;
  }

  expect(text: string): Token {
    return this.at(text) ? this.next() : this.refuse(`'${text}'`);
  }

  expectNumber(): number {
    if (this.at('(')) return this.#inParentheses();
    return this.peek().kind === 'number' ? this.next().value : this.refuse('a number');
  }

  /** From `start` to the last token that was taken. */
  spanFrom(start: Token): Span {
    const last = this.#tokens[Math.max(0, this.#at - 1)]!;
    return { ...start.span, end: Math.max(start.span.end, last.span.end) };
  }

  /** The token behind the one that closes the parenthesis here, or undefined when nothing closes it. */
  afterClosing(): Token | undefined {
    const closing = this.#closings.get(this.#at);
    return closing === undefined ? undefined : this.#tokens[closing + 1];
  }

  refuse(wanted: string, ...hints: readonly string[]): never {
    const token = this.peek();
    const message = `syntax error: expected ${wanted}, not ${shown[token.kind](token)}`;
    return fail('syntax', message, token.span, ...hints);
  }

  #inParentheses(): number {
    this.expect('(');
    const value = this.expectNumber();
    this.expect(')');
    return value;
  }
}

/** Whether a token is a word of the language or a sign. */
export function isMark(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'sign';
}
