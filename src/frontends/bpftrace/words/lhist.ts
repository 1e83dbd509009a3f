// lhist(n, min, max, step): a histogram by equal steps.

import { literalNumber, signOfNumber } from './families.ts';
import type { AggregationWord } from './word.ts';

const MAX_BUCKETS = 1000n;

export const lhist: AggregationWord = {
  name: 'lhist',
  kind: 'aggregation',
  signature: 'lhist(n, min, max, step)',
  doc: 'Counts numbers in buckets of equal size between min and max; min, max and step are literals.',
  args: [4, 4],
  aggregation(cx, use) {
    const sign = signOfNumber(cx, use, 0);
    const [min, max, step] = [1, 2, 3].map((at) => literalNumber(cx, use, at));
    if (sign === undefined || min === undefined || max === undefined || step === undefined) return undefined;
    const problem = problemOf(min, max, step);
    if (!problem) return { kind: 'lhist', min, max, step };
    cx.error('lhist-range', problem, use.span);
    return undefined;
  },
};

function problemOf(min: bigint, max: bigint, step: bigint): string | undefined {
  if (step <= 0n) return `lhist() step must be >= 1 (${step} provided)`;
  if (min > max) return `lhist() min must be less than max (provided min ${min} and max ${max})`;
  if (max - min < step) return `lhist() step is too large for its range (step ${step}, range ${max - min})`;
  const buckets = (max - min) / step;
  return buckets > MAX_BUCKETS
    ? `lhist() too many buckets, must be <= ${MAX_BUCKETS} (would need ${buckets})`
    : undefined;
}
