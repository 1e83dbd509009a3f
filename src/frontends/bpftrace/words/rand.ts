// rand: a random number.

import { randomNumber } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { builtin } from './families.ts';

export const rand = builtin('rand', UINT64, 'A random number of 32 bits.', randomNumber);
