// Integers and strings: what their characters mean.

import { utf8Bytes } from '../../../base/bytes.ts';
import type { Expression } from '../ast.ts';
import type { Cursor, Token } from './cursor.ts';

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const DECIMAL = /^([0-9]+)(?:e([0-9]+))?(ns|us|ms|[smhd]|u|ul|ull|l|ll)?$/i;
const PREFIXED = /^(0x[0-9a-f]+|0b[01]+|0[0-7]+)(?:u|ul|ull|l|ll)?$/i;

/** The value of an integer as written, or what is wrong with it. */
export function integerValue(text: string): bigint | { readonly problem: string; readonly hint?: string } {
  const digits = text.replaceAll('_', '');
  if (text.endsWith('_')) return { problem: `'${text}' ends with a separator` };
  const prefixed = PREFIXED.exec(digits);
  if (prefixed) return inRange(BigInt(prefixed[1]!.replace(/^0(?=[0-7])/, '0o')), text);
  const decimal = DECIMAL.exec(digits);
  if (!decimal) return { problem: `'${text}' is not an integer`, ...suffixHint(digits) };
  const [, mantissa, exponent, suffix] = decimal;
  if (/^0[0-9]/.test(mantissa!)) {
    return { problem: `'${text}' is not an octal integer`, hint: 'a number that begins with 0 is octal' };
  }
  if (exponent !== undefined && !/^[1-9]$/.test(mantissa!)) {
    return { problem: `'${text}' is not an integer`, hint: 'before the exponent stands one digit, 1 to 9' };
  }
  const scale = NANOSECONDS[suffix ?? ''] ?? 1n;
  if (Number(exponent ?? 0) > 19) return { problem: `'${text}' does not fit 64 bits` };
  return inRange(BigInt(mantissa!) * 10n ** BigInt(exponent ?? 0) * scale, text);
}

function inRange(value: bigint, text: string): bigint | { problem: string } {
  return value <= MAX_U64 ? value : { problem: `'${text}' does not fit 64 bits` };
}

function suffixHint(digits: string): { hint?: string } {
  if (!/^[0-9]+[a-z]+$/i.test(digits)) return {};
  return { hint: 'a number may end with ns, us, ms, s, m, h, d or with u, ul, ull, l, ll' };
}

/** Takes an integer. */
export function integer(cursor: Cursor): Extract<Expression, { kind: 'integer' }> {
  const token = cursor.expectKind('integer', 'an integer');
  const value = integerValue(token.text);
  const span = cursor.spanOf(token);
  if (typeof value !== 'bigint') return cursor.fail(value.problem, span, value.hint);
  return { kind: 'integer', span, value, text: token.text };
}

/** Takes an integer that is small, such as the length of an array. */
export function smallInteger(cursor: Cursor, what: string): number {
  if (cursor.peek().kind !== 'integer') return cursor.unexpected(what);
  const { value, span } = integer(cursor);
  if (value > 0x7fff_ffffn) return cursor.fail(`${what} does not fit 31 bits`, span);
  return Number(value);
}

/** Takes a string and gives its value. */
export function stringLiteral(cursor: Cursor): Extract<Expression, { kind: 'string' }> {
  const token = cursor.expectKind('string', 'a string');
  return { kind: 'string', span: cursor.spanOf(token), value: stringValue(cursor, token) };
}

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };
const ESCAPE = /\\(?:([ntr"\\])|([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))/gsy;

function stringValue(cursor: Cursor, token: Token): string {
  const body = token.text.slice(1, -1);
  if (!body.includes('\\')) return body;
  let value = '';
  let raw = false;
  for (let at = 0; at < body.length; ) {
    const next = body.indexOf('\\', at);
    if (next !== at) {
      value += body.slice(at, next === -1 ? undefined : next);
      at = next === -1 ? body.length : next;
      continue;
    }
    ESCAPE.lastIndex = at;
    const [all, simple, octal, hex] = ESCAPE.exec(body)!;
    const start = token.start + 1 + at;
    if (simple !== undefined) value += SIMPLE[simple]!;
    else if (octal === undefined && hex === undefined) return badEscape(cursor, all, start);
    else {
      const code = octal === undefined ? Number.parseInt(hex!, 16) : Number.parseInt(octal, 8);
      if (code > 255) return cursor.fail(`'${all}' is not a byte`, cursor.span(start, start + all.length));
      value += code < 0x80 ? String.fromCharCode(code) : String.fromCharCode(0xdc00 + code);
      raw ||= code >= 0x80;
    }
    at += all.length;
  }
  return raw ? stringOfBytes(stringBytes(value)) : value;
}

function badEscape(cursor: Cursor, written: string, start: number): never {
  const hint = 'escapes are \\n \\t \\r \\" \\\\, octal \\ooo and hexadecimal \\xhh';
  return cursor.fail(`unknown escape '${written}'`, cursor.span(start, start + written.length), hint);
}

/** The bytes of a string's value: UTF-8, with lone surrogates U+DC80 to U+DCFF standing for the bytes 0x80 to 0xff. */
export function stringBytes(value: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(value)) return utf8Bytes(value);
  const bytes: number[] = [];
  for (const character of value) {
    const code = character.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...utf8Bytes(character));
  }
  return Uint8Array.from(bytes);
}

/** The inverse of `stringBytes`: bytes that are not valid UTF-8 become lone surrogates. */
export function stringOfBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at]!);
    try {
      if (length === 0 || at + length > bytes.length) throw new TypeError('not UTF-8');
      text += decoder.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      text += String.fromCharCode(0xdc00 + bytes[at]!);
      at++;
    }
  }
  return text;
}

/** How many bytes the sequence has that begins with `lead`; 0 when none does. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/** A string's value as it is written in a script, with its quotes. */
export function quote(value: string): string {
  let text = '';
  for (const character of value) text += quoteCharacter(character);
  return `"${text}"`;
}

const QUOTED: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '"': '\\"', '\\': '\\\\' };

function quoteCharacter(character: string): string {
  const known = QUOTED[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0)!;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return character;
}
