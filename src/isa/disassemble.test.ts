import { describe, expect, it } from 'vitest';
import * as b from './build.ts';
import { disassemble, disassembleLines, formatInstruction } from './disassemble.ts';
import type { Instruction } from './instruction.ts';
import { AddressSpaceCast, Alu, Atomic, Jump, Size } from './opcode.ts';

type Row = readonly [string, Instruction | readonly Instruction[]];

const arithmetic: readonly Row[] = [
  ['(07) r1 += 5', b.alu64Imm(Alu.ADD, 1, 5)],
  ['(0f) r1 += r2', b.alu64(Alu.ADD, 1, 2)],
  ['(04) w1 += -5', b.alu32Imm(Alu.ADD, 1, -5)],
  ['(0c) w1 += w2', b.alu32(Alu.ADD, 1, 2)],
  ['(17) r1 -= 5', b.alu64Imm(Alu.SUB, 1, 5)],
  ['(1f) r1 -= r2', b.alu64(Alu.SUB, 1, 2)],
  ['(14) w1 -= 5', b.alu32Imm(Alu.SUB, 1, 5)],
  ['(1c) w1 -= w2', b.alu32(Alu.SUB, 1, 2)],
  ['(27) r1 *= 5', b.alu64Imm(Alu.MUL, 1, 5)],
  ['(2f) r1 *= r2', b.alu64(Alu.MUL, 1, 2)],
  ['(24) w1 *= 5', b.alu32Imm(Alu.MUL, 1, 5)],
  ['(2c) w1 *= w2', b.alu32(Alu.MUL, 1, 2)],
  ['(37) r1 /= 5', b.alu64Imm(Alu.DIV, 1, 5)],
  ['(3f) r1 /= r2', b.alu64(Alu.DIV, 1, 2)],
  ['(34) w1 /= 5', b.alu32Imm(Alu.DIV, 1, 5)],
  ['(3c) w1 /= w2', b.alu32(Alu.DIV, 1, 2)],
  ['(37) r1 s/= 5', b.sdivImm(1, 5)],
  ['(3f) r1 s/= r2', b.sdiv(1, 2)],
  ['(34) w1 s/= 2', b.sdiv32Imm(1, 2)],
  ['(3c) w1 s/= w2', b.sdiv32(1, 2)],
  ['(47) r1 |= 5', b.alu64Imm(Alu.OR, 1, 5)],
  ['(4f) r1 |= r2', b.alu64(Alu.OR, 1, 2)],
  ['(44) w1 |= 5', b.alu32Imm(Alu.OR, 1, 5)],
  ['(4c) w1 |= w2', b.alu32(Alu.OR, 1, 2)],
  ['(57) r1 &= 5', b.alu64Imm(Alu.AND, 1, 5)],
  ['(5f) r1 &= r2', b.alu64(Alu.AND, 1, 2)],
  ['(54) w1 &= 5', b.alu32Imm(Alu.AND, 1, 5)],
  ['(5c) w1 &= w2', b.alu32(Alu.AND, 1, 2)],
  ['(67) r1 <<= 5', b.alu64Imm(Alu.LSH, 1, 5)],
  ['(6f) r1 <<= r2', b.alu64(Alu.LSH, 1, 2)],
  ['(64) w1 <<= 5', b.alu32Imm(Alu.LSH, 1, 5)],
  ['(6c) w1 <<= w2', b.alu32(Alu.LSH, 1, 2)],
  ['(77) r1 >>= 5', b.alu64Imm(Alu.RSH, 1, 5)],
  ['(7f) r1 >>= r2', b.alu64(Alu.RSH, 1, 2)],
  ['(74) w1 >>= 5', b.alu32Imm(Alu.RSH, 1, 5)],
  ['(7c) w1 >>= w2', b.alu32(Alu.RSH, 1, 2)],
  ['(87) r1 = -r1', b.neg(1)],
  ['(84) w1 = -w1', b.neg32(1)],
  ['(97) r1 %= 5', b.alu64Imm(Alu.MOD, 1, 5)],
  ['(9f) r1 %= r2', b.alu64(Alu.MOD, 1, 2)],
  ['(94) w1 %= 5', b.alu32Imm(Alu.MOD, 1, 5)],
  ['(9c) w1 %= w2', b.alu32(Alu.MOD, 1, 2)],
  ['(97) r1 s%= -5', b.smodImm(1, -5)],
  ['(9f) r1 s%= r2', b.smod(1, 2)],
  ['(94) w1 s%= 5', b.smod32Imm(1, 5)],
  ['(9c) w1 s%= w2', b.smod32(1, 2)],
  ['(a7) r1 ^= 5', b.alu64Imm(Alu.XOR, 1, 5)],
  ['(af) r1 ^= r2', b.alu64(Alu.XOR, 1, 2)],
  ['(a4) w1 ^= 5', b.alu32Imm(Alu.XOR, 1, 5)],
  ['(ac) w1 ^= w2', b.alu32(Alu.XOR, 1, 2)],
  ['(b7) r1 = -1', b.movImm(1, -1)],
  ['(bf) r6 = r1', b.mov(6, 1)],
  ['(b4) w1 = 5', b.mov32Imm(1, 5)],
  ['(bc) w1 = w2', b.mov32(1, 2)],
  ['(bf) r1 = (s8)r2', b.movsx(8, 1, 2)],
  ['(bf) r1 = (s16)r2', b.movsx(16, 1, 2)],
  ['(bf) r1 = (s32)r2', b.movsx(32, 1, 2)],
  ['(bc) w1 = (s8)w2', b.movsx32(8, 1, 2)],
  ['(bc) w1 = (s16)w2', b.movsx32(16, 1, 2)],
  ['(bf) r1 = addr_space_cast(r2, 0, 1)', b.addrSpaceCast(1, 2, AddressSpaceCast.TO_KERNEL)],
  ['(bf) r1 = addr_space_cast(r2, 1, 0)', b.addrSpaceCast(1, 2, AddressSpaceCast.TO_USER)],
  ['(bf) r1 = &(void __percpu *)(r2)', { code: 0xbf, dst: 1, src: 2, off: -1, imm: 0 }],
  ['(c7) r1 s>>= 5', b.alu64Imm(Alu.ARSH, 1, 5)],
  ['(cf) r1 s>>= r2', b.alu64(Alu.ARSH, 1, 2)],
  ['(c4) w1 s>>= 5', b.alu32Imm(Alu.ARSH, 1, 5)],
  ['(cc) w1 s>>= w2', b.alu32(Alu.ARSH, 1, 2)],
  ['(d4) r1 = le16 r1', b.toLittleEndian(16, 1)],
  ['(d4) r1 = le32 r1', b.toLittleEndian(32, 1)],
  ['(d4) r1 = le64 r1', b.toLittleEndian(64, 1)],
  ['(dc) r1 = be16 r1', b.toBigEndian(16, 1)],
  ['(dc) r1 = be32 r1', b.toBigEndian(32, 1)],
  ['(dc) r1 = be64 r1', b.toBigEndian(64, 1)],
  ['(d7) r1 = bswap16 r1', b.bswap(16, 1)],
  ['(d7) r1 = bswap32 r1', b.bswap(32, 1)],
  ['(d7) r1 = bswap64 r1', b.bswap(64, 1)],
];

const memory: readonly Row[] = [
  ['(71) r5 = *(u8 *)(r10 -8)', b.loadMem(Size.B, 5, 10, -8)],
  ['(69) r5 = *(u16 *)(r1 +0)', b.loadMem(Size.H, 5, 1, 0)],
  ['(61) r0 = *(u32 *)(r1 +4)', b.loadMem(Size.W, 0, 1, 4)],
  ['(79) r0 = *(u64 *)(r1 +32767)', b.loadMem(Size.DW, 0, 1, 32767)],
  ['(91) r0 = *(s8 *)(r1 -1)', b.loadMemSx(Size.B, 0, 1, -1)],
  ['(89) r0 = *(s16 *)(r1 +2)', b.loadMemSx(Size.H, 0, 1, 2)],
  ['(81) r0 = *(s32 *)(r1 -32768)', b.loadMemSx(Size.W, 0, 1, -32768)],
  ['(72) *(u8 *)(r10 -1) = 7', b.storeImm(Size.B, 10, -1, 7)],
  ['(6a) *(u16 *)(r10 -2) = -7', b.storeImm(Size.H, 10, -2, -7)],
  ['(62) *(u32 *)(r10 -4) = 0', b.storeImm(Size.W, 10, -4, 0)],
  ['(7a) *(u64 *)(r10 -8) = 2147483647', b.storeImm(Size.DW, 10, -8, 0x7fffffff)],
  ['(73) *(u8 *)(r10 -1) = r2', b.storeMem(Size.B, 10, -1, 2)],
  ['(6b) *(u16 *)(r10 -2) = r2', b.storeMem(Size.H, 10, -2, 2)],
  ['(63) *(u32 *)(r10 -4) = r2', b.storeMem(Size.W, 10, -4, 2)],
  ['(7b) *(u64 *)(r10 -8) = r2', b.storeMem(Size.DW, 10, -8, 2)],
  ['(c2) nospec', { code: 0xc2, dst: 0, src: 0, off: 0, imm: 0 }],
  ['(30) r0 = *(u8 *)skb[12]', b.ldAbs(Size.B, 12)],
  ['(28) r0 = *(u16 *)skb[12]', b.ldAbs(Size.H, 12)],
  ['(20) r0 = *(u32 *)skb[-1048576]', b.ldAbs(Size.W, -0x100000)],
  ['(50) r0 = *(u8 *)skb[r1 + 14]', b.ldInd(Size.B, 1, 14)],
  ['(48) r0 = *(u16 *)skb[r1 + 0]', b.ldInd(Size.H, 1, 0)],
  ['(40) r0 = *(u32 *)skb[r1 + -4]', b.ldInd(Size.W, 1, -4)],
];

const atomics: readonly Row[] = [
  ['(db) lock *(u64 *)(r1 +0) += r2', b.atomic(Atomic.ADD, Size.DW, 1, 0, 2)],
  ['(c3) lock *(u32 *)(r1 +8) |= r2', b.atomic(Atomic.OR, Size.W, 1, 8, 2)],
  ['(db) lock *(u64 *)(r1 -8) &= r2', b.atomic(Atomic.AND, Size.DW, 1, -8, 2)],
  ['(db) lock *(u64 *)(r1 +0) ^= r2', b.atomic(Atomic.XOR, Size.DW, 1, 0, 2)],
  ['(db) r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)', b.atomic(Atomic.ADD | Atomic.FETCH, Size.DW, 1, 0, 2)],
  ['(c3) r2 = atomic_fetch_or((u32 *)(r1 +0), r2)', b.atomic(Atomic.OR | Atomic.FETCH, Size.W, 1, 0, 2)],
  ['(db) r2 = atomic64_fetch_and((u64 *)(r1 +0), r2)', b.atomic(Atomic.AND | Atomic.FETCH, Size.DW, 1, 0, 2)],
  ['(c3) r2 = atomic_fetch_xor((u32 *)(r1 +0), r2)', b.atomic(Atomic.XOR | Atomic.FETCH, Size.W, 1, 0, 2)],
  ['(db) r2 = atomic64_xchg((u64 *)(r1 +0), r2)', b.atomic(Atomic.XCHG, Size.DW, 1, 0, 2)],
  ['(c3) r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)', b.atomic(Atomic.CMPXCHG, Size.W, 1, 0, 2)],
  ['(db) r1 = load_acquire((u64 *)(r2 +0))', b.loadAcquire(Size.DW, 1, 2, 0)],
  ['(d3) r1 = load_acquire((u8 *)(r2 -1))', b.loadAcquire(Size.B, 1, 2, -1)],
  ['(cb) store_release((u16 *)(r1 +6), r2)', b.storeRelease(Size.H, 1, 6, 2)],
  ['(db) store_release((u64 *)(r1 +0), r2)', b.storeRelease(Size.DW, 1, 0, 2)],
];

const jumps: readonly Row[] = [
  ['(15) if r1 == 0x0 goto pc+3', b.jumpImm(Jump.JEQ, 1, 0, 3)],
  ['(1d) if r1 == r2 goto pc+3', b.jump(Jump.JEQ, 1, 2, 3)],
  ['(16) if w1 == 0xffffffff goto pc-3', b.jump32Imm(Jump.JEQ, 1, -1, -3)],
  ['(1e) if w1 == w2 goto pc+0', b.jump32(Jump.JEQ, 1, 2, 0)],
  ['(25) if r1 > 0x7 goto pc+3', b.jumpImm(Jump.JGT, 1, 7, 3)],
  ['(2e) if w1 > w2 goto pc+3', b.jump32(Jump.JGT, 1, 2, 3)],
  ['(35) if r1 >= 0x7 goto pc+3', b.jumpImm(Jump.JGE, 1, 7, 3)],
  ['(3d) if r1 >= r2 goto pc+3', b.jump(Jump.JGE, 1, 2, 3)],
  ['(45) if r1 & 0x7 goto pc+3', b.jumpImm(Jump.JSET, 1, 7, 3)],
  ['(4d) if r1 & r2 goto pc+3', b.jump(Jump.JSET, 1, 2, 3)],
  ['(55) if r1 != 0x7 goto pc+3', b.jumpImm(Jump.JNE, 1, 7, 3)],
  ['(5d) if r1 != r2 goto pc+3', b.jump(Jump.JNE, 1, 2, 3)],
  ['(65) if r1 s> 0xffffffff goto pc+1', b.jumpImm(Jump.JSGT, 1, -1, 1)],
  ['(6e) if w1 s> w2 goto pc+1', b.jump32(Jump.JSGT, 1, 2, 1)],
  ['(75) if r1 s>= 0x7 goto pc+1', b.jumpImm(Jump.JSGE, 1, 7, 1)],
  ['(7d) if r1 s>= r2 goto pc+1', b.jump(Jump.JSGE, 1, 2, 1)],
  ['(a5) if r1 < 0x7 goto pc+1', b.jumpImm(Jump.JLT, 1, 7, 1)],
  ['(ad) if r1 < r2 goto pc+1', b.jump(Jump.JLT, 1, 2, 1)],
  ['(b5) if r1 <= 0x7 goto pc+1', b.jumpImm(Jump.JLE, 1, 7, 1)],
  ['(be) if w1 <= w2 goto pc+1', b.jump32(Jump.JLE, 1, 2, 1)],
  ['(c5) if r1 s< 0x7 goto pc+1', b.jumpImm(Jump.JSLT, 1, 7, 1)],
  ['(cd) if r1 s< r2 goto pc+1', b.jump(Jump.JSLT, 1, 2, 1)],
  ['(d6) if w1 s<= 0x7 goto pc+1', b.jump32Imm(Jump.JSLE, 1, 7, 1)],
  ['(dd) if r1 s<= r2 goto pc+1', b.jump(Jump.JSLE, 1, 2, 1)],
  ['(05) goto pc-2', b.ja(-2)],
  ['(06) gotol pc+70000', b.gotol(70000)],
  ['(0d) gotox r1', b.gotox(1)],
  ['(e5) may_goto pc+1', b.mayGoto(1)],
  ['(95) exit', b.exit()],
  ['(85) call bpf_map_lookup_elem#1', b.callHelper(1)],
  ['(85) call bpf_cgrp_storage_delete#211', b.callHelper(211)],
  ['(85) call bpf_unspec#0', b.callHelper(0)],
  ['(85) call unknown#212', b.callHelper(212)],
  ['(85) call unknown#-1', b.callHelper(-1)],
  ['(85) call pc+3', b.callSub(3)],
  ['(85) call pc-9', b.callSub(-9)],
  ['(85) call kernel-function#71563', b.callKfunc(71563)],
  ['(85) call kernel-function#71563 fd[idx:2]', b.callKfunc(71563, 2)],
  ['(8d) callx r3', { code: 0x8d, dst: 3, src: 0, off: 0, imm: 0 }],
];

const wide: readonly Row[] = [
  ['(18) r1 = 0x0', b.loadImm64(1, 0n)],
  ['(18) r1 = 0x1122334455667788', b.loadImm64(1, 0x1122334455667788n)],
  ['(18) r1 = 0xffffffffffffffff', b.loadImm64(1, -1n)],
  ['(18) r1 = 0xffffffff', b.loadImm64(1, 0xffffffffn)],
  ['(18) r1 = map[fd:5]', b.loadMapFd(1, 5)],
  ['(18) r1 = map[fd:5][0]+0', b.loadMapValue(1, 5, 0)],
  ['(18) r1 = map[fd:5][0]+24', b.loadMapValue(1, 5, 24)],
  ['(18) r1 = map[idx:2]', b.loadMapIndex(1, 2)],
  ['(18) r1 = map[idx:2]+8', b.loadMapIndexValue(1, 2, 8)],
  ['(18) r1 = btf[id:77]', b.loadBtfId(1, 77)],
  ['(18) r1 = btf[id:77,fd:6]', b.loadBtfId(1, 77, 6)],
  ['(18) r1 = subprog[+5]', b.loadFunc(1, 5)],
  ['(18) r1 = subprog[-5]', b.loadFunc(1, -5)],
];

const lossy: readonly Row[] = [
  ['.raw ff 00 00 00 00 00 00 00', { code: 0xff, dst: 0, src: 0, off: 0, imm: 0 }],
  ['.raw 07 21 00 00 05 00 00 00', { ...b.alu64Imm(Alu.ADD, 1, 5), src: 2 }],
  ['.raw 0f 21 00 00 05 00 00 00', { ...b.alu64(Alu.ADD, 1, 2), imm: 5 }],
  ['.raw bf 21 07 00 00 00 00 00', { ...b.mov(1, 2), off: 7 }],
  ['.raw 95 00 00 00 01 00 00 00', { ...b.exit(), imm: 1 }],
  ['.raw 8e 00 00 00 00 00 00 00', { code: 0x8e, dst: 0, src: 0, off: 0, imm: 0 }],
  ['.raw 99 10 00 00 00 00 00 00', { code: 0x99, dst: 0, src: 1, off: 0, imm: 0 }],
  ['.raw db 21 00 00 10 00 00 00', { ...b.atomic(0, Size.DW, 1, 0, 2), imm: 0x10 }],
];

describe('an instruction prints as the kernel prints it', () => {
  it.each([...arithmetic, ...memory, ...atomics, ...jumps, ...wide])('%s', (text, instruction) => {
    const slots: readonly Instruction[] = Array.isArray(instruction) ? instruction : [instruction as Instruction];
    expect(formatInstruction(slots[0]!, slots[1])).toEqual({ text, slots: slots.length });
  });

  it.each(lossy)('what the notation cannot hold prints its bytes: %s', (text, instruction) => {
    expect(formatInstruction(instruction as Instruction).text).toBe(text);
  });

  it('half a wide load prints its bytes', () => {
    const [first] = b.loadImm64(1, 5n);
    expect(disassemble([first])).toBe('   0: .raw 18 01 00 00 05 00 00 00\n');
    expect(disassemble([first, b.exit()])).toBe('   0: .raw 18 01 00 00 05 00 00 00\n   1: (95) exit\n');
  });
});

describe('a program', () => {
  const program = [b.movImm(0, 0), ...b.loadMapFd(1, 3), b.jumpImm(Jump.JEQ, 0, 0, 1), b.callHelper(5), b.exit()];

  it('prints a line for each instruction, with the index of its slot', () => {
    expect(disassemble(program)).toBe(
      [
        '   0: (b7) r0 = 0',
        '   1: (18) r1 = map[fd:3]',
        '   3: (15) if r0 == 0x0 goto pc+1',
        '   4: (85) call bpf_ktime_get_ns#5',
        '   5: (95) exit',
        '',
      ].join('\n'),
    );
  });

  it('prints labels', () => {
    expect(disassemble(program, { labels: true, indices: false, opcodes: false })).toBe(
      ['r0 = 0', 'r1 = map[fd:3]', 'if r0 == 0x0 goto L5', 'call bpf_ktime_get_ns#5', 'L5:', 'exit', ''].join('\n'),
    );
  });

  it('keeps distances that lead out of the program or into a wide load', () => {
    const slots = [b.ja(1), ...b.loadImm64(1, 5n), b.ja(9)];
    expect(disassemble(slots, { labels: true, indices: false, opcodes: false })).toBe(
      ['goto pc+1', 'r1 = 0x5', 'goto pc+9', ''].join('\n'),
    );
  });

  it('asks for names', () => {
    const names = {
      wide: (first: Instruction) => (first.src === 1 ? 'map[counts]' : undefined),
      call: (instruction: Instruction) => (instruction.src === 2 ? 'bpf_dynptr_size' : undefined),
    };
    const slots = [...b.loadMapFd(1, 3), ...b.loadImm64(2, 1n), b.callKfunc(9), b.callHelper(1)];
    expect(disassembleLines(slots, { names }).map((line) => line.text)).toEqual([
      'r1 = map[counts]',
      'r2 = 0x1',
      'call bpf_dynptr_size#9',
      'call bpf_map_lookup_elem#1',
    ]);
  });
});
