// The `format` files of tracefs as values: what a tracepoint's record holds, for kernels and events without BTF.
// Documentation/trace/events.rst describes the text.

/** A field of a tracepoint's record. */
export interface TracepointField {
  readonly name: string;
  /** C type of the value, of one element for arrays: `const char *`, `pid_t`, `char`. */
  readonly type: string;
  /** The declaration as the kernel prints it: `char prev_comm[16]`, `__data_loc char[] filename`. */
  readonly declaration: string;
  /** Offset in bytes from the start of the record. */
  readonly offset: number;
  /** Size in bytes within the record; 4 for a field behind a data location. */
  readonly size: number;
  readonly signed: boolean;
  readonly isArray: boolean;
  /** Number of elements where it is fixed. */
  readonly arrayLength?: number;
  /**
   * The record holds a u32 in place of the value: offset of the value in the low half, its length in the high half. The
   * offset counts from the start of the record (`absolute`) or from the end of this u32 (`relative`, since 5.17).
   */
  readonly dataLoc?: 'absolute' | 'relative';
  /** One of the fields that every tracepoint starts with (`common_pid`). */
  readonly common: boolean;
}

export interface TracepointFormat {
  readonly name: string;
  readonly id: number;
  readonly fields: readonly TracepointField[];
  /** What follows `print fmt: `. */
  readonly printFormat: string;
}

const FIELD = /^\s*field(?: special)?:\s*(.*?);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d+);)?/;
const DATA_LOC = /^__(data|rel)_loc\s+(.*?)\s*\[\s*\]\s*(\w+)$/;
const ARRAY = /^(.*?)\s*\b(\w+)\s*\[([^\]]*)\]$/;
const SCALAR = /^(.*?)\s*\b(\w+)$/;

/** Parses the text of a `format` file, or gives undefined when it is not one. */
export function parseFormat(text: string): TracepointFormat | undefined {
  const name = /^name: (.*)$/m.exec(text)?.[1];
  const id = /^ID: (\d+)$/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return undefined;
  const fields: TracepointField[] = [];
  for (const line of text.split('\n')) {
    const field = parseField(line);
    if (field) fields.push(field);
  }
  const printAt = text.indexOf('\nprint fmt: ');
  const printFormat = printAt === -1 ? '' : text.slice(printAt + '\nprint fmt: '.length).trimEnd();
  return { name, id: Number(id), fields, printFormat };
}

function parseField(line: string): TracepointField | undefined {
  const match = FIELD.exec(line);
  if (!match) return undefined;
  const declaration = match[1]!;
  const size = Number(match[3]);
  const shape = parseDeclaration(declaration, size);
  return {
    ...shape,
    declaration,
    offset: Number(match[2]),
    size,
    signed: match[4] === '1',
    common: shape.name.startsWith('common_'),
  };
}

type Shape = Pick<TracepointField, 'name' | 'type' | 'isArray' | 'arrayLength' | 'dataLoc'>;

function parseDeclaration(declaration: string, size: number): Shape {
  const located = DATA_LOC.exec(declaration);
  if (located) {
    const dataLoc = located[1] === 'rel' ? 'relative' : 'absolute';
    return { name: located[3]!, type: located[2]!, isArray: true, dataLoc };
  }
  const array = ARRAY.exec(declaration);
  if (array) {
    const length = arrayLength(array[3]!, array[1]!, size);
    const shape = { name: array[2]!, type: array[1]!, isArray: true };
    return length === undefined ? shape : { ...shape, arrayLength: length };
  }
  const scalar = SCALAR.exec(declaration);
  return { name: scalar?.[2] ?? declaration, type: scalar?.[1] ?? '', isArray: false };
}

/** Old kernels print the length as the source has it (`TASK_COMM_LEN`); the size still tells it for bytes. */
function arrayLength(text: string, type: string, size: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  if (size > 0 && /^(?:const )?(?:(?:un)?signed )?(?:char|u8|s8|__u8|__s8|uint8_t|int8_t)$/.test(type)) return size;
  return undefined;
}
