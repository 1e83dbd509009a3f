// Puts a report together: compiles every record kind and map of an Image, then hands records to what was compiled.

import { utf8Bytes } from '../base/bytes.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { type Field, layoutOf, type Memory, memoryOf, type RecordDefinition, roundUp, sizeOf } from '../image/index.ts';
import { jsonPresentation } from './json.ts';
import { compileMaps, readTable } from './maps.ts';
import { OutputBuffer } from './output-buffer.ts';
import { type Presentation, Streams } from './presentation.ts';
import { compileRecord, type RecordContext } from './records.ts';
import type { Report, ReportOptions } from './report.ts';
import { SymbolTexts } from './symbol-texts.ts';
import { textPresentation } from './text.ts';
import { type ValueWriter, valueContext } from './values/index.ts';

/** A record kind, ready to run. */
interface Handler {
  readonly write: ValueWriter;
  /** A record shorter than this is read as if zeroes followed it. */
  readonly minimum: number;
  readonly size: number;
}

/** Makes the report of an Image. */
export function createReport(options: ReportOptions): Report {
  const { image, names, host, warnings } = options;
  const streams = new Streams(options.output, options.errors);
  const { out } = streams;
  const symbols = new SymbolTexts(names);
  const trailer = utf8Bytes(image.settings.truncationTrailer);
  const scratch = new OutputBuffer(undefined, 4096);
  const values = valueContext({ names, symbols, probes: image.probes, trailer, scratch });
  const presentation =
    options.format === 'json' ? jsonPresentation(streams, names, values) : textPresentation(streams, names);
  const maps = compileMaps(image, values);
  const flush = () => {
    symbols.forgetProcesses();
    streams.flush();
  };
  const context: RecordContext = { image, values, presentation, maps, names, host, warnings, flush };
  const handlers = image.records.map((definition) => compileHandler(definition, context));
  const stranger = strangerReporter(presentation);

  return {
    handle: (memory, offset, length) => {
      const kind = length >= 4 ? memory.view.getUint32(offset, true) : handlers.length;
      const handler = handlers[kind];
      if (!handler) {
        stranger();
        return;
      }
      if (length >= handler.minimum) handler.write(out, memory, offset, offset + length);
      else handler.write(out, padded(memory, offset, length, handler.size), 0, handler.size);
      out.settle();
    },
    attached: presentation.attached,
    maps: () => {
      presentation.beforeMaps();
      const ordered = [...maps].sort(([, a], [, b]) => (a.name < b.name ? -1 : 1));
      for (const [index, printer] of ordered) presentation.map(readTable(printer, host.readMap(index), 0n, 0n));
      out.settle();
    },
    lost: presentation.lost,
    diagnostic: (diagnostic: Diagnostic) => {
      if (diagnostic.severity === 'error' || warnings) presentation.diagnostic(diagnostic);
    },
    flush,
  };
}

function compileHandler(definition: RecordDefinition, context: RecordContext): Handler {
  const { fields, size } = layoutOf(definition);
  return { write: compileRecord(definition, context), minimum: minimumLength(fields), size: roundUp(size, 8) };
}

/** Bytes that a record must have so that only its last field may be cut. */
function minimumLength(fields: readonly Field[]): number {
  const last = fields.at(-1);
  if (!last) return 4;
  return last.offset + minimumSize(last);
}

function minimumSize({ type }: Field): number {
  switch (type.kind) {
    case 'string':
      return 0;
    case 'buffer':
      return 4;
    case 'kstack':
    case 'ustack':
      return 8;
    case 'array':
      return type.element.kind === 'string' ? 0 : sizeOf(type);
    default:
      return sizeOf(type);
  }
}

/** A copy of a record that is too short, with zeroes behind it. */
function padded(memory: Memory, offset: number, length: number, size: number): Memory {
  const copy = memoryOf(new ArrayBuffer(size));
  copy.u8.set(memory.u8.subarray(offset, offset + Math.min(length, size)));
  return copy;
}

/** Says once that there are records that the Image does not describe: they can only come from a bug. */
function strangerReporter(presentation: Presentation): () => void {
  let said = false;
  return () => {
    if (said) return;
    said = true;
    presentation.diagnostic({
      code: 'unknown-record',
      severity: 'error',
      message: 'The programs sent records that their image does not describe; they are skipped.',
      hints: [],
      related: [],
    });
  };
}
