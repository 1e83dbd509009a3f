// A case of the language suite: a script that needs no events from outside, and exactly what it prints. The same cases run
// on every engine.

export interface LanguageCase {
  readonly name: string;
  readonly script: string;
  /** Parameters after the script. */
  readonly args?: readonly string[];
  /** All of standard output, without the two newlines that end a run's records; a pattern where values vary. */
  readonly prints: string | RegExp;
  /** Options before -e. */
  readonly options?: readonly string[];
  /** Exit code; 0 unless given. */
  readonly code?: number;
  /** What standard error has to match; empty unless given. */
  readonly errors?: RegExp;
  /** First kernel that can run it, when it is newer than 5.10. */
  readonly kernel?: string;
}

/** A script of one begin probe. */
export function begin(
  name: string,
  body: string,
  prints: string | RegExp,
  more: Partial<LanguageCase> = {},
): LanguageCase {
  return { name, script: `begin { ${body} }`, prints, ...more };
}
