// Texts and places in them. Offsets are UTF-16 indices into the text; lines and columns are computed only when
// something is printed.

/** A text that a person wrote: a script, a one-liner, an assembly file. */
export interface Source {
  /** What messages call it: the path of the script, or `stdin` for `-e` and standard input, as bpftrace does. */
  readonly name: string;
  readonly text: string;
}

/** A half-open range of a source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  /** Where the text that contains this span was expanded (a macro call), outermost last. */
  readonly parent?: Span;
}

/** One-based line and column; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The one-based position of an offset. */
export function positionAt(source: Source, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let at = source.text.indexOf('\n'); at !== -1 && at < offset; at = source.text.indexOf('\n', lineStart)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** The text of a one-based line, without its newline. */
export function lineText(source: Source, line: number): string {
  let start = 0;
  for (let current = 1; current < line; current++) {
    const newline = source.text.indexOf('\n', start);
    if (newline === -1) return '';
    start = newline + 1;
  }
  const end = source.text.indexOf('\n', start);
  return source.text.slice(start, end === -1 ? undefined : end);
}

/** The smallest span that holds both; they must be of one source. */
export function joinSpans(a: Span, b: Span): Span {
  return { ...a, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
