// cat: a file.

import { VOID } from '../../../image/index.ts';
import { checkFormat } from './format.ts';
import type { ExpressionWord } from './word.ts';

export const cat: ExpressionWord = {
  name: 'cat',
  kind: 'function',
  signature: 'cat("format"[, value, ...])',
  doc: 'Prints the contents of a file, whose name is made from a format and values.',
  args: [1, 128],
  check(cx, use) {
    checkFormat(cx, use);
    return VOID;
  },
  lower(cx, use) {
    const [format, ...values] = use.args;
    cx.send(
      { kind: 'cat', format: cx.constant(format) as string },
      values.map((value) => cx.value(value)),
    );
    return undefined;
  },
};
