import { describe, expect, it } from 'vitest';
import * as b from './build.ts';
import type { Instruction } from './instruction.ts';
import { AddressSpaceCast, Alu, Atomic, Jump, Size } from './opcode.ts';
import { isKnownOpcode, validateOperation, validateSlot } from './validate.ts';

const exit = b.exit();

describe('well formed instructions', () => {
  const rows: readonly Instruction[] = [
    b.alu64(Alu.ADD, 1, 2),
    b.alu32Imm(Alu.ARSH, 1, 31),
    b.sdiv(1, 2),
    b.smod32Imm(1, 3),
    b.neg(1),
    b.bswap(64, 1),
    b.toBigEndian(16, 1),
    b.movsx(32, 1, 2),
    b.movsx32(16, 1, 2),
    b.addrSpaceCast(1, 2, AddressSpaceCast.TO_USER),
    b.loadMem(Size.DW, 1, 10, -8),
    b.loadMemSx(Size.W, 1, 10, -8),
    b.storeImm(Size.B, 10, -1, 3),
    b.storeMem(Size.H, 10, -2, 3),
    b.atomic(Atomic.CMPXCHG, Size.DW, 10, -8, 1),
    b.loadAcquire(Size.B, 1, 10, -8),
    b.ldAbs(Size.B, 5),
    b.ldInd(Size.W, 3, 5),
    b.ja(3),
    b.gotol(3),
    b.gotox(3),
    b.mayGoto(3),
    b.jumpImm(Jump.JSLE, 1, 5, 3),
    b.jump32(Jump.JEQ, 1, 5, 3),
    b.callHelper(1),
    b.callSub(1),
    b.callKfunc(1, 2),
    b.exit(),
    // The kernel does not look at the offset of exit.
    { ...b.exit(), off: 1 },
  ];
  it.each(rows.map((row) => [row.code.toString(16), row] as const))('%s', (_code, instruction) => {
    expect(validateSlot(instruction, exit)).toBeUndefined();
    expect(validateOperation(instruction)).toBeUndefined();
  });
});

describe('encodings that the kernel refuses', () => {
  const rows: readonly (readonly [string, Instruction])[] = [
    ['unknown opcode 00', { ...exit, code: 0x00 }],
    ['unknown opcode 8d', { ...exit, code: 0x8d }],
    ['unknown opcode e6', { ...exit, code: 0xe6 }],
    ['unknown opcode 38', b.ldAbs(Size.DW, 0)],
    ['unknown opcode 8f', { ...exit, code: 0x8f }],
    ['unknown opcode c2', { ...exit, code: 0xc2 }],
    ['BPF_LDX uses reserved fields', { ...exit, code: 0xf1 }],
    ['BPF_LDX uses reserved fields', { ...b.loadMem(Size.B, 1, 2, 0), imm: 1 }],
    ['unknown opcode 99', b.loadMemSx(Size.DW, 1, 2, 0)],
    ['R11 is invalid', b.mov(11, 1)],
    ['R12 is invalid', b.mov(1, 12)],
    ['BPF_NEG uses reserved fields', { ...b.neg(1), imm: 1 }],
    ['BPF_END uses reserved fields', { ...b.bswap(16, 1), imm: 8 }],
    ['BPF_END uses reserved fields', { ...b.toBigEndian(16, 1), src: 1 }],
    ['BPF_MOV uses reserved fields', { ...b.mov(1, 2), imm: 1 }],
    ['BPF_MOV uses reserved fields', { ...b.movImm(1, 2), off: 8 }],
    ['BPF_MOV uses reserved fields', { ...b.mov32(1, 2), off: 32 }],
    [
      'addr_space_cast insn can only convert between address space 1 and 0',
      { ...b.addrSpaceCast(1, 2, AddressSpaceCast.TO_USER), imm: 2 },
    ],
    ['BPF_ALU uses reserved fields', { ...b.alu64(Alu.ADD, 1, 2), imm: 1 }],
    ['BPF_ALU uses reserved fields', { ...b.alu64Imm(Alu.ADD, 1, 2), src: 1 }],
    ['BPF_ALU uses reserved fields', { ...b.alu64Imm(Alu.ADD, 1, 2), off: 1 }],
    ['BPF_ALU uses reserved fields', { ...b.sdiv(1, 2), off: 2 }],
    ['BPF_STX uses reserved fields', { ...b.storeMem(Size.B, 1, 0, 2), imm: 1 }],
    ['BPF_ST uses reserved fields', { ...b.storeImm(Size.B, 1, 0, 2), src: 1 }],
    ['BPF_LD_[ABS|IND] uses reserved fields', { ...b.ldAbs(Size.B, 0), src: 1 }],
    ['BPF_LD_[ABS|IND] uses reserved fields', { ...b.ldInd(Size.B, 1, 0), off: 1 }],
    ['BPF_CALL uses reserved fields', { ...b.callHelper(1), src: 3 }],
    ['BPF_CALL uses reserved fields', { ...b.callHelper(1), off: 1 }],
    ['BPF_EXIT uses reserved fields', { ...exit, imm: 1 }],
    ['BPF_JA uses reserved fields', { ...b.ja(1), imm: 1 }],
    ['BPF_JA uses reserved fields', { ...b.gotol(1), off: 1 }],
    ['BPF_JA|BPF_X uses reserved fields', { ...b.gotox(1), off: 1 }],
    ['invalid may_goto imm 7', { ...b.mayGoto(1), imm: 7 }],
    ['BPF_JMP/JMP32 uses reserved fields', { ...b.jump(Jump.JEQ, 1, 2, 0), imm: 1 }],
    ['BPF_JMP/JMP32 uses reserved fields', { ...b.jump32Imm(Jump.JEQ, 1, 2, 0), src: 1 }],
  ];
  it.each(rows)('%s', (message, instruction) => {
    expect(validateSlot(instruction, exit)).toBe(message);
  });

  it('of wide loads', () => {
    const [first, second] = b.loadImm64(1, 5n);
    expect(validateSlot(first, second)).toBeUndefined();
    expect(validateSlot(first, undefined)).toBe('invalid bpf_ld_imm64 insn');
    expect(validateSlot(first, exit)).toBe('invalid bpf_ld_imm64 insn');
    expect(validateSlot({ ...first, off: 1 }, second)).toBe('BPF_LD_IMM64 uses reserved fields');
    expect(validateSlot({ ...first, src: 7 }, second)).toBe('unrecognized bpf_ld_imm64 insn');
    expect(validateSlot({ ...first, src: 1 }, { ...second, imm: 1 })).toBe('unrecognized bpf_ld_imm64 insn');
    expect(validateSlot({ ...first, src: 2 }, { ...second, imm: 1 })).toBeUndefined();
  });

  it('counts the opcodes', () => {
    const known = Array.from({ length: 256 }, (_, code) => code).filter(isKnownOpcode);
    // 53 arithmetic, 44 conditional jumps, 6 other jumps, 25 loads and stores, 1 wide load.
    expect(known).toHaveLength(53 + 44 + 6 + 25 + 1);
  });
});

describe('constants that the kernel refuses where it comes by', () => {
  const rows: readonly (readonly [string, Instruction])[] = [
    ['div by zero', b.alu64Imm(Alu.DIV, 1, 0)],
    ['div by zero', b.smod32Imm(1, 0)],
    ['invalid shift 64', b.alu64Imm(Alu.LSH, 1, 64)],
    ['invalid shift 32', b.alu32Imm(Alu.ARSH, 1, 32)],
    ['invalid shift -1', b.alu64Imm(Alu.RSH, 1, -1)],
    ['BPF_ATOMIC uses invalid atomic opcode 10', b.atomic(0x10, Size.DW, 1, 0, 2)],
    ['BPF_ATOMIC uses invalid atomic opcode e0', b.atomic(0xe0, Size.DW, 1, 0, 2)],
    ['invalid atomic operand size', b.atomic(Atomic.ADD, Size.H, 1, 0, 2)],
  ];
  it.each(rows)('%s', (message, instruction) => {
    expect(validateSlot(instruction, exit)).toBeUndefined();
    expect(validateOperation(instruction)).toBe(message);
  });
});
