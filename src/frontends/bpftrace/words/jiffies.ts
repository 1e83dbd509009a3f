// jiffies: the kernel's ticks.

import { jiffies as readJiffies } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const jiffies = builtin('jiffies', UINT64, "The kernel's count of clock ticks.", readJiffies);
