// The place in the text where the parser stands: tokens made on demand, because attach points, C definitions and
// predicates read the same characters in other ways. Errors are reported here and unwind to a place that can go on.

import { DiagnosticBuilder, type Diagnostics } from '../../../base/diagnostic.ts';
import type { Source, Span } from '../../../base/source.ts';
import type { BlockExpression, Expression, TypeExpression } from '../ast.ts';

export interface Token {
  readonly kind: 'identifier' | 'variable' | 'map' | 'positional' | 'integer' | 'string' | 'operator' | 'end' | 'bad';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The productions that call each other across files. */
export interface Grammar {
  expression(cursor: Cursor): Expression;
  block(cursor: Cursor): BlockExpression;
  type(cursor: Cursor): TypeExpression;
}

/** Thrown after a syntax error has been reported, to the place that can go on behind it. */
export class SyntaxStop {
  /** `item` when the rest of the probe makes no sense either, `script` when nothing that follows does. */
  readonly scope: 'statement' | 'item' | 'script';

  constructor(scope: 'statement' | 'item' | 'script') {
    this.scope = scope;
  }
}

/** Longest first, so that the first that fits is the token. */
const OPERATORS = [
  ...['<<=', '>>='],
  ...['==', '!=', '<=', '>=', '<<', '>>', '&&', '||', '++', '--', '->', '..'],
  ...['+=', '-=', '*=', '/=', '%=', '&=', '|=', '^='],
  ...['{', '}', '(', ')', '[', ']', ',', ';', ':', '?', '.', '='],
  ...['+', '-', '*', '/', '%', '&', '|', '^', '<', '>', '!', '~'],
];

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const VARIABLE = /\$[A-Za-z_][A-Za-z0-9_]*/y;
const POSITIONAL = /\$(?:[0-9]+|#)/y;
const MAP = /@(?:[A-Za-z_][A-Za-z0-9_]*)?/y;
const NUMBER = /[0-9][0-9A-Za-z_]*/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"/y;

/** How deep expressions and blocks may nest before the parser gives up rather than run out of stack. */
const MAX_DEPTH = 300;

export class Cursor {
  readonly source: Source;
  readonly diagnostics: Diagnostics;
  readonly grammar: Grammar;
  /** Offset of the first character that no token has taken. */
  position = 0;
  /** End of the last token taken. */
  previousEnd = 0;
  /** Inside `/.../` before a block, where a slash before `{` ends the expression. */
  inPredicate = false;
  readonly #comments: Span[] = [];
  #depth = 0;
  #cutOff = false;
  #openString = false;
  #peeked: Token | undefined;
  #peekedAt = -1;

  constructor(source: Source, diagnostics: Diagnostics, grammar: Grammar) {
    this.source = source;
    this.diagnostics = diagnostics;
    this.grammar = grammar;
  }

  get text(): string {
    return this.source.text;
  }

  /** The comments passed so far, in order. */
  get comments(): readonly Span[] {
    return this.#comments;
  }

  // ---- tokens

  /** The next token, not taken. */
  peek(): Token {
    if (this.#peeked && this.#peekedAt === this.position) return this.#peeked;
    this.skipSpace();
    this.#peekedAt = this.position;
    this.#peeked = this.#scan(this.position);
    return this.#peeked;
  }

  take(): Token {
    const token = this.peek();
    this.position = token.end;
    this.previousEnd = token.end;
    return token;
  }

  /** The token behind the next one. */
  peekSecond(): Token {
    return this.lookAhead(() => {
      this.take();
      return this.peek();
    });
  }

  /** Runs `look` and goes back to where it started. */
  lookAhead<T>(look: () => T): T {
    const { position, previousEnd } = this;
    try {
      return look();
    } finally {
      this.position = position;
      this.previousEnd = previousEnd;
    }
  }

  at(text: string): boolean {
    const token = this.peek();
    return token.text === text && (token.kind === 'operator' || token.kind === 'identifier');
  }

  /** Takes the operator or keyword when it is next. */
  accept(text: string): Token | undefined {
    return this.at(text) ? this.take() : undefined;
  }

  /** Takes the operator or keyword or fails; `after` completes the sentence: `expected ';' after the statement`. */
  expect(text: string, after: string): Token {
    return this.accept(text) ?? this.unexpected(`'${text}' ${after}`);
  }

  expectKind(kind: Token['kind'], what: string): Token {
    return this.peek().kind === kind ? this.take() : this.unexpected(what);
  }

  /** Takes the bracket that closes `open`; a missing one is shown together with the opening one. */
  close(text: ')' | ']' | '}', open: Token, what: string): Token {
    const token = this.accept(text);
    if (token) return token;
    const found = this.peek();
    const builder = this.error(
      `expected '${text}' to close ${what}, found ${describe(found)}`,
      this.spanOf(found),
      'missing-bracket',
    );
    builder.note(`the '${open.text}' that is not closed`, this.spanOf(open));
    throw new SyntaxStop(found.kind === 'end' ? 'script' : 'statement');
  }

  // ---- spans

  span(start: number, end = this.previousEnd): Span {
    return { source: this.source, start, end: Math.max(start, end) };
  }

  spanOf(token: Token): Span {
    return this.span(token.start, token.end);
  }

  // ---- errors

  /** Reports and lets the parser go on. */
  error(message: string, span: Span, code = 'syntax'): DiagnosticBuilder {
    // What is missing behind an open comment or string is in it.
    const explained = this.#cutOff || (this.#openString && code === 'missing-bracket');
    if (explained) return new DiagnosticBuilder(code, 'error', message, span);
    return this.diagnostics.error(code, `syntax: ${message}`, span);
  }

  /** Reports and unwinds. */
  fail(message: string, span: Span, hint?: string): never {
    const builder = this.error(message, span);
    if (hint !== undefined) builder.hint(hint);
    throw new SyntaxStop('statement');
  }

  /** Fails at the next token. */
  unexpected(expected: string, hint?: string): never {
    const token = this.peek();
    if (token.kind === 'bad') this.#failBad(token);
    const builder = this.error(`expected ${expected}, found ${describe(token)}`, this.spanOf(token));
    if (hint !== undefined) builder.hint(hint);
    throw new SyntaxStop(token.kind === 'end' ? 'script' : 'statement');
  }

  /** Guards a recursive production. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= MAX_DEPTH) this.fail('this is nested too deeply', this.spanOf(this.peek()));
    this.#depth++;
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }

  #failBad(token: Token): never {
    if (token.text.startsWith('"')) {
      this.#openString = true;
      this.fail(
        'the string does not end on its line',
        this.spanOf(token),
        'close it with ", or write a newline as \\n',
      );
    }
    const hint = token.text === "'" ? 'strings are written with double quotes' : undefined;
    this.fail(`unexpected character '${token.text}'`, this.spanOf(token), hint);
  }

  // ---- characters

  /** Passes white space and comments. */
  skipSpace(): void {
    const { text } = this;
    for (;;) {
      while (this.position < text.length && isSpace(text.charCodeAt(this.position))) this.position++;
      if (text.startsWith('//', this.position)) this.#skipComment(lineEnd(text, this.position));
      else if (text.startsWith('/*', this.position)) this.#skipBlockComment();
      else return;
    }
  }

  #skipBlockComment(): void {
    const close = this.text.indexOf('*/', this.position + 2);
    if (close !== -1) {
      this.#skipComment(close + 2);
      return;
    }
    const span = this.span(this.position, this.position + 2);
    this.error('the comment is not closed', span).hint('close it with */');
    this.position = this.text.length;
    this.#cutOff = true;
  }

  #skipComment(end: number): void {
    const known = this.#comments[this.#comments.length - 1];
    if (!known || known.start < this.position) this.#comments.push(this.span(this.position, end));
    this.position = end;
  }

  #scan(at: number): Token {
    const { text } = this;
    const make = (kind: Token['kind'], end: number): Token => ({ kind, text: text.slice(at, end), start: at, end });
    if (at >= text.length) return make('end', at);
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      if (pattern.test(text)) return make(kind, pattern.lastIndex);
    }
    const operator = OPERATORS.find((one) => text.startsWith(one, at));
    if (operator) return make('operator', at + operator.length);
    if (text[at] === '"') return make('bad', lineEnd(text, at));
    return make('bad', at + (text.codePointAt(at)! > 0xffff ? 2 : 1));
  }
}

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['identifier', WORD],
  ['variable', VARIABLE],
  ['positional', POSITIONAL],
  ['map', MAP],
  ['integer', NUMBER],
  ['string', STRING],
];

/** A token as messages call it. */
export function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the script';
  return token.kind === 'string' ? 'a string' : `'${token.text}'`;
}

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** The offset of the newline that ends the line, or of the end of the text. */
export function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline === -1 ? text.length : newline;
}
