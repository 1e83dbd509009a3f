// What stands at the top level of a script: probes, macros, functions, map declarations.

import type { AttachPointText, Expression, Item, Macro, MapDeclaration, Probe, Subprogram } from '../ast.ts';
import { type Cursor, isSpace } from './cursor.ts';
import { semicolon } from './statements.ts';
import { parenthesised, typeExpression } from './types.ts';

export function item(cursor: Cursor): Item {
  if (cursor.at('macro')) return macro(cursor);
  if (cursor.at('fn')) return subprogram(cursor);
  if (cursor.at('let')) return mapDeclaration(cursor);
  return probe(cursor);
}

// ---- probes

function probe(cursor: Cursor): Probe {
  const start = cursor.peek().start;
  const attachPoints = attachPointList(cursor);
  const predicate = cursor.accept('/') ? predicateExpression(cursor) : undefined;
  if (!cursor.at('{')) cursor.unexpected("'{' after the probe", probeHint(attachPoints));
  const body = cursor.grammar.block(cursor);
  return { kind: 'probe', span: cursor.span(start), attachPoints, predicate, body };
}

function probeHint(attachPoints: readonly AttachPointText[]): string | undefined {
  if (attachPoints.length > 1) return undefined;
  return 'a probe is written PROBE[,PROBE] [/PREDICATE/] { ACTION }';
}

function attachPointList(cursor: Cursor): AttachPointText[] {
  const points: AttachPointText[] = [];
  do {
    points.push(attachPoint(cursor));
  } while (cursor.accept(',') && !cursor.at('{') && !cursor.at('/'));
  return points;
}

/** Providers whose targets are paths, in which a slash is not the start of a predicate. */
const PATH_PROVIDERS = new Set(['uprobe', 'u', 'uretprobe', 'ur', 'usdt', 'iter', 'it', 'bench', 'test']);
const LABEL = /^([A-Za-z_]\w*)=/;

/** Text up to white space, a comma, a brace or the slash of a predicate; quoted parts are taken whole. */
function attachPoint(cursor: Cursor): AttachPointText {
  const start = cursor.peek().start;
  const { text } = cursor;
  let at = start;
  while (at < text.length && !endsAttachPoint(text, start, at)) {
    at = text[at] === '"' ? quotedEnd(cursor, at) : at + 1;
  }
  if (at === start) cursor.unexpected('a probe', 'a probe begins with its provider: kprobe:vfs_read { ... }');
  cursor.position = at;
  cursor.previousEnd = at;
  const written = text.slice(start, at);
  const label = LABEL.exec(written)?.[1];
  const name = label === undefined ? written : written.slice(label.length + 1);
  return { span: cursor.span(start), label, text: name };
}

function endsAttachPoint(text: string, start: number, at: number): boolean {
  const character = text[at]!;
  if (character === ',' || character === '{' || character === '}' || character === ';') return true;
  if (isSpace(text.charCodeAt(at)) || text.startsWith('/*', at)) return true;
  if (character !== '/') return false;
  if (text.startsWith('//', at)) return true;
  const colon = text.indexOf(':', start);
  if (colon === -1 || colon >= at) return true;
  const provider = text.slice(start, colon).replace(LABEL, '').toLowerCase();
  return !PATH_PROVIDERS.has(provider) && !provider.includes('*');
}

function quotedEnd(cursor: Cursor, start: number): number {
  const { text } = cursor;
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at++;
  }
  return cursor.fail('the quoted part of the probe does not end on its line', cursor.span(start, start + 1));
}

function predicateExpression(cursor: Cursor): Expression {
  const slash = cursor.span(cursor.previousEnd - 1);
  cursor.inPredicate = true;
  const expression = cursor.grammar.expression(cursor);
  cursor.inPredicate = false;
  if (!cursor.accept('/')) {
    const found = cursor.peek();
    cursor
      .error("expected '/' at the end of the predicate", cursor.spanOf(found))
      .note('the predicate begins here', slash);
  }
  return expression;
}

// ---- macros and functions

function macro(cursor: Cursor): Macro {
  const start = cursor.take();
  const name = cursor.expectKind('identifier', 'the name of the macro');
  const parameters = parenthesised(cursor, `macro ${name.text}`, () => commaList(cursor, () => macroParameter(cursor)));
  const body = cursor.grammar.block(cursor);
  const nameSpan = cursor.spanOf(name);
  return { kind: 'macro', span: cursor.span(start.start), name: name.text, nameSpan, parameters, body };
}

function macroParameter(cursor: Cursor): Macro['parameters'][number] {
  const token = cursor.peek();
  if (token.kind !== 'variable' && token.kind !== 'map' && token.kind !== 'identifier') {
    return cursor.unexpected('a parameter: $variable, @map or a name');
  }
  cursor.take();
  const span = cursor.spanOf(token);
  if (token.kind === 'variable') return { kind: 'variable', name: token.text.slice(1), span };
  return { kind: token.kind === 'map' ? 'map' : 'expression', name: token.text, span };
}

function subprogram(cursor: Cursor): Subprogram {
  const start = cursor.take();
  const name = cursor.expectKind('identifier', 'the name of the function');
  const parameters = parenthesised(cursor, `fn ${name.text}`, () => commaList(cursor, () => parameter(cursor)));
  cursor.expect(':', 'and the type of the result');
  const returns = typeExpression(cursor);
  const body = cursor.grammar.block(cursor);
  const nameSpan = cursor.spanOf(name);
  return { kind: 'fn', span: cursor.span(start.start), name: name.text, nameSpan, parameters, returns, body };
}

function parameter(cursor: Cursor): Subprogram['parameters'][number] {
  const name = cursor.expectKind('variable', 'a parameter such as $x');
  cursor.expect(':', `and the type of ${name.text}`);
  const type = typeExpression(cursor);
  return { name: name.text.slice(1), type, span: cursor.spanOf(name) };
}

function commaList<T>(cursor: Cursor, element: () => T): T[] {
  const elements: T[] = [];
  while (!cursor.at(')')) {
    elements.push(element());
    if (!cursor.accept(',')) break;
  }
  return elements;
}

// ---- map declarations

/** `let @m = lruhash(100);` */
function mapDeclaration(cursor: Cursor): MapDeclaration {
  const start = cursor.take();
  if (cursor.peek().kind === 'variable') cursor.unexpected('a map', 'variables are declared inside of probes');
  const name = cursor.expectKind('map', 'a map such as @m');
  cursor.expect('=', 'and the kind of the map');
  const kind = cursor.expectKind('identifier', 'the kind of the map, such as hash');
  const maxEntries = parenthesised(cursor, kind.text, () => cursor.grammar.expression(cursor));
  const span = cursor.span(start.start);
  semicolon(cursor, "';' after the declaration of the map");
  return {
    kind: 'map-declaration',
    span,
    name: name.text,
    nameSpan: cursor.spanOf(name),
    mapKind: kind.text,
    mapKindSpan: cursor.spanOf(kind),
    maxEntries,
  };
}
