// What a word of the language is: one object that says everything about a builtin, a function or a map value function.
// The registry, the messages, the help and the tables of the documentation are made from these objects.

import type { Span } from '../../../base/source.ts';
import type { Operand } from '../../../compiler/operations/operand.ts';
import type { Aggregation, Type } from '../../../image/index.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import type { TypeInfo } from '../check/types.ts';
import type { Lowering } from '../lower/context.ts';
import type { ContextWord } from '../probes/kind.ts';

interface Common {
  readonly name: string;
  /** How it is written, as help and messages show it: `str(pointer[, length])`. */
  readonly signature: string;
  /** One or two sentences. */
  readonly doc: string;
  /** How many arguments it takes; none when left out. */
  readonly args?: readonly [min: number, max: number];
  /** It changes the traced system and needs --unsafe. */
  readonly unsafe?: true;
  /** What the probe's kind has to allow. */
  readonly needs?: ContextWord;
  /** It reads the context of the program, which functions of the script do not have. */
  readonly probeOnly?: true;
  /** The first kernel that has what it needs, when that is newer than 5.10. */
  readonly kernel?: string;
}

/** A word that stands in expressions: `comm`, `str(x)`, `printf(...)`, `delete(@x, 1)`. */
export interface ExpressionWord extends Common {
  readonly kind: 'value' | 'function';
  /** Whether a name is one of a family (`arg0`, `arg1`, ...) of which this word is. */
  readonly matches?: (name: string) => boolean;
  /** The type of its value, `VOID` when it has none; reports what is wrong with its arguments. */
  readonly check: (cx: CheckContext, use: WordUse) => TypeInfo | Type;
  /** The value of a member of a word that has no value as a whole; known while the script is compiled. */
  readonly member?: (cx: CheckContext, name: string, span: Span) => TypeInfo;
  /** Emits code and gives the value; undefined when it has none. */
  readonly lower: (cx: Lowering, use: WordUse) => Operand | undefined;
}

/** A map value function: `count()`, `hist(x)`. It stands only on the right of an assignment to a map. */
export interface AggregationWord extends Common {
  readonly kind: 'aggregation';
  /** What the map keeps; undefined when the arguments are wrong. */
  readonly aggregation: (cx: CheckContext, use: WordUse) => Aggregation | undefined;
}

export type Word = ExpressionWord | AggregationWord;
