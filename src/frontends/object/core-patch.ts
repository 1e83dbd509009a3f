// Writes the numbers of CO-RE relocations into instructions.

import { highHalf } from '../../base/bytes.ts';
import {
  bytesOf,
  CALL,
  Class,
  classOf,
  type Instruction,
  isAlu,
  isWide,
  Mode,
  modeOf,
  sizeOf,
  sizeOfBytes,
  usesRegisterSource,
} from '../../isa/index.ts';
import type { CoreResult } from './core.ts';
import { objectError } from './object-error.ts';

/** The helper that stands where a relocation found nothing: 0xbad2310, the number that libbpf uses. No kernel has it. */
export const POISON = 195_896_080;

/** Makes an instruction one that the verifier refuses if it can be reached. */
export function poison(instructions: Instruction[], slot: number, helper: number): void {
  const old = instructions[slot];
  const call: Instruction = { code: CALL, dst: 0, src: 0, off: 0, imm: helper };
  instructions[slot] = call;
  if (old && isWide(old.code)) instructions[slot + 1] = call;
}

export function patch(instructions: Instruction[], slot: number, { value, resize }: CoreResult): void {
  const old = instructions[slot];
  if (!old) throw objectError(`a CO-RE relocation names instruction ${slot}, which does not exist.`);
  const kind = classOf(old.code);
  if (isWide(old.code)) {
    const next = instructions[slot + 1];
    if (!next) throw objectError(`instruction ${slot} is half of a wide load.`);
    instructions[slot] = { ...old, imm: Number(BigInt.asIntN(32, value)) };
    instructions[slot + 1] = { ...next, imm: highHalf(value) };
  } else if (isAlu(old.code) && !usesRegisterSource(old.code)) {
    instructions[slot] = { ...old, imm: Number(BigInt.asIntN(32, value)) };
  } else if (kind === Class.LDX || kind === Class.ST || kind === Class.STX) {
    patchAccess(instructions, slot, old, Number(value), resize);
  } else throw objectError(`a CO-RE relocation changes instruction ${slot}, which holds no number that it could.`);
}

function patchAccess(
  instructions: Instruction[],
  slot: number,
  old: Instruction,
  off: number,
  resize: CoreResult['resize'],
): void {
  if (off > 0x7fff) throw objectError(`a field lies at offset ${off}, too far for one instruction.`);
  const width = bytesOf(sizeOf(old.code));
  const grows = resize && resize.from !== resize.to && width === resize.from;
  // A load of another width would lose or invent bits when the number has a sign.
  if (grows && (!resize.allowed || modeOf(old.code) !== Mode.MEM)) {
    poison(instructions, slot, POISON);
    return;
  }
  const code = grows ? (old.code & ~0x18) | sizeOfBytes(resize.to as 1 | 2 | 4 | 8) : old.code;
  instructions[slot] = { ...old, code, off };
}
