// What may be read through pointers to sockets (struct bpf_sock and struct bpf_tcp_sock of include/uapi/linux/bpf.h).

import type { Environment } from './environment.ts';
import { Type, typeName } from './register.ts';
import { Errno, reject } from './rejection.ts';

const SOCK_BYTES = 80;
const TCP_SOCK_BYTES = 112;

/** Whether a field of struct bpf_sock may be read with this size. */
export function isSockField(off: number, size: number): boolean {
  if (off < 0 || off >= SOCK_BYTES || off % size !== 0) return false;
  // dst_port is two bytes that may be read as four; the two behind it are padding.
  if (off >= 48 && off < 50) return size <= (size === 4 ? 4 : 2);
  if (off >= 50 && off < 52) return false;
  if (size === 4 || isAddress(off)) return size <= 4;
  return size < 4 && narrowFields.has(off);
}

/** Addresses can be read in any part. */
function isAddress(off: number): boolean {
  return (off >= 24 && off < 44) || (off >= 52 && off < 72);
}

/** Fields of which the first bytes can be read alone: family, type, protocol, src_port, state, rx_queue_mapping. */
const narrowFields: ReadonlySet<number> = new Set([4, 8, 12, 44, 72, 76]);

function isCommonField(off: number, size: number): boolean {
  const full = off >= 8 && off < 24;
  return !full && isSockField(off, size);
}

function isTcpField(off: number, size: number): boolean {
  if (off < 0 || off >= TCP_SOCK_BYTES || off % size !== 0) return false;
  return off >= 80 && off < 96 ? size === 8 : size === 4;
}

export function checkSocketAccess(env: Environment, number: number, off: number, size: number): void {
  const register = env.registers[number]!;
  if (register.value.sminH < 0) {
    const advice = 'either use unsigned index or do a if (index >=0) check.';
    reject(Errno.EACCES, `R${number} min value is negative, ${advice}`, number);
  }
  const at = off;
  const allowed =
    register.value.isConstant &&
    (register.type === Type.SOCK_COMMON
      ? isCommonField(at, size)
      : register.type === Type.SOCKET
        ? isSockField(at, size)
        : register.type === Type.TCP_SOCK && isTcpField(at, size));
  if (allowed) return;
  reject(Errno.EACCES, `R${number} invalid ${typeName(register.type)} access off=${off} size=${size}`, number);
}
