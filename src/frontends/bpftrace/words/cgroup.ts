// cgroup: the cgroup of the process.

import { cgroupId } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const cgroup = builtin('cgroup', UINT64, 'Id of the current process in the cgroup v2 hierarchy.', cgroupId);
