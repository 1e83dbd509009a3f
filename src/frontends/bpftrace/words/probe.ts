// probe and probetype: where the program runs.

import { constantString, scalar } from '../../../compiler/operations/index.ts';
import { stringInfo } from '../check/constants.ts';
import type { ExpressionWord } from './word.ts';

/** A number that stands for the name, so that maps and records hold eight bytes instead of a long string. */
export const probe: ExpressionWord = {
  name: 'probe',
  kind: 'value',
  signature: 'probe',
  doc: 'Full name of the probe that was hit.',
  probeOnly: true,
  check: (cx) => cx.scope.probes,
  lower: (cx) => scalar(cx.scope.probes, cx.probeNumber()),
};

export const probetype: ExpressionWord = {
  name: 'probetype',
  kind: 'value',
  signature: 'probetype',
  doc: 'Kind of the probe: kprobe, tracepoint, ...; special for begin, end and signals.',
  probeOnly: true,
  check: (cx) => stringInfo(cx.scope.plan.kind.probeType ?? cx.scope.plan.kind.name),
  lower: (cx) => constantString(cx.p, cx.scope.plan.kind.probeType ?? cx.scope.plan.kind.name),
};
