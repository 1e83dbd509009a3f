// One line of assembly text to tokens. Words are kept as written; the parser compares them without case.

import type { Source, Span } from '../base/source.ts';

export interface Token {
  readonly kind: 'word' | 'register' | 'number' | 'sign' | 'end';
  /** As written; registers without `%`, in lower case. */
  readonly text: string;
  /** Of a number: its value; of a register: its number. */
  readonly value: bigint;
  readonly span: Span;
}

// The order matters: a sign such as `s>>=` is tried before a word, a register before the sign `%`.
const space = /[ \t\r\f]+/y;
const comment = /(?:;|\/\/|--|#).*/y;
const register = /%?([rw])(\d{1,2})(?![\w.$])/iy;
const signs = /s?(?:>>=|\/=|%=|>=|<=|>(?!>)|<(?!<))|<<=|[-+*/|&%^=!]=|[-+*/|&%^=!~(),:#[\]{}]/y;
const number = /0x[0-9a-f]+|0b[01]+|\d+/iy;
const word = /kernel-function(?!\w)|\.?[A-Za-z_$][\w.$]*/iy;

/** The tokens of a range of the source, ended by one of kind `end`; undefined and where, when a character is none. */
export function lex(source: Source, start: number, end: number): { tokens: Token[]; bad?: Span } {
  const tokens: Token[] = [];
  const text = source.text.slice(start, end);
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const spanOf = (length: number): Span => ({ source, start: start + at, end: start + at + length });
  while (at < text.length) {
    const skipped = match(space) ?? (isCallNumber(text, at) ? null : match(comment));
    if (skipped) {
      at += skipped[0].length;
      continue;
    }
    const token = scan(match, spanOf);
    if (!token) return { tokens, bad: spanOf(1) };
    tokens.push(token);
    at = token.span.end - start;
  }
  tokens.push({ kind: 'end', text: '', value: 0n, span: spanOf(0) });
  return { tokens };
}

// `#` starts a comment, but not in `call bpf_ktime_get_ns#5`, where it touches the name and its number.
function isCallNumber(text: string, at: number): boolean {
  return text[at] === '#' && /\bcall\s+\S+$/i.test(text.slice(0, at));
}

function scan(match: (pattern: RegExp) => RegExpExecArray | null, spanOf: (length: number) => Span): Token | undefined {
  const asRegister = match(register);
  if (asRegister) {
    const text = `${asRegister[1]!.toLowerCase()}${asRegister[2]}`;
    return { kind: 'register', text, value: BigInt(asRegister[2]!), span: spanOf(asRegister[0].length) };
  }
  const sign = match(signs);
  if (sign) return { kind: 'sign', text: sign[0], value: 0n, span: spanOf(sign[0].length) };
  const asNumber = match(number);
  if (asNumber) {
    return { kind: 'number', text: asNumber[0], value: BigInt(asNumber[0]), span: spanOf(asNumber[0].length) };
  }
  const asWord = match(word);
  if (asWord) return { kind: 'word', text: asWord[0], value: 0n, span: spanOf(asWord[0].length) };
  return undefined;
}
