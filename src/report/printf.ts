// printf: a template and the fields of its record, compiled into one function that writes the text of a record.

import { type Conversion, type Field, parseTemplate, type Type, typeName } from '../image/index.ts';
import { isNumeric, numberWriter, prefixLength } from './number-conversions.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { ValueContext, ValueWriter } from './values/index.ts';
import { type Part, sequence } from './values/sequence.ts';
import { BUFFER_CONVERSIONS, bufferWriter } from './values/strings.ts';

const SPACE = 32;
const ZERO = 48;

/** The function that writes a record's text; its offset is that of the record. */
export function compilePrintf(template: string, fields: readonly Field[], context: ValueContext): ValueWriter {
  const parts: Part[] = [];
  let label = '';
  let next = 0;
  for (const piece of parseTemplate(template)) {
    if (typeof piece === 'string') {
      label += piece;
      continue;
    }
    const field = fields[next++];
    // What a front end should have refused is said in the output, as upstream says what fails while it prints.
    if (!field) {
      label += `!{no argument for ${piece.text}}`;
      continue;
    }
    parts.push({ label, offset: field.offset, write: conversionWriter(piece, field.type, context) });
    label = '';
  }
  return sequence(parts, { open: '', separator: '', close: label });
}

function conversionWriter(conversion: Conversion, type: Type, context: ValueContext): ValueWriter {
  const { letters } = conversion;
  if (letters === 's') return padded(conversion, context.compile(type).text, false);
  const style = BUFFER_CONVERSIONS[letters];
  if (style && type.kind === 'buffer') return padded(conversion, bufferWriter(type, style), false);
  const number = isNumeric(type) ? numberWriter(conversion, type) : undefined;
  if (number) return padded(conversion, number, letters !== 'c' && letters !== 'gr');
  const message = `!{unsupported format specifier for type '${typeName(type)}': ${letters}}`;
  return (out) => out.text(message);
}

function padded({ width, left, zero }: Conversion, write: ValueWriter, numeric: boolean): ValueWriter {
  if (width === 0) return write;
  return (out, memory, offset, end) => {
    const start = out.length;
    write(out, memory, offset, end);
    const missing = width - (out.length - start);
    if (missing <= 0) return;
    if (left) out.fill(SPACE, missing);
    else if (!zero) insert(out, start, missing, SPACE);
    else insert(out, start + (numeric ? prefixLength(out.bytes, start) : 0), missing, ZERO);
  };
}

function insert(out: OutputBuffer, at: number, count: number, byte: number): void {
  out.shift(at, count);
  out.bytes.fill(byte, at, at + count);
}
