// The records that tie a program's instructions to its BTF, as bpf(2) takes them with BPF_PROG_LOAD: func_info (kernel
// 5.0) says which function starts where, line_info (kernel 5.0) which source line an instruction comes from.
// Offsets count instructions here; the same records in a `.BTF.ext` section count bytes.

import { ByteWriter } from '../base/bytes.ts';
import { assert } from '../base/error.ts';

/** Length of a record, which bpf(2) wants beside them. */
export const FUNC_INFO_LENGTH = 8;
export const LINE_INFO_LENGTH = 16;

export interface FuncInfo {
  /** Index of the first instruction, a slot of 8 bytes each. */
  readonly instruction: number;
  /** Id of the FUNC. */
  readonly type: number;
}

export interface LineInfo {
  /** Index of the first instruction that comes from here. */
  readonly instruction: number;
  /** Offset in the strings of the file's name. */
  readonly file: number;
  /** Offset in the strings of the line's text. */
  readonly text: number;
  /** One-based. */
  readonly line: number;
  /** One-based. */
  readonly column: number;
}

const MAX_LINE = 2 ** 22 - 1;
const MAX_COLUMN = 2 ** 10 - 1;

export function encodeFuncInfo(records: readonly FuncInfo[]): Uint8Array {
  assertAscending(records);
  const writer = new ByteWriter(records.length * FUNC_INFO_LENGTH);
  for (const { instruction, type } of records) writer.u32(instruction).u32(type);
  return writer.finish();
}

/** Lines and columns that do not fit their 22 and 10 bits are cut to the largest that do. */
export function encodeLineInfo(records: readonly LineInfo[]): Uint8Array {
  assertAscending(records);
  const writer = new ByteWriter(records.length * LINE_INFO_LENGTH);
  for (const { instruction, file, text, line, column } of records) {
    const place = (Math.min(line, MAX_LINE) << 10) | Math.min(column, MAX_COLUMN);
    writer
      .u32(instruction)
      .u32(file)
      .u32(text)
      .u32(place >>> 0);
  }
  return writer.finish();
}

function assertAscending(records: readonly { readonly instruction: number }[]): void {
  for (let index = 1; index < records.length; index++) {
    const ascends = records[index]!.instruction > records[index - 1]!.instruction;
    assert(ascends, 'records of instructions are not in ascending order');
  }
}
