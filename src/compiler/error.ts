// What a program can ask for that BPF cannot give. It is found late, in allocation or emission, far from the front end's
// list of diagnostics, so it is thrown; whoever drives the compiler turns it into a Diagnostic.

import type { Diagnostic } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';

export class CompileError extends Error implements Diagnostic {
  /** A stable name for programs, such as `stack-too-large`. */
  readonly code: string;
  readonly severity = 'error';
  readonly hints: readonly string[];
  readonly related = [];
  declare readonly span?: Span;

  constructor(code: string, message: string, hints: readonly string[] = [], span?: Span) {
    super(message);
    this.name = 'CompileError';
    this.code = code;
    this.hints = hints;
    if (span) this.span = span;
  }
}
