// printf, errorf, warnf: text for the person who traces.

import { VOID } from '../../../image/index.ts';
import { checkFormat } from './format.ts';
import type { ExpressionWord } from './word.ts';

const MOST_ARGUMENTS = 128;

function printer(name: string, stream: 'out' | 'error' | 'warning', doc: string): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}("format"[, value, ...])`,
    doc,
    args: [1, MOST_ARGUMENTS],
    check(cx, use) {
      checkFormat(cx, use);
      return VOID;
    },
    lower(cx, use) {
      const [format, ...values] = use.args;
      cx.send(
        { kind: 'printf', format: cx.constant(format) as string, stream },
        values.map((value) => cx.value(value)),
      );
      return undefined;
    },
  };
}

export const printf = printer('printf', 'out', 'Prints text made from a format and values.');
export const errorf = printer('errorf', 'error', 'Prints text as an error of the script, with its place.');
export const warnf = printer('warnf', 'warning', 'Prints text as a warning of the script, with its place.');
