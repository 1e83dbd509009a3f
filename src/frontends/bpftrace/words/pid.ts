// pid and tid: the process and the thread.

import { type Operand, pid as readPid, tid as readTid } from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { UINT32 } from '../../../image/index.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import type { ExpressionWord } from './word.ts';

const NAMESPACES = ['curr_ns', 'init'];

function processNumber(
  name: string,
  what: string,
  read: (p: ProgramBuilder, namespace?: boolean) => Operand,
): ExpressionWord {
  return {
    name,
    kind: 'value',
    signature: `${name}[(curr_ns|init)]`,
    doc: `Number of the current ${what}, in the pid namespace of the tracer (curr_ns) or of the machine (init).`,
    args: [0, 1],
    check(cx, use) {
      checkNamespace(cx, use);
      return UINT32;
    },
    lower: (cx, use) => (namespaceOf(use) === 'init' ? read(cx.p, false) : read(cx.p)),
  };
}

function namespaceOf(use: WordUse): string | undefined {
  const [node] = use.args;
  return node?.kind === 'identifier' ? node.name : undefined;
}

function checkNamespace(cx: CheckContext, use: WordUse): void {
  const [node] = use.args;
  if (!node || NAMESPACES.includes(namespaceOf(use) ?? '')) return;
  cx.error('pid-namespace', `Invalid PID namespace mode: ${use.name}() takes curr_ns or init`, node.span);
}

export const pid = processNumber('pid', 'process', readPid);
export const tid = processNumber('tid', 'thread', readTid);
