// Checks one probe for one group of attach points: the context that all rules work in.

import { type DiagnosticBuilder, Diagnostics } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';
import { nearest } from '../../../base/text.ts';
import { atLeast } from '../../../compiler/environment.ts';
import { type AddressSpace, sizeOf, type Type } from '../../../image/index.ts';
import type {
  Expression,
  ExpressionOf,
  MapExpression,
  Probe,
  TypeArgument,
  TypeExpression,
  VariableExpression,
} from '../ast.ts';
import { resolveType } from './casts.ts';
import { checkCondition } from './conditions.ts';
import type { CheckContext, MapInfo, ProgramScope, VariableInfo } from './context.ts';
import type { CTypes } from './ctypes.ts';
import { checkExpression } from './expressions.ts';
import type { FunctionInfo } from './functions.ts';
import { joinInfo, type MapTable, mapValueName } from './maps.ts';
import { Scopes } from './scopes.ts';
import { checkStatements } from './statements.ts';
import {
  type Constant,
  constantNumber,
  hasUnresolved,
  holds,
  isUnresolved,
  nameOf,
  type TypeInfo,
  UNRESOLVED_INFO,
} from './types.ts';
import { knowsValue } from './uses.ts';

/** What the checker found out about one probe, beside its tree. */
export interface CheckedProgram {
  readonly probe: Probe;
  readonly scope: ProgramScope;
  /** The function that this is; undefined for probes. */
  readonly fn: FunctionInfo | undefined;
  readonly types: ReadonlyMap<Expression, TypeInfo>;
  /** The variable that a use, a declaration or a loop means. */
  readonly variables: ReadonlyMap<object, VariableInfo>;
}

/** What all checkers of a script have in common. */
export interface Shared {
  readonly ctypes: CTypes;
  readonly maps: MapTable;
  readonly functions: ReadonlyMap<string, FunctionInfo>;
}

export class ProgramChecker implements CheckContext, CheckedProgram {
  readonly probe: Probe;
  readonly scope: ProgramScope;
  readonly ctypes: CTypes;
  readonly maps: MapTable;
  /** The functions of the script by name. */
  readonly functions: ReadonlyMap<string, FunctionInfo>;
  /** The function that this is; undefined for probes. */
  readonly fn: FunctionInfo | undefined;
  readonly scopes = new Scopes();
  readonly types = new Map<Expression, TypeInfo>();
  readonly variables = new Map<object, VariableInfo>();
  /** The last round: types are settled, and what is missing now stays missing. */
  final = false;
  #diagnostics = new Diagnostics();
  #loops = 0;

  constructor(probe: Probe, scope: ProgramScope, shared: Shared, fn?: FunctionInfo) {
    this.probe = probe;
    this.scope = scope;
    this.ctypes = shared.ctypes;
    this.maps = shared.maps;
    this.functions = shared.functions;
    this.fn = fn;
  }

  /** One round over the probe. */
  run(diagnostics: Diagnostics, final: boolean): void {
    this.#diagnostics = diagnostics;
    this.final = final;
    this.scopes.reset();
    this.#declareParameters();
    if (this.probe.predicate) checkCondition(this, this.probe.predicate);
    this.scopes.inside(() => {
      checkStatements(this, this.probe.body);
      if (this.probe.body.value) this.info(this.probe.body.value);
    });
  }

  #declareParameters(): void {
    for (const parameter of this.fn?.node.parameters ?? []) {
      const type = resolveType(this, parameter.type);
      const info = type ? { type } : UNRESOLVED_INFO;
      const variable = this.scopes.declare(parameter, parameter.name, parameter.span, info, { declared: true });
      variable.assigned = true;
      this.bind(parameter, variable);
    }
  }

  get space(): AddressSpace {
    return this.scope.plan.kind.space;
  }

  get inLoop(): boolean {
    return this.#loops > 0;
  }

  insideLoop(run: () => void): void {
    this.#loops++;
    run();
    this.#loops--;
  }

  // ---- expressions

  info(node: Expression | TypeArgument): TypeInfo {
    if (node.kind === 'type-argument') {
      const type = resolveType(this, node.type);
      return type ? { type } : UNRESOLVED_INFO;
    }
    const info = checkExpression(this, node);
    this.types.set(node, info);
    return info;
  }

  type(node: Expression | TypeArgument): Type {
    return this.info(node).type;
  }

  record(node: Expression, info: TypeInfo): void {
    this.types.set(node, info);
  }

  /** The type of an expression whose value is kept: assigned, or part of a key. */
  value(node: Expression): TypeInfo {
    const info = this.info(node);
    const type = this.ctypes.copied(info.type);
    if (type !== info.type) return { type };
    if (info.type.kind !== 'void' || isUnresolved(info.type)) return info;
    this.error('void-value', 'Value expected, but this has none', node.span);
    return UNRESOLVED_INFO;
  }

  constant(node: Expression | TypeArgument): Constant | undefined {
    const info = this.info(node);
    if (info.constant === undefined && !isUnresolved(info.type)) {
      this.error('not-constant', 'Expected a literal', node.span);
    }
    return info.constant;
  }

  resolve(type: TypeExpression): Type | undefined {
    return resolveType(this, type);
  }

  knowsValue(name: string): boolean {
    return knowsValue(this, name);
  }

  // ---- variables

  /** The variable that is meant; reports when there is none. */
  variable(node: VariableExpression): VariableInfo | undefined {
    const variable = this.scopes.find(node.name);
    if (variable) {
      this.variables.set(node, variable);
      return variable;
    }
    const report = this.error(
      'undefined-variable',
      `Undefined or undeclared variable: $${shownName(node.name)}`,
      node.span,
    );
    const meant = nearest(node.name, this.scopes.names());
    if (meant) report.hint(`did you mean '$${meant}'?`);
    return undefined;
  }

  bind(node: object, variable: VariableInfo): void {
    this.variables.set(node, variable);
  }

  /** Joins a value into what is assigned to; a variable is made when there is none. */
  assign(target: VariableExpression | MapExpression, value: TypeInfo, span: Span, node?: Expression): void {
    if (target.kind === 'map') {
      this.#assignMap(target, value, span);
      return;
    }
    let variable = this.scopes.find(target.name);
    if (!variable) variable = this.scopes.declare(target, target.name, target.span, UNRESOLVED_INFO);
    this.variables.set(target, variable);
    if (variable.readOnly) {
      this.error('read-only', `Variable $${target.name} can not be modified: it belongs to the loop`, span);
      return;
    }
    this.assignVariable(variable, value, span, node);
  }

  assignVariable(variable: VariableInfo, value: TypeInfo, span: Span, node?: Expression): void {
    variable.assigned = true;
    if (isUnresolved(value.type)) return;
    const joined = variable.declared ? this.#declaredFits(variable, value) : joinInfo(variable.info, value);
    if (!joined) {
      this.error(
        'type-mismatch',
        `Type mismatch for $${shownName(variable.name)}: trying to assign value of type '${nameOf(value.type)}' when variable already has a type '${nameOf(variable.info.type)}'`,
        node?.span ?? span,
      );
      return;
    }
    if (nameOf(joined.type) !== nameOf(variable.info.type)) this.maps.changed = true;
    variable.info = joined;
  }

  /** A declared type stays; numbers that are known must be among its values. */
  #declaredFits(variable: VariableInfo, value: TypeInfo): TypeInfo | undefined {
    const { type } = variable.info;
    if (type.kind === 'int' && (value.type.kind === 'int' || value.type.kind === 'enum')) {
      const number = constantNumber(value);
      if (number !== undefined) return holds(type, number) ? variable.info : undefined;
      return value.type.size <= type.size ? variable.info : undefined;
    }
    if (type.kind === 'string' && value.type.kind === 'string') {
      return value.type.size <= type.size ? variable.info : undefined;
    }
    const joined = joinInfo(variable.info, value);
    return joined && sizeOf(joined.type) === sizeOf(type) ? variable.info : undefined;
  }

  // ---- maps

  useMap(node: MapExpression): MapInfo {
    const map = this.maps.get(node.name, node.nameSpan);
    const shape = node.key ? 'keyed' : 'scalar';
    map.shape ??= shape;
    if (map.shape !== shape) this.#mixed(map, node);
    const key = node.key && this.value(node.key);
    if (key && map.shape === 'keyed') this.#joinKey(map, node, key);
    return map;
  }

  #mixed(map: MapInfo, node: MapExpression): void {
    const words = { keyed: 'with an explicit key (non-scalar map)', scalar: 'without an explicit key (scalar map)' };
    const [now, before] = node.key ? [words.keyed, words.scalar] : [words.scalar, words.keyed];
    this.error('map-shape', `${map.name} used as a map ${now}, previously used ${before}`, node.span);
  }

  #joinKey(map: MapInfo, node: MapExpression, key: TypeInfo): void {
    if (hasUnresolved(key.type)) return;
    const wrong = badKey(key.type);
    if (wrong) {
      this.error('bad-key', `${wrong} cannot be part of a map key`, node.key!.span);
      return;
    }
    if (this.maps.joinKey(map, key)) return;
    this.error(
      'key-mismatch',
      `Argument mismatch for ${map.name}: trying to access with arguments: '${nameOf(key.type)}' when map expects arguments: '${nameOf(map.key!.type)}'`,
      node.span,
    );
  }

  /** Joins a key given to a function such as has_key(@m, key). */
  useKey(map: MapInfo, key: Expression, span: Span): void {
    this.#joinKey(map, { kind: 'map', span, name: map.name, nameSpan: span, key }, this.value(key));
    map.shape ??= 'keyed';
  }

  mapOf(node: Expression | TypeArgument | undefined): MapInfo | undefined {
    if (node?.kind !== 'map') return undefined;
    const map = this.maps.get(node.name, node.nameSpan);
    if (this.final && !map.written) this.undefinedMap(node);
    return map;
  }

  /** What the target of `++` or `+=` holds so far. */
  targetMap(node: MapExpression): TypeInfo | undefined {
    const map = this.useMap(node);
    if (!map.aggregation) return map.value;
    this.error(
      'type-mismatch',
      `Type mismatch for ${map.name}: trying to assign value of type 'int64' when map already has a type '${mapValueName(map)}'`,
      node.span,
    );
    return undefined;
  }

  #assignMap(target: MapExpression, value: TypeInfo, span: Span): void {
    const map = this.useMap(target);
    map.written = true;
    if (hasUnresolved(value.type) || this.maps.joinValue(map, value)) return;
    this.error(
      'type-mismatch',
      `Type mismatch for ${map.name}: trying to assign value of type '${nameOf(value.type)}' when map already has a type '${mapValueName(map)}'`,
      span,
    );
  }

  undefinedMap(node: ExpressionOf<'map'>): void {
    const report = this.error('undefined-map', `Undefined map: ${node.name}`, node.nameSpan);
    const others = [...this.maps.all.values()].filter((map) => map.written).map((map) => map.name);
    const meant = node.name === '@' ? undefined : nearest(node.name, others);
    if (meant) report.hint(`did you mean '${meant}'?`);
  }

  // ---- messages

  /** Reports what this kernel is too old for. */
  needsKernel(version: string, what: string, span: Span): boolean {
    const { kernel } = this.scope.environment;
    if (atLeast(kernel, version)) return true;
    this.error('kernel', `${what} needs Linux ${version}, and this is ${kernel.major}.${kernel.minor}`, span);
    return false;
  }

  useUnstable(name: 'tseries' | 'typeinfo', span: Span): void {
    const { settings } = this.scope;
    const allowed = name === 'tseries' ? settings.unstableTseries : settings.unstableTypeinfo;
    if (allowed === 'enable') return;
    const key = `unstable_${name}=enable`;
    if (allowed === 'warn') {
      this.warning('unstable', `Script is using an unstable feature: ${name}`, span).hint(
        `it may change; config = { ${key} } takes this warning away`,
      );
      return;
    }
    this.error('unstable', `${name} is an unstable feature and not enabled by default`, span).hint(
      `enable it in the config: config = { ${key} }`,
    );
  }

  /** How many messages there are in this round. */
  get reported(): number {
    return this.#diagnostics.list.length;
  }

  error(code: string, message: string, span: Span): DiagnosticBuilder {
    return this.#diagnostics.error(code, message, span);
  }

  warning(code: string, message: string, span: Span): DiagnosticBuilder {
    return this.#diagnostics.warning(code, message, span);
  }
}

/** The name of a variable as it was written: those of macros have a number behind it. */
function shownName(name: string): string {
  return name.replace(/#\d+$/, '');
}

/** What in a key cannot be compared by its bytes. */
function badKey(type: Type): string | undefined {
  if (type.kind === 'pointer' && type.space === 'context') return 'context';
  if (type.kind === 'void') return 'none';
  if (type.kind === 'tuple' || type.kind === 'record') {
    for (const field of type.fields) {
      const wrong = badKey(field.type);
      if (wrong) return wrong;
    }
  }
  return undefined;
}
