// nsecs: time.

import { nearest } from '../../../base/text.ts';
import { nanoseconds } from '../../../compiler/operations/index.ts';
import { type ClockMode, UINT64 } from '../../../image/index.ts';
import type { Expression, TypeArgument } from '../ast.ts';
import type { ExpressionWord } from './word.ts';

const CLOCKS: readonly ClockMode[] = ['monotonic', 'boot', 'tai', 'sw_tai'];

/** The clock that an expression reads when it is nsecs. */
export function clockOf(node: Expression | TypeArgument | undefined): ClockMode {
  if (node?.kind !== 'call' || node.name !== 'nsecs') return 'boot';
  const [mode] = node.args;
  return (mode?.kind === 'identifier' && CLOCKS.find((clock) => clock === mode.name)) || 'boot';
}

export const nsecs: ExpressionWord = {
  name: 'nsecs',
  kind: 'value',
  signature: 'nsecs[(monotonic|boot|tai|sw_tai)]',
  doc: 'Nanoseconds of a clock; of the time since boot when none is named.',
  args: [0, 1],
  check(cx, use) {
    const [mode] = use.args;
    if (!mode) return UINT64;
    const name = mode.kind === 'identifier' ? mode.name : '';
    if (!CLOCKS.some((clock) => clock === name)) {
      const report = cx.error('clock', `Invalid timestamp mode: ${name}`, mode.span);
      const meant = nearest(name, CLOCKS);
      report.hint(meant ? `did you mean '${meant}'?` : `the modes are ${CLOCKS.join(', ')}`);
    }
    return UINT64;
  },
  lower: (cx, use) => nanoseconds(cx.p, clockOf(use.node)),
};
