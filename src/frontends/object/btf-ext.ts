// The section .BTF.ext: which function starts where, which source line an instruction was made for, and what CO-RE has to
// change. Layout: struct btf_ext_header of libbpf; each block is a record size and then, for each section of code, its name, a
// count and the records. Offsets count bytes of the section here, and slots in what is given out.

import { cString } from '../../base/bytes.ts';
import { SLOT_SIZE } from '../../isa/index.ts';
import { objectError } from './object-error.ts';

const MAGIC = 0xeb9f;
/** Headers without the CO-RE block are this long. */
const OLD_HEADER_BYTES = 24;

export interface FunctionRecord {
  readonly slot: number;
  /** Id of the FUNC. */
  readonly type: number;
}

export interface LineRecord {
  readonly slot: number;
  readonly file: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export interface CoreRecord {
  readonly slot: number;
  readonly type: number;
  /** Members and indices: `0:1:2`. */
  readonly access: string;
  readonly kind: number;
}

/** Records by the name of their section. */
export interface BtfExt {
  readonly functions: ReadonlyMap<string, readonly FunctionRecord[]>;
  readonly lines: ReadonlyMap<string, readonly LineRecord[]>;
  readonly core: ReadonlyMap<string, readonly CoreRecord[]>;
}

export const NO_BTF_EXT: BtfExt = { functions: new Map(), lines: new Map(), core: new Map() };

export function readBtfExt(bytes: Uint8Array, strings: Uint8Array): BtfExt {
  if (bytes.length < OLD_HEADER_BYTES) throw objectError('.BTF.ext is shorter than its header.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0, true) !== MAGIC) throw objectError('.BTF.ext does not start with the magic number.');
  const header = view.getUint32(4, true);
  const text = (offset: number): string => (offset < strings.length ? cString(strings, offset) : '');
  const block = <T>(at: number, read: (record: number) => T): Map<string, T[]> => {
    if (at + 8 > header) return new Map();
    const start = header + view.getUint32(at, true);
    return readBlock(view, start, start + view.getUint32(at + 4, true), text, read);
  };
  const u32 = (at: number): number => view.getUint32(at, true);
  return {
    functions: block(8, (at) => ({ slot: u32(at) / SLOT_SIZE, type: u32(at + 4) })),
    lines: block(16, (at) => ({
      slot: u32(at) / SLOT_SIZE,
      file: text(u32(at + 4)),
      text: text(u32(at + 8)),
      line: u32(at + 12) >>> 10,
      column: u32(at + 12) & 0x3ff,
    })),
    core: block(24, (at) => ({
      slot: u32(at) / SLOT_SIZE,
      type: u32(at + 4),
      access: text(u32(at + 8)),
      kind: u32(at + 12),
    })),
  };
}

function readBlock<T>(
  view: DataView,
  start: number,
  end: number,
  text: (offset: number) => string,
  read: (record: number) => T,
): Map<string, T[]> {
  const found = new Map<string, T[]>();
  if (end > view.byteLength) throw objectError('.BTF.ext ends in the middle of a block.');
  if (end - start < 4) return found;
  const size = view.getUint32(start, true);
  for (let at = start + 4; at + 8 <= end; ) {
    const name = text(view.getUint32(at, true));
    const count = view.getUint32(at + 4, true);
    at += 8;
    if (size < 8 || at + count * size > end) throw objectError('.BTF.ext ends in the middle of a record.');
    const records = found.get(name) ?? [];
    for (let index = 0; index < count; index++, at += size) records.push(read(at));
    found.set(name, records);
  }
  return found;
}
