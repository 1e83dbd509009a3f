// What the context of a program offers to the language, one object for each kind of context: the fields of `args`, `argN`,
// `retval`, `ctx`, `func`, and the code that reads them.

import type { Operand } from '../../../compiler/operations/index.ts';
import type { Type } from '../../../image/index.ts';
import type { CTypes } from '../check/ctypes.ts';
import type { Lowering } from '../lower/context.ts';
import type { ContextKind, ProbeContext } from '../probes/kind.ts';

export type ContextOf<K extends ContextKind> = Extract<ProbeContext, { kind: K }>;

/** A field of `args`. */
export interface ArgsField {
  readonly name: string;
  readonly type: Type;
}

export interface ContextRules<K extends ContextKind> {
  /** The fields of `args`; none when it has no fields that are known. */
  fields?(context: ContextOf<K>, types: CTypes): readonly ArgsField[];
  /** Reads a field of `args`. */
  readField?(cx: Lowering, context: ContextOf<K>, field: ArgsField): Operand;
  /** `argN`. */
  readArgument?(cx: Lowering, context: ContextOf<K>, index: number): Operand;
  /** The type of `retval`. */
  resultType?(context: ContextOf<K>, types: CTypes): Type | undefined;
  readResult?(cx: Lowering, context: ContextOf<K>): Operand;
  /** `func`: the address of the function that was hit. */
  readFunction?(cx: Lowering, context: ContextOf<K>): Operand;
  /** The C struct that `ctx` points to. */
  struct?(context: ContextOf<K>): string;
}
