// comm: the name of the thread.

import { comm as readComm } from '../../../compiler/operations/index.ts';
import { stringType } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const comm = builtin('comm', stringType(16), 'Name of the current thread.', readComm);
