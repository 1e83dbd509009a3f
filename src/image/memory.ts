// How engines hand bytes upwards: windows on memory that stay valid for one call, and copies of maps.

/**
 * Memory that holds a record, seen through every view that a decoder may want. The same object is handed out for all
 * records of a ring; nothing may be kept after the call, because the bytes are reused.
 */
export interface Memory {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly view: DataView;
}

/** All views of one piece of memory. Its size must be a multiple of eight. */
export function memoryOf(buffer: ArrayBuffer, byteOffset = 0, byteLength = buffer.byteLength - byteOffset): Memory {
  return {
    u8: new Uint8Array(buffer, byteOffset, byteLength),
    i32: new Int32Array(buffer, byteOffset, byteLength >> 2),
    u32: new Uint32Array(buffer, byteOffset, byteLength >> 2),
    i64: new BigInt64Array(buffer, byteOffset, byteLength >> 3),
    u64: new BigUint64Array(buffer, byteOffset, byteLength >> 3),
    view: new DataView(buffer, byteOffset, byteLength),
  };
}

/** Called for each record; `offset` is in bytes, a multiple of eight, and `length` is the record's payload. */
export type RecordHandler = (memory: Memory, offset: number, length: number) => void;

/** A map's contents at one moment, copied. */
export interface MapSnapshot {
  /** Entries in the order in which the engine gave them. */
  readonly count: number;
  /** `count` keys of `keySize` bytes, one after another. */
  readonly keys: Uint8Array;
  /** `count` values of `stride * cpus` bytes. */
  readonly values: Uint8Array;
  readonly keySize: number;
  readonly valueSize: number;
  /** Bytes from one CPU's value to the next: `valueSize` rounded up to 8 for per-CPU maps, else `valueSize`. */
  readonly stride: number;
  /** How many CPUs each value has; 1 for maps that are not per-CPU. */
  readonly cpus: number;
}
