// elapsed: time since the start of the run.

import { elapsed as readElapsed } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const elapsed = builtin('elapsed', UINT64, 'Nanoseconds since the run began.', readElapsed);
