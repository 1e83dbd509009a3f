// sum(n).

import { numericAggregation } from './families.ts';

export const sum = numericAggregation('sum', 'Adds up numbers.');
