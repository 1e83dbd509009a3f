// From text to tokens. At each place the longest reading wins, and among equally long ones the first of the list, which is
// why `80-90` is a name (as portrange needs it) and `len-5` is one too, to many people's surprise.

import type { Source, Span } from '../../../base/source.ts';
import { fail } from './failure.ts';
import { CONSTANTS, KEYWORDS } from './words.ts';

export type TokenKind = 'word' | 'name' | 'number' | 'ip4' | 'ip6' | 'mac' | 'arcnet' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Words and signs: the canonical spelling. Names: without the backslash. Else as written. */
  readonly text: string;
  /** Numbers and arcnet addresses. */
  readonly value: number;
  readonly span: Span;
}

const N = '(?:0[xX][0-9a-fA-F]+|[0-9]+)';
const B = '[0-9a-fA-F]{1,2}';
const MAC = [
  `${B}(?::${B}){5}`,
  `${B}(?:-${B}){5}`,
  `${B}(?:\\.${B}){5}`,
  '[0-9a-fA-F]{4}(?:\\.[0-9a-fA-F]{4}){2}',
  '[0-9a-fA-F]{12}',
].join('|');

const readings: readonly { readonly kind: TokenKind; readonly pattern: RegExp }[] = [
  { kind: 'mac', pattern: new RegExp(`(?:${MAC})(?![0-9a-fA-F])`, 'y') },
  { kind: 'number', pattern: new RegExp(N, 'y') },
  { kind: 'ip4', pattern: new RegExp(`${N}(?:\\.${N}){1,3}`, 'y') },
  { kind: 'ip6', pattern: /(?=[0-9a-fA-F]*:[0-9a-fA-F]*:)[0-9a-fA-F:]+(?:\.[0-9]+){0,3}/y },
  { kind: 'name', pattern: /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y },
];
const signs = /<<|>>|<=|>=|!=|==|&&|\|\||[-+*/%&|^:()[\]<>=!]/y;
const synonyms = new Map([
  ['&&', 'and'],
  ['||', 'or'],
  ['!', 'not'],
  ['==', '='],
  ['length', 'len'],
  ['direction', 'dir'],
]);

/** The tokens of a source; the last is the end. */
export function tokenise(source: Source): Token[] {
  const tokens: Token[] = [];
  const { text } = source;
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) at++;
    else {
      const token = readToken(source, at);
      tokens.push(token);
      at = token.span.end;
    }
  }
  tokens.push({ kind: 'end', text: '', value: 0, span: { source, start: text.length, end: text.length } });
  return tokens;
}

function readToken(source: Source, start: number): Token {
  const { text } = source;
  const make = (kind: TokenKind, end: number, spelling = text.slice(start, end), value = 0): Token => ({
    kind,
    text: spelling,
    value,
    span: { source, start, end },
  });
  const escaped = match(/\\([^ !()\n\t]+)/y, text, start);
  if (escaped) return make('name', start + escaped.length, escaped.slice(1));
  const arcnet = match(/\$[0-9a-fA-F]{1,2}/y, text, start);
  if (arcnet) return make('arcnet', start + arcnet.length, undefined, Number.parseInt(arcnet.slice(1), 16));
  const best = longest(text, start);
  if (best) {
    const end = start + best.text.length;
    if (best.kind === 'number') return make('number', end, undefined, numberValue(best.text, { source, start, end }));
    return best.kind === 'name'
      ? readName(best.text, (kind, spelling, value) => make(kind, end, spelling, value))
      : make(best.kind, end);
  }
  const sign = match(signs, text, start);
  if (sign) {
    const spelling = synonyms.get(sign) ?? sign;
    return make(KEYWORDS.has(spelling) ? 'word' : 'sign', start + sign.length, spelling);
  }
  const span = { source, start, end: start + 1 };
  return fail('illegal-character', `illegal character '${text[start]}'`, span);
}

function readName(name: string, make: (kind: TokenKind, spelling?: string, value?: number) => Token): Token {
  const constant = CONSTANTS.get(name);
  if (constant !== undefined) return make('number', name, constant);
  return KEYWORDS.has(name) ? make('word', synonyms.get(name) ?? name) : make('name');
}

function longest(text: string, start: number): { readonly kind: TokenKind; readonly text: string } | undefined {
  let best: { kind: TokenKind; text: string } | undefined;
  for (const { kind, pattern } of readings) {
    const found = match(pattern, text, start);
    if (found === undefined || found.length <= (best?.text.length ?? 0)) continue;
    if (kind === 'ip6' && !isIp6(found)) continue;
    best = { kind, text: found };
  }
  return best;
}

function match(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0];
}

function isIp6(text: string): boolean {
  return parseIp6(text) !== undefined;
}

/** Numbers are decimal, hexadecimal after `0x`, octal after `0`, and 32 bits wide. */
function numberValue(text: string, span: Span): number {
  const octal = /^0[0-7]+$/.test(text);
  const value = octal ? Number.parseInt(text, 8) : Number(text);
  if (value > 0xffffffff || (/^0\d/.test(text) && !octal))
    fail('bad-number', `number ${text} is no 32-bit number`, span);
  return value;
}

/** The sixteen bytes of an IPv6 address, or undefined when the text is none. */
export function parseIp6(text: string): Uint8Array | undefined {
  const dotted = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  let hex = text;
  if (dotted) {
    const parts = dotted.slice(2).map(Number);
    if (parts.some((part) => part > 255)) return undefined;
    const [a, b, c, d] = parts;
    hex = `${dotted[1]}${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`;
  }
  const halves = hex.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (groups.flat().some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const given = groups.flat().length;
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const all = [...groups[0]!, ...new Array<string>(8 - given).fill('0'), ...(groups[1] ?? [])];
  return Uint8Array.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

/** The six bytes of a MAC address that the lexer found. */
export function parseMac(text: string): Uint8Array {
  const parts = text.split(/[-:.]/);
  const hex = parts.length === 6 ? parts.map((part) => part.padStart(2, '0')).join('') : parts.join('');
  return Uint8Array.from({ length: 6 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}
