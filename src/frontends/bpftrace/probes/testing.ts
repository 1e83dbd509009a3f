// test and bench: programs that only the test mode runs, on an empty packet; a test passes when it returns 0.

import { type ProbeKind, probeKind } from './kind.ts';
import { wrongParts } from './parts.ts';

function testProbe(name: 'test' | 'bench', doc: string): ProbeKind {
  const shape = { name, forms: ['name'] };
  return probeKind<string>({
    ...shape,
    aliases: [],
    doc,
    program: { kind: 'xdp' },
    space: 'user',
    allows: ['ctx'],
    returns: 0,
    pidFilter: 'none',
    parse: (input) =>
      input.parts.length === 1 && input.parts[0]!.text ? input.parts[0]!.text : wrongParts(shape, input, '1'),
    match: (test) => [{ name: `${name}:${test}`, attach: { kind: 'test', name: test }, context: { kind: 'none' } }],
    list: () => [],
  });
}

export const test = testProbe('test', 'Runs with --test; the test passes when it returns 0.');
export const bench = testProbe('bench', 'Runs with --bench, many times, and is measured.');
