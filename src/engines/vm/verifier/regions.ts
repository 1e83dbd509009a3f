// Bounds of accesses to memory whose size is known (check_mem_region_access() of kernel/bpf/verifier.c, as of Linux 6.18).

import type { Environment } from './environment.ts';
import { baseOf, type Register, Type } from './register.ts';
import { Errno, Rejection, reject } from './rejection.ts';
import { MAX_VARIABLE_OFFSET } from './stack.ts';
import { toNumber } from './word.ts';

const MIN = 0x8000_0000 | 0;

/** Checks that every place where the access can be lies in the region. */
export function checkRegion(
  env: Environment,
  number: number,
  off: number,
  size: number,
  bytes: number,
  zeroSize: boolean,
): void {
  const register = env.registers[number]!;
  const { value } = register;
  const min = toNumber(value.sminH, value.sminL) + off;
  const unbounded = value.sminH === MIN && value.sminL === 0;
  if (value.sminH < 0 && (unbounded || min !== (min | 0) || min < 0)) {
    const advice = 'either use unsigned index or do a if (index >=0) check.';
    reject(Errno.EACCES, `R${number} min value is negative, ${advice}`, number);
  }
  checkAt(register, number, min, size, bytes, zeroSize, 'min value is outside of the allowed memory range');
  if (value.umaxH !== 0 || value.umaxL >>> 0 >= MAX_VARIABLE_OFFSET) {
    const advice = 'make sure to bounds check any such access';
    reject(Errno.EACCES, `R${number} unbounded memory access, ${advice}`, number);
  }
  const max = value.umaxL + off;
  checkAt(register, number, max, size, bytes, zeroSize, 'max value is outside of the allowed memory range');
}

function checkAt(
  register: Register,
  number: number,
  off: number,
  size: number,
  bytes: number,
  zeroSize: boolean,
  more: string,
): void {
  try {
    checkExtent(register, number, off, size, bytes, zeroSize);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    reject(error.errno, `${error.message}\nR${number} ${more}`, number);
  }
}

/** Checks one place (__check_mem_access()). */
export function checkExtent(
  register: Register,
  number: number,
  off: number,
  size: number,
  bytes: number,
  zeroSize: boolean,
): void {
  const sizeOk = size > 0 || (size === 0 && zeroSize);
  if (off >= 0 && sizeOk && off + size <= bytes) return;
  reject(Errno.EACCES, extentMessage(register, number, off, size, bytes), number);
}

function extentMessage(register: Register, number: number, off: number, size: number, bytes: number): string {
  switch (baseOf(register.type)) {
    case Type.MAP_KEY:
      return `invalid access to map key, key_size=${bytes} off=${off} size=${size}`;
    case Type.MAP_VALUE:
      return `invalid access to map value, value_size=${bytes} off=${off} size=${size}`;
    case Type.PACKET:
    case Type.PACKET_META:
    case Type.PACKET_END: {
      const pointer = `R${number}(id=${register.id},off=${off},r=${bytes})`;
      return `invalid access to packet, off=${off} size=${size}, ${pointer}`;
    }
    default:
      return `invalid access to memory, mem_size=${bytes} off=${off} size=${size}`;
  }
}

/** Packet bytes that were compared with the end before (check_packet_access()). */
export function checkPacket(env: Environment, number: number, off: number, size: number, zeroSize: boolean): void {
  const register = env.registers[number]!;
  if (register.value.sminH < 0) {
    const advice = 'either use unsigned index or do a if (index >=0) check.';
    reject(Errno.EACCES, `R${number} min value is negative, ${advice}`, number);
  }
  const outside = `R${number} offset is outside of the packet`;
  if (register.extent < 0) reject(Errno.EINVAL, outside, number);
  try {
    checkExtent(register, number, off, size, register.extent, zeroSize);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    reject(error.errno, `${error.message}\n${outside}`, number);
  }
}
