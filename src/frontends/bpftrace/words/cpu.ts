// cpu: the processor.

import { cpu as readCpu } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const cpu = builtin('cpu', UINT64, 'Number of the processor that runs the program.', readCpu);
