// hist(n): a histogram by powers of two.

import { literalNumber, signOfNumber } from './families.ts';
import type { AggregationWord } from './word.ts';

/** Each power of two may be split into this many times two buckets. */
const MAX_BITS = 5n;

export const hist: AggregationWord = {
  name: 'hist',
  kind: 'aggregation',
  signature: 'hist(n[, bits])',
  doc: 'Counts numbers in buckets that double in size; bits (0 to 5) split each into 2^bits.',
  args: [1, 2],
  aggregation(cx, use) {
    const sign = signOfNumber(cx, use, 0);
    const bits = use.args.length > 1 ? literalNumber(cx, use, 1) : 0n;
    if (sign === undefined || bits === undefined) return undefined;
    if (bits >= 0n && bits <= MAX_BITS) return { kind: 'hist', bits: Number(bits) };
    cx.error('hist-bits', `hist() bits must be 0 to ${MAX_BITS} (${bits} provided)`, use.args[1]!.span);
    return undefined;
  },
};
