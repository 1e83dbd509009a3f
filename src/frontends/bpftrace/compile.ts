// The front end of the bpftrace language: a script to a module. The stages are parse, macros, settings, expand, check, lower; what
// each of them made stays to be looked at.

import type { Diagnostics } from '../../base/diagnostic.ts';
import type { Source } from '../../base/source.ts';
import type { Environment } from '../../compiler/environment.ts';
import { CompileError } from '../../compiler/error.ts';
import type { Module } from '../../compiler/ir.ts';
import type { Script } from './ast.ts';
import { readDefinitions } from './cdefs/script-types.ts';
import { type Checked, checkScript } from './check/checker.ts';
import { CTypes } from './check/ctypes.ts';
import { checkNamedParameters } from './check/parameters.ts';
import { readSettings, type ScriptSettings } from './config.ts';
import { ProbeNumbers } from './lower/probes.ts';
import { lowerScript } from './lower/script.ts';
import { expandMacros } from './macros/expand.ts';
import type { ScriptOptions } from './options.ts';
import { parseScript } from './parse/parse.ts';
import { expandScript } from './probes/expand.ts';
import type { ProgramPlan } from './probes/plan.ts';

export interface CompileOptions extends ScriptOptions {
  /** Environment variables, of which BPFTRACE_KEY and BEETRACE_KEY are settings. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** What the stages made; those behind the first stage with errors are missing. */
export interface Compilation {
  readonly script: Script;
  readonly settings?: ScriptSettings;
  readonly plans?: readonly ProgramPlan[];
  readonly checked?: Checked;
  readonly module?: Module;
}

/** Compiles a script for a machine. What is wrong with it is in the diagnostics. */
export function compileScript(
  source: Source,
  environment: Environment,
  options: CompileOptions,
  diagnostics: Diagnostics,
): Compilation {
  const script = expandMacros(parseScript(source, diagnostics), diagnostics);
  if (diagnostics.hasErrors) return { script };

  for (const { path, span } of script.imports) {
    diagnostics.error('import', `Unable to import '${path}': a script is compiled alone`, span);
  }
  checkNamedParameters(script, options.named, diagnostics);
  const settings = readSettings(script.config, options.variables ?? {}, diagnostics);
  if (diagnostics.hasErrors) return { script, settings };

  const { missingProbes, maxBpfProgs, maxProbes } = settings;
  const expandOptions = { ...options, missingProbes, maxBpfProgs, maxProbes };
  const plans = expandScript(script, environment, expandOptions, diagnostics);
  if (diagnostics.hasErrors) return { script, settings, plans };

  const btf = () => environment.btf();
  const ctypes = new CTypes(btf, readDefinitions(script.definitions, { btf }, diagnostics));
  const probes = new ProbeNumbers(plans);
  const shared = { probes: probes.type, environment, options, settings };
  const units = plans.map((plan) => ({ probe: plan.probe, scope: { plan, ...shared } }));
  const checked = checkScript(script, units, shared, ctypes, diagnostics);
  if (diagnostics.hasErrors) return { script, settings, plans, checked };

  try {
    const module = lowerScript({ checked, ctypes, probes, environment, options, settings });
    return { script, settings, plans, checked, module };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    diagnostics.report(error);
    return { script, settings, plans, checked };
  }
}
