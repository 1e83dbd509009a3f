// What is known of the moment in which a program runs: who was running, where, and what its memory holds.

/** The process and thread that helpers call "current". */
export interface CurrentTask {
  /** The process, which the kernel calls tgid. */
  readonly pid: number;
  /** The thread, which the kernel calls pid. */
  readonly tid: number;
  /** The same two as the process's own pid namespace numbers them, where they differ. */
  readonly namespacePid?: number;
  readonly namespaceTid?: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  readonly parent?: { readonly pid: number; readonly comm: string };
  /** Address of its task_struct in the event's memory. An engine makes up one with what is known when there is none. */
  readonly address?: bigint;
  readonly cgroupId?: bigint;
  /** From the root's down to `cgroupId`. */
  readonly cgroupPath?: readonly bigint[];
}

/** The memory of the traced system. */
export interface ExternalMemory {
  /** Fills `into`; false when any byte of it cannot be read. */
  read(space: 'user' | 'kernel', address: bigint, into: Uint8Array): boolean;
  /** Writes user memory; false when it cannot. */
  write?(address: bigint, bytes: Uint8Array): boolean;
}

export interface EventInfo {
  readonly task: CurrentTask;
  readonly memory?: ExternalMemory;
  /** Return addresses, innermost first. */
  readonly kernelStack?: readonly bigint[];
  readonly userStack?: readonly bigint[];
  /** What bpf_get_attach_cookie returns. */
  readonly cookie?: bigint;
  /** What bpf_get_func_ip returns. */
  readonly functionAddress?: bigint;
  /** Number of arguments of the traced function, for bpf_get_func_arg. */
  readonly argumentCount?: number;
}

/** The memory of a system that nothing is known of. */
export const NO_MEMORY: ExternalMemory = { read: () => false };

/** The idle task, for programs that nobody runs. */
export const NOBODY: EventInfo = { task: { pid: 0, tid: 0, uid: 0, gid: 0, comm: 'swapper/0' } };
