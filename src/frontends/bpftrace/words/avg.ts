// avg(n).

import { numericAggregation } from './families.ts';

export const avg = numericAggregation('avg', 'Keeps the average of numbers.');
