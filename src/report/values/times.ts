// Timestamps: nanoseconds of a clock, shown as wall time through a strftime format.

import type { TypeOf } from '../../image/index.ts';
import { compileTime } from '../strftime.ts';
import { textAndQuoted, type ValueContext, type ValueFormat } from './value.ts';

const SECOND = 1_000_000_000;

export function timestampFormat(type: TypeOf<'timestamp'>, context: ValueContext): ValueFormat {
  const write = compileTime(type.format, { subseconds: true });
  // The clock's zero is looked up when the first timestamp is printed and then kept: times of one run must not jump.
  let known = false;
  let zeroSeconds = 0;
  let zeroNanoseconds = 0;
  return textAndQuoted((out, { view }, offset) => {
    if (!known) {
      const zero = context.names.wallTimeOf(type.clock);
      // The remainder has the sign of the zero; the fraction of a second must not.
      zeroNanoseconds = Number(((zero % BigInt(SECOND)) + BigInt(SECOND)) % BigInt(SECOND));
      zeroSeconds = Number((zero - BigInt(zeroNanoseconds)) / BigInt(SECOND));
      known = true;
    }
    const high = view.getUint32(offset + 4, true);
    const quotientHigh = Math.floor(high / 100_000);
    const part = (high - quotientHigh * 100_000) * 0x1_0000_0000 + view.getUint32(offset, true);
    const quotientLow = Math.floor(part / 100_000);
    const tenthsOfMilliseconds = quotientHigh * 0x1_0000_0000 + quotientLow;
    let seconds = Math.floor(tenthsOfMilliseconds / 10_000);
    let nanoseconds = (tenthsOfMilliseconds - seconds * 10_000) * 100_000 + (part - quotientLow * 100_000);
    nanoseconds += zeroNanoseconds;
    seconds += zeroSeconds;
    if (nanoseconds >= SECOND) {
      nanoseconds -= SECOND;
      seconds++;
    }
    write(out, seconds, nanoseconds);
  }, context);
}
