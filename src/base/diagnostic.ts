// What is wrong with what a person wrote, as a value: collected while a stage runs, rendered once by whoever prints.

import { lineText, positionAt, type Span } from './source.ts';

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  /** A stable name for programs, such as `unknown-function`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence without a final newline. */
  readonly message: string;
  readonly span?: Span;
  /** Ways out, each printed on a `HINT: ` line. */
  readonly hints: readonly string[];
  /** Other places that matter, each with what is there. */
  readonly related: readonly { readonly message: string; readonly span: Span }[];
}

/** Lets the place that reports add hints and related places to what it just reported. */
export class DiagnosticBuilder implements Diagnostic {
  readonly hints: string[] = [];
  readonly related: { message: string; span: Span }[] = [];
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  declare readonly span?: Span;

  constructor(code: string, severity: Severity, message: string, span?: Span) {
    this.code = code;
    this.severity = severity;
    this.message = message;
    if (span) this.span = span;
  }

  hint(text: string): this {
    this.hints.push(text);
    return this;
  }

  note(message: string, span: Span): this {
    this.related.push({ message, span });
    return this;
  }
}

/** The diagnostics of one run, in the order in which they were found. */
export class Diagnostics {
  readonly list: DiagnosticBuilder[] = [];

  error(code: string, message: string, span?: Span): DiagnosticBuilder {
    return this.#add(new DiagnosticBuilder(code, 'error', message, span));
  }

  warning(code: string, message: string, span?: Span): DiagnosticBuilder {
    return this.#add(new DiagnosticBuilder(code, 'warning', message, span));
  }

  /** Adds one that was made elsewhere. */
  report(diagnostic: Diagnostic): void {
    const added = this.#add(
      new DiagnosticBuilder(diagnostic.code, diagnostic.severity, diagnostic.message, diagnostic.span),
    );
    for (const hint of diagnostic.hints) added.hint(hint);
  }

  get hasErrors(): boolean {
    return this.list.some((diagnostic) => diagnostic.severity === 'error');
  }

  #add(diagnostic: DiagnosticBuilder): DiagnosticBuilder {
    this.list.push(diagnostic);
    return diagnostic;
  }
}

/** `FILE:L:C1-C2` for a span on one line (C2 exclusive), `FILE:L1-L2` for one over several, as bpftrace prints it. */
export function formatLocation(span: Span): string {
  const start = positionAt(span.source, span.start);
  const end = positionAt(span.source, Math.max(span.start, span.end));
  if (start.line !== end.line) return `${span.source.name}:${start.line}-${end.line}`;
  return `${span.source.name}:${start.line}:${start.column}-${end.column}`;
}

/** The diagnostic as text: location, message, source lines, markers, hints; ends with a newline. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const label = diagnostic.severity === 'error' ? 'ERROR' : 'WARNING';
  let text = renderMessage(label, diagnostic.message, diagnostic.span);
  for (const { message, span } of diagnostic.related) text += renderMessage('NOTE', message, span);
  for (const hint of diagnostic.hints) text += `HINT: ${hint}\n`;
  for (let parent = diagnostic.span?.parent; parent; parent = parent.parent) {
    text += renderMessage(label, 'expanded from', parent);
  }
  return text;
}

function renderMessage(label: string, message: string, span: Span | undefined): string {
  if (!span) return `${label}: ${message}\n`;
  return `${formatLocation(span)}: ${label}: ${message}\n${renderContext(span)}`;
}

function renderContext(span: Span): string {
  const start = positionAt(span.source, span.start);
  const end = positionAt(span.source, Math.max(span.start, span.end));
  let text = '';
  for (let line = start.line; line <= end.line; line++) text += `${expandTabs(lineText(span.source, line))}\n`;
  if (start.line !== end.line) return text;
  const line = lineText(span.source, start.line);
  const before = expandTabs(line.slice(0, start.column - 1)).length;
  const marked = expandTabs(line.slice(start.column - 1, end.column - 1)).length;
  return `${text}${' '.repeat(before)}${'~'.repeat(Math.max(1, marked))}\n`;
}

/** Text as it may go to a terminal: without the end of lines that end in CR LF, and nothing that moves the cursor. */
function expandTabs(text: string): string {
  return text
    .replace(/\r$/, '')
    .replaceAll('\t', '    ')
    .replace(/[\x00-\x1f\x7f]/g, '\ufffd');
}
