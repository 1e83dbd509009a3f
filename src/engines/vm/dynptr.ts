// Dynamic pointers: 16 bytes on a program's stack that stand for a piece of memory whose size is known only at run time. The
// program cannot read them, so the layout is ours: u32 address, u32 kind, u32 size, u32 flags. Kernel: 5.19.

import { E2BIG, EINVAL } from './errno.ts';
import type { LinearMemory } from './memory.ts';

export const DynptrKind = { NULL: 0, LOCAL: 1, RINGBUF: 2 } as const;

const READ_ONLY = 1;
/** DYNPTR_MAX_SIZE. */
export const MAX_DYNPTR_BYTES = (1 << 24) - 1;

export interface Dynptr {
  readonly address: number;
  readonly kind: number;
  readonly size: number;
  readonly readOnly: boolean;
}

export function readDynptr(memory: LinearMemory, at: number): Dynptr {
  return {
    address: memory.getU32(at),
    kind: memory.getU32(at + 4),
    size: memory.getU32(at + 8),
    readOnly: (memory.getU32(at + 12) & READ_ONLY) !== 0,
  };
}

export function writeDynptr(memory: LinearMemory, at: number, dynptr: Dynptr): void {
  memory.setU32(at, dynptr.address);
  memory.setU32(at + 4, dynptr.kind);
  memory.setU32(at + 8, dynptr.size);
  memory.setU32(at + 12, dynptr.readOnly ? READ_ONLY : 0);
}

export function clearDynptr(memory: LinearMemory, at: number): void {
  memory.u8.fill(0, at, at + 16);
}

/** The address of a slice, or a negative error number: bpf_dynptr_check_off_len(). */
export function sliceOf(dynptr: Dynptr, offset: number, length: number): number {
  if (dynptr.kind === DynptrKind.NULL) return -EINVAL;
  if (length > dynptr.size || offset > dynptr.size - length) return -E2BIG;
  return dynptr.address + offset;
}
