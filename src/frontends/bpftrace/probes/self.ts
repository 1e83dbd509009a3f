// self: what happens to the tracer itself; its programs run in its own process, as those of begin do.

import { nearest } from '../../../base/text.ts';
import { type ListPattern, type ProbeListing, probeKind } from './kind.ts';
import { wrongParts } from './parts.ts';

/** Those that a process can handle and that do not already mean something to the tracer. */
const SIGNALS = ['SIGUSR1'];
const shape = { name: 'self', forms: ['signal:SIGUSR1'] };

export const self = probeKind<string>({
  ...shape,
  aliases: [],
  doc: 'Runs when the tracer itself receives a signal.',
  program: { kind: 'raw_tracepoint' },
  space: 'user',
  allows: ['ctx', 'usermode'],
  returns: 0,
  pidFilter: 'none',
  probeType: 'special',
  parse(input) {
    const [what, signal, ...more] = input.parts;
    if (!what?.text || !signal?.text || more.length > 0) return wrongParts(shape, input, '2');
    if (what.text !== 'signal') {
      input.diagnostics
        .error('attach-point', `self:${what.text} is not an event of the tracer`, what.span)
        .hint('it is written self:signal:SIGUSR1');
      return undefined;
    }
    if (SIGNALS.includes(signal.text)) return signal.text;
    const report = input.diagnostics.error('attach-point', `${signal.text} is not a supported signal`, signal.span);
    const meant = nearest(signal.text, SIGNALS);
    report.hint(meant === undefined ? `signals are ${SIGNALS.join(', ')}` : `did you mean '${meant}'?`);
    return undefined;
  },
  match(signal) {
    return [{ name: `self:signal:${signal}`, attach: { kind: 'signal', signal }, context: { kind: 'none' } }];
  },
  *list(_env, pattern: ListPattern): Generator<ProbeListing> {
    for (const signal of SIGNALS) {
      if (pattern.matches(`signal:${signal}`)) yield { name: `self:signal:${signal}`, args: () => [] };
    }
  },
});
