// What decides a branch.

import type { Expression } from '../ast.ts';
import type { ProgramChecker } from './program.ts';
import { isCondition, isUnresolved, nameOf, type TypeInfo } from './types.ts';

/** The type of what decides a branch; reports when it cannot. */
export function checkCondition(checker: ProgramChecker, node: Expression): TypeInfo {
  const info = checker.info(node);
  if (!isUnresolved(info.type) && !isCondition(info.type)) {
    const what = nameOf(info.type);
    const report = checker.error('bad-condition', `Invalid condition: expected a number, found '${what}'`, node.span);
    if (info.type.kind === 'string') report.hint('compare it with a string: x != ""');
  }
  return info;
}
