// Where the bytes of an ELF file come from. Binaries of hundreds of megabytes are read only where someone looks.

export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  /** The bytes from `offset`; fewer than `length` when the source ends before. */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
