// Runs a program: compile it (or take an image), trace until it ends, print.

import { writeFileSync } from 'node:fs';
import type { Diagnostic } from '../base/diagnostic.ts';
import { renderDiagnostic } from '../base/diagnostic.ts';
import type { Image } from '../image/index.ts';
import { type CompileResult, compile, kernelEngine, Run, systemNames } from '../session/index.ts';
import { type Input, readInput, readPid, type ScriptParameters } from './input.ts';
import type { CommandLine } from './options.ts';
import { BrokenPipe, DescriptorSink, fileSink, MessageSink } from './sink.ts';

export async function run(line: CommandLine): Promise<number> {
  const { input, parameters } = readInput(line);
  const targetPid = readPid(line.options.pid);
  const warnings = line.options['no-warnings'] === undefined;
  if (line.options.dump) return dump(line, input, parameters);
  const image = input.kind === 'image' ? input.image : toImage(compileInput(input, line, parameters), warnings);
  return image ? trace(image, line, targetPid, warnings) : 1;
}

function compileInput(
  input: Extract<Input, { kind: 'script' }>,
  line: CommandLine,
  parameters: ScriptParameters,
): CompileResult {
  const targetPid = readPid(line.options.pid);
  return compile(input.source, {
    ...parameters,
    unsafe: line.options.unsafe === true,
    hasCommand: line.options.cmd !== undefined,
    reportFailures: line.options.warnings === true,
    ...(targetPid === undefined ? {} : { targetPid }),
  });
}

/** Prints what the compiler said; the image when there were no errors. */
export function toImage(result: CompileResult, warnings: boolean): Image | undefined {
  printDiagnostics(result.diagnostics, warnings);
  return result.image;
}

function printDiagnostics(diagnostics: readonly Diagnostic[], warnings: boolean): void {
  for (const diagnostic of diagnostics) {
    if (warnings || diagnostic.severity === 'error') process.stderr.write(renderDiagnostic(diagnostic));
  }
}

async function dump(line: CommandLine, input: Input, parameters: ScriptParameters): Promise<number> {
  const { dumpStage, dumpImage } = await import('../session/index.ts');
  const stage = line.options.dump as 'ast' | 'types' | 'ir' | 'asm' | 'image';
  if (input.kind === 'image') {
    process.stdout.write(dumpImage(input.image, stage));
    return 0;
  }
  const result = compileInput(input, line, parameters);
  printDiagnostics(result.diagnostics, line.options['no-warnings'] === undefined);
  process.stdout.write(dumpStage(result, stage));
  return result.image ? 0 : 1;
}

/** So that scripts see us under our own name: begin and end run in this thread, and many filters leave the tracer out. */
function takeName(): void {
  try {
    writeFileSync('/proc/self/comm', 'beetrace');
  } catch {
    // A name is not worth a failure.
  }
}

async function trace(
  image: Image,
  line: CommandLine,
  targetPid: number | undefined,
  warnings: boolean,
): Promise<number> {
  const { options } = line;
  takeName();
  const output = typeof options.output === 'string' ? fileSink(options.output) : new DescriptorSink(1);
  const errors = new MessageSink(2);
  const started = new Run(image, {
    engine: options.engine === 'vm' ? (await import('../session/vm.ts')).runtimeEngine() : kernelEngine(),
    names: systemNames(),
    format: options.format === 'json' ? 'json' : 'text',
    output,
    errors,
    announce: !options.quiet,
    warnings,
    verbose: options.verbose === true,
    dryRun: options['dry-run'] === true,
    unsafe: options.unsafe === true,
    flush: options.buffering === 'full' ? 'full' : 'batch',
    ...(targetPid === undefined ? {} : { targetPid }),
    ...(typeof options.cmd === 'string' ? { command: options.cmd } : {}),
  });
  process.on('SIGINT', () => started.stop());
  process.on('SIGTERM', () => started.stop());
  // Without a listener Node would take this one as the wish to be debugged.
  process.on('SIGUSR1', () => {});
  for (const signal of started.signals) process.on(signal, () => started.signal(signal));
  try {
    return await started.run();
  } catch (error) {
    if (error instanceof BrokenPipe) return 0;
    throw error;
  } finally {
    output.close();
  }
}
