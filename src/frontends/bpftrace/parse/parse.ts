// The parser of the bpftrace language: recursive descent over the text, one file for each topic. It reports what it can
// not read, goes on behind it, and gives the tree of what it could read.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Source, Span } from '../../../base/source.ts';
import type { CDefinition, ConfigEntry, ImportDeclaration, Item, Script } from '../ast.ts';
import { Cursor, type Grammar, lineEnd, SyntaxStop } from './cursor.ts';
import { expression } from './expressions.ts';
import { atDefinition, configBlock, definition, importDeclaration } from './head.ts';
import { item } from './items.ts';
import { startsProbe } from './probe-start.ts';
import { block } from './statements.ts';
import { typeExpression } from './types.ts';

const GRAMMAR: Grammar = { expression, block, type: typeExpression };

/** What is collected while the script is read. */
interface Parts {
  readonly definitions: CDefinition[];
  readonly config: ConfigEntry[];
  readonly imports: ImportDeclaration[];
  readonly items: Item[];
  configSpan: Span | undefined;
}

/** Parses a script. After errors the tree holds what could be read. */
export function parseScript(source: Source, diagnostics: Diagnostics): Script {
  const cursor = new Cursor(source, diagnostics, GRAMMAR);
  if (cursor.text.startsWith('#!')) cursor.position = lineEnd(cursor.text, 0);
  const parts: Parts = { definitions: [], config: [], imports: [], items: [], configSpan: undefined };
  readParts(cursor, parts);
  const { definitions, config, imports, items } = parts;
  const span = { source, start: 0, end: source.text.length };
  return { span, definitions, config, imports, items, comments: cursor.comments };
}

function readParts(cursor: Cursor, parts: Parts): void {
  for (;;) {
    let start = cursor.position;
    try {
      const token = cursor.peek();
      if (token.kind === 'end') return;
      start = token.start;
      if (!cursor.accept(';')) readPart(cursor, parts);
    } catch (error) {
      if (!(error instanceof SyntaxStop)) throw error;
      if (error.scope === 'script') return;
      if (!skipItem(cursor, start)) return;
    }
  }
}

function readPart(cursor: Cursor, parts: Parts): void {
  const start = cursor.peek();
  const behindItems = parts.items.length > 0;
  if (atDefinition(cursor)) {
    const late = behindItems || parts.configSpan !== undefined || parts.imports.length > 0;
    const one = definition(cursor);
    if (late) cursor.error('C definitions must appear before probes and functions', one.span, 'order');
    else parts.definitions.push(one);
  } else if (cursor.at('config') && cursor.peekSecond().text === '=') {
    const entries = configBlock(cursor);
    const span = cursor.span(start.start);
    if (behindItems) cursor.error('config must appear before probes and functions', span, 'order');
    else if (parts.configSpan) {
      cursor.error('there can be only one config block', span, 'order').note('the first one', parts.configSpan);
    } else parts.config.push(...entries);
    parts.configSpan ??= span;
  } else if (cursor.at('import')) {
    const one = importDeclaration(cursor);
    if (behindItems) cursor.error('root imports must appear before probes and functions', one.span, 'order');
    else parts.imports.push(one);
  } else parts.items.push(item(cursor));
}

/** Passes the rest of an item after an error: up to where its braces close, or to the next probe. */
function skipItem(cursor: Cursor, start: number): boolean {
  let depth = 0;
  for (;;) {
    const token = cursor.peek();
    if (token.kind === 'end') return false;
    if (token.start > start && startsProbe(cursor.text, token.start)) return true;
    cursor.take();
    if (token.text === '{') depth++;
    else if (token.text === '}' && --depth <= 0) return true;
  }
}
