// Types as written: a name with modifiers, or `typeof(...)`; and the guess whether a name in parentheses is one.

import type { Expression, TypeExpression } from '../ast.ts';
import type { Cursor, Token } from './cursor.ts';
import { smallInteger } from './literals.ts';

const TAGS = new Set(['struct', 'union', 'enum']);
const QUALIFIERS = new Set(['const', 'volatile']);
/** Words of C that together name one integer type. */
const C_INTEGER = new Set(['unsigned', 'signed', 'long', 'short', 'int', 'char']);

const TYPE_NAMES = new Set([
  ...['bool', '_Bool', 'void', 'string', 'buffer', 'inet', 'timestamp', 'float', 'double'],
  ...['int', 'char', 'short', 'long', 'unsigned', 'signed', 'const', 'volatile'],
  ...['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', '__u8', '__u16', '__u32', '__u64', '__s8', '__s16'],
  ...['__s32', '__s64', '__be16', '__be32', '__be64', '__le16', '__le32', '__le64', 'uint', 'ulong'],
]);

/** Whether a name can only be a type: of the language, of C, or by the custom of ending in `_t`. */
export function isTypeName(name: string): boolean {
  return TYPE_NAMES.has(name) || /^u?int(8|16|32|64)$/.test(name) || name.endsWith('_t') || TAGS.has(name);
}

/** Whether what comes next begins a type and cannot begin a value. */
export function atType(cursor: Cursor): boolean {
  const token = cursor.peek();
  if (token.kind !== 'identifier') return false;
  return token.text === 'typeof' || isTypeName(token.text);
}

/** `type := typeof(...) | name { '*' | '[' [n] ']' }` */
export function typeExpression(cursor: Cursor): TypeExpression {
  const start = cursor.peek();
  if (cursor.at('typeof')) return typeOf(cursor);
  const name = typeName(cursor);
  const modifiers: Extract<TypeExpression, { kind: 'type-name' }>['modifiers'][number][] = [];
  for (;;) {
    const open = cursor.peek();
    if (cursor.accept('*')) modifiers.push({ kind: 'pointer' });
    else if (cursor.accept('[')) {
      const length = cursor.at(']') ? undefined : smallInteger(cursor, 'the length of the array');
      cursor.close(']', open, 'the length of the array');
      modifiers.push({ kind: 'array', length });
    } else break;
  }
  return { kind: 'type-name', span: cursor.span(start.start), name, modifiers };
}

function typeOf(cursor: Cursor): TypeExpression {
  const start = cursor.take();
  const operand = parenthesised(cursor, 'typeof', () => typeOrExpression(cursor));
  return { kind: 'typeof', span: cursor.span(start.start), operand };
}

function typeName(cursor: Cursor): string {
  skipQualifiers(cursor);
  const first = cursor.expectKind('identifier', 'a type');
  if (TAGS.has(first.text))
    return `${first.text} ${cursor.expectKind('identifier', `the name of the ${first.text}`).text}`;
  const words = [first.text];
  if (C_INTEGER.has(first.text)) {
    while (C_INTEGER.has(cursor.peek().text)) words.push(cursor.take().text);
  }
  skipQualifiers(cursor);
  return words.join(' ');
}

function skipQualifiers(cursor: Cursor): void {
  while (QUALIFIERS.has(cursor.peek().text)) cursor.take();
}

/** The operand of sizeof, offsetof, typeof and typeinfo. */
export function typeOrExpression(cursor: Cursor): Expression | TypeExpression {
  if (atType(cursor) || cursor.lookAhead(() => isPointerType(cursor))) return cursor.grammar.type(cursor);
  return cursor.grammar.expression(cursor);
}

/** `name *` before a closing bracket or comma: a value cannot end with a star. */
function isPointerType(cursor: Cursor): boolean {
  if (cursor.take().kind !== 'identifier' || !cursor.accept('*')) return false;
  while (cursor.accept('*'));
  return cursor.at(')') || cursor.at(',');
}

export function parenthesised<T>(cursor: Cursor, what: string, parse: (open: Token) => T): T {
  const open = cursor.expect('(', `after ${what}`);
  const value = parse(open);
  cursor.close(')', open, `the arguments of ${what}`);
  return value;
}

/** Tokens that begin a value and never continue one. */
function beginsOperand(token: Token): boolean {
  if (token.kind === 'operator') return token.text === '(' || token.text === '!' || token.text === '~';
  if (token.kind === 'identifier') return token.text !== 'else' && token.text !== 'if';
  return token.kind !== 'end' && token.kind !== 'bad';
}

/** Whether the parenthesis that comes next holds the type of a cast: `(uint64)x`, `(struct s *)p`, `(name)$x`. */
export function atCast(cursor: Cursor): boolean {
  return cursor.lookAhead(() => {
    cursor.take();
    const first = cursor.peek();
    if (first.kind !== 'identifier') return false;
    if (TAGS.has(first.text)) return true;
    if (first.text === 'typeof') return true;
    const sure = isTypeName(first.text);
    cursor.take();
    if (sure) while (C_INTEGER.has(cursor.peek().text) || QUALIFIERS.has(cursor.peek().text)) cursor.take();
    const shape = skipModifiers(cursor);
    if (shape === 'none' || !cursor.accept(')')) return false;
    if (shape === 'pointer') return true;
    const next = cursor.peek();
    if (sure && next.kind === 'operator')
      return ['-', '*', '&', '++', '--', '('].includes(next.text) || beginsOperand(next);
    return beginsOperand(next);
  });
}

/** Passes the modifiers of a type; `none` when there is something that is not one. */
function skipModifiers(cursor: Cursor): 'plain' | 'pointer' | 'none' {
  let shape: 'plain' | 'pointer' = 'plain';
  for (;;) {
    if (cursor.accept('*')) shape = 'pointer';
    else if (cursor.accept('[')) {
      if (cursor.peek().kind === 'integer') cursor.take();
      if (!cursor.accept(']')) return 'none';
      if (cursor.at('*')) continue;
    } else return shape;
  }
}
