// A system call that failed, as a value that the layers above can ask which error it was.

import { TraceError } from '../../../base/error.ts';
import { type ErrnoName, errnoName, errnoText } from './errno.ts';

export class SyscallError extends TraceError {
  /** The call with its command: `bpf(BPF_MAP_CREATE)`. */
  readonly call: string;
  readonly errno: number;
  /** `EPERM`. */
  readonly errnoName: string;

  constructor(call: string, errno: number) {
    super('ERR_SYSCALL', `${call} failed: ${errnoText(errno)} (${errnoName(errno)})`);
    this.name = 'SyscallError';
    this.call = call;
    this.errno = errno;
    this.errnoName = errnoName(errno);
  }
}

/** Whether an error is a system call that failed with one of these. */
export function isErrno(error: unknown, ...names: readonly ErrnoName[]): error is SyscallError {
  return error instanceof SyscallError && (names as readonly string[]).includes(error.errnoName);
}
