// username: who runs the process, by name.

import { registerOf, scalar, uid } from '../../../compiler/operations/index.ts';
import { builtin } from './families.ts';

export const username = builtin('username', { kind: 'username' }, 'Name of the user of the current process.', (p) =>
  scalar({ kind: 'username' }, registerOf(uid(p))),
);
