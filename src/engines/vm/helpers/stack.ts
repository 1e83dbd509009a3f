// Stacks of the event. Kernel: kernel/bpf/stackmap.c.

import { EFAULT, EINVAL } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { StackTraceMap } from '../maps/stack-trace.ts';
import type { VmHelper } from './helper.ts';
import { mapArgument } from './maps.ts';

const SKIP_MASK = 0xff;
const USER = 1 << 8;
const FAST_COMPARE = 1 << 9;
const REUSE_ID = 1 << 10;
const USER_BUILD_ID = 1 << 11;

function stackOf(machine: Machine, flags: number): readonly bigint[] {
  const { userStack = [], kernelStack = [] } = machine.event;
  return (flags & USER) !== 0 ? userStack : kernelStack;
}

/** Fills the buffer with return addresses, the rest with zeroes; returns the bytes of the addresses. */
function getStackCall(machine: Machine, to: number, size: number, flags: number, flagsHigh: number): number {
  const { memory } = machine;
  memory.u8.fill(0, to, to + size);
  const isBuildId = (flags & USER_BUILD_ID) !== 0;
  if (flagsHigh !== 0 || (flags & ~(SKIP_MASK | USER | USER_BUILD_ID)) !== 0 || isBuildId || size % 8 !== 0)
    return -EINVAL;
  const stack = stackOf(machine, flags);
  const skip = flags & SKIP_MASK;
  if (stack.length === 0 || stack.length < skip) return -EFAULT;
  const shown = stack.slice(skip, skip + size / 8);
  for (const [at, address] of shown.entries()) memory.setU64(to + at * 8, address);
  return shown.length * 8;
}

export const getStack: VmHelper = {
  name: 'get_stack',
  note: 'Build ids (BPF_F_USER_BUILD_ID) are refused with -EINVAL: an event has addresses.',
  parameters: ['i64', 'pointer', 'i32', 'i64'],
  result: 'i32',
  call: (machine, _context, _contextHigh, to, size, flags, flagsHigh) =>
    getStackCall(machine, to!, size! >>> 0, flags!, flagsHigh!),
};

export const getTaskStack: VmHelper = {
  ...getStack,
  name: 'get_task_stack',
  note: 'The stack of the event, whichever task is given.',
};

export const getStackid: VmHelper = {
  name: 'get_stackid',
  parameters: ['i64', 'pointer', 'i64'],
  result: 'i32',
  call: (machine, _context, _contextHigh, address, flags, flagsHigh) => {
    const map = mapArgument(machine, address!);
    if (!(map instanceof StackTraceMap) || flagsHigh !== 0) return -EINVAL;
    if ((flags! & ~(SKIP_MASK | USER | FAST_COMPARE | REUSE_ID)) !== 0) return -EINVAL;
    const stack = stackOf(machine, flags!);
    const skip = flags! & SKIP_MASK;
    if (stack.length === 0 || stack.length <= skip) return -EFAULT;
    return map.put(stack.slice(skip, skip + map.depth), {
      compareHash: (flags! & FAST_COMPARE) !== 0,
      replace: (flags! & REUSE_ID) !== 0,
    });
  },
};
