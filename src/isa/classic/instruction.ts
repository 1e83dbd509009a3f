// Classic BPF: the virtual machine of packet filters and seccomp, with an accumulator A, an index register X and sixteen
// words of scratch memory M[]. Layout: struct sock_filter, include/uapi/linux/filter.h (2.1.75).

/** One instruction of classic BPF. */
export interface ClassicInstruction {
  /** The opcode, 16 bits as encoded. */
  readonly code: number;
  /** Instructions to skip when a conditional jump holds, 0 to 255. */
  readonly jt: number;
  /** Instructions to skip when it does not. */
  readonly jf: number;
  /** The operand, unsigned 32 bits. */
  readonly k: number;
}

/** The most instructions that the kernel takes: BPF_MAXINSNS, include/uapi/linux/bpf_common.h. */
export const CLASSIC_MAX_INSTRUCTIONS = 4096;
/** Words of scratch memory: BPF_MEMWORDS. */
export const CLASSIC_MEMORY_WORDS = 16;
