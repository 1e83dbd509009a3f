// The language suite in the vm, in this process: it needs neither root nor a kernel that allows BPF.

import { describe, expect, test } from 'vitest';
import { renderDiagnostic } from '../../src/base/diagnostic.ts';
import { parseCommandLine } from '../../src/cli/options.ts';
import { interpret, type Runner, vmEngine } from '../../src/engines/vm/index.ts';
import { jitRunner } from '../../src/engines/vm/jit/runner.ts';
import { compile, Run, systemNames } from '../../src/session/index.ts';
import type { LanguageCase } from './case.ts';
import { languageSuite } from './index.ts';
import { expectOutput } from './output.ts';

/** This process, which begin and end probes run in. */
const self = {
  task: {
    pid: process.pid,
    tid: process.pid,
    uid: process.getuid!(),
    gid: process.getgid!(),
    comm: 'node',
  },
};

const runners: readonly (readonly [string, Runner])[] = [
  ['interpreter', interpret],
  ['jit', jitRunner],
];

for (const [name, runner] of runners) {
  describe(name, () => {
    for (const [topic, cases] of Object.entries(languageSuite)) {
      describe(topic, () => {
        for (const one of cases) {
          test(one.name, async () => {
            const { output, errors, code } = await runInVm(one, runner);
            if (one.errors) expect(errors).toMatch(one.errors);
            else expect(errors).toBe('');
            expectOutput(output, one.prints, one.options !== undefined);
            expect(code).toBe(one.code ?? 0);
          });
        }
      });
    }
  });
}

async function runInVm(one: LanguageCase, runner: Runner): Promise<{ output: string; errors: string; code: number }> {
  const { options, words, rest } = parseCommandLine([
    ...(one.options ?? ['-q']),
    '-e',
    one.script,
    ...(one.args ?? []),
  ]);
  const output = new Text();
  const errors = new Text();
  const unsafe = options.unsafe === true;
  const compiled = compile({ name: 'stdin', text: one.script }, { positional: words, named: rest, unsafe });
  for (const diagnostic of compiled.diagnostics) errors.text += renderDiagnostic(diagnostic);
  if (!compiled.image) return { output: '', errors: errors.text, code: 1 };
  const run = new Run(compiled.image, {
    engine: vmEngine({ runner, checked: true, cpus: 4, self }),
    names: systemNames(),
    format: options.format === 'json' ? 'json' : 'text',
    output,
    errors,
    announce: options.quiet === undefined,
    warnings: true,
    verbose: false,
    unsafe,
  });
  const code = await run.run();
  return { output: output.text, errors: errors.text, code };
}

class Text {
  text = '';
  readonly #decoder = new TextDecoder();

  write(bytes: Uint8Array): void {
    this.text += this.#decoder.decode(bytes, { stream: true });
  }
}
