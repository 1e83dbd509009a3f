// gid: the group of the process.

import { gid as readGid } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const gid = builtin('gid', UINT64, 'Group id of the current process.', readGid);
