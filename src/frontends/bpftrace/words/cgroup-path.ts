// cgroupid and cgroup_path: cgroups by path and by number.

import { scalar } from '../../../compiler/operations/index.ts';
import { type Type, UINT64 } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { literalString, wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const cgroupid: ExpressionWord = {
  name: 'cgroupid',
  kind: 'function',
  signature: 'cgroupid("path")',
  doc: 'Id of the cgroup with a path, found while the script is compiled.',
  args: [1, 1],
  check(cx, use) {
    const path = literalString(cx, use, 0);
    if (path === undefined) return UINT64;
    const id = cx.scope.environment.cgroupId(path);
    if (id !== undefined) return { type: UINT64, constant: id };
    cx.error('cgroup', `Failed to find the cgroup ${path}`, use.args[0]!.span);
    return UINT64;
  },
  lower: (cx, use) => scalar(UINT64, cx.p.b.const(cx.constant(use.node) as bigint)),
};

export const cgroupPath: ExpressionWord = {
  name: 'cgroup_path',
  kind: 'function',
  signature: 'cgroup_path(id[, "filter"])',
  doc: 'A cgroup id, printed as its path; a filter chooses between hierarchies.',
  args: [1, 2],
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    if (!isUnresolved(type) && !isInteger(type)) wrongArgument(cx, use, 0, 'an integer', type);
    return { kind: 'cgroup_path', filter: literalString(cx, use, 1) ?? '' } satisfies Type;
  },
  lower: (cx, use) => scalar(cx.type(use.node), cx.scalar(use.args[0]!)),
};
