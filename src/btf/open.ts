// Opens BTF: checks the header and finds where each type starts, in the only pass over all types that opening makes
// (1 to 3 ms for a kernel).

import { TraceError } from '../base/error.ts';
import { BTF_HEADER_LENGTH, BTF_MAGIC, elementLength, fixedLength, infoKind, infoLength } from './format.ts';

/** The types as they lie in the blob. */
export interface TypeSection {
  readonly words: Uint32Array;
  /** The word at which each type starts. */
  readonly starts: Uint32Array;
  /** The kind number of each type. */
  readonly kinds: Uint8Array;
}

export function malformedBtf(reason: string): TraceError {
  return new TraceError('ERR_BTF_MALFORMED', `the BTF cannot be read: ${reason}`);
}

export function openBtf(bytes: Uint8Array): { readonly types: TypeSection; readonly strings: Uint8Array } {
  if (bytes.length < BTF_HEADER_LENGTH) throw malformedBtf('it is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint16(0, true);
  if (magic === 0x9feb) throw malformedBtf('it is big-endian');
  if (magic !== BTF_MAGIC) throw malformedBtf('it does not start with the magic number');
  if (view.getUint8(2) !== 1) throw malformedBtf(`its version is ${view.getUint8(2)}, not 1`);
  const headerLength = view.getUint32(4, true);
  const section = (at: number): Uint8Array => {
    const start = headerLength + view.getUint32(at, true);
    const end = start + view.getUint32(at + 4, true);
    if (end > bytes.length) throw malformedBtf('a section ends behind the last byte');
    return bytes.subarray(start, end);
  };
  const layouts = headerLength >= 32 ? readLayouts(section(24)) : [];
  return { types: indexTypes(asWords(section(8)), layouts), strings: section(16) };
}

interface Layout {
  readonly fixed: number;
  readonly element: number;
}

/** Newer headers have a table that says how long types of each kind are, so that unknown kinds can be skipped; four bytes a kind. */
function readLayouts(table: Uint8Array): Layout[] {
  const layouts: Layout[] = [];
  for (let at = 0; at + 4 <= table.length; at += 4) layouts.push({ fixed: table[at]!, element: table[at + 1]! });
  return layouts;
}

function asWords(types: Uint8Array): Uint32Array {
  const aligned = types.byteOffset % 4 === 0 ? types : types.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
}

function indexTypes(words: Uint32Array, layouts: readonly Layout[]): TypeSection {
  const kindCount = Math.max(fixedLength.length, layouts.length);
  const fixedWords = new Int32Array(kindCount);
  const elementWords = new Int32Array(kindCount);
  for (let kind = 0; kind < kindCount; kind++) {
    fixedWords[kind] = (fixedLength[kind] ?? layouts[kind]!.fixed) >> 2;
    // Zero for kinds that keep something else where others have the number of elements (FUNC its linkage).
    elementWords[kind] = (elementLength[kind] ?? layouts[kind]!.element) >> 2;
  }
  const room = Math.floor(words.length / 3);
  const starts = new Uint32Array(room);
  const kinds = new Uint8Array(room);
  let count = 0;
  let at = 0;
  while (at + 3 <= words.length) {
    const info = words[at + 1]!;
    const kind = infoKind(info);
    if (kind === 0 || kind >= kindCount) throw malformedBtf(`a type is of the unknown kind ${kind}`);
    starts[count] = at;
    kinds[count] = kind;
    count++;
    at += 3 + fixedWords[kind]! + elementWords[kind]! * infoLength(info);
  }
  if (at !== words.length) throw malformedBtf('the last type is cut off');
  return { words, starts: starts.slice(0, count), kinds: kinds.slice(0, count) };
}
