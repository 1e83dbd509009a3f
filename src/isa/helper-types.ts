// What the table of helpers says about each: the types that the verifier checks. The words are those of the kernel's
// enum bpf_arg_type and bpf_return_type (include/linux/bpf.h) without ARG_ and RET_; its flag bits are fields here.

/** What an argument must be. */
export type ArgumentKind =
  | 'ANYTHING'
  | 'SCALAR'
  | 'CONST_SIZE'
  | 'CONST_SIZE_OR_ZERO'
  | 'CONST_ALLOC_SIZE_OR_ZERO'
  | 'CONST_MAP_PTR'
  | 'PTR_TO_MAP_KEY'
  | 'PTR_TO_MAP_VALUE'
  | 'PTR_TO_CTX'
  | 'PTR_TO_MEM'
  | 'PTR_TO_STACK'
  | 'PTR_TO_FUNC'
  | 'PTR_TO_CONST_STR'
  | 'PTR_TO_BTF_ID'
  | 'PTR_TO_BTF_ID_SOCK_COMMON'
  | 'PTR_TO_PERCPU_BTF_ID'
  | 'PTR_TO_SOCK_COMMON'
  | 'PTR_TO_SOCKET'
  | 'PTR_TO_SPIN_LOCK'
  | 'PTR_TO_TIMER'
  | 'PTR_TO_RINGBUF_MEM'
  | 'PTR_TO_DYNPTR'
  | 'KPTR_XCHG_DEST';

/** One argument of a helper. */
export interface Argument {
  readonly kind: ArgumentKind;
  /** NULL is accepted too. */
  readonly nullable?: true;
  /** MEM_RDONLY: the helper only reads the memory. */
  readonly readOnly?: true;
  /** MEM_WRITE: the helper writes the memory. */
  readonly writes?: true;
  /** MEM_UNINIT: the memory need not be initialised before the call. */
  readonly uninitialized?: true;
  /** MEM_ALIGNED: the address must be aligned to the size. */
  readonly aligned?: true;
  /** OBJ_RELEASE: the call gives the reference up. */
  readonly releases?: true;
  /** MEM_FIXED_SIZE: how many bytes; elsewhere the size is the next argument. */
  readonly size?: number;
  /** The name of the kernel struct that the pointer must point to. */
  readonly struct?: string;
  /** Which kind of dynptr; any when absent. */
  readonly dynptr?: 'local' | 'ringbuf';
}

/** What a helper leaves in r0. */
export type ReturnKind =
  | 'INTEGER'
  | 'VOID'
  | 'PTR_TO_MAP_VALUE'
  | 'PTR_TO_MEM'
  | 'PTR_TO_MEM_OR_BTF_ID'
  | 'PTR_TO_BTF_ID'
  | 'PTR_TO_SOCKET'
  | 'PTR_TO_TCP_SOCK'
  | 'PTR_TO_SOCK_COMMON';

export interface Return {
  readonly kind: ReturnKind;
  /** The pointer must be compared with NULL before use. */
  readonly nullable?: true;
  readonly readOnly?: true;
  /** The pointer may be passed where a trusted one is needed. */
  readonly trusted?: true;
  /** Where the memory lives, which decides how it may be used. */
  readonly memory?: 'ringbuf' | 'dynptr';
  /** The name of the kernel struct that it points to. */
  readonly struct?: string;
}

/** How a helper is called. */
export interface Prototype {
  readonly ret: Return;
  readonly args: readonly Argument[];
  /** Only programs under a GPL-compatible licence may call it. */
  readonly gplOnly: boolean;
  /** Pointers into packets are accepted as memory arguments. */
  readonly packetAccess: boolean;
  /** It may sleep, so only sleepable programs may call it. */
  readonly mightSleep: boolean;
  /** Only functions on a list in the kernel may be attached to by programs that call it. */
  readonly allowlisted: boolean;
  /** The call may leave r1 to r5 as they are when the JIT inlines it (bpf_fastcall). */
  readonly fastcall: boolean;
}

/** One helper function of the kernel. */
export interface Helper {
  /** The number in a call instruction. */
  readonly id: number;
  /** The name without `bpf_`. */
  readonly name: string;
  /** The first kernel that has it for any kind of program. */
  readonly since: string;
  /** How most kinds of program call it. */
  readonly prototype: Prototype;
  /** How it differs for some kinds of program or attachment. */
  readonly variants: Readonly<Record<string, Prototype>>;
}
