// Our text beside that of the kernel's verifier and of bpftool, for programs that bpftool loads.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Diagnostics } from '../base/diagnostic.ts';
import { assemble } from './assemble.ts';
import * as b from './build.ts';
import { decode } from './decode.ts';
import { disassembleLines, formatInstruction } from './disassemble.ts';
import { encode } from './encode.ts';
import type { Instruction } from './instruction.ts';
import { Alu, Atomic, Jump, Size } from './opcode.ts';

const folder = mkdtempSync(join(tmpdir(), 'beetrace-isa-'));
const pin = '/sys/fs/bpf/beetrace_isa_test';
const BPF_FS_MAGIC = 0xcafe4a11;

function has(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

function missing(): string | undefined {
  if (!has('bpftool', 'version')) return 'bpftool is not here';
  if (!has('clang', '-target', 'bpf', '-x', 'assembler', '-c', '/dev/null', '-o', join(folder, 'probe.o'))) {
    return 'clang cannot assemble for BPF here';
  }
  try {
    if (statfsSync('/sys/fs/bpf').type !== BPF_FS_MAGIC) return 'the BPF file system is not mounted';
  } catch {
    return 'there is no /sys/fs/bpf';
  }
  return has('bpftool', 'prog', 'list') ? undefined : 'BPF is not allowed here';
}

const reason = missing();
if (reason) process.stderr.write(`skipped: our disassembly beside the kernel's: ${reason}\n`);

// An object with the program's bytes in section `socket`, made by clang's assembler.
function objectOf(program: readonly Instruction[]): string {
  const source = join(folder, 'program.s');
  const object = join(folder, 'program.o');
  const lines = ['.section socket,"ax",@progbits', '.globl p', '.type p,@function', 'p:'];
  for (const byte of encode(program)) lines.push(`.byte ${byte}`);
  lines.push('.size p, .-p', '.section license,"aw",@progbits', '.asciz "GPL"', '');
  writeFileSync(source, lines.join('\n'));
  const { status, stderr } = spawnSync('clang', ['-target', 'bpf', '-c', source, '-o', object], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return object;
}

// Loads the program, lets `then` look at it, and gives the verifier's log.
function load(program: readonly Instruction[], then: () => void): { log: string; loaded: boolean } {
  const { status, stdout, stderr } = spawnSync('bpftool', ['-d', 'prog', 'load', objectOf(program), pin], {
    encoding: 'utf8',
  });
  try {
    if (status === 0) then();
  } finally {
    rmSync(pin, { force: true });
  }
  return { log: stdout + stderr, loaded: status === 0 };
}

// The instructions of the verifier's log by index, without the registers that it adds.
function linesOf(log: string): Map<number, string> {
  const lines = new Map<number, string>();
  for (const line of log.split('\n')) {
    const found = /^\s*(\d+): (\([\da-f]{2}\) .*?)(?:\s+;.*)?$/.exec(line);
    if (found) lines.set(Number(found[1]), found[2]!);
  }
  return lines;
}

function ours(program: readonly Instruction[]): Map<number, string> {
  return new Map(
    disassembleLines(program).map(({ index }) => [index, formatInstruction(program[index]!, program[index + 1]).text]),
  );
}

const operations = Object.values(Alu).filter((op) => op !== Alu.NEG && op !== Alu.END && op !== Alu.MOV);
const comparisons = Object.values(Jump).filter((op) => op !== 0 && op < Jump.JCOND && op !== 0x80 && op !== 0x90);
const fetches = [Atomic.ADD, Atomic.OR, Atomic.AND, Atomic.XOR];

const base: readonly Instruction[] = [
  b.mov(6, 1),
  ...[0, 1, 2, 3].map((register) => b.movImm(register, 7)),
  ...operations.flatMap((op) => [b.alu64Imm(op, 1, 5), b.alu64(op, 1, 2), b.alu32Imm(op, 1, 5), b.alu32(op, 3, 2)]),
  b.neg(1),
  b.neg32(1),
  ...([16, 32, 64] as const).flatMap((bits) => [b.toBigEndian(bits, 1), b.toLittleEndian(bits, 1)]),
  b.mov32(1, 2),
  ...b.loadImm64(3, -5n),
  ...b.loadImm64(3, 0x1122334455667788n),
  ...[Size.DW, Size.W, Size.H, Size.B].flatMap((size) => [
    b.storeImm(size, 10, -8, -3),
    b.storeMem(size, 10, -16, 2),
    b.loadMem(size, 4, 10, -16),
  ]),
  b.storeImm(Size.DW, 10, -16, 1),
  b.storeImm(Size.DW, 10, -8, 1),
  ...fetches.flatMap((op) => [b.atomic(op, Size.DW, 10, -8, 2), b.atomic(op | Atomic.FETCH, Size.W, 10, -16, 2)]),
  b.atomic(Atomic.XCHG, Size.DW, 10, -8, 2),
  b.atomic(Atomic.CMPXCHG, Size.W, 10, -8, 2),
  ...comparisons.flatMap((op) => [b.loadMem(Size.W, 7, 6, 0), b.jumpImm(op, 7, -1, 0), b.jump32Imm(op, 7, 9, 0)]),
  ...comparisons.flatMap((op) => [b.loadMem(Size.W, 7, 6, 0), b.jump(op, 7, 2, 0), b.jump32(op, 7, 2, 0)]),
  b.callHelper(5),
  b.ja(0),
  b.movImm(0, 0),
  b.exit(),
];

const packet: readonly Instruction[] = [
  b.mov(6, 1),
  b.ldAbs(Size.B, 12),
  b.ldAbs(Size.H, -0x100000),
  b.movImm(7, 3),
  b.ldInd(Size.W, 7, 14),
  b.ldInd(Size.B, 7, -4),
  b.exit(),
];

// Linux 6.15 has the last of these.
const newer: readonly Instruction[] = [
  b.movImm(0, 0),
  b.movImm(1, 700),
  b.movImm(2, -3),
  b.movsx(8, 3, 1),
  b.movsx(16, 3, 1),
  b.movsx(32, 3, 1),
  b.movsx32(8, 3, 1),
  b.movsx32(16, 3, 1),
  b.sdiv(1, 2),
  b.sdivImm(1, 2),
  b.sdiv32(1, 2),
  b.smod32Imm(1, -2),
  b.smod(1, 2),
  b.bswap(16, 1),
  b.bswap(32, 1),
  b.bswap(64, 1),
  b.storeMem(Size.DW, 10, -8, 1),
  b.loadMemSx(Size.B, 3, 10, -8),
  b.loadMemSx(Size.H, 3, 10, -8),
  b.loadMemSx(Size.W, 3, 10, -8),
  b.storeRelease(Size.DW, 10, -8, 1),
  b.loadAcquire(Size.W, 3, 10, -8),
  b.gotol(0),
  b.mayGoto(0),
  b.exit(),
];

// What a kernel says of instructions that it does not know.
const tooOld = /unknown opcode|reserved fields|invalid atomic/;

describe.skipIf(reason)('the same text', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("as the verifier's log, and as bpftool for what the kernel made of it", ({ skip }) => {
    let dumped = '';
    let bytes = new Uint8Array();
    const { log, loaded } = load(base, () => {
      const file = join(folder, 'xlated');
      dumped = spawnSync('bpftool', ['prog', 'dump', 'xlated', 'pinned', pin], { encoding: 'utf8' }).stdout;
      spawnSync('bpftool', ['prog', 'dump', 'xlated', 'pinned', pin, 'file', file]);
      bytes = new Uint8Array(readFileSync(file));
    });
    if (!loaded && tooOld.test(log)) return skip('this kernel is too old');
    expect([loaded, loaded ? '' : log]).toEqual([true, '']);
    const expected = ours(base);
    const printed = linesOf(log);
    expect(printed.size).toBeGreaterThan(100);
    for (const [index, text] of printed) expect([index, text]).toEqual([index, expected.get(index)]);
    // bpftool knows the names of the addresses that calls lead to.
    const withoutNames = (lines: Map<number, string>) =>
      [...lines].map(([index, text]) => [index, text.replace(/call \S+#/, 'call #')]);
    expect(withoutNames(linesOf(dumped))).toEqual(withoutNames(ours(decode(bytes))));
  });

  it.for([
    ['packet loads', packet],
    ['the instructions of cpu v4 and later', newer],
  ] as const)("as the verifier's log: %s", ([, program], { skip }) => {
    const { log, loaded } = load(program, () => {});
    if (!loaded && tooOld.test(log)) return skip('this kernel is too old');
    expect([loaded, loaded ? '' : log]).toEqual([true, '']);
    const expected = ours(program);
    const printed = linesOf(log);
    expect([...printed.keys()].length).toBeGreaterThan(program.length / 2);
    for (const [index, text] of printed) expect([index, text]).toEqual([index, expected.get(index)]);
    // And the log assembles to the program, as far as the verifier went through it in order.
    const diagnostics = new Diagnostics();
    const { instructions } = assemble({ name: 'log', text: log }, diagnostics);
    expect(diagnostics.list).toEqual([]);
    expect(instructions).toEqual(program);
  });
});
