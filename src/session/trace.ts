// The library's way to run a script: its output as objects. `for await (const event of trace('...'))`.

import type { Diagnostic } from '../base/diagnostic.ts';
import { renderDiagnostic } from '../base/diagnostic.ts';
import { TraceError } from '../base/error.ts';
import type { Image } from '../image/index.ts';
import type { ByteSink } from '../report/index.ts';
import { systemNames } from '../report/names.ts';
import { type CompileOptions, compile } from './compile.ts';
import { kernelEngine } from './machine.ts';
import { Run } from './run.ts';

/** One line of what bpftrace prints with `-f json`: what kind it is, and what it says. */
export interface TraceEvent {
  /** `printf`, `value`, `map`, `hist`, `stats`, `time`, `join`, `attached_probes`, `lost_events`, ... */
  readonly type: string;
  readonly data?: unknown;
  readonly [key: string]: unknown;
}

export interface TraceOptions extends CompileOptions {
  /** Ends the run as Ctrl-C does: end probes run and maps are printed. */
  readonly signal?: AbortSignal;
  /** Command to run and trace; the run ends when it ends. */
  readonly command?: string;
}

/** The script is wrong. */
export class ScriptError extends TraceError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const first = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
    super('ERR_SCRIPT', first?.message ?? 'The script is wrong.');
    this.diagnostics = diagnostics;
  }

  /** All of them as the command line prints them. */
  get text(): string {
    return this.diagnostics.map(renderDiagnostic).join('');
  }
}

/**
 * Runs a script of the bpftrace language in the running kernel (5.10 and newer) and yields what it prints. Leaving the loop
 * ends the run; so does `signal`, after which the maps still come.
 * @throws ScriptError when the script is wrong; TraceError when the machine does not allow it.
 */
export async function* trace(script: string, options: TraceOptions = {}): AsyncGenerator<TraceEvent, number, void> {
  const result = compile({ name: 'script', text: script }, { ...options, hasCommand: options.command !== undefined });
  if (!result.image) throw new ScriptError(result.diagnostics);
  const lines = new LineQueue();
  const run = makeRun(result.image, lines, options);
  const stop = (): void => run.stop();
  options.signal?.addEventListener('abort', stop);
  if (options.signal?.aborted) stop();
  const ended = run.run().finally(() => lines.end());
  // Awaited below; an early failure must not count as unhandled before that.
  ended.catch(() => {});
  try {
    for await (const line of lines) yield JSON.parse(line) as TraceEvent;
    return await ended;
  } finally {
    options.signal?.removeEventListener('abort', stop);
    run.stop();
    run.stop();
    await ended.catch(() => {});
  }
}

function makeRun(image: Image, output: ByteSink, options: TraceOptions): Run {
  return new Run(image, {
    engine: kernelEngine(),
    names: systemNames({ demangle: image.settings.demangle }),
    format: 'json',
    output,
    errors: output,
    announce: true,
    warnings: true,
    verbose: false,
    unsafe: options.unsafe ?? false,
    ...(options.targetPid === undefined ? {} : { targetPid: options.targetPid }),
    ...(options.command === undefined ? {} : { command: options.command }),
  });
}

/** Bytes in, lines out, in between a reader that waits. */
class LineQueue implements ByteSink {
  readonly #decoder = new TextDecoder();
  #partial = '';
  #lines: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  write(bytes: Uint8Array): void {
    const parts = (this.#partial + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const line of parts) if (line !== '') this.#lines.push(line);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    for (;;) {
      const lines = this.#lines;
      this.#lines = [];
      yield* lines;
      if (this.#lines.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
