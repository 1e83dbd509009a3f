// Stacks and addresses that user space turns into names.

import { frameSize, type StackMode, type Type, type TypeOf } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import type { ProgramBuilder } from '../program.ts';
import { pid } from './builtins.ts';
import { after, zero } from './memory.ts';
import { type DeferredOperand, deferred, type Operand, registerOf, scalar } from './operand.ts';

// Flags of bpf_get_stack, include/uapi/linux/bpf.h.
const USER_STACK = 1 << 8;
const BUILD_ID = 1 << 11;

/**
 * Frames that a stack begins with on every kernel: the program, and bpf_trace_runN of a raw tracepoint or the trampoline of
 * a function. There may be one more, which depends on the kernel's version; the report leaves it out by its name.
 */
const OWN_FRAMES = 2;
const HAVE_OWN_FRAMES: ReadonlySet<string> = new Set(['trace_raw_tp', 'trace_fentry', 'trace_fexit']);

/** The kernel's stack: `u64 count` and the addresses. */
export function kernelStack(p: ProgramBuilder, mode: StackMode, limit: number): DeferredOperand {
  const { kind, attachKind } = p.options;
  const skip = kind === 'raw_tracepoint' || HAVE_OWN_FRAMES.has(attachKind ?? '') ? OWN_FRAMES : 0;
  return stack(p, { kind: 'kstack', mode, limit }, skip, (place, count) =>
    p.b.store(8, place.base, place.offset, count),
  );
}

/** The process's stack: `u32 count`, `u32 pid` and the addresses. */
export function userStack(p: ProgramBuilder, mode: StackMode, limit: number): DeferredOperand {
  const flags = USER_STACK | (mode === 'build_id' ? BUILD_ID : 0);
  return stack(p, { kind: 'ustack', mode, limit }, flags, (place, count) => {
    p.b.store(4, place.base, place.offset, count);
    p.b.store(4, place.base, place.offset + 4, registerOf(pid(p, false)));
  });
}

function stack(
  p: ProgramBuilder,
  type: TypeOf<'kstack'> | TypeOf<'ustack'>,
  flags: number,
  writeHead: (place: { base: Instruction; offset: number }, count: Instruction) => void,
): DeferredOperand {
  const { b } = p;
  const width = frameSize(type.mode);
  return deferred(type, (place, clean) => {
    const frames = after(place, 8);
    const size = type.limit * width;
    if (clean) zero(p, frames, size);
    const result = p.call('get_stack', p.ctx, p.address(frames), size, flags);
    // No stack is an empty one: kernel threads have no user stack.
    const used = b.choose(
      'slt',
      result,
      0,
      () => b.const(0),
      () => result,
    );
    writeHead(place, b.binary('shr', used, Math.log2(width)));
    return b.add(used, 8);
  });
}

/** An address in the kernel, shown by name. */
export function kernelAddress(_p: ProgramBuilder, address: Instruction): Operand {
  return scalar({ kind: 'ksym' }, address);
}

/** An address in the process, shown by name. */
export function userAddress(p: ProgramBuilder, address: Instruction): DeferredOperand {
  const type: Type = { kind: 'usym' };
  return deferred(type, (place) => {
    p.b.store(8, place.base, place.offset, address);
    p.b.store(4, place.base, place.offset + 8, registerOf(pid(p, false)));
    p.b.store(4, place.base, place.offset + 12, 0);
    return undefined;
  });
}
