// What every family of values gives: how a value is written as text and as JSON, compiled once for its type.

import type { Memory, Type } from '../../image/index.ts';
import { writeJsonString } from '../json-string.ts';
import type { OutputBuffer } from '../output-buffer.ts';
import type { Names } from '../report.ts';
import type { SymbolTexts } from '../symbol-texts.ts';

/**
 * Writes the value at `offset`. `end` is where the record or map entry ends: a string, buffer or stack that is the last
 * of a record may be shorter than its type. Everything else is known to be there. Offsets need not be aligned.
 */
export type ValueWriter = (out: OutputBuffer, memory: Memory, offset: number, end: number) => void;

export interface ValueFormat {
  readonly text: ValueWriter;
  readonly json: ValueWriter;
}

/** What value families share within one report. */
export interface ValueContext {
  readonly names: Names;
  readonly symbols: SymbolTexts;
  /** The probes of the Image, for the table `probe`. */
  readonly probes: readonly string[];
  /** What follows a string that was cut. */
  readonly trailer: Uint8Array;
  /** For texts on their way into a JSON string. */
  readonly scratch: OutputBuffer;
  /** The format of another type, for values made of values. */
  compile(type: Type): ValueFormat;
}

/** The JSON form of values that are strings there: the text, quoted. */
export function quoted(text: ValueWriter, { scratch }: Pick<ValueContext, 'scratch'>): ValueWriter {
  return (out, memory, offset, end) => {
    const start = scratch.length;
    text(scratch, memory, offset, end);
    writeJsonString(out, scratch.bytes, start, scratch.length);
    scratch.length = start;
  };
}

export function textAndQuoted(text: ValueWriter, context: Pick<ValueContext, 'scratch'>): ValueFormat {
  return { text, json: quoted(text, context) };
}
