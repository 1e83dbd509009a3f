// Entry and exit of kernel functions through BPF trampolines (5.5), the cheapest of all probes.

import { attachKind, attachKindId } from '../../../isa/index.ts';
import { linkCreate } from '../sys/bpf.ts';
import { isErrno } from '../sys/syscall-error.ts';
import { type Attach, cannotAttach } from './attach.ts';

export const attachFentry: Attach<'fentry'> = (program, attach, { sys, features }) => {
  const fallback = attach.returns ? 'trace_fexit' : 'trace_fentry';
  const attachType = attachKind(program.program.attachKind ?? fallback)?.id ?? attachKindId(fallback);
  const cookie = features.has('perf-link') ? BigInt(attach.probe) : 0n;
  try {
    // Cookies of tracing links are of 5.19; before, the field is refused unless zero.
    return { links: [open(cookie)] };
  } catch (error) {
    if (isErrno(error, 'EINVAL') && cookie !== 0n) return { links: [open(0n)] };
    throw explained(error, attach.symbol);
  }

  function open(value: bigint): number {
    return linkCreate(sys, {
      program: program.fd,
      target: 0,
      attachType,
      rest: (attr) => attr.u32(0).u32(0).u64(value),
    });
  }
};

function explained(error: unknown, symbol: string): unknown {
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
