// `-l`: probes that match a pattern, those of a script, or types of the kernel.

import { existsSync } from 'node:fs';
import { renderDiagnostic } from '../base/diagnostic.ts';
import { isTypePattern, listMatches, listScriptProbes } from '../session/index.ts';
import { readPid, readProgram } from './input.ts';
import { type CommandLine, UsageError } from './options.ts';

export async function run(line: CommandLine): Promise<number> {
  const verbose = line.options.verbose === true;
  const pid = readPid(line.options.pid);
  const text = line.options.evaluate;
  if (typeof text === 'string') return printListing(listScriptProbes({ name: 'stdin', text }, verbose, pid));
  const [pattern = '*:*', ...more] = line.words;
  if (more.length > 0) throw new UsageError(`-l takes one pattern, not ${line.words.length}.`, ['Put it in quotes.']);
  if (isScript(pattern)) return listScript(pattern, verbose, pid);
  if (pattern.endsWith('.bt')) {
    process.stderr.write(
      `WARNING: It appears that '${pattern}' is a filename but the file does not exist. Treating '${pattern}' as a search pattern.\n`,
    );
  }
  let count = 0;
  for (const lines of listMatches(pattern, verbose, pid)) {
    process.stdout.write(lines);
    count++;
  }
  if (count > 0) return 0;
  process.stderr.write(`WARNING: No ${isTypePattern(pattern) ? 'types' : 'probes'} match '${pattern}'.\n`);
  return 1;
}

function isScript(name: string): boolean {
  return name === '-' || (!name.includes(':') && existsSync(name));
}

function listScript(file: string, verbose: boolean, pid: number | undefined): number {
  const input = readProgram(file);
  if (input.kind === 'image') {
    process.stdout.write(input.image.probes.map((probe) => `${probe}\n`).join(''));
    return 0;
  }
  return printListing(listScriptProbes(input.source, verbose, pid));
}

function printListing({ lines, diagnostics }: ReturnType<typeof listScriptProbes>): number {
  for (const diagnostic of diagnostics) process.stderr.write(renderDiagnostic(diagnostic));
  process.stdout.write(lines.join(''));
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error') ? 1 : 0;
}
