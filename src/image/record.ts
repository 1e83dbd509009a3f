// The layout of a record on the ring buffer, which the compiler writes and the report reads.

import type { RecordDefinition } from './image.ts';
import { type Field, type Type, tupleType, UINT32 } from './type.ts';

export interface RecordLayout {
  /** The fields of the definition, with offsets from the start of the record (its u32 index included). */
  readonly fields: readonly Field[];
  /** Bytes of the whole record. */
  readonly size: number;
}

/** Where the fields of a record lie: after the u32 index, each naturally aligned. */
export function recordLayout(fields: readonly Type[]): RecordLayout {
  const tuple = tupleType([UINT32, ...fields]);
  return { fields: tuple.fields.slice(1), size: tuple.size };
}

/** The layout of a definition's records. */
export function layoutOf(definition: RecordDefinition): RecordLayout {
  return recordLayout(definition.fields);
}
