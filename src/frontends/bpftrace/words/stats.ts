// stats(n).

import { numericAggregation } from './families.ts';

export const stats = numericAggregation('stats', 'Keeps count, average and total of numbers.');
