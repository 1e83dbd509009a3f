// socket_cookie: a number that stays with a socket.

import { scalar } from '../../../compiler/operations/index.ts';
import { UINT64 } from '../../../image/index.ts';
import { isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const socketCookie: ExpressionWord = {
  name: 'socket_cookie',
  kind: 'function',
  signature: 'socket_cookie(struct sock *)',
  doc: 'A number that no other socket of the machine has had since it was started.',
  kernel: '5.12',
  args: [1, 1],
  needs: 'socket_cookie',
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    if (!isUnresolved(type) && type.kind !== 'pointer') wrongArgument(cx, use, 0, 'a pointer to struct sock', type);
    return UINT64;
  },
  lower: (cx, use) => scalar(UINT64, cx.p.call('get_socket_cookie', cx.scalar(use.args[0]!))),
};
