// Tokens of C, for definitions at the head of scripts. A token knows where it was written, also after a macro put it
// somewhere else.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';

export interface CToken {
  readonly kind: 'word' | 'number' | 'string' | 'character' | 'operator' | 'end';
  readonly text: string;
  readonly span: Span;
}

const PATTERNS: readonly (readonly [CToken['kind'] | 'space', RegExp])[] = [
  ['space', /(?:\s|\\\r?\n|\/\/[^\n]*|\/\*.*?\*\/)+/sy],
  ['word', /[A-Za-z_]\w*/y],
  ['number', /[0-9]\w*/y],
  ['string', /"(?:[^"\\\n]|\\.)*"/y],
  ['character', /'(?:[^'\\\n]|\\.)+'/y],
  ['operator', /<<|>>|<=|>=|==|!=|&&|\|\||##|\.\.\.|./sy],
];

/** The tokens of a text whose first character stands at `span.start`. */
export function tokenize(text: string, span: Span): CToken[] {
  const tokens: CToken[] = [];
  for (let at = 0; at < text.length; ) {
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      if (!pattern.test(text)) continue;
      const end = pattern.lastIndex;
      const where = { ...span, start: span.start + at, end: span.start + end };
      if (kind !== 'space') tokens.push({ kind, text: text.slice(at, end), span: where });
      at = end;
      break;
    }
  }
  return tokens;
}

/** Thrown after an error has been reported, to the definition that cannot be read. */
export class CError {
  readonly name = 'CError';
}

/** Tokens one after another. */
export class TokenReader {
  readonly diagnostics: Diagnostics;
  readonly #tokens: readonly CToken[];
  readonly #end: CToken;
  #next = 0;

  /** `whole` is what errors at the end point to. */
  constructor(tokens: readonly CToken[], whole: Span, diagnostics: Diagnostics) {
    this.#tokens = tokens;
    this.diagnostics = diagnostics;
    this.#end = { kind: 'end', text: '', span: { ...whole, start: Math.max(whole.start, whole.end - 1) } };
  }

  peek(distance = 0): CToken {
    return this.#tokens[this.#next + distance] ?? this.#end;
  }

  take(): CToken {
    const token = this.peek();
    if (this.#next < this.#tokens.length) this.#next++;
    return token;
  }

  at(text: string): boolean {
    const token = this.peek();
    return token.text === text && (token.kind === 'operator' || token.kind === 'word');
  }

  accept(text: string): CToken | undefined {
    return this.at(text) ? this.take() : undefined;
  }

  expect(text: string, after: string): CToken {
    return this.accept(text) ?? this.fail(`expected '${text}' ${after}, found ${found(this.peek())}`);
  }

  word(what: string): CToken {
    return this.peek().kind === 'word' ? this.take() : this.fail(`expected ${what}, found ${found(this.peek())}`);
  }

  fail(message: string, span = this.peek().span): never {
    this.diagnostics.error('c-definition', message, span);
    throw new CError();
  }
}

function found(token: CToken): string {
  return token.kind === 'end' ? 'the end of the definition' : `'${token.text}'`;
}
