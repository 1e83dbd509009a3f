import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompileError } from './error.ts';
import { compile } from './testing/compile.ts';
import { interpretBpf } from './testing/interpret-bpf.ts';
import { interpretIr } from './testing/interpret-ir.ts';
import { arityOf, build, recipe } from './testing/random-function.ts';

const argument = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

describe('allocation', () => {
  it('keeps what random functions compute', () => {
    fc.assert(
      fc.property(recipe, argument, (statements, value) => {
        const func = build(statements);
        const expected = interpretIr(func, [value]);
        const { result, calls } = interpretBpf(compile(func), [value], arityOf);
        expect({ result, calls }).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('computes the same when every value is kept in the frame', () => {
    fc.assert(
      fc.property(recipe, argument, (statements, value) => {
        const func = build(statements.slice(0, 8));
        const expected = interpretIr(func, [value]);
        let code: ReturnType<typeof compile>;
        try {
          code = compile(func, { spillEverything: true });
        } catch (error) {
          if (error instanceof CompileError) return;
          throw error;
        }
        const { result, calls } = interpretBpf(code, [value], arityOf);
        expect({ result, calls }).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
