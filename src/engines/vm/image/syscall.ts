// What programs at sys_enter and sys_exit see: the arguments of the raw tracepoint, of which the first is a pointer to the
// registers at the entry of the system call. The registers stand in linear memory, where bpf_probe_read_kernel finds them.

import type { PreparedContext } from '../contexts/prepared.ts';
import type { Machine } from '../machine.ts';
import type { SyscallEvent } from '../source.ts';

/** struct pt_regs of x86-64; arguments of system calls are in di, si, dx, r10, r8, r9. */
const PT_REGS_BYTES = 168;
const ARGUMENT_REGISTERS = [112, 104, 96, 56, 72, 64];
const AX = 80;
const ORIG_AX = 120;
const ARGUMENTS_BYTES = 96;

export function prepareSyscall(machine: Machine, syscall: SyscallEvent): PreparedContext {
  const { memory } = machine;
  const registers = memory.allocate(PT_REGS_BYTES, { kind: 'memory', writable: false, name: 'the registers' });
  for (const [at, value] of syscall.parameters.entries()) {
    const offset = ARGUMENT_REGISTERS[at];
    if (offset !== undefined) memory.setU64(registers + offset, BigInt.asUintN(64, value));
  }
  const result = syscall.result ?? -38n;
  memory.setU64(registers + AX, BigInt.asUintN(64, result));
  memory.setU64(registers + ORIG_AX, BigInt(syscall.number));
  const address = memory.allocate(ARGUMENTS_BYTES, { kind: 'context', writable: false, name: 'the context' });
  memory.setU64(address, BigInt(registers));
  memory.setU64(address + 8, syscall.result === undefined ? BigInt(syscall.number) : BigInt.asUintN(64, result));
  return {
    address,
    finish: () => ({}),
    close: () => {
      memory.free(address);
      memory.free(registers);
    },
  };
}

/** The record of the tracepoints sys_enter_NAME and sys_exit_NAME: number, then arguments or result. */
export function syscallRecord({ number, parameters, result }: SyscallEvent): Uint8Array {
  const record = new Uint8Array(16 + 6 * 8);
  const view = new DataView(record.buffer);
  view.setInt32(8, number, true);
  const words = result === undefined ? parameters : [result];
  for (const [at, value] of words.entries()) view.setBigUint64(16 + at * 8, BigInt.asUintN(64, value), true);
  return record;
}
