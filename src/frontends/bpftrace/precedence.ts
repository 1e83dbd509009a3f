// How tightly operators bind; the parser climbs by it and the printer sets parentheses by it.

import type { BinaryOperator } from './ast.ts';

const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const PRECEDENCE = new Map<string, number>(
  LEVELS.flatMap((operators, index) => operators.map((operator) => [operator, index + 1] as const)),
);

/** 1 (`||`) to 10 (`*`), or undefined for what is no binary operator. All group to the left. */
export function precedenceOf(operator: string): number | undefined {
  return PRECEDENCE.get(operator);
}

export const TERNARY_PRECEDENCE = 0;
export const UNARY_PRECEDENCE = LEVELS.length + 1;
export const POSTFIX_PRECEDENCE = LEVELS.length + 2;
