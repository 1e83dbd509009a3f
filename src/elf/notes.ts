// ELF notes: the build id, and whatever else a linker or assembler left in note sections.

import { cString } from '../base/bytes.ts';

export interface Note {
  /** Who defines the type: `GNU`, `stapsdt`. */
  readonly owner: string;
  readonly type: number;
  readonly description: Uint8Array;
}

const NT_GNU_BUILD_ID = 3;

/** The notes in a note section or segment. `alignment` is 4 but for some sections of GNU properties. */
export function parseNotes(bytes: Uint8Array, alignment = 4): Note[] {
  const unit = alignment === 8 ? 8 : 4;
  const pad = (length: number): number => Math.ceil(length / unit) * unit;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const notes: Note[] = [];
  for (let at = 0; at + 12 <= bytes.length; ) {
    const ownerLength = view.getUint32(at, true);
    const descriptionLength = view.getUint32(at + 4, true);
    const descriptionAt = at + pad(12 + ownerLength);
    const end = descriptionAt + descriptionLength;
    if (end > bytes.length) break;
    notes.push({
      owner: cString(bytes, at + 12, at + 12 + ownerLength),
      type: view.getUint32(at + 8, true),
      description: bytes.subarray(descriptionAt, end),
    });
    at += pad(end - at);
  }
  return notes;
}

/** The id that the linker computed over the contents of a file. */
export function buildIdOf(notes: readonly Note[]): Uint8Array | undefined {
  return notes.find((note) => note.owner === 'GNU' && note.type === NT_GNU_BUILD_ID)?.description;
}
