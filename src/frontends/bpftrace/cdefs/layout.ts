// Where the members of a struct lie: the rules of the System V ABI that x86-64 and arm64 share, and `packed`.

import type { MemberSpec } from '../../../btf/index.ts';

/** A type with what its place depends on. */
export interface TypeRef {
  /** In the BTF that is being built. */
  readonly id: number;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  /** The name of a struct that is only declared: good for pointers, not for members. */
  readonly incomplete?: string;
}

export class Layout {
  readonly members: MemberSpec[] = [];
  readonly #kind: 'struct' | 'union';
  readonly #packed: boolean;
  /** The first bit behind the last member of a struct; the largest member of a union. */
  #bits = 0;
  #align = 1;

  constructor(kind: 'struct' | 'union', packed: boolean, aligned = 0) {
    this.#kind = kind;
    this.#packed = packed;
    this.#align = Math.max(1, aligned);
  }

  add(name: string, type: TypeRef, aligned = 0): void {
    const align = Math.max(this.#packed ? 1 : type.align, aligned);
    this.#align = Math.max(this.#align, align);
    const bitOffset = this.#kind === 'union' ? 0 : roundUp(this.#bits, align * 8);
    this.members.push({ name, type: type.id, bitOffset });
    this.#bits = Math.max(this.#bits, bitOffset + type.size * 8);
  }

  /** A bit field never crosses a boundary of its type's size, unless packed; one of no width ends the unit. */
  addBits(name: string, type: TypeRef, width: number): void {
    const unit = type.size * 8;
    if (width === 0) {
      if (this.#kind === 'struct') this.#bits = roundUp(this.#bits, unit);
      return;
    }
    let bitOffset = this.#kind === 'union' ? 0 : this.#bits;
    if (!this.#packed && (bitOffset % unit) + width > unit) bitOffset = roundUp(bitOffset, unit);
    // A field without a name keeps its room and does not align the struct.
    if (name !== '') {
      if (!this.#packed) this.#align = Math.max(this.#align, type.align);
      this.members.push({ name, type: type.id, bitOffset, bitSize: width });
    }
    this.#bits = Math.max(this.#bits, bitOffset + width);
  }

  finish(): { readonly size: number; readonly align: number } {
    return { size: roundUp(this.#bits, this.#align * 8) / 8, align: this.#align };
  }
}

function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
