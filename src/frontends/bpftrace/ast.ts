// The syntax tree of a script: what was written, with spans, and nothing else. Types and meanings are kept beside it by
// the stages that find them out.

import type { Span } from '../../base/source.ts';

export interface Script {
  readonly span: Span;
  /** Structs, unions, enums and object-like macros written in C at the top of the script, as text. */
  readonly definitions: readonly CDefinition[];
  readonly config: readonly ConfigEntry[];
  readonly imports: readonly ImportDeclaration[];
  /** Macros, functions, map declarations and probes in the order in which they were written. */
  readonly items: readonly Item[];
  /** Where comments stand, in order; for the formatter. */
  readonly comments: readonly Span[];
}

/** One piece of C: `#define X 1`, `#include <...>`, `struct s { ... };`. Parsed by the C definitions reader. */
export interface CDefinition {
  readonly span: Span;
  readonly text: string;
}

export interface ConfigEntry {
  readonly span: Span;
  readonly key: string;
  readonly keySpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
}

export interface ImportDeclaration {
  readonly span: Span;
  readonly path: string;
}

export type Item = Probe | Macro | Subprogram | MapDeclaration;

export interface Probe {
  readonly kind: 'probe';
  readonly span: Span;
  readonly attachPoints: readonly AttachPointText[];
  readonly predicate: Expression | undefined;
  readonly body: BlockExpression;
}

/** An attach point as written; the probe kinds read it. */
export interface AttachPointText {
  readonly span: Span;
  /** The user's own name in `name=kprobe:f`. */
  readonly label: string | undefined;
  readonly text: string;
}

export interface Macro {
  readonly kind: 'macro';
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly parameters: readonly {
    readonly kind: 'variable' | 'map' | 'expression';
    readonly name: string;
    readonly span: Span;
  }[];
  readonly body: BlockExpression;
}

export interface Subprogram {
  readonly kind: 'fn';
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly parameters: readonly { readonly name: string; readonly type: TypeExpression; readonly span: Span }[];
  readonly returns: TypeExpression;
  readonly body: BlockExpression;
}

/** `let @name = lruhash(100);` */
export interface MapDeclaration {
  readonly kind: 'map-declaration';
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly mapKind: string;
  readonly mapKindSpan: Span;
  readonly maxEntries: Expression;
}

/** A type as written: a name with modifiers, or the type of an expression. */
export type TypeExpression =
  | {
      readonly kind: 'type-name';
      readonly span: Span;
      /** `uint64`, `string`, `struct path`, `enum e`, `size_t`; without modifiers. */
      readonly name: string;
      /** Left to right: a pointer, or an array of `length` (undefined for `[]`). */
      readonly modifiers: readonly (
        | { readonly kind: 'pointer' }
        | { readonly kind: 'array'; readonly length: number | undefined }
      )[];
    }
  | { readonly kind: 'typeof'; readonly span: Span; readonly operand: Expression | TypeExpression };

export type Statement =
  | { readonly kind: 'expression-statement'; readonly span: Span; readonly expression: Expression }
  | {
      readonly kind: 'let';
      readonly span: Span;
      readonly name: string;
      readonly nameSpan: Span;
      readonly type: TypeExpression | undefined;
      readonly value: Expression | undefined;
    }
  /** `$x = e`, `@m[k] = e`, `_ = e`, and with an operator `@m[k] += e`. */
  | {
      readonly kind: 'assign';
      readonly span: Span;
      readonly target: VariableExpression | MapExpression | DiscardTarget;
      readonly operator: BinaryOperator | undefined;
      readonly value: Expression;
    }
  | {
      readonly kind: 'for-map';
      readonly span: Span;
      readonly variable: string;
      readonly variableSpan: Span;
      readonly map: MapExpression;
      readonly body: BlockExpression;
    }
  | {
      readonly kind: 'for-range';
      readonly span: Span;
      readonly variable: string;
      readonly variableSpan: Span;
      readonly from: Expression;
      readonly to: Expression;
      readonly body: BlockExpression;
    }
  | { readonly kind: 'while'; readonly span: Span; readonly condition: Expression; readonly body: BlockExpression }
  | { readonly kind: 'unroll'; readonly span: Span; readonly count: Expression; readonly body: BlockExpression }
  | { readonly kind: 'break' | 'continue'; readonly span: Span }
  | { readonly kind: 'return'; readonly span: Span; readonly value: Expression | undefined }
  | { readonly kind: 'import-statement'; readonly span: Span; readonly path: string };

export type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

export interface DiscardTarget {
  readonly kind: 'discard';
  readonly span: Span;
}

export type BinaryOperator =
  | '||'
  | '&&'
  | '|'
  | '^'
  | '&'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | '<<'
  | '>>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export type UnaryOperator = '!' | '~' | '-' | '*' | '&';

export interface VariableExpression {
  readonly kind: 'variable';
  readonly span: Span;
  /** Without `$`. */
  readonly name: string;
}

export interface MapExpression {
  readonly kind: 'map';
  readonly span: Span;
  /** With `@`; the anonymous map is `@`. */
  readonly name: string;
  readonly nameSpan: Span;
  /** `@m[a, b]` has the key `(a, b)`; undefined without brackets. */
  readonly key: Expression | undefined;
}

export interface BlockExpression {
  readonly kind: 'block';
  readonly span: Span;
  readonly statements: readonly Statement[];
  /** The value: a last expression without a semicolon. */
  readonly value: Expression | undefined;
}

export type Expression =
  | VariableExpression
  | MapExpression
  | BlockExpression
  /** `unsigned` when it is above the largest signed 64-bit number. */
  | { readonly kind: 'integer'; readonly span: Span; readonly value: bigint; readonly text: string }
  | { readonly kind: 'boolean'; readonly span: Span; readonly value: boolean }
  /**
   * `value` with its escapes replaced. A byte that is not part of valid UTF-8 (from `\x` and octal escapes) is the lone
   * surrogate U+DC00 + byte, so that text and bytes convert without loss: see `stringBytes` in parse/literals.ts.
   */
  | { readonly kind: 'string'; readonly span: Span; readonly value: string }
  /** `$1`, or `$#` as number 0 in `positional-count`. */
  | { readonly kind: 'positional'; readonly span: Span; readonly index: number }
  | { readonly kind: 'positional-count'; readonly span: Span }
  /** A builtin, an enumerator, a macro constant: known only by name. */
  | { readonly kind: 'identifier'; readonly span: Span; readonly name: string }
  | {
      readonly kind: 'call';
      readonly span: Span;
      readonly name: string;
      readonly nameSpan: Span;
      readonly args: readonly (Expression | TypeArgument)[];
    }
  | { readonly kind: 'unary'; readonly span: Span; readonly operator: UnaryOperator; readonly operand: Expression }
  /** `++x`, `x--`. */
  | {
      readonly kind: 'increment';
      readonly span: Span;
      readonly operator: '++' | '--';
      readonly prefix: boolean;
      readonly target: VariableExpression | MapExpression;
    }
  | {
      readonly kind: 'binary';
      readonly span: Span;
      readonly operator: BinaryOperator;
      readonly operatorSpan: Span;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** `c ? a : b`; `then` is undefined in `a ?: b`. */
  | {
      readonly kind: 'ternary';
      readonly span: Span;
      readonly condition: Expression;
      readonly then: Expression | undefined;
      readonly otherwise: Expression;
    }
  | {
      readonly kind: 'if';
      readonly span: Span;
      readonly condition: Expression;
      readonly then: BlockExpression;
      /** A block, or another `if`. */
      readonly otherwise: Expression | undefined;
    }
  | { readonly kind: 'cast'; readonly span: Span; readonly type: TypeExpression; readonly operand: Expression }
  /** `a.b`, `a->b`, `t.0`. */
  | {
      readonly kind: 'member';
      readonly span: Span;
      readonly operand: Expression;
      readonly member: string;
      readonly memberSpan: Span;
      readonly arrow: boolean;
    }
  | { readonly kind: 'index'; readonly span: Span; readonly operand: Expression; readonly index: Expression }
  | { readonly kind: 'tuple'; readonly span: Span; readonly elements: readonly Expression[] }
  | {
      readonly kind: 'record';
      readonly span: Span;
      readonly fields: readonly { readonly name: string; readonly span: Span; readonly value: Expression }[];
    }
  /** A name alone is an identifier expression unless it can only be a type: the checker asks for values first. */
  | { readonly kind: 'sizeof'; readonly span: Span; readonly operand: Expression | TypeExpression }
  | {
      readonly kind: 'offsetof';
      readonly span: Span;
      readonly operand: Expression | TypeExpression;
      readonly path: readonly string[];
    }
  | { readonly kind: 'typeinfo'; readonly span: Span; readonly operand: Expression | TypeExpression }
  | { readonly kind: 'comptime'; readonly span: Span; readonly operand: Expression };

/** A type given where an argument stands, as in a macro call with `typeof(x)` or `container_of(p, struct s, m)`. */
export interface TypeArgument {
  readonly kind: 'type-argument';
  readonly span: Span;
  readonly type: TypeExpression;
}

export type ExpressionOf<K extends Expression['kind']> = Extract<Expression, { kind: K }>;
