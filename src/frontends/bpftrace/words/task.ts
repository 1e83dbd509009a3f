// ppid, pcomm, leader_tid, leader_comm: what the kernel's description of a thread leads to.

import { currentTask, follow, type Member, type Operand, registerOf } from '../../../compiler/operations/index.ts';
import { stringType, type Type, type TypeOf, UINT32 } from '../../../image/index.ts';
import type { CTypes } from '../check/ctypes.ts';
import { isUnresolved } from '../check/types.ts';
import type { Lowering } from '../lower/context.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

const TASK = 'struct task_struct';

/** The members on the way from a task to a value; undefined where BTF does not know them. */
function membersTo(types: CTypes, path: readonly string[]): Member[] | undefined {
  const members: Member[] = [];
  for (const name of path) {
    const member = types.member(TASK, name, 'kernel');
    if (!member) return undefined;
    const { offset } = member;
    members.push({ offset, relocation: { kind: 'field', type: TASK, path: name, what: 'byte-offset', value: offset } });
  }
  return members;
}

function taskOf(cx: Lowering, node: Parameters<Lowering['scalar']>[0] | undefined): ReturnType<Lowering['scalar']> {
  return node ? cx.scalar(node) : registerOf(currentTask(cx.p));
}

function taskWord(name: string, path: readonly string[], type: Type, doc: string): ExpressionWord {
  return {
    name,
    kind: 'value',
    signature: `${name}[(task)]`,
    doc,
    args: [0, 1],
    check(cx, use) {
      const [task] = use.args;
      const found = task && cx.type(task);
      const pointer = !found || found.kind === 'pointer' || isUnresolved(found);
      if (!pointer) wrongArgument(cx, use, 0, 'a pointer to struct task_struct', found);
      if (!membersTo(cx.ctypes, path)) {
        cx.error('no-btf', `${name} needs the kernel's BTF, which is not there`, use.span);
      }
      return type;
    },
    lower: (cx, use): Operand => follow(cx.p, taskOf(cx, use.args[0]), membersTo(cx.ctypes, path)!, type),
  };
}

/** TASK_COMM_LEN. */
const COMM: TypeOf<'string'> = stringType(16);

export const ppid = taskWord('ppid', ['real_parent', 'tgid'], UINT32, 'Number of the parent process.');
export const pcomm = taskWord('pcomm', ['real_parent', 'comm'], COMM, 'Name of the parent process.');
export const leaderTid = taskWord(
  'leader_tid',
  ['group_leader', 'pid'],
  UINT32,
  "Number of the first thread of the thread's process.",
);
export const leaderComm = taskWord(
  'leader_comm',
  ['group_leader', 'comm'],
  COMM,
  "Name of the first thread of the thread's process.",
);
