// debugf: text for the kernel's trace pipe.

import { VOID } from '../../../image/index.ts';
import { stringBytes } from '../parse/literals.ts';
import { checkFormat } from './format.ts';
import type { ExpressionWord } from './word.ts';

export const debugf: ExpressionWord = {
  name: 'debugf',
  kind: 'function',
  signature: 'debugf("format"[, value[, value[, value]]])',
  doc: "Prints text through the kernel's bpf_trace_printk, for debugging of scripts: see trace_pipe of tracefs.",
  args: [1, 4],
  check(cx, use) {
    checkFormat(cx, use);
    return VOID;
  },
  lower(cx, use) {
    const [format, ...values] = use.args;
    const text = stringBytes(cx.constant(format) as string);
    const constant = cx.p.module.constant(Uint8Array.from([...text, 0]));
    // Strings are passed by address: the kernel knows %s.
    const numbers = values.map((value) => (cx.type(value).kind === 'string' ? cx.inMemory(value) : cx.scalar(value)));
    cx.p.call('trace_printk', cx.p.b.mapValue(constant.map, constant.offset), text.length + 1, ...numbers);
    return undefined;
  },
};
