// Strings and buffers.

import type { TypeOf } from '../../image/index.ts';
import type { OutputBuffer } from '../output-buffer.ts';
import { textAndQuoted, type ValueContext, type ValueFormat, type ValueWriter } from './value.ts';

const SPACE = 32;
const BACKSLASH = 92;
const LETTER_X = 120;

export function stringFormat(type: TypeOf<'string'>, context: ValueContext): ValueFormat {
  const { size } = type;
  const { trailer } = context;
  const text: ValueWriter = (out, memory, offset, end) => {
    const full = offset + size;
    const ended = out.terminated(memory.u8, offset, full < end ? full : end);
    // A record that stops before the string's room is full was sent short; only a full one was cut.
    if (!ended && full <= end) out.copy(trailer);
  };
  return textAndQuoted(text, context);
}

export function bufferFormat(type: TypeOf<'buffer'>, context: ValueContext): ValueFormat {
  return textAndQuoted(bufferWriter(type, writePrintable), context);
}

/** How `%r`, `%rx` and `%rh` write a buffer. */
export const BUFFER_CONVERSIONS: Readonly<Record<string, BufferStyle>> = {
  r: writePrintable,
  rx: writeEscaped,
  rh: writeSpaced,
};

type BufferStyle = (out: OutputBuffer, source: Uint8Array, start: number, end: number) => void;

export function bufferWriter(type: TypeOf<'buffer'>, style: BufferStyle): ValueWriter {
  return (out, memory, offset, end) => {
    const length = Math.min(memory.view.getUint32(offset, true), type.size, Math.max(0, end - offset - 4));
    style(out, memory.u8, offset + 4, offset + 4 + length);
  };
}

function writePrintable(out: OutputBuffer, source: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    const byte = source[at]!;
    if (byte >= 32 && byte <= 126) out.byte(byte);
    else writeEscaped(out, source, at, at + 1);
  }
}

function writeEscaped(out: OutputBuffer, source: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    out.byte(BACKSLASH);
    out.byte(LETTER_X);
    out.hexByte(source[at]!);
  }
}

function writeSpaced(out: OutputBuffer, source: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    if (at > start) out.byte(SPACE);
    out.hexByte(source[at]!);
  }
}
