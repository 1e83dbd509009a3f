// What programs can find out about where they run: the process, the processor, the clock, the arguments of what was hit.

import { type ClockMode, INT32, sizeOf, stringType, type Type, UINT32, UINT64 } from '../../image/index.ts';
import type { HelperName } from '../../isa/index.ts';
import type { Instruction } from '../ir.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { copy, zero } from './memory.ts';
import { constantString, type DeferredOperand, deferred, inMemory, type Operand, scalar } from './operand.ts';
import { type Member, memberAddress, read, readInto, untrack } from './read.ts';
import { argumentRegister, registerOffset, returnRegister, stackPointer } from './registers.ts';
import { cutAtNul } from './words.ts';

/** TASK_COMM_LEN. */
const COMM_SIZE = 16;

function upper(p: ProgramBuilder, value: Instruction): Instruction {
  return p.b.binary('shr', value, 32);
}

function lower(p: ProgramBuilder, value: Instruction): Instruction {
  return p.b.extend(value, 4, false);
}

/** The process: the thread group's number, in the tracer's pid namespace when the module says so. */
export function pid(p: ProgramBuilder, namespace = p.module.options.pidNamespace): Operand {
  return scalar(UINT32, namespace ? inNamespace(p, 4) : upper(p, p.call('get_current_pid_tgid')));
}

/** The thread. */
export function tid(p: ProgramBuilder, namespace = p.module.options.pidNamespace): Operand {
  return scalar(UINT32, namespace ? inNamespace(p, 0) : lower(p, p.call('get_current_pid_tgid')));
}

// struct bpf_pidns_info { u32 pid; u32 tgid; }; a process outside of the namespace has no number in it and gets 0 (Linux 5.7).
function inNamespace(p: ProgramBuilder, offset: 0 | 4): Instruction {
  const { b } = p;
  const info = p.stack(8, 'pidns');
  b.store(8, info.base, info.offset, 0);
  const device = b.relocated({ kind: 'parameter', parameter: 'pidns-device' }, 0);
  const inode = b.relocated({ kind: 'parameter', parameter: 'pidns-inode' }, 0);
  p.call('get_ns_current_pid_tgid', device, inode, p.address(info), 8);
  return b.load(4, info.base, info.offset + offset);
}

export function uid(p: ProgramBuilder): Operand {
  return scalar(UINT64, lower(p, p.call('get_current_uid_gid')));
}

export function gid(p: ProgramBuilder): Operand {
  return scalar(UINT64, upper(p, p.call('get_current_uid_gid')));
}

/** The name of the thread. */
export function comm(p: ProgramBuilder): DeferredOperand {
  return deferred(stringType(COMM_SIZE), (place, clean) => {
    if (p.module.options.typedTask?.()) {
      loadComm(p, place, clean);
      return undefined;
    }
    // Linux 6.1 copies up to the NUL and leaves the rest as it was.
    if (clean) zero(p, place, COMM_SIZE);
    p.call('get_current_comm', p.address(place), COMM_SIZE);
    return undefined;
  });
}

/** The name from the task itself: two loads instead of a helper that copies byte by byte, a quarter of the time. */
function loadComm(p: ProgramBuilder, place: Place, clean: boolean): void {
  const { b } = p;
  const where = { kind: 'field', type: 'struct task_struct', path: 'comm', what: 'byte-offset', value: 0 } as const;
  const task = p.call('get_current_task_btf');
  const words = [b.load(8, task, 0, where), b.load(8, task, 8, where)];
  // Older kernels leave rests of a longer name behind the NUL.
  const stored = clean ? cutAtNul(p, words) : words;
  const aligned = place.offset % 8 === 0 && (place.align ?? 8) === 8;
  // Behind a field of another size the words are copied in the pieces that fit.
  const target = aligned ? place : p.temp(COMM_SIZE, 8, 'comm');
  stored.forEach((word, index) => {
    b.store(8, target.base, target.offset + index * 8, word);
  });
  if (!aligned) copy(p, place, target, COMM_SIZE);
}

/** Builtins that are what one helper returns. */
function simple(helper: HelperName, type: Type = UINT64): (p: ProgramBuilder) => Operand {
  return (p) => scalar(type, p.call(helper));
}

export const cpu = simple('get_smp_processor_id');
export const randomNumber = simple('get_prandom_u32');
/** Address of the task_struct, as a number. */
export const currentTask = simple('get_current_task');
export const cgroupId = simple('get_current_cgroup_id');
export const numaNode = simple('get_numa_node_id');
export const jiffies = simple('jiffies64');

/** A clock in nanoseconds; `tai` needs Linux 6.1. */
export function nanoseconds(p: ProgramBuilder, clock: ClockMode = 'boot'): Operand {
  switch (clock) {
    case 'boot':
      return scalar(UINT64, p.call('ktime_get_boot_ns'));
    case 'monotonic':
      return scalar(UINT64, p.call('ktime_get_ns'));
    case 'tai':
      return scalar(UINT64, p.call('ktime_get_tai_ns'));
    case 'sw_tai': {
      const offset = p.b.relocated({ kind: 'parameter', parameter: 'tai-offset-ns' }, 0);
      return scalar(UINT64, p.b.add(p.call('ktime_get_boot_ns'), offset));
    }
  }
}

/** Nanoseconds since the run began. */
export function elapsed(p: ProgramBuilder): Operand {
  const start = p.b.relocated({ kind: 'parameter', parameter: 'start-ns' }, 0);
  return scalar(UINT64, p.b.sub(p.call('ktime_get_boot_ns'), start));
}

/** A number that is constant in one run: the processes of beetrace, -c and -p, how many CPUs there are. */
export function parameter(
  p: ProgramBuilder,
  name: 'cpu-count' | 'max-cpu' | 'self-pid' | 'child-pid' | 'target-pid' | 'start-ns',
): Operand {
  return scalar(UINT64, p.b.relocated({ kind: 'parameter', parameter: name }, 0));
}

/** The address of a kernel symbol, found when the Image is loaded. */
export function kernelSymbol(p: ProgramBuilder, symbol: string): Operand {
  return scalar(UINT64, p.b.relocated({ kind: 'kernel-symbol', symbol }, 0));
}

/**
 * The address of a variable of the kernel that every CPU has its own of: that of this CPU, or of the given one (0 when there
 * is no such CPU). Needs Linux 5.10.
 */
export function perCpuAddress(p: ProgramBuilder, symbol: string, cpu?: Instruction): Operand {
  const variable = p.b.relocated({ kind: 'kernel-variable', symbol }, 0);
  if (cpu === undefined) return scalar(UINT64, untrack(p, p.call('this_cpu_ptr', variable)));
  const result = p.b.variable('address');
  const pointer = p.call('per_cpu_ptr', variable, cpu);
  p.b.write(result, p.b.const(0));
  p.b.if('ne', pointer, 0, () => p.b.write(result, untrack(p, pointer)));
  return scalar(UINT64, p.b.read(result));
}

/** The path of a `struct path` that a trusted pointer leads to (fentry, fexit and iter programs, Linux 5.10). */
export function path(p: ProgramBuilder, pointer: Instruction, size: number): DeferredOperand {
  return deferred(stringType(size), (place, clean) => {
    if (clean) zero(p, place, size);
    const result = p.call('d_path', pointer, p.address(place), size);
    const length = p.b.variable('length');
    p.b.write(length, result);
    p.b.if('sle', result, 0, () => {
      p.b.store(1, place.base, place.offset, 0);
      p.b.write(length, p.b.const(1));
    });
    return p.b.read(length);
  });
}

/** Writes a line to the kernel's trace_pipe; the kernel knows the format, and takes at most three values. */
export function tracePrint(p: ProgramBuilder, format: string, values: readonly Instruction[]): void {
  const text = inMemory(p, constantString(p, format));
  p.call('trace_printk', p.address(text), sizeOf(text.type), ...values);
}

/** The cookie of a socket that a trusted pointer leads to. */
export function socketCookie(p: ProgramBuilder, pointer: Instruction): Operand {
  return scalar(UINT64, p.call('get_socket_cookie', pointer));
}

/**
 * What is found from an address by going from member to member: all but the last are pointers. `curtask->real_parent->tgid`
 * is two members.
 */
export function follow(
  p: ProgramBuilder,
  address: Instruction,
  members: readonly Member[],
  type: Type,
  space: 'kernel' | 'user' = 'kernel',
): Operand {
  const pointer: Type = { kind: 'int', size: 8, signed: false };
  let at = address;
  members.forEach((member, index) => {
    at = memberAddress(p, at, member);
    if (index === members.length - 1) return;
    const next = read(p, pointer, space, at);
    if (next.kind === 'scalar') at = next.value;
  });
  return read(p, type, space, at);
}

// ---- arguments of what was hit

/** A register of a program whose context is pt_regs (kprobe, uprobe, perf_event), or undefined when there is none of that name. */
export function register(p: ProgramBuilder, name: string): Operand | undefined {
  const offset = registerOffset(p.module.options.arch, name);
  return offset === undefined ? undefined : scalar(UINT64, p.b.load(8, p.ctx, offset));
}

/** Argument `index` of the function that a kprobe or uprobe hit; those that are not in registers are on the user's or kernel's stack. */
export function argument(p: ProgramBuilder, index: number, space: 'kernel' | 'user'): Operand {
  const { arch } = p.module.options;
  const offset = argumentRegister(arch, index);
  if (offset !== undefined) return scalar(UINT64, p.b.load(8, p.ctx, offset));
  const { register: sp, distance } = stackPointer(arch, index);
  const place = p.stack(8, 'argument');
  readInto(p, space, p.b.add(p.b.load(8, p.ctx, sp), distance), place, 8);
  return scalar(UINT64, p.b.load(8, place.base, place.offset));
}

/** What the function that a kretprobe or uretprobe hit returns. */
export function returnValue(p: ProgramBuilder): Operand {
  return scalar(UINT64, p.b.load(8, p.ctx, returnRegister(p.module.options.arch)));
}

/** Argument `index` of a raw tracepoint, fentry or fexit program: an array of u64 is their context. */
export function contextArgument(p: ProgramBuilder, index: number): Operand {
  return scalar(UINT64, p.b.load(8, p.ctx, index * 8));
}

/** The address of the function that was hit (Linux 5.15). */
export function functionAddress(p: ProgramBuilder): Operand {
  return scalar({ kind: 'ksym' }, p.call('get_func_ip', p.ctx));
}

/** The cookie of the attach point: the index of its probe (Linux 5.15). */
export function attachCookie(p: ProgramBuilder): Operand {
  return scalar(UINT64, p.call('get_attach_cookie', p.ctx));
}

// ---- acting on the process

/** Sends a signal to the process or to the thread. */
export function signal(p: ProgramBuilder, number: Instruction, target: 'process' | 'thread' = 'process'): Operand {
  return scalar(INT32, p.call(target === 'process' ? 'send_signal' : 'send_signal_thread', number));
}

/** Makes the probed kernel function return a value without running. */
export function overrideReturn(p: ProgramBuilder, value: Instruction): void {
  p.call('override_return', p.ctx, value);
}

/** Writes memory of the process; 1 when it worked. */
export function writeUser(p: ProgramBuilder, address: Instruction, from: Instruction, size: Instruction): Instruction {
  const result = p.call('probe_write_user', address, from, size);
  return p.b.compare('eq', result, 0);
}
