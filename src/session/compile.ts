// From text to Image: the front end, the compiler, and what each of their stages made.

import { type Diagnostic, Diagnostics } from '../base/diagnostic.ts';
import { TraceError } from '../base/error.ts';
import type { Source } from '../base/source.ts';
import { CompileError } from '../compiler/error.ts';
import { link } from '../compiler/link.ts';
import { type Compilation, compileScript } from '../frontends/bpftrace/compile.ts';
import type { Image } from '../image/index.ts';
import { environment } from './machine.ts';

export interface CompileOptions {
  /** `$1`, `$2`, ... */
  readonly positional?: readonly string[];
  /** `--name=value`, as given after `--`. */
  readonly named?: readonly string[];
  /** Allow words that change the traced system. */
  readonly unsafe?: boolean;
  /** Process to trace. */
  readonly targetPid?: number;
  /** The run will start a command. */
  readonly hasCommand?: boolean;
  /** The oldest kernel that the image should run on (`5.10`); the running one when left out. */
  readonly kernel?: string;
  /** Report every helper that fails. */
  readonly reportFailures?: boolean;
}

export interface CompileResult {
  readonly diagnostics: readonly Diagnostic[];
  /** What the stages of the front end made. */
  readonly stages: Compilation;
  /** Missing when there were errors. */
  readonly image?: Image;
}

/** Compiles a script of the bpftrace language for the running machine. What is wrong with it is in the diagnostics. */
export function compile(source: Source, options: CompileOptions = {}): CompileResult {
  const diagnostics = new Diagnostics();
  const stages = guardDepth(() =>
    compileScript(
      source,
      environment(options.targetPid, options.kernel),
      {
        positional: options.positional ?? [],
        named: namedParameters(options.named ?? []),
        unsafe: options.unsafe ?? false,
        hasChild: options.hasCommand ?? false,
        reportFailures: options.reportFailures ?? false,
        variables: process.env,
        ...(options.targetPid === undefined ? {} : { targetPid: options.targetPid }),
      },
      diagnostics,
    ),
  );
  const image = guardDepth(() => stages.module && linkModule(stages, diagnostics));
  return { diagnostics: diagnostics.list, stages, ...(image ? { image } : {}) };
}

/** All stages walk trees recursively; the parser refuses what is nested deeply, but macros can nest further. */
function guardDepth<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TraceError('ERR_SCRIPT', 'The script is nested too deeply to be compiled.', {
      cause: error,
      hints: ['Keep parts of long expressions in variables.'],
    });
  }
}

function linkModule(stages: Compilation, diagnostics: Diagnostics): Image | undefined {
  try {
    return link(stages.module!);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    diagnostics.report(error);
    return undefined;
  }
}

function namedParameters(words: readonly string[]): Map<string, string | true> {
  return new Map(
    words.map((word) => {
      const [, name = word, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
      return [name, value ?? true];
    }),
  );
}
