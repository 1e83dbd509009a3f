// Little-endian reading and writing of bytes. Every architecture that beetrace traces is little-endian.

/** A growing buffer of bytes. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  i32(value: number): this {
    const at = this.#grow(4);
    this.#view.setInt32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  zero(count: number): this {
    this.#grow(count);
    return this;
  }

  align(alignment: number): this {
    return this.zero((alignment - (this.#length % alignment)) % alignment);
  }

  /** Writes a u32 over what is at `offset`. */
  patchU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Makes room and returns its offset. Call it before the buffer is named: it may be replaced. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

const utf8 = new TextDecoder('utf-8');
const encoder = new TextEncoder();

/** The text of the bytes up to the first NUL. */
export function cString(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let stop = start;
  let bits = 0;
  while (stop < end && bytes[stop] !== 0) bits |= bytes[stop++]!;
  const text = bytes.subarray(start, stop);
  // Most texts are short and ASCII, and for those this is several times faster than a TextDecoder.
  if (bits < 0x80 && text.length <= 256) return String.fromCharCode.apply(null, text as unknown as number[]);
  return utf8.decode(text);
}

/** The UTF-8 bytes of a text. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** The bytes of a hexadecimal text (white space ignored), or undefined when it is not one. */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Number.parseInt(digits.substr(index * 2, 2), 16);
  return bytes;
}

/**
 * The upper 32 bits of a 64-bit number, signed. The number is cut to 64 bits although the shift alone would do: V8 11.3
 * (Node.js 20) ends the process while it optimises a shift of a value that is one of two results of BigInt.asUintN.
 */
export function highHalf(value: bigint): number {
  return Number(BigInt.asIntN(32, BigInt.asUintN(64, value) >> 32n));
}
