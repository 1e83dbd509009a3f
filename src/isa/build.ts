// Makers of instructions, one for each form, for code that emits programs. They put values into fields and judge nothing
// but ranges that would silently be cut off; whether the kernel takes the result is validate.ts and the verifier.

import { highHalf } from '../base/bytes.ts';
import { assert } from '../base/error.ts';
import type { Instruction } from './instruction.ts';
import {
  ADDR_SPACE_CAST,
  type AddressSpaceCast,
  type Alu,
  Alu as AluOperation,
  Atomic,
  CALL,
  Class,
  EXIT,
  type Jump,
  Jump as JumpOperation,
  LD_IMM64,
  Mode,
  PseudoCall,
  PseudoLoad,
  SIGNED,
  type Size,
  Source,
} from './opcode.ts';

/** A load of a 64-bit immediate: always two slots. */
export type WideLoad = readonly [Instruction, Instruction];

/** One slot of the given fields. */
export function slot(code: number, dst: number, src: number, off: number, imm: number): Instruction {
  assert(dst >= 0 && dst <= 15 && src >= 0 && src <= 15, `registers ${dst} and ${src} do not fit`);
  assert(off >= -0x8000 && off <= 0x7fff, `offset ${off} does not fit into 16 bits`);
  assert(imm >= -0x80000000 && imm <= 0xffffffff, `immediate ${imm} does not fit into 32 bits`);
  return { code, dst, src, off, imm: imm | 0 };
}

/** `dst = dst op src`, 64 bits. */
export function alu64(op: Alu, dst: number, src: number): Instruction {
  return slot(Class.ALU64 | Source.X | op, dst, src, 0, 0);
}

/** `dst = dst op imm`, 64 bits; `imm` is sign-extended. */
export function alu64Imm(op: Alu, dst: number, imm: number): Instruction {
  return slot(Class.ALU64 | Source.K | op, dst, 0, 0, imm);
}

/** `dst = dst op src`, 32 bits; the upper half of `dst` becomes zero. */
export function alu32(op: Alu, dst: number, src: number): Instruction {
  return slot(Class.ALU | Source.X | op, dst, src, 0, 0);
}

/** `dst = dst op imm`, 32 bits; the upper half of `dst` becomes zero. */
export function alu32Imm(op: Alu, dst: number, imm: number): Instruction {
  return slot(Class.ALU | Source.K | op, dst, 0, 0, imm);
}

export function mov(dst: number, src: number): Instruction {
  return alu64(AluOperation.MOV, dst, src);
}

/** `dst = imm`, sign-extended to 64 bits. */
export function movImm(dst: number, imm: number): Instruction {
  return alu64Imm(AluOperation.MOV, dst, imm);
}

/** `dst = (u32)src`. */
export function mov32(dst: number, src: number): Instruction {
  return alu32(AluOperation.MOV, dst, src);
}

/** `dst = (u32)imm`. */
export function mov32Imm(dst: number, imm: number): Instruction {
  return alu32Imm(AluOperation.MOV, dst, imm);
}

/** `dst = (s8|s16|s32)src`, to 64 bits. First kernel: 6.6. */
export function movsx(bits: 8 | 16 | 32, dst: number, src: number): Instruction {
  return slot(Class.ALU64 | Source.X | AluOperation.MOV, dst, src, bits, 0);
}

/** `dst = (s8|s16)src`, to 32 bits, upper half zero. First kernel: 6.6. */
export function movsx32(bits: 8 | 16, dst: number, src: number): Instruction {
  return slot(Class.ALU | Source.X | AluOperation.MOV, dst, src, bits, 0);
}

export function neg(dst: number): Instruction {
  return slot(Class.ALU64 | AluOperation.NEG, dst, 0, 0, 0);
}

export function neg32(dst: number): Instruction {
  return slot(Class.ALU | AluOperation.NEG, dst, 0, 0, 0);
}

/** Signed division, 64 bits. First kernel: 6.6. */
export function sdiv(dst: number, src: number): Instruction {
  return { ...alu64(AluOperation.DIV, dst, src), off: SIGNED };
}

export function sdivImm(dst: number, imm: number): Instruction {
  return { ...alu64Imm(AluOperation.DIV, dst, imm), off: SIGNED };
}

/** Signed remainder, 64 bits. First kernel: 6.6. */
export function smod(dst: number, src: number): Instruction {
  return { ...alu64(AluOperation.MOD, dst, src), off: SIGNED };
}

export function smodImm(dst: number, imm: number): Instruction {
  return { ...alu64Imm(AluOperation.MOD, dst, imm), off: SIGNED };
}

/** Signed division, 32 bits. First kernel: 6.6. */
export function sdiv32(dst: number, src: number): Instruction {
  return { ...alu32(AluOperation.DIV, dst, src), off: SIGNED };
}

export function sdiv32Imm(dst: number, imm: number): Instruction {
  return { ...alu32Imm(AluOperation.DIV, dst, imm), off: SIGNED };
}

/** Signed remainder, 32 bits. First kernel: 6.6. */
export function smod32(dst: number, src: number): Instruction {
  return { ...alu32(AluOperation.MOD, dst, src), off: SIGNED };
}

export function smod32Imm(dst: number, imm: number): Instruction {
  return { ...alu32Imm(AluOperation.MOD, dst, imm), off: SIGNED };
}

/** `dst = be16|be32|be64 dst`: the low bits in big-endian order, the rest zero. */
export function toBigEndian(bits: 16 | 32 | 64, dst: number): Instruction {
  return slot(Class.ALU | AluOperation.END | Source.X, dst, 0, 0, bits);
}

/** `dst = le16|le32|le64 dst`: on a little-endian machine only cuts off. */
export function toLittleEndian(bits: 16 | 32 | 64, dst: number): Instruction {
  return slot(Class.ALU | AluOperation.END | Source.K, dst, 0, 0, bits);
}

/** `dst = bswap16|bswap32|bswap64 dst`. First kernel: 6.6. */
export function bswap(bits: 16 | 32 | 64, dst: number): Instruction {
  return slot(Class.ALU64 | AluOperation.END, dst, 0, 0, bits);
}

/** `dst = addr_space_cast(src, ...)`. First kernel: 6.9. */
export function addrSpaceCast(
  dst: number,
  src: number,
  direction: (typeof AddressSpaceCast)[keyof typeof AddressSpaceCast],
): Instruction {
  return slot(Class.ALU64 | Source.X | AluOperation.MOV, dst, src, ADDR_SPACE_CAST, direction);
}

/** `dst = *(size *)(src + off)`, zero-extended. */
export function loadMem(size: Size, dst: number, src: number, off: number): Instruction {
  return slot(Class.LDX | Mode.MEM | size, dst, src, off, 0);
}

/** `dst = *(signed size *)(src + off)`, sign-extended to 64 bits; not for DW. First kernel: 6.6. */
export function loadMemSx(size: Size, dst: number, src: number, off: number): Instruction {
  return slot(Class.LDX | Mode.MEMSX | size, dst, src, off, 0);
}

/** `*(size *)(dst + off) = src`. */
export function storeMem(size: Size, dst: number, off: number, src: number): Instruction {
  return slot(Class.STX | Mode.MEM | size, dst, src, off, 0);
}

/** `*(size *)(dst + off) = imm`, sign-extended for DW. */
export function storeImm(size: Size, dst: number, off: number, imm: number): Instruction {
  return slot(Class.ST | Mode.MEM | size, dst, 0, off, imm);
}

/** Read-modify-write of `*(size *)(dst + off)`; `op` is one of `Atomic`, with FETCH or-ed in where the old value is wanted. */
export function atomic(op: number, size: Size, dst: number, off: number, src: number): Instruction {
  return slot(Class.STX | Mode.ATOMIC | size, dst, src, off, op);
}

/** `dst = load_acquire(*(src + off))`. First kernel: 6.15. */
export function loadAcquire(size: Size, dst: number, src: number, off: number): Instruction {
  return atomic(Atomic.LOAD_ACQ, size, dst, off, src);
}

/** `store_release(*(dst + off), src)`. First kernel: 6.15. */
export function storeRelease(size: Size, dst: number, off: number, src: number): Instruction {
  return atomic(Atomic.STORE_REL, size, dst, off, src);
}

/** `if (dst op src) goto off`, 64 bits. */
export function jump(op: Jump, dst: number, src: number, off: number): Instruction {
  return slot(Class.JMP | Source.X | op, dst, src, off, 0);
}

/** `if (dst op imm) goto off`, 64 bits; `imm` is sign-extended. */
export function jumpImm(op: Jump, dst: number, imm: number, off: number): Instruction {
  return slot(Class.JMP | Source.K | op, dst, 0, off, imm);
}

/** `if ((u32)dst op (u32)src) goto off`. First kernel: 5.1. */
export function jump32(op: Jump, dst: number, src: number, off: number): Instruction {
  return slot(Class.JMP32 | Source.X | op, dst, src, off, 0);
}

/** `if ((u32)dst op (u32)imm) goto off`. First kernel: 5.1. */
export function jump32Imm(op: Jump, dst: number, imm: number, off: number): Instruction {
  return slot(Class.JMP32 | Source.K | op, dst, 0, off, imm);
}

/** `goto off`. */
export function ja(off: number): Instruction {
  return slot(Class.JMP | JumpOperation.JA, 0, 0, off, 0);
}

/** `goto` with a 32-bit distance. First kernel: 6.6. */
export function gotol(distance: number): Instruction {
  return slot(Class.JMP32 | JumpOperation.JA, 0, 0, 0, distance);
}

/** Jumps to the address in a register, which came from an instruction-array map. First kernel: 6.19. */
export function gotox(dst: number): Instruction {
  return slot(Class.JMP | JumpOperation.JA | Source.X, dst, 0, 0, 0);
}

/** Leaves a loop when its hidden budget is spent. First kernel: 6.9. */
export function mayGoto(off: number): Instruction {
  return slot(Class.JMP | JumpOperation.JCOND, 0, 0, off, 0);
}

export function callHelper(id: number): Instruction {
  return slot(CALL, 0, PseudoCall.HELPER, 0, id);
}

/** Calls the subprogram `distance` slots after the next slot. First kernel: 4.16. */
export function callSub(distance: number): Instruction {
  return slot(CALL, 0, PseudoCall.SUBPROGRAM, 0, distance);
}

/** Calls a kernel function by its BTF id. First kernel: 5.13. */
export function callKfunc(btfId: number, fdIndex = 0): Instruction {
  return slot(CALL, 0, PseudoCall.KFUNC, fdIndex, btfId);
}

export function exit(): Instruction {
  return slot(EXIT, 0, 0, 0, 0);
}

/** `dst = value`, all 64 bits. */
export function loadImm64(dst: number, value: bigint): WideLoad {
  return wide(dst, PseudoLoad.NONE, Number(BigInt.asIntN(32, value)), highHalf(value));
}

/** `dst` = the map of a file descriptor. */
export function loadMapFd(dst: number, fd: number): WideLoad {
  return wide(dst, PseudoLoad.MAP_FD, fd, 0);
}

/** `dst` = the address `offset` bytes into the first value of an array map. First kernel: 5.2. */
export function loadMapValue(dst: number, fd: number, offset: number): WideLoad {
  return wide(dst, PseudoLoad.MAP_VALUE, fd, offset);
}

/** `dst` = the map at an index of the load's fd array. First kernel: 5.14. */
export function loadMapIndex(dst: number, index: number): WideLoad {
  return wide(dst, PseudoLoad.MAP_IDX, index, 0);
}

/** `dst` = an address in the first value of the map at an index of the load's fd array. First kernel: 5.14. */
export function loadMapIndexValue(dst: number, index: number, offset: number): WideLoad {
  return wide(dst, PseudoLoad.MAP_IDX_VALUE, index, offset);
}

/** `dst` = the address of a static subprogram, `distance` slots after the next slot (the load's second). First kernel: 5.13. */
export function loadFunc(dst: number, distance: number): WideLoad {
  return wide(dst, PseudoLoad.FUNC, distance, 0);
}

/** `dst` = the address of a kernel variable or function by BTF id. First kernel: 5.10. */
export function loadBtfId(dst: number, btfId: number, btfFd = 0): WideLoad {
  return wide(dst, PseudoLoad.BTF_ID, btfId, btfFd);
}

/** `r0 = packet[imm]`, byte-swapped to the host (legacy; r6 must hold the context). */
export function ldAbs(size: Size, imm: number): Instruction {
  return slot(Class.LD | Mode.ABS | size, 0, 0, 0, imm);
}

/** `r0 = packet[src + imm]`, byte-swapped to the host (legacy; r6 must hold the context). */
export function ldInd(size: Size, src: number, imm: number): Instruction {
  return slot(Class.LD | Mode.IND | size, 0, src, 0, imm);
}

function wide(dst: number, kind: number, imm: number, nextImm: number): WideLoad {
  return [slot(LD_IMM64, dst, kind, 0, imm), slot(0, 0, 0, 0, nextImm)];
}

/** The 64-bit value of a wide load's two slots. */
export function wideValue(first: Instruction, second: Instruction): bigint {
  return (BigInt(second.imm >>> 0) << 32n) | BigInt(first.imm >>> 0);
}
