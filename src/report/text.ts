// Text as bpftrace prints it: script output and maps to the output, everything about the run to the errors.

import { utf8Bytes } from '../base/bytes.ts';
import { formatLocation, renderDiagnostic } from '../base/diagnostic.ts';
import { writeBars } from './histogram.ts';
import type { MapRow } from './map-reader.ts';
import type { MapTable } from './maps.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { Presentation, Problem, Streams } from './presentation.ts';
import type { Names } from './report.ts';
import { writeSeries } from './tseries.ts';
import type { ValueWriter } from './values/index.ts';

const NEWLINE = 10;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const COLON_SPACE = utf8Bytes(': ');
const COLON_NEWLINE = utf8Bytes(':\n');

const decoder = new TextDecoder();

export function textPresentation(streams: Streams, names: Names): Presentation {
  const { out } = streams;
  return {
    printf: (text) => text,
    value: (format) => line(format.text),
    join: (text) => line(text),
    text: (_type, bytes) => out.copy(bytes),
    message: (type, span, text) => {
      const label = type === 'errorf' ? 'ERROR' : 'WARNING';
      const place = span ? `${formatLocation(span)}: ` : '';
      const body = decoder.decode(text);
      streams.error(`${place}${label}: ${body}${body.endsWith('\n') ? '' : '\n'}`);
    },
    map: (table) => writeMap(out, table, names),
    beforeMaps: () => out.text('\n\n'),
    problem: (problem) => streams.error(problemText(problem)),
    attached: (count) => streams.error(`Attached ${count} probe${count === 1 ? '' : 's'}\n`),
    lost: (count) => streams.error(`Lost ${count} events\n`),
    diagnostic: (diagnostic) => streams.error(renderDiagnostic(diagnostic)),
  };
}

function line(write: ValueWriter): ValueWriter {
  return (out, memory, offset, end) => {
    write(out, memory, offset, end);
    out.byte(NEWLINE);
  };
}

function problemText({ helper, message, severity, returned, span }: Problem): string {
  const detail = helper === '' ? '' : `\nAdditional Info - helper: ${helper}, retcode: ${returned}`;
  return renderDiagnostic({
    code: 'runtime',
    severity,
    message: message + detail,
    hints: [],
    related: [],
    ...(span ? { span } : {}),
  });
}

function writeMap(out: OutputBuffer, table: MapTable, names: Names): void {
  const name = utf8Bytes(table.printer.name);
  for (const row of table.rows) {
    out.copy(name);
    if (table.printer.key) {
      out.byte(OPEN_BRACKET);
      table.printer.key.text(out, table.contents.keys, row.key, row.key + table.keyBytes);
      out.byte(CLOSE_BRACKET);
    }
    writeRow(out, table, row, names);
    out.settle();
  }
}

function writeRow(out: OutputBuffer, { printer, contents }: MapTable, { value }: MapRow, names: Names): void {
  const drawn = value.kind === 'bars' || value.kind === 'points';
  out.copy(drawn ? COLON_NEWLINE : COLON_SPACE);
  switch (value.kind) {
    case 'bytes':
      printer.value!.text(out, contents.values, value.offset, value.end);
      break;
    case 'number':
      out.bigint(value.value);
      break;
    case 'stats':
      out.text(`{ .count = ${value.count}, .average = ${value.average}, .total = ${value.total} }`);
      break;
    case 'bars':
      writeBars(out, printer.histogram!, value.bars);
      break;
    case 'points':
      writeSeries(out, printer.series!, value.points, names.wallTimeOf('boot'));
  }
  out.byte(NEWLINE);
}
