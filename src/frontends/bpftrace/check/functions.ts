// Functions of the script: `fn name($a : type) : type { ... }`. They become subprograms, which take and give integers.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import { isScalar, type Type } from '../../../image/index.ts';
import type { ExpressionOf, Probe, Subprogram } from '../ast.ts';
import { type ProbeKind, probeKind } from '../probes/kind.ts';
import type { ProgramPlan } from '../probes/plan.ts';
import { resolveType } from './casts.ts';
import type { ProgramChecker } from './program.ts';
import { isInteger, isUnresolved, nameOf, type TypeInfo, UNRESOLVED_INFO } from './types.ts';

export interface FunctionInfo {
  readonly node: Subprogram;
}

/** What may be used in a function: nothing that belongs to a probe. */
export const FUNCTION_KIND: ProbeKind = probeKind({
  name: 'fn',
  aliases: [],
  forms: [],
  doc: 'A function of the script.',
  program: { kind: '' },
  space: 'kernel',
  allows: [],
  returns: 0,
  pidFilter: 'none',
  parse: () => undefined,
  match: () => [],
  list: () => [],
});

/** A function as the checker walks it: like a probe that is attached nowhere. */
export function functionPlan(node: Subprogram): ProgramPlan {
  const probe: Probe = { kind: 'probe', span: node.span, attachPoints: [], predicate: undefined, body: node.body };
  return { kind: FUNCTION_KIND, probe, context: { kind: 'none' }, program: FUNCTION_KIND.program, places: [] };
}

/** BPF passes five registers. */
const MOST_PARAMETERS = 5;

/** The functions by name; reports what cannot become a subprogram. */
export function collectFunctions(nodes: readonly Subprogram[], diagnostics: Diagnostics): Map<string, FunctionInfo> {
  const functions = new Map<string, FunctionInfo>();
  for (const node of nodes) {
    if (functions.has(node.name)) {
      diagnostics.error('redeclared', `Redefinition of function: ${node.name}`, node.nameSpan);
    }
    if (node.parameters.length > MOST_PARAMETERS) {
      diagnostics.error('function-parameters', `A function takes at most ${MOST_PARAMETERS} parameters`, node.nameSpan);
    }
    functions.set(node.name, { node });
  }
  return functions;
}

/** Checks the types of a function's parameters and result. */
export function checkSignature(checker: ProgramChecker, { node }: FunctionInfo): void {
  for (const { type, span } of node.parameters) needScalar(checker, resolveType(checker, type), span);
  const returns = resolveType(checker, node.returns);
  if (returns?.kind !== 'void') needScalar(checker, returns, node.returns.span);
}

function needScalar(checker: ProgramChecker, type: Type | undefined, span: Subprogram['span']): void {
  if (!type || isScalar(type)) return;
  checker.error('function-type', `Functions take and return integers and pointers, not '${nameOf(type)}'`, span);
}

/** A call of one of the script's functions. */
export function checkFunctionCall(
  checker: ProgramChecker,
  { node }: FunctionInfo,
  call: ExpressionOf<'call'>,
): TypeInfo {
  const { parameters } = node;
  if (call.args.length !== parameters.length) {
    checker.error(
      'argument-count',
      `${node.name}() requires ${parameters.length} arguments (${call.args.length} provided)`,
      call.span,
    );
    return UNRESOLVED_INFO;
  }
  for (const [index, arg] of call.args.entries()) {
    const found = checker.type(arg);
    const wanted = resolveType(checker, parameters[index]!.type);
    if (!wanted || isUnresolved(found) || fits(found, wanted)) continue;
    checker.error(
      'argument-type',
      `${node.name}() expects '${nameOf(wanted)}' as argument ${index + 1}, not '${nameOf(found)}'`,
      arg.span,
    );
  }
  if (checker.fn && callsBack(checker, node.name, checker.fn.node.name)) {
    checker.error('recursion', `Recursive call of ${node.name}()`, call.span);
    return UNRESOLVED_INFO;
  }
  const returns = resolveType(checker, node.returns);
  return returns ? { type: returns } : UNRESOLVED_INFO;
}

function fits(found: Type, wanted: Type): boolean {
  if (isInteger(found) && isInteger(wanted)) return true;
  return found.kind === wanted.kind;
}

/** Whether a function calls another, also through others. BPF programs cannot recurse. */
function callsBack(checker: ProgramChecker, from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  const node = checker.functions.get(from)?.node;
  return node
    ? callsIn(node.body).some((name) => checker.functions.has(name) && callsBack(checker, name, to, seen))
    : false;
}

function callsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(callsIn);
  if (typeof value !== 'object' || value === null || !('span' in value)) return [];
  const own = 'kind' in value && value.kind === 'call' ? [(value as ExpressionOf<'call'>).name] : [];
  return own.concat(...Object.entries(value).map(([key, child]) => (key.endsWith('pan') ? [] : callsIn(child))));
}
