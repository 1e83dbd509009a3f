// Random functions: compiled, run in the kernel, and compared with what the interpreter of the intermediate form says.

import { release } from 'node:os';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whyNoBpf } from '../engines/kernel/testing/bpf-allowed.ts';
import { compileProgram } from './testing/compile.ts';
import { interpretIr } from './testing/interpret-ir.ts';
import { build, recipe } from './testing/random-function.ts';
import { runInKernel } from './testing/run-in-kernel.ts';

const reason = whyNoBpf();
const argument = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 3n }));

const [major = 0, minor = 0] = release().split('.').map(Number);
const plainAtomics = major < 5 || (major === 5 && minor < 12);

describe.skipIf(reason)(`random functions in the kernel${reason ? ` (${reason})` : ''}`, () => {
  for (const optimise of [false, true]) {
    it(`compute what they say, ${optimise ? 'optimised' : 'as built'}`, () => {
      fc.assert(
        fc.property(recipe, argument, (statements, value) => {
          const expected = interpretIr(build(statements, { calls: 'subprograms', context: false, plainAtomics }), [
            value,
          ]).result;
          const program = compileProgram(build(statements, { calls: 'subprograms', context: true, plainAtomics }), {
            optimise,
          });
          expect(runInKernel(program, value)).toBe(expected);
        }),
        { numRuns: 300 },
      );
    });
  }
});
