// `-l`: probes that match a pattern, those of a script, or types of the kernel.

import { existsSync } from 'node:fs';
import { renderDiagnostic } from '../base/diagnostic.ts';
import { listMatches, listScriptProbes } from '../session/index.ts';
import { readPid, readProgram } from './input.ts';
import { type CommandLine, UsageError } from './options.ts';

export async function run(line: CommandLine): Promise<number> {
  const verbose = line.options.verbose === true;
  const pid = readPid(line.options.pid);
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
  return count > 0 ? 0 : 1;
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
  const { lines, diagnostics } = listScriptProbes(input.source, verbose, pid);
  for (const diagnostic of diagnostics) process.stderr.write(renderDiagnostic(diagnostic));
  process.stdout.write(lines.join(''));
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error') ? 1 : 0;
}
