// min(n).

import { numericAggregation } from './families.ts';

export const min = numericAggregation('min', 'Keeps the smallest number.');
