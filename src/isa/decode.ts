// Bytes to instructions, without loss: encode(decode(bytes)) gives the same bytes, whatever they are.

import { assert } from '../base/error.ts';
import { type ByteOrder, SLOT_SIZE } from './encode.ts';
import type { Instruction } from './instruction.ts';

/** The slots of a program's bytes; the length must be a multiple of eight. */
export function decode(bytes: Uint8Array, order: ByteOrder = {}): Instruction[] {
  assert(bytes.length % SLOT_SIZE === 0, `${bytes.length} bytes are no whole number of slots`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = order.bigEndian !== true;
  const instructions: Instruction[] = [];
  for (let at = 0; at < bytes.length; at += SLOT_SIZE) {
    const registers = bytes[at + 1]!;
    const low = registers & 0x0f;
    const high = registers >> 4;
    instructions.push({
      code: bytes[at]!,
      dst: little ? low : high,
      src: little ? high : low,
      off: view.getInt16(at + 2, little),
      imm: view.getInt32(at + 4, little),
    });
  }
  return instructions;
}
