// Helpers that read and write memory whose addresses may be wrong: the traced system's, which the event's source provides, and
// the vm's own. Addresses of the vm's memory are below 2 GiB, where no kernel address is; user addresses are always the source's.

import { EFAULT, EPERM, ERANGE } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { type VmHelper, wide } from './helper.ts';

type Space = 'user' | 'kernel';

/** Fills `into`; false when some of it cannot be read. */
function readInto(machine: Machine, space: Space, address: bigint, into: Uint8Array): boolean {
  const { memory, event } = machine;
  if (space === 'kernel' && address >= 4096n && address + BigInt(into.length) <= BigInt(memory.length)) {
    into.set(memory.u8.subarray(Number(address), Number(address) + into.length));
    return true;
  }
  return event.memory?.read(space, address, into) ?? false;
}

/** TASK_SIZE of x86-64 with four levels of page tables; what is read by address alone is of user space below it. */
const USER_END = 0x7fff_ffff_f000n;
/** Kernel addresses begin here: below are no canonical ones. */
const KERNEL_START = 0xffff_8000_0000_0000n;
const VSYSCALL_PAGE = 0xffff_ffff_ff60_0000n;

/** Why an address cannot be read: -ERANGE where no kernel address is (copy_from_kernel_nofault_allowed(), Linux 5.8). */
function faultOf(space: Space | 'either', address: bigint): number {
  const asUser = space === 'user' || (space === 'either' && address < USER_END);
  const isKernel = address >= KERNEL_START && BigInt.asUintN(64, address & ~0xfffn) !== VSYSCALL_PAGE;
  return asUser || isKernel ? -EFAULT : -ERANGE;
}

/** Kernel: what cannot be read leaves zeroes behind. */
function probeRead(space: Space | 'either'): VmHelper['call'] {
  return (machine, to, size, low, high) => {
    const length = size! >>> 0;
    const address = wide(low!, high!);
    if (length === 0) return emptyRead(machine, space, address);
    const bytes = new Uint8Array(length);
    const found =
      space === 'either'
        ? readInto(machine, 'kernel', address, bytes) || readInto(machine, 'user', address, bytes)
        : readInto(machine, space, address, bytes);
    machine.memory.write(to!, found ? bytes : bytes.fill(0));
    return found ? 0 : faultOf(space, address);
  };
}

/** The kernel looks at the address of no bytes too. */
function emptyRead(machine: Machine, space: Space | 'either', address: bigint): number {
  const isOurs = address >= 4096n && address <= BigInt(machine.memory.length);
  return !isOurs && faultOf(space, address) === -ERANGE ? -ERANGE : 0;
}

/** Copies up to the NUL and returns the bytes written with it; a string that is too long is cut and still ends in NUL. */
function probeReadString(space: Space | 'either'): VmHelper['call'] {
  return (machine, to, size, low, high) => {
    const length = size! >>> 0;
    if (length === 0) return 0;
    const address = wide(low!, high!);
    const text = readString(machine, space, address, length);
    machine.memory.u8.fill(0, to!, to! + length);
    if (!text) return faultOf(space, address);
    machine.memory.write(to!, text);
    return Math.min(text.length + 1, length);
  };
}

/** Bytes before the NUL, at most `length - 1`; undefined when it cannot be read so far. */
export function readString(
  machine: Machine,
  space: Space | 'either',
  address: bigint,
  length: number,
): Uint8Array | undefined {
  const spaces: readonly Space[] = space === 'either' ? ['kernel', 'user'] : [space];
  for (const one of spaces) {
    const text = readStringIn(machine, one, address, length);
    if (text) return text;
  }
  return undefined;
}

/** In pieces that end where pages may end, so that a string just before unreadable memory is read. */
function readStringIn(machine: Machine, space: Space, address: bigint, length: number): Uint8Array | undefined {
  const text = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const at = address + BigInt(done);
    const piece = text.subarray(done, Math.min(length, done + 64 - Number(at & 63n)));
    if (!readInto(machine, space, at, piece)) {
      const single = readBytes(machine, space, at, piece);
      if (single === undefined) return undefined;
      return text.slice(0, Math.min(done + single, length - 1));
    }
    const end = piece.indexOf(0);
    if (end !== -1) return text.slice(0, Math.min(done + end, length - 1));
    done += piece.length;
  }
  return text.slice(0, length - 1);
}

/** Byte by byte: how many before the NUL, or undefined when it faults before one. */
function readBytes(machine: Machine, space: Space, address: bigint, piece: Uint8Array): number | undefined {
  for (let at = 0; at < piece.length; at++) {
    if (!readInto(machine, space, address + BigInt(at), piece.subarray(at, at + 1))) return undefined;
    if (piece[at] === 0) return at;
  }
  return undefined;
}

function reader(name: VmHelper['name'], call: VmHelper['call']): VmHelper {
  return { name, parameters: ['pointer', 'i32', 'i64'], result: 'i32', call };
}

export const probeReadAny = reader('probe_read', probeRead('either'));
export const probeReadUser = reader('probe_read_user', probeRead('user'));
export const probeReadKernel = reader('probe_read_kernel', probeRead('kernel'));
export const copyFromUser = reader('copy_from_user', probeRead('user'));
export const probeReadStr = reader('probe_read_str', probeReadString('either'));
export const probeReadUserStr = reader('probe_read_user_str', probeReadString('user'));
export const probeReadKernelStr = reader('probe_read_kernel_str', probeReadString('kernel'));

export const copyFromUserTask: VmHelper = {
  name: 'copy_from_user_task',
  note: 'Reads the current process, whichever task is given: the event knows no other.',
  parameters: ['pointer', 'i32', 'i64', 'i64', 'i64'],
  result: 'i32',
  call: (machine, to, size, low, high, _task, _taskHigh, flags, flagsHigh) =>
    flags !== 0 || flagsHigh !== 0 ? -22 : probeRead('user')(machine, to!, size!, low!, high!),
};

export const probeWriteUser: VmHelper = {
  name: 'probe_write_user',
  note: '-EPERM where the source of events cannot write.',
  parameters: ['i64', 'pointer', 'i32'],
  result: 'i32',
  call: (machine, low, high, from, size) => {
    const { event, memory } = machine;
    if (!event.memory?.write) return -EPERM;
    return event.memory.write(wide(low, high), memory.read(from!, size! >>> 0)) ? 0 : -EFAULT;
  },
};
