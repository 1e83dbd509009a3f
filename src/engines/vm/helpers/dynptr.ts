// Dynamic pointers. Kernel: kernel/bpf/helpers.c (5.19).

import { clearDynptr, DynptrKind, MAX_DYNPTR_BYTES, readDynptr, sliceOf, writeDynptr } from '../dynptr.ts';
import { E2BIG, EINVAL } from '../errno.ts';
import type { VmHelper } from './helper.ts';

export const dynptrFromMem: VmHelper = {
  name: 'dynptr_from_mem',
  parameters: ['pointer', 'i32', 'i64', 'pointer'],
  result: 'i32',
  call: ({ memory }, data, size, flags, flagsHigh, at) => {
    const length = size! >>> 0;
    clearDynptr(memory, at!);
    if (length > MAX_DYNPTR_BYTES) return -E2BIG;
    if (flags !== 0 || flagsHigh !== 0) return -EINVAL;
    writeDynptr(memory, at!, { address: data!, kind: DynptrKind.LOCAL, size: length, readOnly: false });
    return 0;
  },
};

export const dynptrRead: VmHelper = {
  name: 'dynptr_read',
  parameters: ['pointer', 'i32', 'pointer', 'i32', 'i64'],
  result: 'i32',
  call: ({ memory }, to, size, at, offset, flags, flagsHigh) => {
    const dynptr = readDynptr(memory, at!);
    if (dynptr.kind === DynptrKind.NULL || flags !== 0 || flagsHigh !== 0) return -EINVAL;
    const from = sliceOf(dynptr, offset! >>> 0, size! >>> 0);
    if (from < 0) return from;
    memory.u8.copyWithin(to!, from, from + (size! >>> 0));
    return 0;
  },
};

export const dynptrWrite: VmHelper = {
  name: 'dynptr_write',
  parameters: ['pointer', 'i32', 'pointer', 'i32', 'i64'],
  result: 'i32',
  call: ({ memory }, at, offset, from, size, flags, flagsHigh) => {
    const dynptr = readDynptr(memory, at!);
    if (dynptr.kind === DynptrKind.NULL || dynptr.readOnly) return -EINVAL;
    const to = sliceOf(dynptr, offset! >>> 0, size! >>> 0);
    if (to < 0) return to;
    if (flags !== 0 || flagsHigh !== 0) return -EINVAL;
    memory.u8.copyWithin(to, from!, from! + (size! >>> 0));
    return 0;
  },
};

/** A pointer to a slice, NULL when it is out of bounds or read-only. */
export const dynptrData: VmHelper = {
  name: 'dynptr_data',
  parameters: ['pointer', 'i32', 'i32'],
  result: 'pointer',
  call: ({ memory }, at, offset, size) => {
    const dynptr = readDynptr(memory, at);
    if (dynptr.readOnly) return 0;
    return Math.max(0, sliceOf(dynptr, offset >>> 0, size! >>> 0));
  },
};
