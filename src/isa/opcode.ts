// The numbers of the instruction set, and questions about an opcode byte.
// An opcode is `class | source | operation` for arithmetic and jumps, `class | size | mode` for loads and stores.
// Source: RFC 9669 sections 3 to 5; Linux include/uapi/linux/bpf.h and bpf_common.h for what the RFC leaves out.
// First kernels: the base set 3.18; JLT, JLE, JSLT, JSLE 4.14; JMP32 5.1; atomics beyond ADD 5.12; MEMSX, MOVSX, BSWAP,
// SDIV, SMOD, GOTOL 6.6; JCOND (may_goto) and addr_space_cast 6.9; LOAD_ACQ, STORE_REL 6.15; GOTOX 6.19.

/** The low three bits: what kind of instruction. */
export const Class = {
  LD: 0x00,
  LDX: 0x01,
  ST: 0x02,
  STX: 0x03,
  /** 32-bit arithmetic. */
  ALU: 0x04,
  /** Jumps that compare 64 bits, calls, exit. */
  JMP: 0x05,
  /** Jumps that compare 32 bits. */
  JMP32: 0x06,
  /** 64-bit arithmetic. */
  ALU64: 0x07,
} as const;

/** How many bytes a load or store moves. */
export const Size = { W: 0x00, H: 0x08, B: 0x10, DW: 0x18 } as const;

/** How a load or store finds its memory. */
export const Mode = {
  /** LD only: a 64-bit immediate in two slots. */
  IMM: 0x00,
  /** LD only: packet bytes at a constant offset (legacy). */
  ABS: 0x20,
  /** LD only: packet bytes at register plus constant (legacy). */
  IND: 0x40,
  MEM: 0x60,
  /** LDX only: sign-extending load. */
  MEMSX: 0x80,
  /** STX only: atomic read-modify-write, load-acquire, store-release. */
  ATOMIC: 0xc0,
} as const;

/** The second operand of arithmetic and jumps: `imm` or a register. */
export const Source = { K: 0x00, X: 0x08 } as const;

/** Arithmetic operations (classes ALU and ALU64). */
export const Alu = {
  ADD: 0x00,
  SUB: 0x10,
  MUL: 0x20,
  /** Unsigned; signed when `off` is 1. */
  DIV: 0x30,
  OR: 0x40,
  AND: 0x50,
  LSH: 0x60,
  RSH: 0x70,
  NEG: 0x80,
  /** Unsigned; signed when `off` is 1. */
  MOD: 0x90,
  XOR: 0xa0,
  /** Sign-extending when `off` is 8, 16 or 32. */
  MOV: 0xb0,
  ARSH: 0xc0,
  /** Byte order: `le`/`be` in class ALU, `bswap` in class ALU64; `imm` is the width. */
  END: 0xd0,
} as const;

/** Jump operations (classes JMP and JMP32). */
export const Jump = {
  JA: 0x00,
  JEQ: 0x10,
  JGT: 0x20,
  JGE: 0x30,
  JSET: 0x40,
  JNE: 0x50,
  JSGT: 0x60,
  JSGE: 0x70,
  CALL: 0x80,
  EXIT: 0x90,
  JLT: 0xa0,
  JLE: 0xb0,
  JSLT: 0xc0,
  JSLE: 0xd0,
  /** `may_goto`, when `src` is 0. */
  JCOND: 0xe0,
} as const;

/** `imm` of an atomic instruction. */
export const Atomic = {
  ADD: 0x00,
  OR: 0x40,
  AND: 0x50,
  XOR: 0xa0,
  /** Or-ed to the four above: the old value is returned in `src`. */
  FETCH: 0x01,
  XCHG: 0xe1,
  /** Compares with r0 and returns the old value in r0. */
  CMPXCHG: 0xf1,
  /** `dst = *(src + off)`: the operands are those of a load. */
  LOAD_ACQ: 0x100,
  STORE_REL: 0x110,
} as const;

/** `src` of LD_IMM64: what the 64-bit value stands for. */
export const PseudoLoad = {
  NONE: 0,
  /** `imm` is the fd of a map; the value is the map. */
  MAP_FD: 1,
  /** `imm` is the fd of a map, the next slot's `imm` an offset; the value is the address in the map's first value. */
  MAP_VALUE: 2,
  /** `imm` is the BTF id of a kernel variable or function, the next slot's `imm` the fd of its BTF (0: vmlinux). */
  BTF_ID: 3,
  /** `imm` is the distance in slots to a static subprogram; the value is its address. */
  FUNC: 4,
  /** As MAP_FD, `imm` indexes the fd array of the load. */
  MAP_IDX: 5,
  /** As MAP_VALUE, `imm` indexes the fd array of the load. */
  MAP_IDX_VALUE: 6,
} as const;

/** `src` of CALL: what `imm` means. */
export const PseudoCall = {
  /** The number of a helper. */
  HELPER: 0,
  /** The distance in slots to a subprogram. */
  SUBPROGRAM: 1,
  /** The BTF id of a kernel function; `off` indexes the fd array (0: vmlinux). */
  KFUNC: 2,
} as const;

/** `imm` of addr_space_cast: which way an arena pointer is converted. */
export const AddressSpaceCast = {
  /** Address space 1 to 0: the user's address of arena memory becomes the kernel's. */
  TO_KERNEL: 1,
  /** Address space 0 to 1. */
  TO_USER: 0x10000,
} as const;

export type Class = (typeof Class)[keyof typeof Class];
export type Size = (typeof Size)[keyof typeof Size];
export type Mode = (typeof Mode)[keyof typeof Mode];
export type Source = (typeof Source)[keyof typeof Source];
export type Alu = (typeof Alu)[keyof typeof Alu];
export type Jump = (typeof Jump)[keyof typeof Jump];
export type PseudoLoad = (typeof PseudoLoad)[keyof typeof PseudoLoad];
export type PseudoCall = (typeof PseudoCall)[keyof typeof PseudoCall];

/** The opcode of the first slot of a 64-bit immediate load. */
export const LD_IMM64 = Class.LD | Mode.IMM | Size.DW;
export const CALL = Class.JMP | Jump.CALL;
export const EXIT = Class.JMP | Jump.EXIT;

/** The frame pointer, read-only. */
export const FRAME_POINTER = 10;
/** The most registers that an encoding can name validly: r0 to r10. */
export const REGISTER_COUNT = 11;
/** `off` of DIV and MOD that makes them signed. */
export const SIGNED = 1;
/** `off` of a 64-bit register MOV that makes it an addr_space_cast. */
export const ADDR_SPACE_CAST = 1;

export function classOf(code: number): Class {
  return (code & 0x07) as Class;
}

/** The size bits of a load or store. */
export function sizeOf(code: number): Size {
  return (code & 0x18) as Size;
}

/** The mode bits of a load or store; some patterns are no mode. */
export function modeOf(code: number): number {
  return code & 0xe0;
}

/** The operation bits of arithmetic or a jump; some patterns are no operation. */
export function operationOf(code: number): number {
  return code & 0xf0;
}

export function sourceOf(code: number): Source {
  return (code & 0x08) as Source;
}

/** Whether the instruction takes two slots. */
export function isWide(code: number): boolean {
  return code === LD_IMM64;
}

export function isAlu(code: number): boolean {
  const kind = code & 0x07;
  return kind === Class.ALU || kind === Class.ALU64;
}

export function isJump(code: number): boolean {
  const kind = code & 0x07;
  return kind === Class.JMP || kind === Class.JMP32;
}

/** Whether a jump's way depends on values (JCOND included): not JA, GOTOL, CALL, EXIT or any other pattern. */
export function isConditional(code: number): boolean {
  if (!isJump(code)) return false;
  const operation = code & 0xf0;
  if (operation === Jump.JCOND) return code === (Class.JMP | Jump.JCOND);
  return operation !== Jump.JA && operation !== Jump.CALL && operation !== Jump.EXIT && operation < Jump.JCOND;
}

/** Whether the opcode is an unconditional jump: `goto` (offset in `off`) or `gotol` (offset in `imm`). */
export function isGoto(code: number): boolean {
  return code === (Class.JMP | Jump.JA) || code === (Class.JMP32 | Jump.JA);
}

/** Whether the second operand is a register. */
export function usesRegisterSource(code: number): boolean {
  return (code & 0x08) === Source.X;
}

/** 1, 2, 4 or 8. */
export function bytesOf(size: Size): 1 | 2 | 4 | 8 {
  switch (size) {
    case Size.B:
      return 1;
    case Size.H:
      return 2;
    case Size.W:
      return 4;
    case Size.DW:
      return 8;
  }
}

/** The size of 1, 2, 4 or 8 bytes. */
export function sizeOfBytes(bytes: 1 | 2 | 4 | 8): Size {
  if (bytes === 1) return Size.B;
  if (bytes === 2) return Size.H;
  return bytes === 4 ? Size.W : Size.DW;
}

/** The distance in slots that a jump adds to the next slot's index: in `imm` for gotol, else in `off`. */
export function jumpDistance(instruction: {
  readonly code: number;
  readonly off: number;
  readonly imm: number;
}): number {
  return instruction.code === (Class.JMP32 | Jump.JA) ? instruction.imm : instruction.off;
}
