// Why a program is not accepted: thrown where it is found, caught by verifyProgram().

/** Error numbers that verification gives. */
export const Errno = {
  EPERM: -1,
  ENOENT: -2,
  E2BIG: -7,
  EACCES: -13,
  EFAULT: -14,
  EINVAL: -22,
  EPROTO: -71,
  EOPNOTSUPP: -95,
  ENOTSUPP: -524,
} as const;

/** Not an Error: rejecting is a result, and collecting the stack would cost more than verifying a small program. */
export class Rejection {
  readonly errno: number;
  /** The sentence of the kernel. */
  readonly message: string;
  /** The register that it is about, when there is one. */
  readonly register: number | undefined;

  constructor(errno: number, message: string, register?: number) {
    this.errno = errno;
    this.message = message;
    this.register = register;
  }
}

export function reject(errno: number, message: string, register?: number): never {
  throw new Rejection(errno, message, register);
}
