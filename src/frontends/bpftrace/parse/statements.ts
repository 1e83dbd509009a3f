// Statements and blocks. A statement that cannot be read is reported and passed; what follows it is read.

import type { BinaryOperator, BlockExpression, Expression, Statement } from '../ast.ts';
import { type Cursor, SyntaxStop, type Token } from './cursor.ts';
import { stringLiteral } from './literals.ts';
import { ifExpression, mapExpression, unary } from './operands.ts';
import { startsProbe } from './probe-start.ts';
import { typeExpression } from './types.ts';

/** A statement, or an expression that ends a block without a semicolon. */
type Parsed =
  | { readonly kind: 'statement'; readonly statement: Statement }
  | { readonly kind: 'value'; readonly value: Expression };

export function block(cursor: Cursor): BlockExpression {
  return cursor.nested(() => readBlock(cursor));
}

function readBlock(cursor: Cursor): BlockExpression {
  const { inPredicate } = cursor;
  cursor.inPredicate = false;
  const open = cursor.expect('{', 'of a block');
  const statements: Statement[] = [];
  let value: Expression | undefined;
  while (!cursor.at('}')) {
    if (cursor.accept(';')) continue;
    checkBlockEnd(cursor, open);
    const parsed = recovering(cursor, () => statementOrValue(cursor));
    if (parsed?.kind === 'statement') statements.push(parsed.statement);
    else value = parsed?.value;
  }
  cursor.take();
  cursor.inPredicate = inPredicate;
  return { kind: 'block', span: cursor.span(open.start), statements, value };
}

/** A block that runs into the end of the script or into the next probe lacks its brace. */
function checkBlockEnd(cursor: Cursor, open: Token): void {
  const token = cursor.peek();
  const atProbe = token.kind !== 'end' && startsProbe(cursor.text, token.start);
  if (token.kind !== 'end' && !atProbe) return;
  const where = atProbe ? `'${/\S+/.exec(cursor.text.slice(token.start))![0]}'` : 'the end of the script';
  cursor
    .error(`expected '}' to close the block, found ${where}`, cursor.spanOf(token), 'missing-bracket')
    .note("the '{' that is not closed", cursor.spanOf(open));
  throw new SyntaxStop(atProbe ? 'item' : 'script');
}

/** Runs a production; after an error in it, passes the rest of the statement. */
function recovering<T>(cursor: Cursor, parse: () => T): T | undefined {
  const { inPredicate } = cursor;
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SyntaxStop) || error.scope !== 'statement') throw error;
    cursor.inPredicate = inPredicate;
    skipStatement(cursor);
    return undefined;
  }
}

/** Passes tokens up to the semicolon that ends the statement, or up to the brace that closes the block around it. */
function skipStatement(cursor: Cursor): void {
  let depth = 0;
  for (let token = cursor.peek(); token.kind !== 'end'; token = cursor.peek()) {
    if (startsProbe(cursor.text, token.start)) return;
    if (depth === 0 && token.text === '}') return;
    cursor.take();
    if (depth === 0 && token.text === ';') return;
    if (token.text === '{') depth++;
    else if (token.text === '}' && --depth === 0) return;
  }
}

function statementOrValue(cursor: Cursor): Parsed {
  const token = cursor.peek();
  const keyword = token.kind === 'identifier' ? KEYWORDS[token.text] : undefined;
  if (keyword && Object.hasOwn(KEYWORDS, token.text)) return statement(keyword(cursor, cursor.take()));
  if (token.text === '{') return braced(cursor, cursor.grammar.block(cursor));
  if (token.text === 'if' && token.kind === 'identifier') return braced(cursor, ifExpression(cursor));
  if (token.text === '_' && cursor.peekSecond().text === '=') return statement(discard(cursor));
  const expression = cursor.grammar.expression(cursor);
  const assignment = assign(cursor, expression);
  if (assignment) return statement(assignment);
  if (cursor.at('}')) return { kind: 'value', value: expression };
  endStatement(cursor);
  return statement({ kind: 'expression-statement', span: expression.span, expression });
}

const statement = (one: Statement): Parsed => ({ kind: 'statement', statement: one });

/** An `if` or a block needs no semicolon; it is the value of the block around it when it stands last without one. */
function braced(cursor: Cursor, expression: Expression): Parsed {
  if (cursor.at('}')) return { kind: 'value', value: expression };
  return statement({ kind: 'expression-statement', span: expression.span, expression });
}

/** Takes the semicolon, which the last statement of a block may lack. */
function endStatement(cursor: Cursor): void {
  const next = cursor.peek();
  // A brace that is missing here is reported by the block.
  const ends = cursor.at('}') || next.kind === 'end' || startsProbe(cursor.text, next.start);
  if (!ends) semicolon(cursor, "';' or '}' after the statement");
}

/** Takes the semicolon. A missing one before a new line is reported without losing what follows. */
export function semicolon(cursor: Cursor, what: string): void {
  if (cursor.accept(';')) return;
  const next = cursor.peek();
  if (!cursor.text.slice(cursor.previousEnd, next.start).includes('\n') || next.kind === 'bad') cursor.unexpected(what);
  const at = cursor.previousEnd;
  cursor.error("expected ';' at the end of the line", cursor.span(at - 1, at), 'missing-semicolon');
}

// ---- assignments

const COMPOUND: Readonly<Record<string, BinaryOperator>> = {
  '<<=': '<<',
  '>>=': '>>',
  '+=': '+',
  '-=': '-',
  '*=': '*',
  '/=': '/',
  '%=': '%',
  '&=': '&',
  '|=': '|',
  '^=': '^',
};

function assign(cursor: Cursor, target: Expression): Statement | undefined {
  const token = cursor.peek();
  const operator = COMPOUND[token.text];
  if (token.kind !== 'operator' || (token.text !== '=' && operator === undefined)) return undefined;
  if (target.kind !== 'variable' && target.kind !== 'map') {
    const hint =
      target.kind === 'identifier' ? `a variable is written $${target.name}, a map @${target.name}` : undefined;
    return cursor.fail('only variables and maps can be assigned to', target.span, hint);
  }
  cursor.take();
  const value = cursor.grammar.expression(cursor);
  const span = cursor.span(target.span.start);
  endStatement(cursor);
  return { kind: 'assign', span, target, operator, value };
}

function discard(cursor: Cursor): Statement {
  const token = cursor.take();
  cursor.take();
  const value = cursor.grammar.expression(cursor);
  const span = cursor.span(token.start);
  endStatement(cursor);
  return { kind: 'assign', span, target: { kind: 'discard', span: cursor.spanOf(token) }, operator: undefined, value };
}

// ---- statements that begin with a keyword

const KEYWORDS: Readonly<Record<string, (cursor: Cursor, start: Token) => Statement>> = {
  let: letStatement,
  for: forStatement,
  while: (cursor, start) => {
    const condition = cursor.grammar.expression(cursor);
    const body = cursor.grammar.block(cursor);
    return { kind: 'while', span: cursor.span(start.start), condition, body };
  },
  unroll: (cursor, start) => {
    const count = cursor.grammar.expression(cursor);
    const body = cursor.grammar.block(cursor);
    return { kind: 'unroll', span: cursor.span(start.start), count, body };
  },
  break: (cursor, start) => jump(cursor, start, 'break'),
  continue: (cursor, start) => jump(cursor, start, 'continue'),
  return: returnStatement,
  import: (cursor, start) => {
    const path = stringLiteral(cursor).value;
    const span = cursor.span(start.start);
    endStatement(cursor);
    return { kind: 'import-statement', span, path };
  },
};

function jump(cursor: Cursor, start: Token, kind: 'break' | 'continue'): Statement {
  endStatement(cursor);
  return { kind, span: cursor.spanOf(start) };
}

function returnStatement(cursor: Cursor, start: Token): Statement {
  const value = cursor.at(';') || cursor.at('}') ? undefined : cursor.grammar.expression(cursor);
  const span = cursor.span(start.start);
  endStatement(cursor);
  return { kind: 'return', span, value };
}

/** `let $x [: type] [= value];` */
function letStatement(cursor: Cursor, start: Token): Statement {
  if (cursor.peek().kind === 'map') {
    cursor.unexpected('a variable', 'maps are declared outside of probes: let @m = hash(100);');
  }
  const name = cursor.expectKind('variable', 'a variable such as $x');
  const type = cursor.accept(':') ? typeExpression(cursor) : undefined;
  const value = cursor.accept('=') ? cursor.grammar.expression(cursor) : undefined;
  const span = cursor.span(start.start);
  endStatement(cursor);
  return { kind: 'let', span, name: name.text.slice(1), nameSpan: cursor.spanOf(name), type, value };
}

/** `for ($kv : @map) {...}` and `for $i : a..b {...}`, each with and without parentheses. */
function forStatement(cursor: Cursor, start: Token): Statement {
  const open = cursor.accept('(');
  const name = cursor.expectKind('variable', 'the variable of the loop');
  const variable = { variable: name.text.slice(1), variableSpan: cursor.spanOf(name) };
  cursor.expect(':', 'after the variable of the loop');
  if (cursor.peek().kind === 'map' && !cursor.lookAhead(() => isRange(cursor))) {
    const map = mapExpression(cursor);
    if (open) cursor.close(')', open, 'the head of the loop');
    const body = cursor.grammar.block(cursor);
    return { kind: 'for-map', span: cursor.span(start.start), ...variable, map, body };
  }
  const from = unary(cursor);
  if (!cursor.accept('..')) cursor.unexpected("'..' and the end of the range", 'loops run over a map or a range a..b');
  const to = unary(cursor);
  if (open) cursor.close(')', open, 'the head of the loop');
  const body = cursor.grammar.block(cursor);
  return { kind: 'for-range', span: cursor.span(start.start), ...variable, from, to, body };
}

/** Whether the map that comes next is the first bound of a range. */
function isRange(cursor: Cursor): boolean {
  mapExpression(cursor);
  return !cursor.at(')') && !cursor.at('{');
}
