// Arguments of system calls that are structures: bytes, and where in them pointers to other buffers belong. Addresses are
// filled in by the one who makes the call, so the structure stays plain data that a fake can read.

import { ByteWriter } from '../../../base/bytes.ts';

export interface AttrPointer {
  readonly offset: number;
  /** Bytes, or a structure that has pointers of its own (an array of strings). */
  readonly target: Uint8Array | Attr;
}

/** A structure under construction, little-endian. Fields are written in order. */
export class Attr {
  readonly #writer: ByteWriter;
  readonly #pointers: AttrPointer[] = [];
  #finished: Uint8Array | undefined;

  constructor(capacity = 160) {
    this.#writer = new ByteWriter(capacity);
  }

  get length(): number {
    return this.#writer.length;
  }

  u8(value: number): this {
    this.#writer.u8(value);
    return this;
  }

  u16(value: number): this {
    this.#writer.u16(value);
    return this;
  }

  u32(value: number): this {
    this.#writer.u32(value);
    return this;
  }

  u64(value: bigint): this {
    this.#writer.u64(value);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#writer.bytes(value);
    return this;
  }

  /** A 64-bit pointer to the buffer's bytes; NULL without one. The kernel may write through it. */
  pointer(target: Uint8Array | Attr | undefined): this {
    // An empty buffer has no address that could be taken.
    if (target && target.length > 0) this.#pointers.push({ offset: this.#writer.length, target });
    this.#writer.u64(0n);
    return this;
  }

  /** Zero bytes up to an offset from the start. */
  padTo(offset: number): this {
    this.#writer.zero(Math.max(0, offset - this.#writer.length));
    return this;
  }

  /** The structure as it goes to the kernel, NULL in place of every pointer; the same bytes each time. */
  get memory(): Uint8Array {
    this.#finished ??= this.#writer.finish();
    return this.#finished;
  }

  get pointers(): readonly AttrPointer[] {
    return this.#pointers;
  }

  /** A field after the call, for those that the kernel writes. */
  readU32(offset: number): number {
    const { buffer, byteOffset, byteLength } = this.memory;
    return new DataView(buffer, byteOffset, byteLength).getUint32(offset, true);
  }

  /** The buffer that the pointer at an offset points to. */
  targetAt(offset: number): Uint8Array | Attr | undefined {
    return this.#pointers.find((pointer) => pointer.offset === offset)?.target;
  }
}
