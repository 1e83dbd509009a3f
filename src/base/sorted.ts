// Order and search over numbers in typed arrays: tables of hundreds of thousands of addresses.

// The engine sorts a Float64Array without a comparison function natively, several times faster than with one: so the
// index travels in the low bits of the key whenever value and index fit the 53 bits of a double together.
const INDEX_RANGE = 2 ** 21;
const VALUE_RANGE = 2 ** 32;

/** The indices of values in the order of the values; equal values keep their order. Values are whole numbers. */
export function sortedOrder(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length);
  const keys = new Float64Array(values.length);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    order[index] = index;
    least = Math.min(least, values[index]!);
    most = Math.max(most, values[index]!);
  }
  if (values.length > INDEX_RANGE || most - least >= VALUE_RANGE) {
    return order.sort((a, b) => values[a]! - values[b]! || a - b);
  }
  for (let index = 0; index < keys.length; index++) keys[index] = (values[index]! - least) * INDEX_RANGE + index;
  keys.sort();
  for (let index = 0; index < keys.length; index++) order[index] = keys[index]! % INDEX_RANGE;
  return order;
}

/** The index of the last element of a sorted array that is not above `value`, or -1. */
export function lowerOrEqual(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
