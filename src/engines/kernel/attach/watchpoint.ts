// Watchpoints: the processor's debug registers say when memory is read, written or executed. There are four of them.

import { PerfType } from '../sys/perf.ts';
import { isErrno } from '../sys/syscall-error.ts';
import { type Attach, cannotAttach } from './attach.ts';
import { openEverywhere, openForProcess } from './perf-event.ts';
import { linkEvents } from './perf-link.ts';

/** Bits of perf_event_attr.bp_type: include/uapi/linux/hw_breakpoint.h. */
const modeBits: Readonly<Record<string, number>> = { r: 1, w: 2, x: 4 };
/** Execution is watched with the size of a long. */
const EXECUTE_LENGTH = 8;
const KERNEL_HALF = 1n << 63n;

export const attachWatchpoint: Attach<'watchpoint'> = (program, attach, context) => {
  const breakpointType = [...attach.mode].reduce((bits, letter) => bits | (modeBits[letter] ?? 0), 0);
  const event = {
    type: PerfType.BREAKPOINT,
    config: 0n,
    breakpointType,
    config1: attach.address,
    config2: BigInt(attach.mode === 'x' ? EXECUTE_LENGTH : attach.length),
  };
  const { targetPid, childPid } = context.options;
  const pid = targetPid ?? childPid;
  try {
    const inKernel = (attach.address & KERNEL_HALF) !== 0n;
    const events = pid === undefined || inKernel ? openEverywhere(event, context) : openForProcess(event, pid, context);
    return linkEvents(context, program, events, attach.probe);
  } catch (error) {
    throw explained(error, attach.address, attach.length);
  }
};

function explained(error: unknown, address: bigint, length: number): unknown {
  if (isErrno(error, 'ENOSPC')) {
    return cannotAttach('the processor has no free debug register', 'it has four, which other debuggers may use too');
  }
  if (isErrno(error, 'EINVAL', 'EOPNOTSUPP')) {
    return cannotAttach(
      `the processor cannot watch ${length} bytes at 0x${address.toString(16)}`,
      'the address must be a multiple of the length, and the mode one of w, rw, x',
      'functions of the kernel can only be watched on kernels with kprobes',
    );
  }
  return error;
}
