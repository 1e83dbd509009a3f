// Instructions to bytes. Every slot can be encoded, valid or not.

import type { Instruction } from './instruction.ts';

/** Byte order of the object that holds the program; programs for the running (x86-64, arm64) kernel are little-endian. */
export interface ByteOrder {
  readonly bigEndian?: boolean;
}

/** Bytes in one slot. */
export const SLOT_SIZE = 8;

/** The bytes of a program: eight for each slot. */
export function encode(instructions: readonly Instruction[], order: ByteOrder = {}): Uint8Array {
  const bytes = new Uint8Array(instructions.length * SLOT_SIZE);
  const view = new DataView(bytes.buffer);
  const little = order.bigEndian !== true;
  for (let index = 0; index < instructions.length; index++) {
    const { code, dst, src, off, imm } = instructions[index]!;
    const at = index * SLOT_SIZE;
    bytes[at] = code;
    bytes[at + 1] = little ? (src << 4) | dst : (dst << 4) | src;
    view.setInt16(at + 2, off, little);
    view.setInt32(at + 4, imm, little);
  }
  return bytes;
}
