// system: a command.

import { VOID } from '../../../image/index.ts';
import { checkFormat } from './format.ts';
import type { ExpressionWord } from './word.ts';

export const system: ExpressionWord = {
  name: 'system',
  kind: 'function',
  signature: 'system("format"[, value, ...])',
  doc: 'Runs a shell command, made from a format and values, and prints its output.',
  args: [1, 128],
  unsafe: true,
  check(cx, use) {
    checkFormat(cx, use);
    return VOID;
  },
  lower(cx, use) {
    const [format, ...values] = use.args;
    cx.send(
      { kind: 'system', format: cx.constant(format) as string },
      values.map((value) => cx.value(value)),
    );
    return undefined;
  },
};
