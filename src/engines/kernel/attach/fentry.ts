// Entry and exit of kernel functions through BPF trampolines (5.5), the cheapest of all probes.

import { attachKind, attachKindId } from '../../../isa/index.ts';
import { linkCreate, rawTracepointOpen } from '../sys/bpf.ts';
import { isErrno } from '../sys/syscall-error.ts';
import { type Attach, cannotAttach } from './attach.ts';

export const attachFentry: Attach<'fentry'> = (program, attach, { sys }) => {
  const fallback = attach.returns ? 'trace_fexit' : 'trace_fentry';
  const attachType = attachKind(program.program.attachKind ?? fallback)?.id ?? attachKindId(fallback);
  const link = (cookie: number): number =>
    linkCreate(sys, {
      program: program.fd,
      target: 0,
      attachType,
      rest: (attr) => attr.u32(0).u32(0).u64(BigInt(cookie)),
    });
  try {
    // Cookies of tracing links are of 5.19, the links themselves of 5.16; the oldest way knows the program's target too.
    const ways = [() => link(attach.probe), () => link(0), () => rawTracepointOpen(sys, program.fd)];
    return { links: [firstThatWorks(ways)] };
  } catch (error) {
    throw explained(error, attach.symbol);
  }
};

/** The next way is for kernels that do not know this one. */
function firstThatWorks(ways: readonly (() => number)[]): number {
  for (const [index, way] of ways.entries()) {
    try {
      return way();
    } catch (error) {
      if (index === ways.length - 1 || !isErrno(error, 'EINVAL')) throw error;
    }
  }
  throw new Error('bug in beetrace: no way to attach');
}

/** Why a program cannot be on a function; the kernel says some of it when it loads, some when it attaches. */
export function explained(error: unknown, symbol: string): unknown {
  if (isErrno(error, 'EPERM')) {
    return cannotAttach(
      `fentry of '${symbol}' is not permitted on this kernel, which is locked down`,
      'use a tracepoint (beetrace -l "tracepoint:*") or boot without kernel lockdown',
    );
  }
  if (isErrno(error, 'EBUSY', 'ENOTSUPP', 'EOPNOTSUPP', 'EINVAL')) {
    return cannotAttach(
      `the function '${symbol}' cannot be traced with fentry (${error.errnoName})`,
      `try kprobe:${symbol}`,
    );
  }
  return error;
}
