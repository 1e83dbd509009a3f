// What is done with each kind of record: one function that makes the handler of a definition.

import type { Diagnostic } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import type { Field, Image, Location, RecordDefinition } from '../image/index.ts';
import { layoutOf, sizeOf } from '../image/index.ts';
import { type MapPrinter, readTable } from './maps.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { Presentation } from './presentation.ts';
import { compilePrintf } from './printf.ts';
import { helperMessage } from './problems.ts';
import type { Names, RecordHost } from './report.ts';
import { compileTime } from './strftime.ts';
import type { ValueContext, ValueWriter } from './values/index.ts';
import { readInteger } from './values/numbers.ts';

/** What record handlers work with. */
export interface RecordContext {
  readonly image: Image;
  readonly values: ValueContext;
  readonly presentation: Presentation;
  readonly maps: ReadonlyMap<number, MapPrinter>;
  readonly names: Names;
  readonly host: RecordHost;
  readonly warnings: boolean;
  /** Writes out what is in the buffer. */
  flush(): void;
}

type RecordKind = RecordDefinition['kind'];
type DefinitionOf<K extends RecordKind> = Extract<RecordDefinition, { kind: K }>;
type Compiler<K extends RecordKind> = (
  definition: DefinitionOf<K>,
  fields: readonly Field[],
  context: RecordContext,
) => ValueWriter;

/** The writer of a definition's records: its offset is that of the record. */
export function compileRecord(definition: RecordDefinition, context: RecordContext): ValueWriter {
  const compiler = COMPILERS[definition.kind] as Compiler<RecordKind>;
  return compiler(definition, layoutOf(definition).fields, context);
}

const nothing: ValueWriter = () => {};

const COMPILERS: { readonly [K in RecordKind]: Compiler<K> } = {
  printf: compilePrintfRecord,
  print: (_definition, [field], { presentation, values }) => {
    if (!field) return nothing;
    const write = presentation.value(values.compile(field.type));
    return (out, memory, offset, end) => write(out, memory, offset + field.offset, end);
  },
  'print-map': compilePrintMap,
  'clear-map': (definition, _fields, { host }) => {
    return () => host.clearMap(definition.map);
  },
  'zero-map': (definition, _fields, { host }) => {
    return () => host.zeroMap(definition.map);
  },
  time: (definition, _fields, context) => {
    const write = compileTime(definition.format, { subseconds: false });
    return () => {
      const now = context.names.now();
      context.presentation.text(
        'time',
        written(context, (out) => write(out, Number(now / SECOND), Number(now % SECOND))),
      );
    };
  },
  exit: (_definition, [code], { host }) => {
    return (_out, memory, offset) => host.exit(code ? memory.view.getInt32(offset + code.offset, true) : 0);
  },
  join: compileJoin,
  cat: compileCat,
  system: compileSystem,
  packet: compilePacket,
  problem: compileProblem,
};

const SECOND = 1_000_000_000n;

function compilePrintfRecord(
  definition: DefinitionOf<'printf'>,
  fields: readonly Field[],
  context: RecordContext,
): ValueWriter {
  const { presentation, warnings } = context;
  const text = compilePrintf(definition.format, fields, context.values);
  if (definition.stream === 'out') return presentation.printf(text);
  if (definition.stream === 'warning' && !warnings) return nothing;
  const type = definition.stream === 'error' ? 'errorf' : 'warnf';
  const span = spanOf(context.image, definition.location);
  return (_out, memory, offset, end) => {
    const bytes = written(context, (scratch) => text(scratch, memory, offset, end));
    presentation.message(type, span, bytes);
  };
}

function compilePrintMap(
  definition: DefinitionOf<'print-map'>,
  [top, divisor]: readonly Field[],
  { maps, host, presentation }: RecordContext,
): ValueWriter {
  const printer = maps.get(definition.map);
  if (!printer) return nothing;
  return (_out, memory, offset) => {
    const number = (field: Field | undefined) => (field ? readInteger(memory, offset + field.offset, 8, false) : 0n);
    presentation.map(readTable(printer, host.readMap(definition.map), number(top), number(divisor)));
  };
}

function compileJoin(
  { separator }: DefinitionOf<'join'>,
  [count, strings]: readonly Field[],
  { presentation, values }: RecordContext,
): ValueWriter {
  if (!count || strings?.type.kind !== 'array') return nothing;
  const { element, length } = strings.type;
  const { text } = values.compile(element);
  const stride = sizeOf(element);
  return presentation.join((out, memory, offset, end) => {
    const number = Math.min(length, memory.view.getUint32(offset + count.offset, true));
    for (let index = 0; index < number; index++) {
      const at = offset + strings.offset + index * stride;
      if (at >= end) break;
      if (index > 0) out.text(separator);
      text(out, memory, at, end);
    }
  });
}

function compileCat(definition: DefinitionOf<'cat'>, fields: readonly Field[], context: RecordContext): ValueWriter {
  const text = compilePrintf(definition.format, fields, context.values);
  const limit = context.image.settings.maxCatBytes;
  return (_out, memory, offset, end) => {
    const path = decode(written(context, (scratch) => text(scratch, memory, offset, end)));
    attempt(context, definition, () => context.presentation.text('cat', context.host.readFile(path, limit)));
  };
}

function compileSystem(
  definition: DefinitionOf<'system'>,
  fields: readonly Field[],
  context: RecordContext,
): ValueWriter {
  const text = compilePrintf(definition.format, fields, context.values);
  return (_out, memory, offset, end) => {
    const command = decode(written(context, (scratch) => text(scratch, memory, offset, end)));
    // The command may write to the terminal itself: what was printed before must be there before.
    context.flush();
    attempt(context, definition, () => context.presentation.text('syscall', context.host.runCommand(command)));
  };
}

function compilePacket(
  { file }: DefinitionOf<'packet'>,
  [time, bytes]: readonly Field[],
  { host }: RecordContext,
): ValueWriter {
  if (!time || bytes?.type.kind !== 'buffer') return nothing;
  const { size } = bytes.type;
  return (_out, memory, offset, end) => {
    const at = offset + bytes.offset;
    const length = Math.min(size, memory.view.getUint32(at, true), Math.max(0, end - at - 4));
    host.packet(file, readInteger(memory, offset + time.offset, 8, false), memory.u8.slice(at + 4, at + 4 + length));
  };
}

function compileProblem(
  definition: DefinitionOf<'problem'>,
  [result]: readonly Field[],
  { presentation, image, warnings }: RecordContext,
): ValueWriter {
  const { helper, severity } = definition;
  if (severity === 'warning' && !warnings) return nothing;
  const span = spanOf(image, definition.location);
  return (_out, memory, offset) => {
    const returned = result ? readInteger(memory, offset + result.offset, 8, true) : 0n;
    const message = definition.message === '' ? helperMessage(helper, returned) : definition.message;
    presentation.problem({ helper, message, severity, returned, span });
  };
}

/** The span that a location of the Image stands for. */
function spanOf(image: Image, location: Location | undefined): Span | undefined {
  const source = location && image.sources[location.source];
  return source ? { source, start: location.start, end: location.end } : undefined;
}

/** The bytes that a function writes, valid until something else is written to the scratch buffer. */
function written({ values: { scratch } }: RecordContext, write: (scratch: OutputBuffer) => void): Uint8Array {
  const start = scratch.length;
  write(scratch);
  const bytes = scratch.bytes.slice(start, scratch.length);
  scratch.length = start;
  return bytes;
}

/** A file that cannot be read is a message of the run, not its end. */
function attempt(context: RecordContext, definition: RecordDefinition, action: () => void): void {
  try {
    action();
  } catch (error) {
    const span = spanOf(context.image, definition.location);
    const diagnostic: Diagnostic = {
      code: definition.kind,
      severity: 'error',
      message: error instanceof Error ? error.message : String(error),
      hints: [],
      related: [],
      ...(span ? { span } : {}),
    };
    context.presentation.diagnostic(diagnostic);
  }
}

const decoder = new TextDecoder();

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
