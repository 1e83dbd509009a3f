// Big-endian reading of a packet that may be cut anywhere.

/** A header was not captured whole; the printer writes its name as `[|tcp]`. */
export class Cut extends Error {
  readonly header: string;

  constructor(header: string) {
    super(header);
    this.header = header;
  }
}

/** A part of a packet, named for the message when it is cut. */
export class Part {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  get length(): number {
    return this.bytes.length;
  }

  need(length: number): void {
    if (this.bytes.length < length) throw new Cut(this.#name);
  }

  u8(at: number): number {
    this.need(at + 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.need(at + 2);
    return this.#view.getUint16(at);
  }

  u32(at: number): number {
    this.need(at + 4);
    return this.#view.getUint32(at);
  }

  /** What follows, to at most `length` bytes. */
  from(at: number, name: string, length = this.bytes.length): Part {
    return new Part(this.bytes.subarray(at, at + length), name);
  }
}
