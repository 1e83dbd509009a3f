// count(): how often.

import { plainAggregation } from './families.ts';

export const count = plainAggregation('count', 'Counts how often it is called.', { kind: 'count' });
