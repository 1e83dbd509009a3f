#!/usr/bin/env node
// The command: reads the command line, runs what it asks for, prints what went wrong, sets the exit code.
// Start-up counts, so each command and all that it needs is loaded only when it is run.

import { TraceError } from '../base/error.ts';
import { systemReason } from '../base/system-reason.ts';
import { helpText, USAGE } from './help.ts';
import { type CommandLine, parseCommandLine, UsageError } from './options.ts';

const SUBCOMMANDS: Record<string, () => Promise<{ run(words: readonly string[]): Promise<number> }>> = {
  build: () => import('./build.ts'),
  filter: () => import('./filter.ts'),
  run: () => import('./run.ts'),
  verify: () => import('./verify.ts'),
  explain: () => import('./explain.ts'),
  asm: () => import('./asm.ts'),
  disasm: () => import('./disasm.ts'),
};

async function main(argv: readonly string[]): Promise<number> {
  const subcommand = Object.hasOwn(SUBCOMMANDS, argv[0] ?? '') ? SUBCOMMANDS[argv[0]!] : undefined;
  if (subcommand) return (await subcommand()).run(argv.slice(1));
  const line = parseCommandLine(argv);
  if (argv.length === 0 || line.options.help) return print(helpText());
  if (line.options.version) return print(await versionText());
  if (line.options.info) return print((await import('./info.ts')).infoText());
  if (line.options.list) return (await import('./list.ts')).run(line);
  return trace(line);
}

async function trace(line: CommandLine): Promise<number> {
  if (line.options.evaluate === undefined && line.words.length === 0) {
    throw new UsageError('There is no program to run.', ["Give one with -e 'PROGRAM', or name a script."]);
  }
  return (await import('./trace.ts')).run(line);
}

async function versionText(): Promise<string> {
  const { version } = await import('./version.ts');
  return `beetrace v${version}\n`;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** Prints what stopped the command; every failure that is not ours is one sentence and its ways out. */
function fail(error: unknown): number {
  if (error instanceof UsageError || error instanceof TraceError) {
    process.stderr.write(`ERROR: ${error.message}\n`);
    for (const hint of error.hints) process.stderr.write(`HINT: ${hint}\n`);
    if (error instanceof UsageError && error.showUsage) process.stderr.write(`\n${USAGE}`);
    return error instanceof UsageError || !/^ERR_(ATTACH|VERIFIER|SYSCALL|BPF)/.test(error.code) ? 1 : 255;
  }
  process.stderr.write(`ERROR: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 2;
}

// A reader that went away (| head) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`ERROR: The output cannot be written: ${systemReason(error)}.\n`);
  process.exit(1);
});
process.stderr.on('error', () => {});

process.exitCode = await main(process.argv.slice(2)).catch(fail);
