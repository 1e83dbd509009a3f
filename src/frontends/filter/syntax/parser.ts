// From tokens to the expression. `and` and `or` have the same precedence and group from the left; `not` binds tighter.
// An identifier without qualifiers takes those of the primitive before it: `tcp port 80 or 443`.

import type { Source } from '../../../base/source.ts';
import { continuesArithmetic, isComparison, parseArithmetic } from './arithmetic.ts';
import type { Comparison, Expression, Identifier, Qualifiers } from './ast.ts';
import { fail } from './failure.ts';
import { parseMac, type Token } from './lexer.ts';
import { parseOther } from './others.ts';
import { isMark, TokenCursor } from './tokens.ts';
import { DIRECTIONS, type Direction, KINDS, type Kind, PROTOCOLS, type ProtocolWord } from './words.ts';

/** Parses a whole expression; undefined for one of white space only, which every packet passes. */
export function parseFilter(source: Source): Expression | undefined {
  const parser = new Parser(source);
  return parser.parse();
}

class Parser {
  readonly #tokens: TokenCursor;
  /** Those of the last primitive; undefined when what stands before has none. */
  #qualifiers: Qualifiers | undefined;

  constructor(source: Source) {
    this.#tokens = new TokenCursor(source);
  }

  parse(): Expression | undefined {
    if (this.#tokens.peek().kind === 'end') return undefined;
    const expression = this.#expression();
    if (this.#tokens.peek().kind !== 'end') this.#tokens.refuse("'and', 'or' or the end");
    return expression;
  }

  #expression(): Expression {
    const start = this.#tokens.peek();
    let left = this.#term();
    while (this.#tokens.at('and', 'or')) {
      const kind = this.#tokens.next().text as 'and' | 'or';
      const right = this.#startsIdentifier() ? this.#inherited() : this.#term();
      left = { kind, left, right, span: this.#tokens.spanFrom(start) };
    }
    return left;
  }

  /** Whether an identifier stands here and not the start of a primitive or of arithmetic. */
  #startsIdentifier(): boolean {
    let ahead = 0;
    while (isMark(this.#tokens.peek(ahead)) && /^(not|\()$/.test(this.#tokens.peek(ahead).text)) ahead++;
    const { kind } = this.#tokens.peek(ahead);
    if (kind === 'name' || kind === 'ip4' || kind === 'ip6' || kind === 'mac' || kind === 'arcnet') return true;
    if (kind !== 'number') return false;
    ahead++;
    while (this.#tokens.peek(ahead).kind === 'sign' && this.#tokens.peek(ahead).text === ')') ahead++;
    return !continuesArithmetic(this.#tokens.peek(ahead));
  }

  #inherited(): Expression {
    const token = this.#tokens.peek();
    if (!this.#qualifiers) {
      const hint = `Say what '${token.text}' is: host ${token.text}, net ${token.text}, port ${token.text}.`;
      fail('no-qualifiers', 'syntax error in filter expression', token.span, hint);
    }
    return this.#identifier(this.#qualifiers);
  }

  #term(): Expression {
    const tokens = this.#tokens;
    const start = tokens.peek();
    if (tokens.accept('not')) {
      const operand = this.#term();
      return { kind: 'not', operand, span: tokens.spanFrom(start) };
    }
    if (start.kind === 'number' || tokens.at('-', 'len') || this.#parenthesisedArithmetic()) return this.#relation();
    if (tokens.accept('(')) {
      const inner = this.#expression();
      tokens.expect(')');
      return inner;
    }
    if (start.kind !== 'word') return this.#refuseTerm();
    const protocol = PROTOCOLS.get(start.text);
    if (protocol) return this.#afterProtocol(protocol);
    if (this.#startsHead()) return this.#primitive('default');
    this.#qualifiers = undefined;
    return parseOther(tokens, 'default') ?? this.#refuseTerm();
  }

  #parenthesisedArithmetic(): boolean {
    if (!this.#tokens.at('(')) return false;
    const after = this.#tokens.afterClosing();
    return after !== undefined && continuesArithmetic(after);
  }

  #relation(): Expression {
    const start = this.#tokens.peek();
    const left = parseArithmetic(this.#tokens);
    if (!isComparison(this.#tokens.peek())) this.#tokens.refuse('a comparison');
    const comparison = this.#tokens.next().text as Comparison;
    const right = parseArithmetic(this.#tokens);
    this.#qualifiers = undefined;
    return { kind: 'relation', comparison, left, right, span: this.#tokens.spanFrom(start) };
  }

  #afterProtocol(protocol: ProtocolWord): Expression {
    const after = this.#tokens.peek(1);
    if (after.kind === 'sign' && after.text === '[') return this.#relation();
    const word = this.#tokens.next();
    if (this.#tokens.at('broadcast', 'multicast')) {
      this.#qualifiers = undefined;
      return parseOther(this.#tokens, protocol)!;
    }
    if (this.#startsHead()) return this.#primitive(protocol);
    this.#qualifiers = undefined;
    return { kind: 'protocol', protocol, span: word.span };
  }

  #startsHead(): boolean {
    const { kind, text } = this.#tokens.peek();
    if (kind !== 'word') return false;
    return DIRECTIONS.has(text) || KINDS.has(text) || /^(proto|protochain|gateway)$/.test(text);
  }

  #primitive(protocol: ProtocolWord | 'default'): Expression {
    const direction = this.#direction();
    const kind = this.#kind(direction);
    this.#qualifiers = { protocol, direction, kind };
    return this.#identifier(this.#qualifiers);
  }

  #direction(): Direction {
    const tokens = this.#tokens;
    const first = DIRECTIONS.get(tokens.peek().text);
    if (first === undefined) return 'default';
    tokens.next();
    const opposite = first === 'src' ? 'dst' : 'src';
    const both = tokens.at('or', 'and') && tokens.peek(1).kind === 'word' && tokens.peek(1).text === opposite;
    if (!both || (first !== 'src' && first !== 'dst')) return first;
    const joined = tokens.next().text as 'or' | 'and';
    tokens.next();
    return joined;
  }

  #kind(direction: Direction): Kind {
    const { kind, text } = this.#tokens.peek();
    if (kind !== 'word') return 'default';
    const takes = KINDS.has(text) || (direction === 'default' && /^(proto|protochain|gateway)$/.test(text));
    if (!takes) return 'default';
    this.#tokens.next();
    return text as Kind;
  }

  #identifier(qualifiers: Qualifiers): Expression {
    const start = this.#tokens.peek();
    if (this.#tokens.accept('not')) {
      const operand = this.#identifier(qualifiers);
      return { kind: 'not', operand, span: this.#tokens.spanFrom(start) };
    }
    if (this.#tokens.accept('(')) return this.#list(qualifiers);
    const identifier = this.#single();
    return { kind: 'primitive', qualifiers, identifier, span: this.#tokens.spanFrom(start) };
  }

  /** The rest of `(80 or 443)`. */
  #list(qualifiers: Qualifiers): Expression {
    const start = this.#tokens.peek();
    let left = this.#identifier(qualifiers);
    while (this.#tokens.at('and', 'or')) {
      const kind = this.#tokens.next().text as 'and' | 'or';
      const right = this.#identifier(qualifiers);
      left = { kind, left, right, span: this.#tokens.spanFrom(start) };
    }
    this.#tokens.expect(')');
    return left;
  }

  #single(): Identifier {
    const token = this.#tokens.peek();
    switch (token.kind) {
      case 'number':
      case 'arcnet':
        this.#tokens.next();
        return { kind: token.kind, value: token.value, text: token.text, span: token.span };
      case 'name':
        this.#tokens.next();
        return { kind: 'name', text: token.text, span: token.span };
      case 'mac':
        this.#tokens.next();
        return { kind: 'mac', bytes: parseMac(token.text), text: token.text, span: token.span };
      case 'ip4':
      case 'ip6':
        return this.#address(token);
      default:
        return this.#refuseIdentifier(token);
    }
  }

  #address(token: Token): Identifier {
    const tokens = this.#tokens;
    tokens.next();
    const kind = token.kind as 'ip4' | 'ip6';
    const base = { text: token.text, address: token.text };
    if (tokens.accept('/')) {
      const prefix = tokens.expectNumber();
      return { ...base, kind, prefix, span: tokens.spanFrom(token) };
    }
    if (kind === 'ip4' && tokens.accept('mask')) {
      const mask = tokens.peek();
      if (mask.kind !== 'ip4') tokens.refuse('a mask such as 255.255.0.0');
      tokens.next();
      return { ...base, kind, mask: mask.text, span: tokens.spanFrom(token) };
    }
    return { ...base, kind, span: token.span };
  }

  #refuseIdentifier(token: Token): never {
    if (token.kind === 'word') {
      this.#tokens.refuse('a name, an address or a number', `As a name, write it with a backslash: \\${token.text}`);
    }
    return this.#tokens.refuse('a name, an address or a number');
  }

  #refuseTerm(): never {
    const token = this.#tokens.peek();
    const { kind, text } = token;
    if (kind === 'name' || kind === 'ip4' || kind === 'ip6' || kind === 'mac') {
      const parts = /^(len|length|[0-9]+)-[0-9]+$/.test(text) ? ['Put spaces around a minus sign.'] : [];
      const hint = kind === 'mac' ? `ether host ${text}` : `host ${text}`;
      this.#tokens.refuse('a primitive', ...(parts.length > 0 ? parts : [`For an address, write ${hint}.`]));
    }
    return this.#tokens.refuse('a primitive such as tcp port 80');
  }
}
