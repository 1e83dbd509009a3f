// curtask: the kernel's description of the thread.

import { currentTask, registerOf, scalar } from '../../../compiler/operations/index.ts';
import { pointerType, type Type, UINT64 } from '../../../image/index.ts';
import type { CTypes } from '../check/ctypes.ts';
import type { ExpressionWord } from './word.ts';

/** A pointer to struct task_struct; a plain number where BTF does not know that. */
function taskType(types: CTypes): Type {
  const struct = types.named('struct task_struct', 'kernel');
  return struct ? pointerType(struct, 'kernel') : UINT64;
}

export const curtask: ExpressionWord = {
  name: 'curtask',
  kind: 'value',
  signature: 'curtask',
  doc: 'The struct task_struct of the current thread.',
  check: (cx) => taskType(cx.ctypes),
  lower: (cx, use) => scalar(cx.type(use.node), registerOf(currentTask(cx.p))),
};
