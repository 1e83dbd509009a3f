import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpFunction } from './dump-ir.ts';
import { optimise } from './optimise.ts';
import { compile } from './testing/compile.ts';
import { interpretBpf } from './testing/interpret-bpf.ts';
import { interpretIr } from './testing/interpret-ir.ts';
import { arityOf, build, recipe } from './testing/random-function.ts';

const argument = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 3n }));

describe('optimisation', () => {
  it('keeps what random functions compute and leaves sound functions', () => {
    fc.assert(
      fc.property(recipe, argument, (statements, value) => {
        const func = build(statements);
        const expected = interpretIr(func, [value]);
        optimise(func, { verify: true });
        expect(interpretIr(func, [value])).toEqual(expected);
        const code = compile(func);
        const { result, calls } = interpretBpf(code, [value], arityOf);
        expect({ result, calls }).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('comes to an end: a second run changes nothing', () => {
    fc.assert(
      fc.property(recipe, (statements) => {
        const func = build(statements);
        for (let run = 0; run < 3; run++) optimise(func);
        const text = dumpFunction(func);
        optimise(func);
        expect(dumpFunction(func)).toBe(text);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
