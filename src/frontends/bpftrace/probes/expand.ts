// From the probes of a script to the programs that they become on one machine: attach points are matched, and those that
// one program can serve are brought together.

import { Diagnostics } from '../../../base/diagnostic.ts';
import type { Environment } from '../../../compiler/environment.ts';
import type { AttachPointText, Macro, Probe, Script } from '../ast.ts';
import type { ScriptOptions } from '../options.ts';
import { type ReadAttachPoint, readAttachPoint } from './attach-point.ts';
import type { ProbeUses } from './kind.ts';
import type { PlacedMatch, ProgramPlan } from './plan.ts';
import { joinSyscalls } from './syscalls.ts';
import { usesOf } from './uses.ts';
import { hasCookies, knowsFunction } from './versions.ts';

export interface ExpandOptions extends ScriptOptions {
  /** What happens when an attach point matches nothing. */
  readonly missingProbes: 'error' | 'warn' | 'ignore';
  /** How many programs and places there may be: guards against a wildcard that selects more than was thought. */
  readonly maxBpfProgs?: number;
  readonly maxProbes?: number;
}

/** The programs of a script, in the order of its probes. Reports what matches nothing. */
export function expandScript(
  script: Script,
  env: Environment,
  options: ExpandOptions,
  diagnostics: Diagnostics,
): ProgramPlan[] {
  const macros = script.items.filter((item): item is Macro => item.kind === 'macro');
  const plans: ProgramPlan[] = [];
  for (const item of script.items) {
    if (item.kind === 'probe') plans.push(...expandProbe(item, usesOf(item, macros), env, options, diagnostics));
  }
  checkLimits(plans, options, diagnostics);
  checkAlone(plans, diagnostics);
  return plans;
}

/** Reports the probe that exceeds a limit. */
function checkLimits(plans: readonly ProgramPlan[], options: ExpandOptions, diagnostics: Diagnostics): void {
  const places = (of: readonly ProgramPlan[]) => of.reduce((sum, plan) => sum + plan.places.length, 0);
  checkLimit(plans, diagnostics, {
    limit: options.maxBpfProgs,
    setting: 'max_bpf_progs',
    count: plans.length,
    message: (count, limit) =>
      `Your program is trying to generate more than ${count} BPF programs, which exceeds the current limit of ${limit}`,
  });
  checkLimit(plans, diagnostics, {
    limit: options.maxProbes,
    setting: 'max_probes',
    count: places(plans),
    message: (count, limit) =>
      `Can't attach to ${count} probes because it exceeds the current limit of ${limit} probes.`,
  });
}

interface Limit {
  readonly limit: number | undefined;
  readonly setting: string;
  readonly count: number;
  readonly message: (count: number, limit: number) => string;
}

function checkLimit(plans: readonly ProgramPlan[], diagnostics: Diagnostics, of: Limit): void {
  const { limit, count, setting, message } = of;
  if (limit === undefined || count <= limit) return;
  const largest = plans.reduce((a, b) => (placesOf(plans, b.probe) > placesOf(plans, a.probe) ? b : a));
  diagnostics
    .error('limit', message(count, limit), largest.probe.attachPoints[0]!.span)
    .hint(`You can increase the limit through the ${setting} config variable.`);
}

function placesOf(plans: readonly ProgramPlan[], probe: Probe): number {
  return plans.reduce((sum, plan) => (plan.probe === probe ? sum + plan.places.length : sum), 0);
}

/** What an iterator prints is read from its own file, so there can be no other probe beside it. */
function checkAlone(plans: readonly ProgramPlan[], diagnostics: Diagnostics): void {
  const alone = plans.find((plan) => plan.kind.alone);
  if (!alone || plans.length === 1) return;
  const span = alone.probe.attachPoints[0]!.span;
  diagnostics
    .error('attach-point', `${alone.kind.name} probe must be the only probe of a script`, span)
    .hint('put the other probes into a script of their own');
}

/** The programs of one probe. */
export function expandProbe(
  probe: Probe,
  uses: ProbeUses,
  env: Environment,
  options: ExpandOptions,
  diagnostics: Diagnostics,
): ProgramPlan[] {
  const matches: PlacedMatch[] = [];
  let failed = false;
  for (const point of probe.attachPoints) {
    const found = matchPoint(point, uses, env, options, diagnostics);
    if (found) matches.push(...found);
    else failed = true;
  }
  if (failed) return [];
  if (matches.length === 0 && options.missingProbes === 'warn') {
    const message =
      'Probe has no valid attach points. It is being removed which may cause issues with program behavior.';
    diagnostics.warning('no-attach-points', message, probe.attachPoints[0]!.span);
  }
  return group(probe, joinSyscalls(matches, uses, env), uses, env);
}

/** What one attach point matches; undefined after an error. */
function matchPoint(
  point: AttachPointText,
  uses: ProbeUses,
  env: Environment,
  options: ExpandOptions,
  diagnostics: Diagnostics,
): PlacedMatch[] | undefined {
  const read = readAttachPoint(point, options, diagnostics);
  if (read.length === 0) return undefined;
  const matches: PlacedMatch[] = [];
  for (const one of read) {
    const found = matchKind(one, uses, env);
    if (!found) return undefined;
    for (const match of found) matches.push({ ...match, kind: one.kind, name: point.label ?? match.name });
  }
  if (matches.length > 0) return matches;
  return noMatches(read[0]!, point, env, options) ? undefined : [];
}

function matchKind({ kind, input, guessed }: ReadAttachPoint, uses: ProbeUses, env: Environment) {
  // A kind that was only guessed from `*` says nothing about what it cannot read.
  const diagnostics = guessed ? new Diagnostics() : input.diagnostics;
  const before = diagnostics.list.length;
  const quiet = { ...input, diagnostics };
  const target = kind.parse(quiet);
  const found = target === undefined ? undefined : kind.match(target, env, quiet, uses);
  const said = diagnostics.list.slice(before);
  // Where the kind is guessed, doubt is enough to say no: what kprobe:f only warns of is no match for *:f.
  if (guessed) return said.length === 0 ? (found ?? []) : [];
  return said.some(({ severity }) => severity === 'error') ? undefined : found;
}

/** Reports that an attach point matches nothing as the script wishes; whether that is an error. */
function noMatches(
  { kind, input, guessed }: ReadAttachPoint,
  point: AttachPointText,
  env: Environment,
  { missingProbes }: ExpandOptions,
): boolean {
  const { diagnostics } = input;
  const message = `No matches for ${guessed ? point.text.split(':', 1)[0] : kind.name} ${input.rest}.`;
  if (missingProbes === 'warn') diagnostics.warning('no-matches', `${message} Skipping.`, point.span);
  if (missingProbes !== 'error') return false;
  const report = diagnostics.error('no-matches', message, point.span);
  const target = guessed ? undefined : kind.parse({ ...input, diagnostics: new Diagnostics() });
  const meant = target === undefined ? undefined : kind.suggest?.(target, env, input);
  if (meant !== undefined) report.hint(`did you mean '${kind.name}:${meant}'?`);
  report.hint("If this is expected, set the 'missing_probes' config variable to 'warn'.");
  return true;
}

/** One program for all matches that share a key; in the order of the first of each. */
function group(probe: Probe, matches: readonly PlacedMatch[], uses: ProbeUses, env: Environment): ProgramPlan[] {
  const groups = new Map<string, PlacedMatch[]>();
  const unknownProbe = uses.names.has('probe') && !hasCookies(env);
  const unknownFunction = uses.names.has('func') && !knowsFunction(env);
  matches.forEach((match, index) => {
    const apart = unknownProbe || (unknownFunction && isReturn(match));
    const key = match.shared === undefined || apart ? `#${index}` : `${match.kind.name} ${match.shared}`;
    const known = groups.get(key);
    if (known) known.push(match);
    else groups.set(key, [match]);
  });
  return [...groups.values()].map((members) => planOf(probe, members));
}

function isReturn({ context }: PlacedMatch): boolean {
  return context.kind === 'registers' && context.returns && context.space === 'kernel';
}

function planOf(probe: Probe, matches: readonly PlacedMatch[]): ProgramPlan {
  const { kind, context, program } = matches[0]!;
  const places = matches.map(({ name, names, attach }) => ({ name, attach, ...(names ? { names } : {}) }));
  return { kind, probe, context, program: program ?? kind.program, places };
}
