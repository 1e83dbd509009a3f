// The head of a script: definitions in C, kept as text; the config block; imports.

import type { CDefinition, ConfigEntry, ImportDeclaration } from '../ast.ts';
import { type Cursor, lineEnd } from './cursor.ts';
import { stringLiteral } from './literals.ts';
import { semicolon } from './statements.ts';

const C_KEYWORDS = new Set(['struct', 'union', 'enum', 'typedef']);

/** Whether C begins here: a line of the preprocessor, or a definition of a type. */
export function atDefinition(cursor: Cursor): boolean {
  const token = cursor.peek();
  return token.text === '#' || (token.kind === 'identifier' && C_KEYWORDS.has(token.text));
}

export function definition(cursor: Cursor): CDefinition {
  const start = cursor.peek().start;
  const end = cursor.text[start] === '#' ? directiveEnd(cursor.text, start) : typeEnd(cursor, start);
  cursor.position = end;
  cursor.previousEnd = end;
  return { span: cursor.span(start, end), text: cursor.text.slice(start, end) };
}

/** A directive ends with its line, unless a backslash continues it. */
function directiveEnd(text: string, start: number): number {
  let end = lineEnd(text, start);
  while (/\\[ \t\r]*$/.test(text.slice(start, end)) && end < text.length) end = lineEnd(text, end + 1);
  return end;
}

/** A type ends behind its braces and attributes, with or without a semicolon; without braces at the semicolon. */
function typeEnd(cursor: Cursor, start: number): number {
  const keyword = cursor.take();
  let end = start;
  while (!cursor.at('{') && !cursor.at(';')) {
    if (cursor.peek().kind === 'end') cursor.unexpected(`'{' after ${keyword.text}`);
    cursor.take();
  }
  if (cursor.at('{')) skipBraces(cursor);
  end = cursor.previousEnd;
  while (cursor.at('__attribute__')) {
    cursor.take();
    skipParentheses(cursor);
    end = cursor.previousEnd;
  }
  if (keyword.text === 'typedef' && cursor.peek().kind === 'identifier') end = cursor.take().end;
  return cursor.accept(';')?.end ?? end;
}

function skipBraces(cursor: Cursor): void {
  const open = cursor.take();
  for (let depth = 1; depth > 0; ) {
    if (cursor.peek().kind === 'end') cursor.close('}', open, 'the definition');
    const token = cursor.take();
    if (token.text === '{') depth++;
    else if (token.text === '}') depth--;
  }
}

function skipParentheses(cursor: Cursor): void {
  const open = cursor.expect('(', 'after __attribute__');
  for (let depth = 1; depth > 0; ) {
    if (cursor.peek().kind === 'end') cursor.close(')', open, 'the attribute');
    const token = cursor.take();
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
  }
}

/** `config = { key = value; ... }`, with or without a semicolon behind it. */
export function configBlock(cursor: Cursor): ConfigEntry[] {
  cursor.take();
  cursor.expect('=', 'after config');
  const open = cursor.expect('{', 'of the config block');
  const entries: ConfigEntry[] = [];
  while (!cursor.at('}')) {
    if (cursor.accept(';')) continue;
    if (cursor.peek().kind === 'end') break;
    entries.push(configEntry(cursor));
    if (!cursor.accept(';') && !cursor.at('}')) break;
  }
  cursor.close('}', open, 'the config block');
  cursor.accept(';');
  return entries;
}

function configEntry(cursor: Cursor): ConfigEntry {
  const key = cursor.expectKind('identifier', 'the name of a setting');
  cursor.expect('=', `after the setting '${key.text}'`);
  const token = cursor.peek();
  const value = token.kind === 'string' ? stringLiteral(cursor).value : plainValue(cursor);
  return {
    span: cursor.span(key.start),
    key: key.text,
    keySpan: cursor.spanOf(key),
    value,
    valueSpan: cursor.spanOf(token),
  };
}

function plainValue(cursor: Cursor): string {
  const { kind } = cursor.peek();
  if (kind !== 'identifier' && kind !== 'integer') cursor.unexpected('a value: a string, a number or a word');
  return cursor.take().text;
}

export function importDeclaration(cursor: Cursor): ImportDeclaration {
  const start = cursor.take();
  const path = stringLiteral(cursor).value;
  const span = cursor.span(start.start);
  semicolon(cursor, "';' after the import");
  return { span, path };
}
