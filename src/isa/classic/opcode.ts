// The numbers of classic BPF, and the offsets above the packet with which Linux hands out what it knows beside the bytes.
// Source: include/uapi/linux/bpf_common.h, include/uapi/linux/filter.h.

/** The low three bits of an opcode. */
export const ClassicClass = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, RET: 6, MISC: 7 } as const;
/** How many bytes a load takes. */
export const ClassicSize = { W: 0x00, H: 0x08, B: 0x10 } as const;
/** How a load finds its value. */
export const ClassicMode = {
  IMM: 0x00,
  /** Packet bytes at a constant offset. */
  ABS: 0x20,
  /** Packet bytes at X plus a constant. */
  IND: 0x40,
  /** Scratch memory. */
  MEM: 0x60,
  /** Length of the packet. */
  LEN: 0x80,
  /** LDX only: four times the low nibble of a packet byte, the length of an IPv4 header. */
  MSH: 0xa0,
} as const;
export const ClassicAlu = {
  ADD: 0x00,
  SUB: 0x10,
  MUL: 0x20,
  DIV: 0x30,
  OR: 0x40,
  AND: 0x50,
  LSH: 0x60,
  RSH: 0x70,
  NEG: 0x80,
  MOD: 0x90,
  XOR: 0xa0,
} as const;
export const ClassicJump = { JA: 0x00, JEQ: 0x10, JGT: 0x20, JGE: 0x30, JSET: 0x40 } as const;
/** The second operand of arithmetic and jumps. */
export const ClassicSource = { K: 0x00, X: 0x08 } as const;

/** `ret a`; plain `ret` returns k. */
export const CLASSIC_RET_A = ClassicClass.RET | 0x10;
export const CLASSIC_RET_K = ClassicClass.RET;
export const CLASSIC_TAX = ClassicClass.MISC;
export const CLASSIC_TXA = ClassicClass.MISC | 0x80;

/** Loads from this offset on read what the kernel knows, not the packet: SKF_AD_OFF. */
export const ANCILLARY_OFFSET = 0xfffff000;
/** Loads from here on are relative to the network header: SKF_NET_OFF. */
export const NETWORK_OFFSET = 0xfff00000;
/** Loads from here on are relative to the link-layer header: SKF_LL_OFF. */
export const LINK_OFFSET = 0xffe00000;

/** Distance above ANCILLARY_OFFSET of each thing that Linux can tell, by its name in listings. */
export const ANCILLARY = {
  proto: 0,
  type: 4,
  ifidx: 8,
  nla: 12,
  nlan: 16,
  mark: 20,
  queue: 24,
  hatype: 28,
  rxhash: 32,
  cpu: 36,
  xor_x: 40,
  vlan_tci: 44,
  vlanp: 48,
  poff: 52,
  random: 56,
  vlan_tpid: 60,
} as const;

export type AncillaryName = keyof typeof ANCILLARY;

const ancillaryNames = new Map<number, AncillaryName>(
  Object.entries(ANCILLARY).map(([name, distance]) => [ANCILLARY_OFFSET + distance, name as AncillaryName]),
);

/** The name of an ancillary offset, or undefined when the kernel knows nothing there. */
export function ancillaryName(k: number): AncillaryName | undefined {
  return ancillaryNames.get(k >>> 0);
}

const { LD, LDX, ST, STX, ALU, JMP } = ClassicClass;
const arithmetic = Object.values(ClassicAlu).filter((operation) => operation !== ClassicAlu.NEG);

/** The opcodes that exist: everything else the kernel and this machine refuse. */
export const CLASSIC_OPCODES: ReadonlySet<number> = new Set([
  LD | ClassicMode.IMM,
  LD | ClassicMode.MEM,
  LD | ClassicMode.LEN,
  LDX | ClassicMode.IMM,
  LDX | ClassicMode.MEM,
  LDX | ClassicMode.LEN,
  LDX | ClassicSize.B | ClassicMode.MSH,
  ...[ClassicSize.W, ClassicSize.H, ClassicSize.B].flatMap((size) => [
    LD | size | ClassicMode.ABS,
    LD | size | ClassicMode.IND,
  ]),
  ST,
  STX,
  ...arithmetic.flatMap((operation) => [ALU | operation, ALU | operation | ClassicSource.X]),
  ALU | ClassicAlu.NEG,
  JMP | ClassicJump.JA,
  ...[ClassicJump.JEQ, ClassicJump.JGT, ClassicJump.JGE, ClassicJump.JSET].flatMap((operation) => [
    JMP | operation,
    JMP | operation | ClassicSource.X,
  ]),
  CLASSIC_RET_K,
  CLASSIC_RET_A,
  CLASSIC_TAX,
  CLASSIC_TXA,
]);

/** Whether an opcode is a jump with two ways. */
export function isClassicConditional(code: number): boolean {
  return (code & 7) === JMP && (code & 0xf0) !== ClassicJump.JA;
}

/** Whether an opcode loads packet bytes. */
export function isClassicPacketLoad(code: number): boolean {
  const mode = code & 0xe0;
  return (code & 7) === LD && (mode === ClassicMode.ABS || mode === ClassicMode.IND);
}
