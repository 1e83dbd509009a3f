// One slot of BPF code. Indices, jump offsets and the kernel's messages all count slots, so a program is an array of
// slots and an LD_IMM64 is two of them, exactly as in memory: decode and encode lose nothing, valid or not.
// Layout: struct bpf_insn, include/uapi/linux/bpf.h; RFC 9669 section 3.

/** One eight-byte slot. */
export interface Instruction {
  /** The opcode byte. */
  readonly code: number;
  /** Destination register, 0 to 15 as encoded. */
  readonly dst: number;
  /** Source register or pseudo kind, 0 to 15 as encoded. */
  readonly src: number;
  /** Signed 16-bit offset. */
  readonly off: number;
  /** Signed 32-bit immediate. */
  readonly imm: number;
}
