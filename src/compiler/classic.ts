// Classic BPF to eBPF, instruction by instruction, as the kernel does it for socket filters: A is r0, X is r7, the context r6,
// M[k] the word 4k+4 below the frame's end. Packet loads stay the legacy loads of eBPF, which end the program with 0 when they
// leave the packet, exactly as classic loads do. Kernel: bpf_convert_filter(), net/core/filter.c (3.15).

import {
  Alu,
  ANCILLARY_OFFSET,
  type AncillaryName,
  alu32,
  alu32Imm,
  ancillaryName,
  CLASSIC_RET_A,
  CLASSIC_RET_K,
  CLASSIC_TAX,
  CLASSIC_TXA,
  ClassicAlu,
  ClassicClass,
  type ClassicInstruction,
  ClassicJump,
  ClassicMode,
  ClassicSize,
  callHelper,
  exit,
  helperId,
  type Instruction,
  isClassicConditional,
  Jump,
  ja,
  jump,
  jumpImm,
  ldAbs,
  ldInd,
  loadMem,
  mov,
  mov32,
  mov32Imm,
  neg32,
  Size,
  storeMem,
  toBigEndian,
} from '../isa/index.ts';

export interface ConvertedClassic {
  readonly instructions: readonly Instruction[];
  /** The first eBPF slot of each classic instruction. */
  readonly starts: readonly number[];
}

/** What eBPF cannot say; one sentence. */
export interface ClassicConversionProblem {
  readonly index: number;
  readonly message: string;
}

const A = 0;
const X = 7;
const CONTEXT = 6;
const TMP = 2;
const FRAME = 10;

/** Offsets in struct __sk_buff, include/uapi/linux/bpf.h. */
const SkBuff = {
  len: 0,
  pkt_type: 4,
  mark: 8,
  queue_mapping: 12,
  protocol: 16,
  vlan_present: 20,
  vlan_tci: 24,
  vlan_proto: 28,
  ifindex: 40,
  hash: 56,
} as const;

/** Converts a program that `validateClassic` accepts to one of kind socket_filter. */
export function convertClassic(program: readonly ClassicInstruction[]): ConvertedClassic | ClassicConversionProblem {
  const pieces: Piece[] = [];
  for (const [index, instruction] of program.entries()) {
    const piece = convertOne(instruction);
    if (typeof piece === 'string') return { index, message: piece };
    pieces.push(piece);
  }
  const starts: number[] = [];
  let at = PROLOGUE.length;
  for (const piece of pieces) {
    starts.push(at);
    at += piece.length;
  }
  const instructions: Instruction[] = [...PROLOGUE];
  for (const [index, piece] of pieces.entries()) {
    for (const one of piece) {
      const resolved = typeof one === 'function' ? one((skip) => starts[index + 1 + skip], instructions.length) : one;
      if (!resolved) return { index, message: 'A jump backwards or out of the program has no form in eBPF.' };
      instructions.push(resolved);
    }
  }
  return { instructions, starts };
}

/** A and X begin as 0. The kernel clears them by xor, which its verifier takes from nobody else: they were never written. */
const PROLOGUE: readonly Instruction[] = [mov32Imm(A, 0), mov32Imm(X, 0), mov(CONTEXT, 1)];

/** A jump, made when all places are known: `target` gives the slot behind so many skipped instructions. */
type Pending = (target: (skip: number) => number | undefined, slot: number) => Instruction | undefined;
type Piece = readonly (Instruction | Pending)[];

function convertOne(instruction: ClassicInstruction): Piece | string {
  const { code, k } = instruction;
  switch (code & 7) {
    case ClassicClass.LD:
      return load(code, k);
    case ClassicClass.LDX:
      return loadIndex(code, k);
    case ClassicClass.ST:
      return [storeMem(Size.W, FRAME, memory(k), A)];
    case ClassicClass.STX:
      return [storeMem(Size.W, FRAME, memory(k), X)];
    case ClassicClass.ALU:
      return arithmetic(code, k);
    case ClassicClass.JMP:
      return jumps(instruction);
    case ClassicClass.RET:
      return returns(code, k);
    default:
      if (code === CLASSIC_TAX) return [mov(X, A)];
      return code === CLASSIC_TXA ? [mov(A, X)] : `There is no opcode 0x${code.toString(16)}.`;
  }
}

function memory(word: number): number {
  return -4 * word - 4;
}

const sizes = new Map<number, Size>([
  [ClassicSize.W, Size.W],
  [ClassicSize.H, Size.H],
  [ClassicSize.B, Size.B],
]);

function load(code: number, k: number): Piece | string {
  const size = sizes.get(code & 0x18) ?? Size.W;
  switch (code & 0xe0) {
    case ClassicMode.IMM:
      return [mov32Imm(A, k)];
    case ClassicMode.MEM:
      return [loadMem(Size.W, A, FRAME, memory(k))];
    case ClassicMode.LEN:
      return [loadMem(Size.W, A, CONTEXT, SkBuff.len)];
    case ClassicMode.IND:
      return [ldInd(size, X, k)];
    default:
      return k >= ANCILLARY_OFFSET ? ancillary(k) : [ldAbs(size, k)];
  }
}

function loadIndex(code: number, k: number): Piece {
  switch (code & 0xe0) {
    case ClassicMode.IMM:
      return [mov32Imm(X, k)];
    case ClassicMode.MEM:
      return [loadMem(Size.W, X, FRAME, memory(k))];
    case ClassicMode.LEN:
      return [loadMem(Size.W, X, CONTEXT, SkBuff.len)];
    default:
      // Only r6 to r9 survive a packet load, so A waits in X.
      return [
        mov(X, A),
        ldAbs(Size.B, k),
        alu32Imm(Alu.AND, A, 0xf),
        alu32Imm(Alu.LSH, A, 2),
        mov(TMP, X),
        mov(X, A),
        mov(A, TMP),
      ];
  }
}

/** What the kernel tells beside the bytes is in fields of the context, or a helper away. */
const ancillaryLoads: Partial<Record<AncillaryName, readonly Instruction[]>> = {
  proto: [loadMem(Size.W, A, CONTEXT, SkBuff.protocol), toBigEndian(16, A)],
  type: [loadMem(Size.W, A, CONTEXT, SkBuff.pkt_type)],
  ifidx: [loadMem(Size.W, A, CONTEXT, SkBuff.ifindex)],
  mark: [loadMem(Size.W, A, CONTEXT, SkBuff.mark)],
  queue: [loadMem(Size.W, A, CONTEXT, SkBuff.queue_mapping)],
  rxhash: [loadMem(Size.W, A, CONTEXT, SkBuff.hash)],
  cpu: [callHelper(helperId('get_smp_processor_id'))],
  xor_x: [alu32(Alu.XOR, A, X)],
  vlan_tci: [loadMem(Size.W, A, CONTEXT, SkBuff.vlan_tci)],
  vlanp: [loadMem(Size.W, A, CONTEXT, SkBuff.vlan_present)],
  random: [callHelper(helperId('get_prandom_u32'))],
  vlan_tpid: [loadMem(Size.W, A, CONTEXT, SkBuff.vlan_proto), toBigEndian(16, A)],
};

function ancillary(k: number): Piece | string {
  const name = ancillaryName(k);
  const known = name && ancillaryLoads[name];
  return known ?? `eBPF programs cannot ask for ${name ?? `ancillary data at ${k - ANCILLARY_OFFSET}`}.`;
}

const operations = new Map<number, Alu>([
  [ClassicAlu.ADD, Alu.ADD],
  [ClassicAlu.SUB, Alu.SUB],
  [ClassicAlu.MUL, Alu.MUL],
  [ClassicAlu.DIV, Alu.DIV],
  [ClassicAlu.OR, Alu.OR],
  [ClassicAlu.AND, Alu.AND],
  [ClassicAlu.LSH, Alu.LSH],
  [ClassicAlu.RSH, Alu.RSH],
  [ClassicAlu.MOD, Alu.MOD],
  [ClassicAlu.XOR, Alu.XOR],
]);

function arithmetic(code: number, k: number): Piece {
  const operation = code & 0xf0;
  if (operation === ClassicAlu.NEG) return [neg32(A)];
  const alu = operations.get(operation)!;
  if ((code & 8) === 0) return [alu32Imm(alu, A, k)];
  if (operation !== ClassicAlu.DIV && operation !== ClassicAlu.MOD) return [alu32(alu, A, X)];
  // eBPF divides by zero without a word; classic BPF drops the packet.
  return [mov32(X, X), jumpImm(Jump.JNE, X, 0, 2), alu32(Alu.XOR, A, A), exit(), alu32(alu, A, X)];
}

const conditions = new Map<number, Jump>([
  [ClassicJump.JEQ, Jump.JEQ],
  [ClassicJump.JGT, Jump.JGT],
  [ClassicJump.JGE, Jump.JGE],
  [ClassicJump.JSET, Jump.JSET],
]);
const inverted = new Map<number, Jump>([
  [ClassicJump.JEQ, Jump.JNE],
  [ClassicJump.JGT, Jump.JLE],
  [ClassicJump.JGE, Jump.JLT],
]);

function jumps({ code, jt, jf, k }: ClassicInstruction): Piece {
  if (!isClassicConditional(code)) return k === 0 ? [] : [to(k, (distance) => ja(distance))];
  const operation = code & 0xf0;
  // Immediates of eBPF are signed, so a large one goes through a register.
  const wide = (code & 8) === 0 && k > 0x7fffffff;
  const compare = (condition: Jump, distance: number): Instruction => {
    if ((code & 8) !== 0) return jump(condition, A, X, distance);
    return wide ? jump(condition, A, TMP, distance) : jumpImm(condition, A, k, distance);
  };
  const before = wide ? [mov32Imm(TMP, k)] : [];
  if (jt === jf) return jt === 0 ? [] : [to(jt, (distance) => ja(distance))];
  const condition = conditions.get(operation)!;
  if (jf === 0) return [...before, to(jt, (distance) => compare(condition, distance))];
  const opposite = inverted.get(operation);
  if (jt === 0 && opposite !== undefined) return [...before, to(jf, (distance) => compare(opposite, distance))];
  return [...before, to(jt, (distance) => compare(condition, distance)), to(jf, (distance) => ja(distance))];
}

function to(skip: number, make: (distance: number) => Instruction): Pending {
  return (target, slot) => {
    const place = target(skip);
    const distance = place === undefined ? -1 : place - slot - 1;
    return distance < 0 || distance > 0x7fff ? undefined : make(distance);
  };
}

function returns(code: number, k: number): Piece | string {
  if (code === CLASSIC_RET_A) return [exit()];
  return code === CLASSIC_RET_K ? [mov32Imm(A, k), exit()] : `There is no opcode 0x${code.toString(16)}.`;
}
