import { describe, expect, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../base/diagnostic.ts';
import { type AssembleOptions, assemble } from './assemble.ts';
import * as b from './build.ts';
import type { Instruction } from './instruction.ts';
import { Alu, Atomic, Jump, Size } from './opcode.ts';

function run(text: string, options?: AssembleOptions) {
  const diagnostics = new Diagnostics();
  const assembly = assemble({ name: 'x.s', text }, diagnostics, options);
  return { ...assembly, messages: diagnostics.list.map(renderDiagnostic) };
}

function good(text: string, options?: AssembleOptions): readonly Instruction[] {
  const { instructions, messages } = run(text, options);
  expect(messages).toEqual([]);
  return instructions;
}

type Row = readonly [string, Instruction | readonly Instruction[]];

const mnemonics: readonly Row[] = [
  ['mov32 %r0, 1', b.mov32Imm(0, 1)],
  ['mov %r0, %r1', b.mov(0, 1)],
  ['MOV64 r0, -1', b.movImm(0, -1)],
  ['mov r0, 0xffffffff', b.movImm(0, -1)],
  ['add %r1, 2', b.alu64Imm(Alu.ADD, 1, 2)],
  ['add32 %r1, %r2', b.alu32(Alu.ADD, 1, 2)],
  ['sub %r1, %r2', b.alu64(Alu.SUB, 1, 2)],
  ['mul32 %r1, 3', b.alu32Imm(Alu.MUL, 1, 3)],
  ['div %r1, %r2', b.alu64(Alu.DIV, 1, 2)],
  ['sdiv %r1, %r2', b.sdiv(1, 2)],
  ['sdiv32 %r1, 3', b.sdiv32Imm(1, 3)],
  ['mod32 %r1, 3', b.alu32Imm(Alu.MOD, 1, 3)],
  ['smod %r1, -3', b.smodImm(1, -3)],
  ['smod32 %r1, %r2', b.smod32(1, 2)],
  ['or %r1, 1', b.alu64Imm(Alu.OR, 1, 1)],
  ['and %r1, 1', b.alu64Imm(Alu.AND, 1, 1)],
  ['xor32 %r1, %r1', b.alu32(Alu.XOR, 1, 1)],
  ['lsh %r1, 32', b.alu64Imm(Alu.LSH, 1, 32)],
  ['rsh32 %r1, %r2', b.alu32(Alu.RSH, 1, 2)],
  ['arsh %r1, 63', b.alu64Imm(Alu.ARSH, 1, 63)],
  ['neg %r1', b.neg(1)],
  ['neg32 %r1', b.neg32(1)],
  ['be16 %r0', b.toBigEndian(16, 0)],
  ['be64 %r0', b.toBigEndian(64, 0)],
  ['le32 %r0', b.toLittleEndian(32, 0)],
  ['bswap64 %r0', b.bswap(64, 0)],
  ['swap16 %r0', b.bswap(16, 0)],
  ['movsx832 %r1, %r2', b.movsx32(8, 1, 2)],
  ['movsx1632 %r1, %r2', b.movsx32(16, 1, 2)],
  ['movsx864 %r1, %r2', b.movsx(8, 1, 2)],
  ['movsx1664 %r1, %r2', b.movsx(16, 1, 2)],
  ['movsx3264 %r1, %r2', b.movsx(32, 1, 2)],
  ['lddw %r1, 0x1122334455667788', b.loadImm64(1, 0x1122334455667788n)],
  ['lddw r1, -1', b.loadImm64(1, -1n)],
  ['lddw r1, map[fd:7]', b.loadMapFd(1, 7)],
  ['ldxb %r0, [%r1]', b.loadMem(Size.B, 0, 1, 0)],
  ['ldxh %r0, [%r1+2]', b.loadMem(Size.H, 0, 1, 2)],
  ['ldxw %r0, [%r1 - 4]', b.loadMem(Size.W, 0, 1, -4)],
  ['ldxdw %r0, [%r1+8]', b.loadMem(Size.DW, 0, 1, 8)],
  ['ldxdw %r0, [%r1+0x10]', b.loadMem(Size.DW, 0, 1, 16)],
  ['ldxsb %r0, [%r1+1]', b.loadMemSx(Size.B, 0, 1, 1)],
  ['ldxsh %r0, [%r1+1]', b.loadMemSx(Size.H, 0, 1, 1)],
  ['ldxsw %r0, [%r1+1]', b.loadMemSx(Size.W, 0, 1, 1)],
  ['stb [%r10-1], 0x44', b.storeImm(Size.B, 10, -1, 0x44)],
  ['sth [%r10-2], -1', b.storeImm(Size.H, 10, -2, -1)],
  ['stw [%r10-4], 1', b.storeImm(Size.W, 10, -4, 1)],
  ['stdw [%r10-8], 1', b.storeImm(Size.DW, 10, -8, 1)],
  ['stxb [%r10-1], %r1', b.storeMem(Size.B, 10, -1, 1)],
  ['stxh [%r10-2], %r1', b.storeMem(Size.H, 10, -2, 1)],
  ['stxw [%r10-4], %r1', b.storeMem(Size.W, 10, -4, 1)],
  ['stxdw [%r10-8], %r1', b.storeMem(Size.DW, 10, -8, 1)],
  ['lock add [%r10-8], %r1', b.atomic(Atomic.ADD, Size.DW, 10, -8, 1)],
  ['lock add32 [%r10-8], %r1', b.atomic(Atomic.ADD, Size.W, 10, -8, 1)],
  ['lock fetch_add [%r10-8], %r1', b.atomic(Atomic.ADD | Atomic.FETCH, Size.DW, 10, -8, 1)],
  ['lock fetch_or32 [%r10-8], %r1', b.atomic(Atomic.OR | Atomic.FETCH, Size.W, 10, -8, 1)],
  ['lock and [%r10-8], %r1', b.atomic(Atomic.AND, Size.DW, 10, -8, 1)],
  ['lock fetch_xor [%r10-8], %r1', b.atomic(Atomic.XOR | Atomic.FETCH, Size.DW, 10, -8, 1)],
  ['lock xchg [%r10-8], %r1', b.atomic(Atomic.XCHG, Size.DW, 10, -8, 1)],
  ['lock cmpxchg32 [%r10-8], %r1', b.atomic(Atomic.CMPXCHG, Size.W, 10, -8, 1)],
  ['stxxadddw [%r10-8], %r1', b.atomic(Atomic.ADD, Size.DW, 10, -8, 1)],
  ['ldabsb 12', b.ldAbs(Size.B, 12)],
  ['ldindh %r3, 14', b.ldInd(Size.H, 3, 14)],
  ['ja +3', b.ja(3)],
  ['ja32 -3', b.gotol(-3)],
  ['jeq %r1, 0, +3', b.jumpImm(Jump.JEQ, 1, 0, 3)],
  ['jeq32 %r1, %r2, -3', b.jump32(Jump.JEQ, 1, 2, -3)],
  ['jne %r1, -1, 2', b.jumpImm(Jump.JNE, 1, -1, 2)],
  ['jset %r1, 8, +1', b.jumpImm(Jump.JSET, 1, 8, 1)],
  ['jgt %r1, %r2, +1', b.jump(Jump.JGT, 1, 2, 1)],
  ['jge32 %r1, 1, +1', b.jump32Imm(Jump.JGE, 1, 1, 1)],
  ['jlt %r1, 1, +1', b.jumpImm(Jump.JLT, 1, 1, 1)],
  ['jle %r1, 1, +1', b.jumpImm(Jump.JLE, 1, 1, 1)],
  ['jsgt %r1, 1, +1', b.jumpImm(Jump.JSGT, 1, 1, 1)],
  ['jsge %r1, 1, +1', b.jumpImm(Jump.JSGE, 1, 1, 1)],
  ['jslt32 %r1, 1, +1', b.jump32Imm(Jump.JSLT, 1, 1, 1)],
  ['jsle %r1, %r2, +1', b.jump(Jump.JSLE, 1, 2, 1)],
  ['call 5', b.callHelper(5)],
  ['CALL bpf_ktime_get_ns', b.callHelper(5)],
  ['call ktime_get_ns', b.callHelper(5)],
  ['callx %r3', { code: 0x8d, dst: 3, src: 0, off: 0, imm: 0 }],
  ['exit', b.exit()],
  ['Exit', b.exit()],
];

const notation: readonly Row[] = [
  ['12: (bf) r6 = r1', b.mov(6, 1)],
  ['(b7) r1 = 0x5', b.movImm(1, 5)],
  ['(18) r1 = 5', b.loadImm64(1, 5n)],
  ['r1 = 5', b.movImm(1, 5)],
  ['r1 = 0x5', b.loadImm64(1, 5n)],
  ['r1 = 5 ll', b.loadImm64(1, 5n)],
  ['w1 = 0x5', b.mov32Imm(1, 5)],
  ['r1=r2', b.mov(1, 2)],
  ['r1=-5', b.movImm(1, -5)],
  ['r5 = *(u8*)(r10-8)', b.loadMem(Size.B, 5, 10, -8)],
  ['w5 = *(u32 *)(r10 - 8)', b.loadMem(Size.W, 5, 10, -8)],
  ['*(u32 *)(r10 - 8) = w2', b.storeMem(Size.W, 10, -8, 2)],
  ['lock *(u32 *)(r2 + 0) += w1', b.atomic(Atomic.ADD, Size.W, 2, 0, 1)],
  ['w4 = atomic_fetch_or((u32 *)(r10 - 16), w4)', b.atomic(Atomic.OR | Atomic.FETCH, Size.W, 10, -16, 4)],
  ['r2 = xchg_64(r10 - 8, r2)', b.atomic(Atomic.XCHG, Size.DW, 10, -8, 2)],
  ['w2 = xchg32_32(r10 - 8, w2)', b.atomic(Atomic.XCHG, Size.W, 10, -8, 2)],
  ['r0 = cmpxchg_64(r10 - 8, r0, r2)', b.atomic(Atomic.CMPXCHG, Size.DW, 10, -8, 2)],
  ['goto +5 <LBB0_2>', b.ja(5)],
  ['if r1 s< 3 goto +1 <p+0xd8>', b.jumpImm(Jump.JSLT, 1, 3, 1)],
  ['r0 = *(u16 *)skb[r1]', b.ldInd(Size.H, 1, 0)],
  ['call pc+3#bpf_prog_6deef7357e7b4530_sub', b.callSub(3)],
  ['call local +3', b.callSub(3)],
  ['call bpf_ktime_get_ns#201664', b.callHelper(5)],
  ['call bpf_dynptr_from_skb#71563', b.callKfunc(71563)],
  ['r1 = map[id:9]', b.loadMapFd(1, 9)],
  ['r1 = map[counts]', b.loadMapFd(1, 11)],
  ['r1 = map[counts][0]+4', b.loadMapValue(1, 11, 4)],
  ['.raw 0x0000000500000107', b.alu64Imm(Alu.ADD, 1, 5)],
  ['.raw 07 01 00 00 05 00 00 00', b.alu64Imm(Alu.ADD, 1, 5)],
  ['exit ; a comment', b.exit()],
  ['exit // a comment', b.exit()],
  ['exit -- a comment', b.exit()],
  ['exit # a comment', b.exit()],
  ['exit# a comment', b.exit()],
];

describe('one instruction', () => {
  it.each([...mnemonics, ...notation])('%s', (text, instruction) => {
    const expected = Array.isArray(instruction) ? [...instruction] : [instruction];
    expect(good(text, { maps: new Map([['counts', 11]]) })).toEqual(expected);
  });
});

describe('labels', () => {
  it('lead forwards and backwards, over wide loads, in every kind of jump', () => {
    const { instructions, labels, messages } = run(`
start:
    lddw %r1, 5
    jeq %r1, 0, done
    if w1 != 3 goto start
    may_goto done
    call local sub
    call sub
    r3 = subprog[sub]
    gotol start
done: exit
sub:
    exit`);
    expect(messages).toEqual([]);
    expect([...labels]).toEqual([
      ['start', 0],
      ['done', 10],
      ['sub', 11],
    ]);
    expect(instructions).toEqual([
      ...b.loadImm64(1, 5n),
      b.jumpImm(Jump.JEQ, 1, 0, 7),
      b.jump32Imm(Jump.JNE, 1, 3, -4),
      b.mayGoto(5),
      b.callSub(5),
      b.callSub(4),
      ...b.loadFunc(3, 3),
      b.gotol(-10),
      b.exit(),
      b.exit(),
    ]);
  });

  it('come before helpers of the same name', () => {
    expect(good('call loop\nloop:\nexit')).toEqual([b.callSub(0), b.exit()]);
    expect(good('call loop\nexit')).toEqual([b.callHelper(181), b.exit()]);
  });

  it('must be near enough for a short jump', () => {
    const far = `goto end\n${'r0 = 0\n'.repeat(0x8000)}end: exit`;
    expect(run(far).messages).toEqual([
      "x.s:1:6-9: ERROR: label 'end' is 32768 slots away, more than 16 bits hold\n" +
        'goto end\n     ~~~\nHINT: gotol reaches farther\n',
    ]);
    expect(good(far.replace('goto', 'gotol'))[0]).toEqual(b.gotol(0x8000));
  });
});

describe('spans', () => {
  it('cover the instruction without index, label and comment', () => {
    const text = 'x: exit ; done\n  3: (18) r1 = 0x5';
    const { spans } = run(text);
    expect(spans.map((span) => text.slice(span.start, span.end))).toEqual(['exit', 'r1 = 0x5', 'r1 = 0x5']);
  });
});

describe('what tools print', () => {
  it('reads the verifier log, in which paths are visited again', () => {
    const log = `libbpf: prog 'p': -- BEGIN PROG LOAD LOG --
func#0 @0
Live regs before insn:
      0: .1........ (b7) r0 = 0
      1: 01........ (15) if r1 == 0x0 goto pc+1
      2: .......... (b7) r0 = 1
      3: 0......... (95) exit
0: R1=ctx() R10=fp0
; int p(void *ctx) @ x.c:3
0: (b7) r0 = 0                        ; R0_w=0
1: (15) if r1 == 0x0 goto pc+1
mark_precise: frame0: last_idx 1 first_idx 0 subseq_idx -1 
2: (b7) r0 = 1                        ; R0_w=1
3: (95) exit

from 1 to 3: R0=0 R10=fp0
3: R0=0 R10=fp0
3: (95) exit
verification time 10 usec
stack depth 0
processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;
    expect(good(log)).toEqual([b.movImm(0, 0), b.jumpImm(Jump.JEQ, 1, 0, 1), b.movImm(0, 1), b.exit()]);
  });

  it('reads bpftool prog dump xlated, with opcodes and source lines', () => {
    const dump = `int xdp_prog(struct xdp_md * ctx):
; return XDP_PASS;
   0: (b7) r0 = 2
       b7 00 00 00 02 00 00 00
   1: (18) r1 = map[id:4][0]+8
       18 21 00 00 04 00 00 00 00 00 00 00 08 00 00 00
   3: (95) exit
       95 00 00 00 00 00 00 00
`;
    expect(good(dump)).toEqual([b.movImm(0, 2), ...b.loadMapValue(1, 4, 8), b.exit()]);
  });

  it('reads llvm-objdump -d, and takes the bytes of what it could not read', () => {
    const dump = `
x.o:	file format elf64-bpf

Disassembly of section socket:

0000000000000000 <p>:
       0:	bf 16 00 00 00 00 00 00	r6 = r1
       1:	18 02 00 00 55 44 33 22 00 00 00 00 11 00 00 00	r2 = 73588229205 ll
       3:	06 00 00 00 fe ff ff ff	<unknown>

0000000000000020 <LBB0_2>:
       4:	15 01 fe ff 00 00 00 00	if r1 == 0 goto -2 <p+0x18>
       5:	95 00 00 00 00 00 00 00	exit
`;
    const { instructions, labels, messages } = run(dump);
    expect(messages).toEqual([]);
    expect([...labels]).toEqual([
      ['p', 0],
      ['LBB0_2', 4],
    ]);
    expect(instructions).toEqual([
      b.mov(6, 1),
      ...b.loadImm64(2, 73588229205n),
      b.gotol(-2),
      b.jumpImm(Jump.JEQ, 1, 0, -2),
      b.exit(),
    ]);
  });

  it('warns when the indices of a listing do not fit its instructions', () => {
    const { instructions, messages } = run('5: (b7) r0 = 0\n7: (b7) r0 = 1\n8: (95) exit');
    expect(instructions).toHaveLength(3);
    expect(messages).toEqual([
      'x.s:2:9-15: WARNING: index 7 stands at slot 1\n7: (b7) r0 = 1\n        ~~~~~~\n' +
        'HINT: distances such as pc+3 count slots, so instructions are missing or too many here\n',
    ]);
  });
});

describe('errors', () => {
  const rows: readonly (readonly [string, string, string | undefined])[] = [
    ['ldxdv %r0, [%r1]', "unknown instruction 'ldxdv'", "did you mean 'ldxdw'?"],
    ['call bpf_map_lookup_elme', "unknown function 'bpf_map_lookup_elme'", "did you mean 'bpf_map_lookup_elem'?"],
    ['call map_lokup_elem', "unknown function 'map_lokup_elem'", "did you mean 'map_lookup_elem'?"],
    ['goto strat\nstart: exit', "unknown label 'strat'", "did you mean 'start'?"],
    ['a: exit\na: exit', "label 'a' is defined twice", undefined],
    ['r16 = 5', 'there is no register r16', 'registers are r0 to r10'],
    ['mov r1', "expected ',', the line ends", undefined],
    ['mov r1, 5 6', "expected the end of the line, found '6'", undefined],
    ['r1 = w2', 'one operand is half a register', 'write r2'],
    ['r1 = 4294967296', '4294967296 does not fit into 32 bits', 'lddw, or `r1 = 5 ll`, loads 64 bits'],
    ['lddw r1, 0x10000000000000000', '18446744073709551616 does not fit into 64 bits', undefined],
    ['ldxw r1, [r2+32768]', 'offset 32768 does not fit into 16 bits', 'offsets are -32768 to 32767'],
    ['goto +40000', 'distance 40000 does not fit into 16 bits', 'use gotol'],
    ['(07) r1 -= 5', 'this instruction is (17), not (07)', undefined],
    ['r1 = be16 r2', 'be16 needs the same register on both sides', undefined],
    ['r1 = bee16 r1', "unknown value 'bee16'", "did you mean 'be16'?"],
    ['r1 = map[nope]', "unknown map 'nope'", 'write map[fd:N]'],
    ['r1 = map[name:5]', "expected fd, id or idx, found 'name'", undefined],
    ['r1 = map[fd:5][1]', 'only the first value of a map has a direct address', 'write [0]'],
    ['r1 = (constructor)r2', "'constructor' is no signed type", 'use s8, s16 or s32'],
    ['constructor r1, r2', "unknown instruction 'constructor'", undefined],
    ['lock fetch_ad [r1], r2', "unknown atomic operation 'fetch_ad'", "did you mean 'fetch_add'?"],
    ['r1 = atomic64_xchg((u64 *)(r2 +0), r3)', 'the old value goes to r3', 'write r3'],
    ['.raw 12 34', 'expected the eight bytes of a slot after .raw', undefined],
    ['.byte 1', "unknown instruction '.byte'", undefined],
    ['r1 @ 5', "unexpected character '@'", undefined],
    ['if r1 = 5 goto +1', "expected a comparison such as == or s>, found '='", undefined],
    ['call r3', 'call needs a function', 'callx r3 calls the address in a register'],
    ['r1 = *(u7 *)(r2 +0)', "expected a type: u8, u16, u32, u64, s8, s16 or s32, found 'u7'", undefined],
  ];
  it.each(rows)('%s', (text, message, hint) => {
    const diagnostics = new Diagnostics();
    assemble({ name: 'x.s', text }, diagnostics);
    expect(diagnostics.list.map(({ message, hints }) => ({ message, hints }))).toEqual([
      { message, hints: hint === undefined ? [] : [hint] },
    ]);
  });

  it('of a whole text are all reported, each with its place', () => {
    const { messages } = run('mov r0, 0\nmvo r0, 1\nexit\n  jmp +1\n');
    expect(messages).toEqual([
      "x.s:2:1-4: ERROR: unknown instruction 'mvo'\nmvo r0, 1\n~~~\nHINT: did you mean 'mov'?\n",
      "x.s:4:3-6: ERROR: unknown instruction 'jmp'\n  jmp +1\n  ~~~\n",
    ]);
  });
});
