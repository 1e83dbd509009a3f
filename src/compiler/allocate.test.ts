import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from './allocate.ts';
import { emitProgram } from './emit.ts';
import { CompileError } from './error.ts';
import { functionsOf } from './functions.ts';
import type { Func } from './ir.ts';
import { select } from './select.ts';
import { interpretBpf } from './testing/interpret-bpf.ts';
import { interpretIr } from './testing/interpret-ir.ts';
import { arityOf, build, recipe } from './testing/random-function.ts';

function compile(func: Func, spillEverything: boolean) {
  return emitProgram(
    functionsOf(func).map((one) => {
      const machine = select(one);
      allocate(machine, { spillEverything });
      return machine;
    }),
  ).code;
}

const argument = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

describe('allocation', () => {
  it('keeps what random functions compute', () => {
    fc.assert(
      fc.property(recipe, argument, (statements, value) => {
        const func = build(statements);
        const expected = interpretIr(func, [value]);
        const { result, calls } = interpretBpf(compile(func, false), [value], arityOf);
        expect({ result, calls }).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('computes the same when every value is kept in the frame', () => {
    fc.assert(
      fc.property(recipe, argument, (statements, value) => {
        const func = build(statements.slice(0, 8));
        const expected = interpretIr(func, [value]);
        let code: ReturnType<typeof compile>;
        try {
          code = compile(func, true);
        } catch (error) {
          if (error instanceof CompileError) return;
          throw error;
        }
        const { result, calls } = interpretBpf(code, [value], arityOf);
        expect({ result, calls }).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
