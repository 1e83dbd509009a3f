// Small functions for tests, and what became of them as text.

import { FunctionBuilder } from '../builder.ts';
import { dumpFunction } from '../dump-ir.ts';
import type { Func } from '../ir.ts';
import { verifyIr } from '../verify-ir.ts';

/** A program function; `body` gets its builder. */
export function makeFunction(body: (b: FunctionBuilder) => void): Func {
  const builder = new FunctionBuilder('test', 'entry');
  body(builder);
  return builder.func;
}

/** The function as text after some passes, without the indentation of blocks' first lines. */
export function afterPasses(
  body: (b: FunctionBuilder) => void,
  ...passes: readonly ((func: Func) => unknown)[]
): readonly string[] {
  const func = makeFunction(body);
  verifyIr(func);
  for (const pass of passes) {
    pass(func);
    verifyIr(func, pass.name);
  }
  return dumpFunction(func, ['@x', '@y'])
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
}
