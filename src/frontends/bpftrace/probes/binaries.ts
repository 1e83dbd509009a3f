// Binaries in attach points: which files a name stands for, and what is reported when there is none.

import { TraceError } from '../../../base/error.ts';
import { wildcard } from '../../../base/text.ts';
import type { Binary, Environment } from '../../../compiler/environment.ts';
import type { Part, ProbeInput } from './kind.ts';

/** The files that the target of a uprobe or a USDT probe names; reports when there are none. */
export function targetBinaries(kind: string, target: Part, env: Environment, input: ProbeInput): readonly Binary[] {
  if (target.text === '*') return mappedBinaries(kind, target, env, input);
  if (target.text === '' && env.targetPid === undefined) {
    input.diagnostics
      .error('no-binary', `${kind} needs a binary`, input.span)
      .hint(`write ${kind}:/path/to/program:function, or name a process with -p PID`);
    return [];
  }
  try {
    return env.binaries(target.text);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    const report = input.diagnostics.error('no-binary', `${kind}: ${error.message}`, target.span);
    for (const hint of error.hints) report.hint(hint);
    return [];
  }
}

/** `*` stands for everything that the process of -p has mapped. */
function mappedBinaries(kind: string, target: Part, env: Environment, input: ProbeInput): readonly Binary[] {
  if (env.targetPid !== undefined) return env.binariesOf(env.targetPid);
  input.diagnostics
    .error('no-binary', `${kind} takes '*' as a binary only for one process`, target.span)
    .hint('name the process with -p PID');
  return [];
}

/**
 * The binaries that a pattern of `-l` names. With a process the pattern selects from what it has mapped; without one,
 * nothing but wildcards selects none: that would be all files of the machine.
 * @throws TraceError when a path is not there.
 */
export function listedBinaries(pattern: string, env: Environment): readonly Binary[] {
  if (env.targetPid !== undefined && pattern.includes('*')) {
    const fits = wildcard(pattern);
    return env.binariesOf(env.targetPid).filter((binary) => fits(binary.path));
  }
  return /^\**$/.test(pattern) ? [] : env.binaries(pattern);
}
