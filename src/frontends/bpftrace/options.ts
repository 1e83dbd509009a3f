// What the command line says about one compilation of a script.

export interface ScriptOptions {
  /** `$1`, `$2`, ... */
  readonly positional: readonly string[];
  /** What was given after `--` as `--name=value` or `--name`. */
  readonly named: ReadonlyMap<string, string | true>;
  /** Words that change the traced system are allowed. */
  readonly unsafe: boolean;
  /** The process of -p. */
  readonly targetPid?: number;
  /** A command was given with -c. */
  readonly hasChild?: boolean;
  /** The tracer is in a pid namespace of its own, in whose numbers pid and tid are told. */
  readonly pidNamespace?: boolean;
  /** Report every helper that fails (-k). */
  readonly reportFailures?: boolean;
}

export const DEFAULT_OPTIONS: ScriptOptions = { positional: [], named: new Map(), unsafe: false };
