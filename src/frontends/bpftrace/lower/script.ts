// From checked probes to a module: maps are declared, probes numbered, and each program is built in the order dispatch,
// filter by process, predicate, body.

import { assert } from '../../../base/error.ts';
import { atLeast, type Environment } from '../../../compiler/environment.ts';
import type { Instruction, Module } from '../../../compiler/ir.ts';
import {
  attachCookie,
  ModuleBuilder,
  ProgramBuilder,
  pid,
  registerOf,
  type ScriptMap,
} from '../../../compiler/operations/index.ts';
import type { AttachPoint, Settings } from '../../../image/index.ts';
import type { Checked } from '../check/checker.ts';
import type { MapInfo, ProgramScope } from '../check/context.ts';
import type { CTypes } from '../check/ctypes.ts';
import { declaredEntries } from '../check/declarations.ts';
import { mapValue } from '../check/maps.ts';
import type { CheckedProgram } from '../check/program.ts';
import type { ScriptSettings } from '../config.ts';
import type { ScriptOptions } from '../options.ts';
import { dispatch } from './dispatch.ts';
import { FunctionTable } from './functions.ts';
import type { ProbeNumbers } from './probes.ts';
import { ProgramLowering } from './program.ts';
import { lowerStatements } from './statements.ts';

export interface LowerInput {
  readonly checked: Checked;
  readonly ctypes: CTypes;
  readonly probes: ProbeNumbers;
  readonly environment: Environment;
  readonly options: ScriptOptions;
  readonly settings: ScriptSettings;
}

export function lowerScript(input: LowerInput): Module {
  const { checked, environment, options, settings, probes } = input;
  const module = new ModuleBuilder({
    license: settings.license,
    settings: runSettings(settings),
    arch: environment.architecture,
    pidNamespace: options.pidNamespace ?? false,
    reportFailures: options.reportFailures ?? false,
    typedTask: () => hasTypedTask(environment),
    ...(atLeast(environment.kernel, '5.11') ? {} : { maxKeyBytes: MAX_BPF_STACK }),
    wakeup: 'adaptive',
  });
  for (const name of probes.names) module.addProbe(name);
  const maps = declareMaps(module, checked.maps.values(), settings);
  for (const [index, program] of checked.programs.entries()) lowerProgram(input, module, maps, program, index + 1);
  return module.finish();
}

/** Until Linux 5.11 the keys of maps are as big as a program's stack at most. */
const MAX_BPF_STACK = 512;

/** `bpf_get_current_task_btf` came with Linux 5.11. */
function hasTypedTask(environment: Environment): boolean {
  const { major, minor } = environment.kernel;
  return (major > 5 || (major === 5 && minor >= 11)) && environment.btf() !== undefined;
}

function runSettings(settings: ScriptSettings): Settings {
  return {
    // 0 lets the engine choose by the memory of the machine.
    ringBytes: settings.perfRbPages * 4096,
    printMapsOnExit: settings.printMapsOnExit,
    truncationTrailer: settings.strTruncTrailer,
    missingProbes: settings.missingProbes,
    maxCatBytes: settings.maxCatBytes,
    demangle: settings.cppDemangle,
  };
}

function declareMaps(
  module: ModuleBuilder,
  maps: Iterable<MapInfo>,
  settings: ScriptSettings,
): ReadonlyMap<string, ScriptMap> {
  const result = new Map<string, ScriptMap>();
  for (const map of maps) {
    const { declaration, name, key, span } = map;
    const declared = declaration && { declared: declaration.mapKind as 'hash' };
    result.set(
      name,
      module.scriptMap({
        name,
        value: mapValue(map),
        maxEntries: (declaration && declaredEntries(declaration)) ?? settings.maxMapKeys,
        span,
        ...(key ? { key: key.type } : {}),
        ...declared,
      }),
    );
  }
  return result;
}

function lowerProgram(
  input: LowerInput,
  module: ModuleBuilder,
  maps: ReadonlyMap<string, ScriptMap>,
  checked: CheckedProgram,
  number: number,
): void {
  const { plan } = checked.scope;
  const p = new ProgramBuilder(module, {
    name: `${plan.kind.name}_${number}`,
    ...plan.program,
    // One that stands in for a kind's own program has nobody to return to.
    exitValue: plan.program.kind === plan.kind.program.kind ? plan.kind.returns : 0,
  });
  p.b.span = checked.probe.attachPoints[0]?.span;
  const numbers = input.probes.of(plan);
  const dispatched = plan.context.kind === 'syscalls' ? dispatch(p, plan.context.phase) : undefined;
  filterProcess(p, checked.scope);
  if (plan.context.kind === 'iter') filterEnd(p);
  p.start();
  const probe = () => probeNumber(p, input.probes, checked, dispatched?.index);
  const functions = new FunctionTable(input.checked.functions);
  const cx = new ProgramLowering(p, checked, { ctypes: input.ctypes, maps, probe, functions });
  lowerPredicate(cx, checked);
  p.scope(() => {
    lowerStatements(cx, checked.probe.body);
    const { value } = checked.probe.body;
    if (value) cx.effect(value);
  });
  const attach = plan.places.map((place, index) => {
    const extra = place.attach.kind === 'syscalls' ? { dispatch: dispatched!.map } : {};
    return { ...place.attach, ...extra, probe: numbers[index]! } as AttachPoint;
  });
  p.finish(attach);
}

/** -p: kinds that the kernel does not filter leave at once in other processes. */
function filterProcess(p: ProgramBuilder, scope: ProgramScope): void {
  if (scope.options.targetPid === undefined || scope.plan.kind.pidFilter !== 'program') return;
  const target = p.b.relocated({ kind: 'parameter', parameter: 'target-pid' }, scope.options.targetPid);
  p.b.if('ne', registerOf(pid(p)), target, () => p.b.return(p.exitValue));
}

/** Where the object stands in the context of an iterator: behind a pointer to what is known of the walk. */
const ITER_OBJECT = 8;

/** An iterator is called once more at its end, without an object: nothing for a script that looks at objects. */
function filterEnd(p: ProgramBuilder): void {
  p.b.if('eq', p.b.load(8, p.ctx, ITER_OBJECT), 0, () => p.b.return(p.exitValue));
}

function lowerPredicate(cx: ProgramLowering, { probe }: CheckedProgram): void {
  const { predicate } = probe;
  if (!predicate) return;
  const { p } = cx;
  const pass = p.b.block('pass');
  const filtered = p.b.block('filtered');
  p.scope(() => cx.branch(predicate, pass, filtered));
  p.b.enter(filtered);
  p.count('filtered');
  p.exit();
  p.b.enter(pass);
}

/** Which probe was hit: a constant for one place, else from the dispatch or the cookie of the attachment. */
function probeNumber(
  p: ProgramBuilder,
  probes: ProbeNumbers,
  { scope }: CheckedProgram,
  index: Instruction | undefined,
): Instruction {
  const { plan } = scope;
  const [place, ...more] = plan.places;
  assert(place, 'a program without a place');
  if (index) return probes.byIndex(p, place, index);
  return more.length === 0 ? p.b.const(probes.of(plan)[0]!) : registerOf(attachCookie(p));
}
