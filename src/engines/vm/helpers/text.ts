// Helpers that make text: for the trace pipe, for buffers, for iterators.

import { EINVAL, EOPNOTSUPP } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { formatText } from './format.ts';
import { type VmHelper, wide } from './helper.ts';

/** MAX_BPRINTF_VARARGS, eight bytes each. */
const MAX_DATA = 12 * 8;
/** MAX_BPRINTF_BUF. */
const MAX_TEXT = 1024;

/** The format, one character a byte, or undefined when no NUL ends it. */
function formatAt({ memory }: Machine, at: number, size: number): string | undefined {
  const end = memory.u8.indexOf(0, at);
  return end === -1 || end >= at + size ? undefined : String.fromCharCode(...memory.u8.subarray(at, end));
}

function dataAt({ memory }: Machine, at: number, size: number): bigint[] | undefined {
  if (size % 8 !== 0 || size > MAX_DATA) return undefined;
  return Array.from({ length: size / 8 }, (_, index) => memory.getU64(at + index * 8));
}

function print(machine: Machine, format: string | undefined, values: readonly bigint[] | undefined): string | number {
  return format === undefined || values === undefined ? -EINVAL : formatText(machine, format, values);
}

function trace(machine: Machine, text: string | number): number {
  if (typeof text === 'number') return text;
  const cut = text.slice(0, MAX_TEXT - 1);
  const bytes = Uint8Array.from(cut.endsWith('\n') ? cut : `${cut}\n`, (letter) => letter.charCodeAt(0));
  machine.host.trace(new TextDecoder().decode(bytes));
  return cut.length;
}

export const tracePrintk: VmHelper = {
  name: 'trace_printk',
  parameters: ['pointer', 'i32', 'i64', 'i64', 'i64'],
  result: 'i32',
  call: (machine, format, size, a, aHigh, b, bHigh, c, cHigh) =>
    trace(
      machine,
      print(machine, formatAt(machine, format!, size! >>> 0), [wide(a!, aHigh!), wide(b!, bHigh!), wide(c!, cHigh!)]),
    ),
};

export const traceVprintk: VmHelper = {
  name: 'trace_vprintk',
  parameters: ['pointer', 'i32', 'pointer', 'i32'],
  result: 'i32',
  call: (machine, format, size, data, length) =>
    trace(machine, print(machine, formatAt(machine, format!, size! >>> 0), dataAt(machine, data!, length! >>> 0))),
};

/** Returns the size that the whole text needs, its NUL included. */
export const snprintf: VmHelper = {
  name: 'snprintf',
  parameters: ['pointer', 'i32', 'pointer', 'pointer', 'i32'],
  result: 'i32',
  call: (machine, to, size, format, data, length) => {
    const room = size! >>> 0;
    const text = print(machine, formatAt(machine, format!, MAX_TEXT * 64), dataAt(machine, data!, length! >>> 0));
    if (typeof text === 'number') return text;
    if (room > 0) {
      for (let at = 0; at < Math.min(text.length, room - 1); at++) machine.memory.u8[to! + at] = text.charCodeAt(at);
      machine.memory.u8[to! + Math.min(text.length, room - 1)] = 0;
    }
    return text.length + 1;
  },
};

export const seqPrintf: VmHelper = {
  name: 'seq_printf',
  parameters: ['i64', 'pointer', 'i32', 'pointer', 'i32'],
  result: 'i32',
  call: (machine, _file, _fileHigh, format, size, data, length) => {
    const text = print(machine, formatAt(machine, format!, size! >>> 0), dataAt(machine, data!, length! >>> 0));
    if (typeof text === 'number') return text;
    machine.host.sequence(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    return 0;
  },
};

export const seqWrite: VmHelper = {
  name: 'seq_write',
  parameters: ['i64', 'pointer', 'i32'],
  result: 'i32',
  call: (machine, _file, _fileHigh, data, size) => {
    machine.host.sequence(machine.memory.read(data!, size! >>> 0));
    return 0;
  },
};

export const snprintfBtf: VmHelper = {
  name: 'snprintf_btf',
  note: '-EOPNOTSUPP, as in a kernel without BTF: a machine knows no types.',
  parameters: ['pointer', 'i32', 'pointer', 'i32', 'i64'],
  result: 'i32',
  call: () => -EOPNOTSUPP,
};

export const seqPrintfBtf: VmHelper = {
  name: 'seq_printf_btf',
  note: '-EOPNOTSUPP, as in a kernel without BTF: a machine knows no types.',
  parameters: ['i64', 'pointer', 'i32', 'i64'],
  result: 'i32',
  call: () => -EOPNOTSUPP,
};
