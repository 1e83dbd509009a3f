import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertClassic } from '../../../compiler/classic.ts';
import { runClassic } from '../../../engines/vm/classic/interpreter.ts';
import { Machine, runOnce } from '../../../engines/vm/index.ts';
import { type ClassicInstruction, validateClassic } from '../../../isa/index.ts';
import { compileFilter } from '../compile.ts';
import { expressions, packets } from '../testing/expressions.ts';

/** The program, or undefined for an expression that is refused; `rejects` when it accepts nothing. */
function compile(text: string, optimise: boolean): readonly ClassicInstruction[] | 'rejects' | string {
  const result = compileFilter({ name: 'filter', text }, { optimise });
  if ('program' in result) return result.program;
  return result.diagnostic.code === 'rejects-all' ? 'rejects' : result.diagnostic.message;
}

/** What the vm's interpreter returns for the eBPF form, where a test run takes an Ethernet header off first. */
function runConverted(program: readonly ClassicInstruction[], bytes: Uint8Array): number {
  const converted = convertClassic(program);
  if ('message' in converted) throw new Error(converted.message);
  const machine = new Machine();
  const loaded = machine.load({ kind: 'socket_filter', instructions: converted.instructions });
  const data = new Uint8Array(14 + bytes.length);
  data.set(bytes, 14);
  return runOnce(machine, loaded, { data }).retval;
}

describe('the optimiser', () => {
  it('keeps what a program means', () => {
    fc.assert(
      fc.property(expressions, fc.array(packets, { minLength: 5, maxLength: 5 }), (text, frames) => {
        const plain = compile(text, false);
        const optimised = compile(text, true);
        if (typeof plain === 'string') {
          expect(optimised).toBe(plain);
          return;
        }
        for (const bytes of frames) {
          const wanted = runClassic(plain, { bytes });
          expect(optimised === 'rejects' ? 0 : runClassic(optimised as ClassicInstruction[], { bytes })).toBe(wanted);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('makes programs that the kernel takes, and not longer ones', () => {
    fc.assert(
      fc.property(expressions, (text) => {
        const [plain, optimised] = [compile(text, false), compile(text, true)];
        if (typeof plain === 'string' || typeof optimised === 'string') return;
        expect(validateClassic(plain)).toBeUndefined();
        expect(validateClassic(optimised)).toBeUndefined();
        expect(optimised.length).toBeLessThanOrEqual(plain.length);
      }),
    );
  });
});

describe('convertClassic', () => {
  it('means the same in eBPF', () => {
    fc.assert(
      fc.property(expressions, packets, fc.boolean(), (text, bytes, optimise) => {
        const program = compile(text, optimise);
        if (typeof program === 'string') return;
        expect(runConverted(program, bytes)).toBe(runClassic(program, { bytes }));
      }),
      { numRuns: 60 },
    );
  });

  it('drops cut packets as classic BPF does', () => {
    const program = compile('tcp port 80 or ip[200] = 0', true) as ClassicInstruction[];
    fc.assert(
      fc.property(packets, fc.integer({ min: 1, max: 80 }), (packet, length) => {
        const bytes = packet.slice(0, length);
        expect(runConverted(program, bytes)).toBe(runClassic(program, { bytes }));
      }),
      { numRuns: 40 },
    );
  });
});
