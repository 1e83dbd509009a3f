// What the checker offers to the rules of single words and kinds of expressions.

import type { DiagnosticBuilder } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';
import type { Environment } from '../../../compiler/environment.ts';
import type { AddressSpace, Aggregation, Type, TypeOf } from '../../../image/index.ts';
import type {
  Expression,
  MapDeclaration,
  MapExpression,
  TypeArgument,
  TypeExpression,
  VariableExpression,
} from '../ast.ts';
import type { ScriptSettings } from '../config.ts';
import type { ScriptOptions } from '../options.ts';
import type { ProgramPlan } from '../probes/plan.ts';
import type { CTypes } from './ctypes.ts';
import type { Constant, TypeInfo } from './types.ts';

/** What the checker has to know of where a program runs. */
export interface ProgramScope {
  readonly plan: ProgramPlan;
  /** The names of all probes of the script: the values of the builtin `probe`. */
  readonly probes: TypeOf<'enum'>;
  readonly environment: Environment;
  readonly options: ScriptOptions;
  readonly settings: ScriptSettings;
}

/** A variable of one probe: `$x`. */
export interface VariableInfo {
  readonly name: string;
  readonly span: Span;
  /** What all its assignments have in common so far. */
  info: TypeInfo;
  /** Its type was written, so assignments must fit. */
  readonly declared: boolean;
  /** It belongs to a loop, which alone writes it. */
  readonly readOnly: boolean;
  assigned: boolean;
}

/** A map of the script: `@x`. */
export interface MapInfo {
  readonly name: string;
  /** Where it is used first. */
  readonly span: Span;
  readonly declaration: MapDeclaration | undefined;
  maxEntries: number | undefined;
  /** The type of its keys; undefined for a scalar map, and as long as nothing is known. */
  key: TypeInfo | undefined;
  /** How it is used first; all other uses must be like that. */
  shape: 'keyed' | 'scalar' | undefined;
  value: TypeInfo;
  aggregation: Aggregation | undefined;
  /** Something is stored in it, so that it exists. */
  written: boolean;
  read: boolean;
}

/** A word of the language where it is used: an identifier, or a call. */
export interface WordUse {
  /** As it is written: `arg3`. */
  readonly name: string;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly args: readonly (Expression | TypeArgument)[];
  readonly node: Expression;
}

export interface CheckContext {
  readonly ctypes: CTypes;
  readonly scope: ProgramScope;
  /** The last round: what is missing now stays missing. */
  readonly final: boolean;
  /** Which memory plain pointers of this probe lead to. */
  readonly space: AddressSpace;
  /** The type of an expression; reports what is wrong with it. */
  type(expression: Expression | TypeArgument): Type;
  info(expression: Expression | TypeArgument): TypeInfo;
  /** The value of an expression that has to be known now; reports when it is not. */
  constant(expression: Expression | TypeArgument): Constant | undefined;
  /** What a written type means. */
  resolve(type: TypeExpression): Type | undefined;
  /** The map that an argument names as a whole; undefined when it is something else. */
  mapOf(expression: Expression | TypeArgument | undefined): MapInfo | undefined;
  /** The value of the map under its key is used: joins the key and gives the value. */
  useMap(map: MapExpression): MapInfo;
  /** The same for a key that is given as an argument: `has_key(@m, key)`. */
  useKey(map: MapInfo, key: Expression, span: Span): void;
  /** Joins a value into a variable or map; a variable is made when there is none. */
  assign(target: VariableExpression | MapExpression, value: TypeInfo, span: Span): void;
  /** Reports a word that may still change, as the setting `unstable_NAME` wants it. */
  useUnstable(name: 'tseries' | 'typeinfo', span: Span): void;
  error(code: string, message: string, span: Span): DiagnosticBuilder;
  warning(code: string, message: string, span: Span): DiagnosticBuilder;
}
