// How a stage says that the expression is wrong: the first fault ends the compilation, as in libpcap, because what follows
// would be guessed from a wrong state.

import { type Diagnostic, DiagnosticBuilder } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';

/** Carries a diagnostic to the door of the front end; never leaves it. */
export class FilterFailure extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

export function fail(code: string, message: string, span?: Span, ...hints: readonly string[]): never {
  const diagnostic = new DiagnosticBuilder(code, 'error', message, span);
  for (const hint of hints) diagnostic.hint(hint);
  throw new FilterFailure(diagnostic);
}
