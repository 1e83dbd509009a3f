// Values one after another with fixed text before, between and after them, all of it encoded beforehand.

import { utf8Bytes } from '../../base/bytes.ts';
import type { ValueWriter } from './value.ts';

export interface Part {
  /** Text right before the value, after the separator. */
  readonly label: string;
  /** Where the value lies, from the start of the whole. */
  readonly offset: number;
  readonly write: ValueWriter;
}

export interface Marks {
  readonly open: string;
  readonly separator: string;
  readonly close: string;
}

export function sequence(parts: readonly Part[], { open, separator, close }: Marks): ValueWriter {
  const before = parts.map(({ label }, index) => utf8Bytes((index === 0 ? open : separator) + label));
  const offsets = parts.map(({ offset }) => offset);
  const writers = parts.map(({ write }) => write);
  const after = utf8Bytes(parts.length === 0 ? open + close : close);
  return (out, memory, offset, end) => {
    for (let index = 0; index < writers.length; index++) {
      out.copy(before[index]!);
      writers[index]!(out, memory, offset + offsets[index]!, end);
    }
    out.copy(after);
  };
}
