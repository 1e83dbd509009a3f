// ncpus: how many processors there are.

import { parameter } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const ncpus = builtin('ncpus', UINT64, 'Number of possible processors.', (p) => parameter(p, 'cpu-count'));
