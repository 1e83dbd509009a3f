// clear and zero: maps as a whole.

import type { ScriptMap } from '../../../compiler/module.ts';
import { clearMap, zeroMap } from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { VOID } from '../../../image/index.ts';
import { mapArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

function mapAction(name: string, doc: string, lower: (p: ProgramBuilder, map: ScriptMap) => void): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}(@map)`,
    doc,
    args: [1, 1],
    check(cx, use) {
      mapArgument(cx, use);
      return VOID;
    },
    lower(cx, use) {
      lower(cx.p, cx.map(use.args[0]!));
      return undefined;
    },
  };
}

export const clear = mapAction('clear', 'Deletes all keys of a map.', clearMap);
export const zero = mapAction('zero', 'Sets all values of a map to zero.', zeroMap);
