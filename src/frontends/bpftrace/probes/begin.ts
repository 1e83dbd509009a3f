// begin and end: once when the run starts, and once when it stops. Their programs are raw tracepoints that nothing
// triggers; the engine runs them through BPF_PROG_TEST_RUN (kernel 5.10 for this program type).

import { type ListPattern, type ProbeInput, type ProbeKind, type ProbeListing, probeKind } from './kind.ts';
import { wrongParts } from './parts.ts';

function runOnce(name: 'begin' | 'end', doc: string): ProbeKind {
  return probeKind<true>({
    name,
    aliases: [],
    forms: [''],
    doc,
    program: { kind: 'raw_tracepoint' },
    space: 'user',
    allows: ['ctx', 'usermode'],
    returns: 0,
    pidFilter: 'none',
    probeType: 'special',
    parse(input: ProbeInput) {
      return input.parts.length === 0 ? true : wrongParts({ name, forms: [''] }, input, '0');
    },
    match: () => [{ name, attach: { kind: name }, context: { kind: 'none' }, shared: name }],
    list: (_env, pattern: ListPattern): ProbeListing[] => (pattern.matches('') ? [{ name, args: () => [] }] : []),
  });
}

export const begin = runOnce('begin', 'Runs once before any other probe is attached.');
export const end = runOnce('end', 'Runs once after all other probes were detached.');
