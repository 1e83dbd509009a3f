// What there is to trace on the running machine, for -l.

import { type Diagnostic, Diagnostics } from '../base/diagnostic.ts';
import type { Source } from '../base/source.ts';
import { isTypePattern, listProbes, listScript, listTypes, type ProbeListing } from '../frontends/bpftrace/list.ts';
import { DEFAULT_OPTIONS } from '../frontends/bpftrace/options.ts';
import { parseScript } from '../frontends/bpftrace/parse/parse.ts';
import { environment } from './machine.ts';

export { isTypePattern };

/**
 * The lines of a listing: probes, or with `verbose` probes with their arguments; types of the kernel when the pattern is
 * `struct NAME`, in C with `verbose`.
 */
export function* listMatches(pattern: string, verbose: boolean, targetPid?: number): Generator<string> {
  const machine = environment(targetPid);
  if (!isTypePattern(pattern)) {
    for (const probe of listProbes(pattern, machine)) yield probeLines(probe, verbose);
    return;
  }
  for (const type of listTypes(pattern, machine)) {
    yield verbose ? `${type.module}: ${type.definition()}\n` : `${type.name}\n`;
  }
}

/** The same for the probes of a script; what is wrong with the script is in the diagnostics. */
export function listScriptProbes(
  source: Source,
  verbose: boolean,
  targetPid?: number,
): { lines: string[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics = new Diagnostics();
  const script = parseScript(source, diagnostics);
  if (diagnostics.hasErrors) return { lines: [], diagnostics: diagnostics.list };
  const options = { ...DEFAULT_OPTIONS, missingProbes: 'warn' as const };
  const probes = listScript(script, environment(targetPid), options, diagnostics);
  return { lines: probes.map((probe) => probeLines(probe, verbose)), diagnostics: diagnostics.list };
}

function probeLines(probe: ProbeListing, verbose: boolean): string {
  const args = verbose ? probe.args().map((arg) => `    ${arg}\n`) : [];
  return `${probe.name}\n${args.join('')}`;
}
