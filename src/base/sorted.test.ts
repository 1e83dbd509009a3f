import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lowerOrEqual, sortedOrder } from './sorted.ts';

const near = fc.nat(100);
const far = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });

it.each([
  ['near each other', near],
  ['far apart', far],
])('orders values that are %s', (_, value) => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (values) => {
      const expected = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]! || a - b);
      expect([...sortedOrder(Float64Array.from(values))]).toEqual(expected);
    }),
  );
});

it('finds the last value that is not above another', () => {
  fc.assert(
    fc.property(fc.array(near), near, (values, value) => {
      const sorted = values.toSorted((a, b) => a - b);
      expect(lowerOrEqual(sorted, value)).toBe(sorted.filter((each) => each <= value).length - 1);
    }),
  );
});
