// numaid: the memory node of the processor.

import { numaNode } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const numaid = builtin('numaid', UINT64, 'Number of the NUMA node that runs the program.', numaNode);
