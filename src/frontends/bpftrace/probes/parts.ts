// The pieces of attach points between colons, and what kinds have in common when they read them.

import type { Span } from '../../../base/source.ts';
import { wildcard } from '../../../base/text.ts';
import { integerValue, stringOfBytes } from '../parse/literals.ts';
import type { Part, ProbeInput, ProbeKind } from './kind.ts';

/** Splits at colons that are not in quotes; quotes and their escapes are taken off. `start` is the offset in the source. */
export function splitParts(text: string, spanAt: (start: number, end: number) => Span): Part[] {
  const parts: Part[] = [];
  let part = '';
  let quoted = false;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = closingQuote(text, at);
      part += unquote(text.slice(at + 1, end));
      quoted = true;
      at = end;
    } else if (character === ':' || character === undefined) {
      parts.push({ text: part, quoted, span: spanAt(start, at) });
      part = '';
      quoted = false;
      start = at + 1;
    } else part += character;
  }
  return parts;
}

function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))/gs, (_all, octal, hex, other) => {
    if (other !== undefined) return ESCAPES[other] ?? other;
    return stringOfBytes(Uint8Array.of(octal === undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal, 8)));
  });
}

/** Reports that a probe has too few or too many parts. */
export function wrongParts(kind: Pick<ProbeKind, 'name' | 'forms'>, input: ProbeInput, wanted: string): undefined {
  const found = input.parts.filter((part) => part.text !== '').length;
  const plural = wanted === '1' ? 'argument' : 'arguments';
  input.diagnostics
    .error('attach-point', `${kind.name} probe type requires ${wanted} ${plural}, found ${found}`, input.span)
    .hint(howToWrite(kind));
  return undefined;
}

export function howToWrite(kind: Pick<ProbeKind, 'name' | 'forms'>): string {
  const forms = kind.forms.map((form) => (form === '' ? kind.name : `${kind.name}:${form}`));
  return `it is written ${forms.join(' or ')}`;
}

/** An integer of the language in an attach point; reports what is none. */
export function partInteger(input: ProbeInput, part: Part, what: string): bigint | undefined {
  const value = integerValue(part.text);
  if (typeof value === 'bigint') return value;
  input.diagnostics.error('attach-point', `Invalid ${what}: ${part.text}`, part.span);
  return undefined;
}

export function hasWildcard(text: string): boolean {
  return text.includes('*');
}

/** The names that a part selects from all: itself without asking when it has no wildcard. */
export function selectNames(part: Part, names: Iterable<string>): string[] {
  const fits = part.quoted ? (name: string) => name === part.text : wildcard(part.text);
  return [...names].filter(fits);
}
