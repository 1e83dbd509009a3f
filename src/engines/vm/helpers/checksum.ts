// Internet checksums. Kernel: net/core/filter.c, include/net/checksum.h.

import { EFAULT, EINVAL, ENOTSUPP } from '../errno.ts';
import type { Machine } from '../machine.ts';
import type { VmHelper } from './helper.ts';
import { returnU64 } from './result.ts';

/** One's complement addition of 32 bits. */
export function csumAdd(a: number, b: number): number {
  const sum = (a >>> 0) + (b >>> 0);
  return (sum % 2 ** 32) + (sum >= 2 ** 32 ? 1 : 0);
}

function csumSub(a: number, b: number): number {
  return csumAdd(a, ~b >>> 0);
}

/** Sum of 16-bit words as they lie in memory, on top of a sum; the length is even. */
function csumPartial({ memory }: Machine, at: number, size: number, sum: number): number {
  let total = sum >>> 0;
  for (let offset = 0; offset + 4 <= size; offset += 4) total = csumAdd(total, memory.getU32(at + offset));
  return total;
}

/** 32 bits folded to 16 without inversion. */
function fold16(sum: number): number {
  let folded = (sum >>> 16) + (sum & 0xffff);
  folded = (folded >>> 16) + (folded & 0xffff);
  return folded;
}

function csumFold(sum: number): number {
  return ~fold16(sum) & 0xffff;
}

/** Folds to 16 bits since Linux 6.13; before, the 32-bit sum depended on the architecture. */
export const csumDiff: VmHelper = {
  name: 'csum_diff',
  parameters: ['pointer', 'i32', 'pointer', 'i32', 'i32'],
  result: 'i32',
  call: (machine, from, fromSize, to, toSize, seed) => {
    if (((fromSize! | toSize!) & 3) !== 0) return -EINVAL;
    let sum = seed! >>> 0;
    if (fromSize !== 0 && toSize !== 0) {
      sum = csumSub(csumPartial(machine, to!, toSize!, sum), csumPartial(machine, from, fromSize!, 0));
    } else if (toSize !== 0) sum = csumPartial(machine, to!, toSize!, sum);
    else if (fromSize !== 0) sum = ~csumPartial(machine, from, fromSize!, ~sum >>> 0) >>> 0;
    return fold16(sum);
  },
};

const SIZE_MASK = 0xf;
const MARK_MANGLED_0 = 1 << 5;
const PSEUDO_HEADER = 1 << 4;
const MARK_ENFORCE = 1 << 6;
const IPV6 = 1 << 7;
const CSUM_MANGLED_0 = 0xffff;

/** Where the checksum is, or a negative error number. */
function placeOf(machine: Machine, offset: number): number {
  const { packet } = machine;
  const place = offset >>> 0;
  if (!packet || place > 0xffff || (place & 1) !== 0 || place + 2 > packet.length) return -EFAULT;
  return packet.data + place;
}

/** The changed sum, or a negative error number: by a difference (size 0), or from one value to another. */
function replaced(sum: number, from: number, fromIsZero: boolean, to: number, size: number): number {
  if (size === 0) return fromIsZero ? csumFold(csumAdd(to, ~sum >>> 0)) : -EINVAL;
  if (size !== 2 && size !== 4) return -EINVAL;
  return csumFold(csumAdd(csumSub(~sum & 0xffff, from), to));
}

export const l3CsumReplace: VmHelper = {
  name: 'l3_csum_replace',
  parameters: ['pointer', 'i32', 'i64', 'i64', 'i64'],
  result: 'i32',
  call: (machine, _context, offset, from, fromHigh, to, _toHigh, flags, flagsHigh) => {
    if (flagsHigh !== 0 || (flags! & ~SIZE_MASK) !== 0) return -EINVAL;
    const place = placeOf(machine, offset!);
    if (place < 0) return place;
    const { view } = machine.memory;
    const size = flags! & SIZE_MASK;
    const cut = size === 2 ? 0xffff : 0xffffffff;
    const sum = view.getUint16(place, true);
    const next = replaced(sum, (from! & cut) >>> 0, from === 0 && fromHigh === 0, (to! & cut) >>> 0, size);
    if (next < 0) return next;
    view.setUint16(place, next, true);
    return 0;
  },
};

export const l4CsumReplace: VmHelper = {
  name: 'l4_csum_replace',
  parameters: ['pointer', 'i32', 'i64', 'i64', 'i64'],
  result: 'i32',
  call: (machine, _context, offset, from, fromHigh, to, _toHigh, flags, flagsHigh) => {
    const known = SIZE_MASK | MARK_MANGLED_0 | PSEUDO_HEADER | MARK_ENFORCE | IPV6;
    if (flagsHigh !== 0 || (flags! & ~known) !== 0) return -EINVAL;
    const place = placeOf(machine, offset!);
    if (place < 0) return place;
    const { view } = machine.memory;
    const sum = view.getUint16(place, true);
    const keepsZero = (flags! & MARK_MANGLED_0) !== 0;
    if (keepsZero && (flags! & MARK_ENFORCE) === 0 && sum === 0) return 0;
    const size = flags! & SIZE_MASK;
    const cut = size === 2 ? 0xffff : 0xffffffff;
    const next = replaced(sum, (from! & cut) >>> 0, from === 0 && fromHigh === 0, (to! & cut) >>> 0, size);
    if (next < 0) return next;
    view.setUint16(place, keepsZero && next === 0 ? CSUM_MANGLED_0 : next, true);
    return 0;
  },
};

export const csumUpdate: VmHelper = {
  name: 'csum_update',
  note: '-ENOTSUPP, as for every packet whose checksum the device has not computed.',
  parameters: ['pointer', 'i32'],
  result: 'i64',
  call: (machine) => returnU64(machine, BigInt(-ENOTSUPP)),
};

/** BPF_CSUM_LEVEL_QUERY .. RESET; nothing is known to be verified, so a query has no answer (-EACCES). */
export const csumLevel: VmHelper = {
  name: 'csum_level',
  parameters: ['pointer', 'i64'],
  result: 'i32',
  call: (_machine, _context, level, high) => {
    if (high !== 0 || level! >>> 0 > 3) return -EINVAL;
    return level === 0 ? -13 : 0;
  },
};
