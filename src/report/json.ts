// JSON, one object on a line, with the members and the spaces that bpftrace writes.

import { utf8Bytes } from '../base/bytes.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { positionAt, type Span } from '../base/source.ts';
import { writeJsonBars } from './histogram.ts';
import { writeJsonString, writeJsonText } from './json-string.ts';
import type { MapRow } from './map-reader.ts';
import type { MapTable } from './maps.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { Presentation, Problem, Streams } from './presentation.ts';
import type { Names } from './report.ts';
import { writeJsonSeries } from './tseries.ts';
import type { ValueContext, ValueWriter } from './values/index.ts';
import { writeJsonNumber } from './values/numbers.ts';
import { quoted } from './values/value.ts';

const END = utf8Bytes('}\n');

export function jsonPresentation(streams: Streams, names: Names, context: Pick<ValueContext, 'scratch'>): Presentation {
  const { out } = streams;
  return {
    printf: (text) => enclosed('printf', quoted(text, context)),
    value: (format) => enclosed('value', format.json),
    join: (text) => enclosed('join', quoted(text, context)),
    text: (type, bytes) => {
      out.copy(head(type));
      writeJsonString(out, bytes, 0, bytes.length);
      out.copy(END);
    },
    message: (type, span, text) => {
      out.text(`{"type": "${type}", "msg": `);
      writeJsonString(out, text, 0, text.length);
      finish(out, span);
    },
    map: (table) => writeMap(out, table, names),
    beforeMaps: () => {},
    problem: (problem) => writeProblem(out, problem),
    attached: (count) => out.text(`{"type": "attached_probes", "count": ${count}, "data": {"probes": ${count}}}\n`),
    lost: (count) => out.text(`{"type": "lost_events", "count": ${count}, "data": {"events": ${count}}}\n`),
    diagnostic: (diagnostic) => writeDiagnostic(out, diagnostic),
  };
}

function head(type: string): Uint8Array {
  return utf8Bytes(`{"type": "${type}", "data": `);
}

function enclosed(type: string, write: ValueWriter): ValueWriter {
  const start = head(type);
  return (out, memory, offset, end) => {
    out.copy(start);
    write(out, memory, offset, end);
    out.copy(END);
  };
}

/** The place of the script, and the end of the object. */
function finish(out: OutputBuffer, span: Span | undefined): void {
  if (span) {
    const { line, column } = positionAt(span.source, span.start);
    out.text(', "filename": ');
    writeJsonText(out, span.source.name);
    out.text(`, "line": ${line}, "col": ${column}`);
  }
  out.copy(END);
}

function writeProblem(out: OutputBuffer, { helper, message, returned, span }: Problem): void {
  out.text(`{"type": "${helper === '' ? 'runtime_error' : 'helper_error'}", "msg": `);
  writeJsonText(out, message);
  if (helper !== '') {
    out.text(', "helper": ');
    writeJsonText(out, helper);
    out.text(`, "retcode": ${returned}`);
  }
  finish(out, span);
}

function writeDiagnostic(out: OutputBuffer, { code, severity, message, hints, span }: Diagnostic): void {
  out.text(`{"type": "${severity}", "msg": `);
  writeJsonText(out, message);
  out.text(', "code": ');
  writeJsonText(out, code);
  out.text(', "hints": [');
  hints.forEach((hint, index) => {
    if (index > 0) out.text(', ');
    writeJsonText(out, hint);
  });
  out.text(']');
  finish(out, span);
}

function writeMap(out: OutputBuffer, table: MapTable, names: Names): void {
  const { printer, rows, contents } = table;
  if (rows.length === 0) return;
  out.copy(head(mapType(table)));
  out.text('{');
  writeJsonText(out, printer.name);
  out.text(printer.key ? ': {' : ': ');
  rows.forEach((row, index) => {
    if (index > 0) out.text(', ');
    if (printer.key) {
      printer.key.json(out, contents.keys, row.key, row.key + table.keyBytes);
      out.text(': ');
    }
    writeRow(out, table, row, names);
  });
  out.text(printer.key ? '}}' : '}');
  out.copy(END);
}

function mapType({ printer: { map } }: MapTable): string {
  if (map.value.kind === 'plain') return 'map';
  switch (map.value.aggregation.kind) {
    case 'hist':
    case 'lhist':
      return 'hist';
    case 'tseries':
      return 'tseries';
    case 'avg':
    case 'stats':
      return 'stats';
    default:
      return 'map';
  }
}

function writeRow(out: OutputBuffer, { printer, contents }: MapTable, { value }: MapRow, names: Names): void {
  switch (value.kind) {
    case 'bytes':
      printer.value!.json(out, contents.values, value.offset, value.end);
      return;
    case 'number':
      writeJsonNumber(out, value.value);
      return;
    case 'stats':
      out.text('{"count": ');
      writeJsonNumber(out, value.count);
      out.text(', "average": ');
      writeJsonNumber(out, value.average);
      out.text(', "total": ');
      writeJsonNumber(out, value.total);
      out.text('}');
      return;
    case 'bars':
      writeJsonBars(out, value.bars);
      return;
    case 'points':
      writeJsonSeries(out, printer.series!, value.points, names.wallTimeOf('boot'));
  }
}
