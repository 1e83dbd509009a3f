// The checker: types of everything in a script by fixpoint. Rounds go over all probes until no variable, key or value
// gets wider; their messages are thrown away. One last round over settled types reports what is wrong.

import { Diagnostics } from '../../../base/diagnostic.ts';
import type { MapDeclaration, Probe, Script, Subprogram } from '../ast.ts';
import type { MapInfo, ProgramScope } from './context.ts';
import type { CTypes } from './ctypes.ts';
import { checkMapDeclarations } from './declarations.ts';
import { checkSignature, collectFunctions, type FunctionInfo, functionPlan } from './functions.ts';
import { MapTable } from './maps.ts';
import { type CheckedProgram, ProgramChecker, type Shared } from './program.ts';
import { isUnresolved } from './types.ts';

/** Types only get wider, and few steps lead to the widest; more rounds than this mean a rule that flips. */
const MAX_ROUNDS = 50;

/** One probe for one group of its attach points. */
export interface CheckUnit {
  readonly probe: Probe;
  readonly scope: ProgramScope;
}

/** A script with its types beside it. */
export interface Checked {
  readonly programs: readonly CheckedProgram[];
  readonly functions: ReadonlyMap<string, CheckedProgram>;
  readonly maps: ReadonlyMap<string, MapInfo>;
}

export function checkScript(
  script: Script,
  units: readonly CheckUnit[],
  functionScope: FunctionScope,
  ctypes: CTypes,
  diagnostics: Diagnostics,
): Checked {
  const declarations = script.items.filter((item): item is MapDeclaration => item.kind === 'map-declaration');
  const subprograms = script.items.filter((item): item is Subprogram => item.kind === 'fn');
  const maps = new MapTable(checkMapDeclarations(declarations, diagnostics));
  const functions = collectFunctions(subprograms, diagnostics);
  const shared = { ctypes, maps, functions };
  const bodies = [...functions.values()].map((fn) => functionChecker(fn, functionScope, shared));
  const programs = units.map((unit) => new ProgramChecker(unit.probe, unit.scope, shared));
  const all = [...bodies, ...programs];
  settle(all, maps);
  const found = new Diagnostics();
  for (const program of all) program.run(found, true);
  for (const body of bodies) checkSignature(body, body.fn!);
  if (!found.hasErrors) reportMaps(maps.all, declarations, found);
  addOnce(found, diagnostics);
  return { programs, functions: new Map(bodies.map((body) => [body.fn!.node.name, body])), maps: maps.all };
}

/** Where functions run: everywhere. */
export type FunctionScope = Omit<ProgramScope, 'plan'>;

function functionChecker(fn: FunctionInfo, scope: FunctionScope, shared: Shared): ProgramChecker {
  const plan = functionPlan(fn.node);
  return new ProgramChecker(plan.probe, { ...scope, plan }, shared, fn);
}

function settle(programs: readonly ProgramChecker[], maps: MapTable): void {
  runUntilStable(programs, maps);
  if (![...maps.all.values()].some((map) => !map.aggregation && isUnresolved(map.value.type))) return;
  maps.circular = true;
  runUntilStable(programs, maps);
}

function runUntilStable(programs: readonly ProgramChecker[], maps: MapTable): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    maps.changed = false;
    const ignored = new Diagnostics();
    for (const program of programs) program.run(ignored, false);
    if (!maps.changed) return;
  }
}

/** Maps that were declared and never used, and those of which nothing is known. */
function reportMaps(
  maps: ReadonlyMap<string, MapInfo>,
  declarations: readonly MapDeclaration[],
  diagnostics: Diagnostics,
): void {
  for (const { name, nameSpan } of declarations) {
    if (!maps.has(name)) diagnostics.warning('unused-map', `Unused map: ${name}.`, nameSpan);
  }
  for (const map of maps.values()) {
    if (map.aggregation || !isUnresolved(map.value.type)) continue;
    diagnostics.error('undefined-map', `Undefined map: ${map.name}`, map.span);
  }
}

/** A probe that is checked for several groups of attach points says the same several times. */
function addOnce(found: Diagnostics, diagnostics: Diagnostics): void {
  const seen = new Set<string>();
  for (const one of found.list) {
    const key = `${one.code} ${one.message} ${one.span?.source.name}:${one.span?.start}-${one.span?.end}`;
    if (seen.has(key)) continue;
    seen.add(key);
    diagnostics.list.push(one);
  }
}
