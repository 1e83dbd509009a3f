// Scripts made at random: what the checker accepts, the compiler must compile and the kernel's verifier must accept.
// BEETRACE_SEED repeats a run; BEETRACE_RUNS asks for more of them.

import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../src/base/diagnostic.ts';
import { link } from '../src/compiler/link.ts';
import { kernelEngine } from '../src/engines/kernel/index.ts';
import { whyNoBpf } from '../src/engines/kernel/testing/bpf-allowed.ts';
import { compileScript } from '../src/frontends/bpftrace/compile.ts';
import { DEFAULT_OPTIONS } from '../src/frontends/bpftrace/options.ts';
import { randomScript } from '../src/frontends/bpftrace/testing/random-script.ts';
import { machineEnvironment } from '../src/session/environment.ts';

const reason = whyNoBpf();
const seed = Number(process.env['BEETRACE_SEED'] ?? Date.now() & 0x7fff_ffff);
const numRuns = Number(process.env['BEETRACE_RUNS'] ?? 40);

describe.skipIf(reason)(`random scripts, seed ${seed}${reason ? ` (${reason})` : ''}`, () => {
  it('load', () => {
    const environment = machineEnvironment();
    const engine = kernelEngine();
    fc.assert(
      fc.property(randomScript, (text) => {
        const diagnostics = new Diagnostics();
        const { module } = compileScript({ name: 'stdin', text }, environment, DEFAULT_OPTIONS, diagnostics);
        if (!module) throw new Error(diagnostics.list.map(renderDiagnostic).join(''));
        engine.load(link(module, { verify: true }), {}).close();
      }),
      { seed, numRuns },
    );
  }, 300_000);
});
