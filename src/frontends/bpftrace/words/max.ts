// max(n).

import { numericAggregation } from './families.ts';

export const max = numericAggregation('max', 'Keeps the largest number.');
