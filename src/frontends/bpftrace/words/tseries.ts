// tseries(n, interval, count): numbers over time.

import { literalNumber, literalString, signOfNumber } from './families.ts';
import type { AggregationWord } from './word.ts';

const REDUCTIONS = ['avg', 'min', 'max', 'sum'] as const;
const MAX_INTERVALS = 1_000_000n;

export const tseries: AggregationWord = {
  name: 'tseries',
  kind: 'aggregation',
  signature: 'tseries(n, interval, count[, "avg"|"max"|"min"|"sum"])',
  doc: 'Keeps a number for each of the last intervals: the last one, or what the fourth argument says.',
  args: [3, 4],
  aggregation(cx, use) {
    const signed = signOfNumber(cx, use, 0);
    const interval = literalNumber(cx, use, 1);
    const intervals = literalNumber(cx, use, 2);
    const name = use.args.length > 3 ? literalString(cx, use, 3) : 'last';
    if (signed === undefined || interval === undefined || intervals === undefined || name === undefined)
      return undefined;
    const reduce = name === 'last' ? name : REDUCTIONS.find((one) => one === name);
    const problem =
      interval < 1n
        ? `tseries() interval must be > 0 (${interval} provided)`
        : intervals < 1n || intervals > MAX_INTERVALS
          ? `tseries() number of intervals must be 1 to ${MAX_INTERVALS} (${intervals} provided)`
          : reduce === undefined
            ? `tseries() expects one of ${REDUCTIONS.join(', ')} as its fourth argument ("${name}" provided)`
            : undefined;
    if (!problem) {
      cx.useUnstable('tseries', use.span);
      return { kind: 'tseries', signed, interval, intervals: Number(intervals), reduce: reduce! };
    }
    cx.error('tseries-argument', problem, use.span);
    return undefined;
  },
};
