// uid: who runs the process.

import { uid as readUid } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const uid = builtin('uid', UINT64, 'User id of the current process.', readUid);
