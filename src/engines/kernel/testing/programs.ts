// Small programs that tests load: instructions with the relocations that they need.

import type { AttachPoint, Image, Relocation } from '../../../image/index.ts';
import {
  Alu,
  Atomic,
  alu64Imm,
  atomic,
  callHelper,
  exit,
  helperId,
  type Instruction,
  Jump,
  jumpImm,
  loadImm64,
  mov,
  movImm,
  Size,
  storeImm,
  storeMem,
} from '../../../isa/index.ts';
import { privateMap, testImage } from './images.ts';

interface Code {
  readonly code: readonly (Instruction | readonly Instruction[])[];
  readonly relocations: readonly Relocation[];
}

/** Sends a record of 16 bytes on ring `map`: u32 0, u32 `value`, i64 -1. */
export function sendRecord(map: number, value: number): Code {
  return {
    code: [
      storeImm(Size.W, 10, -16, 0),
      storeImm(Size.W, 10, -12, value),
      storeImm(Size.DW, 10, -8, -1),
      loadImm64(1, 0n),
      mov(2, 10),
      alu64Imm(Alu.ADD, 2, -16),
      movImm(3, 16),
      movImm(4, 0),
      callHelper(helperId('ringbuf_output')),
      movImm(0, 0),
      exit(),
    ],
    relocations: [{ kind: 'map', slot: 3, map }],
  };
}

/** Adds one to the u64 at the start of entry `index` of array map `map`. */
export function countUp(map: number, index = 0): Code {
  return {
    code: [
      storeImm(Size.W, 10, -4, index),
      loadImm64(1, 0n),
      mov(2, 10),
      alu64Imm(Alu.ADD, 2, -4),
      callHelper(helperId('map_lookup_elem')),
      jumpImm(Jump.JEQ, 0, 0, 2),
      movImm(1, 1),
      atomic(Atomic.ADD, Size.DW, 0, 0, 1),
      movImm(0, 0),
      exit(),
    ],
    relocations: [{ kind: 'map', slot: 1, map }],
  };
}

/** Adds one to the u64 at the start of the entry of array map `map` that the attach cookie names. */
export function countCookie(map: number): Code {
  const { code } = countUp(map);
  return {
    code: [callHelper(helperId('get_attach_cookie')), storeMem(Size.W, 10, -4, 0), ...code.slice(1)],
    relocations: [{ kind: 'map', slot: 2, map }],
  };
}

/** An Image whose map 0 counts how often its program ran. */
export function countingImage(kind: string, attach: AttachPoint, attachKind?: string): Image {
  return testImage({
    maps: [privateMap('array', 4, 8, 1)],
    programs: [{ kind, ...countUp(0), attach: [attach], ...(attachKind !== undefined && { attachKind }) }],
  });
}

/** The count of a countingImage. */
export function countOf(loaded: { readMap(map: number): { readonly values: Uint8Array } }): number {
  const { values } = loaded.readMap(0);
  return Number(new DataView(values.buffer, values.byteOffset).getBigUint64(0, true));
}
