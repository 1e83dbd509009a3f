// Helpers of programs that see a packet as a socket buffer. Kernel: net/core/filter.c.

import { SkbField } from '../contexts/skb.ts';
import { EFAULT, EINVAL, ENOMEM, ENOTSUPP } from '../errno.ts';
import type { Machine } from '../machine.ts';
import type { VmHelper } from './helper.ts';

const ETHERNET = 14;
const ETH_P_IP = 0x0008;
const ETH_P_IPV6 = 0xdd86;
/** SKB_MAX_ALLOC and the loopback device's MTU with its header: what a packet may grow to. */
const MAX_LENGTH = 65536 + ETHERNET;

function loadBytes(machine: Machine, from: number, to: number, size: number, end: number): number {
  const { memory } = machine;
  if (from + size > end) {
    memory.u8.fill(0, to, to + size);
    return -EFAULT;
  }
  memory.u8.copyWithin(to, from, from + size);
  return 0;
}

export const skbLoadBytes: VmHelper = {
  name: 'skb_load_bytes',
  parameters: ['pointer', 'i32', 'pointer', 'i32'],
  result: 'i32',
  call: (machine, _context, offset, to, size) => {
    const { packet } = machine;
    const from = offset! < 0 || !packet ? Number.POSITIVE_INFINITY : packet.data + offset!;
    return loadBytes(machine, from, to!, size! >>> 0, packet?.end ?? 0);
  },
};

export const skbLoadBytesRelative: VmHelper = {
  name: 'skb_load_bytes_relative',
  parameters: ['pointer', 'i32', 'pointer', 'i32', 'i32'],
  result: 'i32',
  call: (machine, _context, offset, to, size, header) => {
    const { packet } = machine;
    const base = header === 0 ? packet?.mac : header === 1 ? packet?.network : undefined;
    const from = base === undefined || offset! >>> 0 > 0xffff ? Number.POSITIVE_INFINITY : base + offset!;
    return loadBytes(machine, from, to!, size! >>> 0, packet?.end ?? 0);
  },
};

export const skbStoreBytes: VmHelper = {
  name: 'skb_store_bytes',
  parameters: ['pointer', 'i32', 'pointer', 'i32', 'i64'],
  result: 'i32',
  call: (machine, context, offset, from, size, flags, flagsHigh) => {
    const { packet, memory } = machine;
    if (flagsHigh !== 0 || (flags! & ~3) !== 0) return -EINVAL;
    const length = size! >>> 0;
    if (!packet || offset! < 0 || offset! + length > packet.length) return -EFAULT;
    memory.u8.copyWithin(packet.data + offset!, from!, from! + length);
    if ((flags! & 2) !== 0) memory.setU32(context + SkbField.HASH, 0);
    return 0;
  },
};

export const skbPullData: VmHelper = {
  name: 'skb_pull_data',
  parameters: ['pointer', 'i32'],
  result: 'i32',
  call: ({ packet }, _context, length) => (packet && length! >>> 0 <= packet.length ? 0 : -ENOMEM),
};

/** Packets are cut or made longer with zeroes. The network header and what is before it must stay. */
export const skbChangeTail: VmHelper = {
  name: 'skb_change_tail',
  parameters: ['pointer', 'i32', 'i64'],
  result: 'i32',
  call: ({ packet }, _context, wanted, flags, flagsHigh) => {
    const length = wanted! >>> 0;
    if (!packet || flags !== 0 || flagsHigh !== 0 || length > MAX_LENGTH) return -EINVAL;
    if (length < packet.network - packet.data) return -EINVAL;
    if (packet.data + length > packet.limit) return -ENOMEM;
    packet.moveEnd(packet.data + length);
    return 0;
  },
};

export const skbChangeHead: VmHelper = {
  name: 'skb_change_head',
  parameters: ['pointer', 'i32', 'i64'],
  result: 'i32',
  call: ({ packet }, _context, room, flags, flagsHigh) => {
    if (!packet || flags !== 0 || flagsHigh !== 0 || packet.length + (room! >>> 0) > MAX_LENGTH) return -EINVAL;
    const result = packet.resizeAt(packet.data, room! >>> 0);
    if (result === 0) packet.mac = packet.data;
    return result;
  },
};

/** Pointers from the start of the packet to its headers stay the same number of bytes behind it. */
function resizeAfter(machine: Machine, headers: number, count: number): number {
  const packet = machine.packet!;
  const macOffset = packet.mac - packet.data;
  const networkOffset = packet.network - packet.data;
  const result = packet.resizeAt(packet.data + headers, count);
  if (result !== 0) return result;
  packet.mac = packet.data + macOffset;
  packet.network = packet.data + networkOffset;
  return 0;
}

const ADJUST_FLAGS = 0x1ff | (0xff << 8) | (0xff << 16);
/** BPF_ADJ_ROOM_NET and BPF_ADJ_ROOM_MAC. */
const AFTER_NETWORK = 0;
const AFTER_MAC = 1;

export const skbAdjustRoom: VmHelper = {
  name: 'skb_adjust_room',
  note: 'Flags about encapsulation change nothing but the packet: there is no segmentation to adapt.',
  parameters: ['pointer', 'i32', 'i32', 'i64'],
  result: 'i32',
  call: (machine, context, difference, mode, flags, flagsHigh) => {
    const { packet, memory } = machine;
    if (flagsHigh !== 0 || (flags! & ~ADJUST_FLAGS) !== 0) return -EINVAL;
    if (!packet || Math.abs(difference!) > 0xfff) return -EFAULT;
    const protocol = memory.getU32(context + SkbField.PROTOCOL);
    if (protocol !== ETH_P_IP && protocol !== ETH_P_IPV6) return -ENOTSUPP;
    if (mode !== AFTER_NETWORK && mode !== AFTER_MAC) return -ENOTSUPP;
    const header = protocol === ETH_P_IP ? 20 : 40;
    const current = packet.length - (packet.network - packet.data);
    if (difference! < 0 && (-difference! >= current || current + difference! < header)) return -ENOTSUPP;
    if (difference! > 0 && packet.length + difference! > MAX_LENGTH) return -ENOTSUPP;
    return resizeAfter(machine, packet.network - packet.data + (mode === AFTER_NETWORK ? header : 0), difference!);
  },
};

/** struct iphdr has 20 bytes, struct ipv6hdr 40: the packet grows or shrinks by the difference. */
export const skbChangeProto: VmHelper = {
  name: 'skb_change_proto',
  parameters: ['pointer', 'i32', 'i64'],
  result: 'i32',
  call: (machine, context, protocol, flags, flagsHigh) => {
    const { packet, memory } = machine;
    if (!packet || flags !== 0 || flagsHigh !== 0) return -EINVAL;
    const wanted = protocol! & 0xffff;
    const present = memory.getU32(context + SkbField.PROTOCOL);
    const grows = present === ETH_P_IP && wanted === ETH_P_IPV6;
    if (!grows && !(present === ETH_P_IPV6 && wanted === ETH_P_IP)) return -ENOTSUPP;
    const result = resizeAfter(machine, packet.network - packet.data, grows ? 20 : -20);
    if (result !== 0) return result;
    memory.setU32(context + SkbField.PROTOCOL, wanted);
    memory.setU32(context + SkbField.HASH, 0);
    return 0;
  },
};

/** PACKET_HOST .. PACKET_OTHERHOST can be changed into each other. */
export const skbChangeType: VmHelper = {
  name: 'skb_change_type',
  parameters: ['pointer', 'i32'],
  result: 'i32',
  call: ({ memory }, context, type) => {
    if (type! >>> 0 > 3 || memory.getU32(context + SkbField.PKT_TYPE) > 3) return -EINVAL;
    memory.setU32(context + SkbField.PKT_TYPE, type!);
    return 0;
  },
};

const ETH_P_8021Q = 0x0081;
const ETH_P_8021AD = 0xa888;
const TAG = 4;

/** A tag stands beside the packet; one that was there moves into it. */
export const skbVlanPush: VmHelper = {
  name: 'skb_vlan_push',
  parameters: ['pointer', 'i32', 'i32'],
  result: 'i32',
  call: (machine, context, protocol, tci) => {
    const { memory } = machine;
    const wanted = (protocol! & 0xffff) === ETH_P_8021AD ? ETH_P_8021AD : ETH_P_8021Q;
    if (memory.getU32(context + SkbField.VLAN_PRESENT) !== 0) {
      const oldProtocol = memory.getU32(context + SkbField.VLAN_PROTO);
      const oldTci = memory.getU32(context + SkbField.VLAN_TCI);
      const result = resizeAfter(machine, ETHERNET - 2, TAG);
      if (result !== 0) return result;
      const packet = machine.packet!;
      memory.view.setUint16(packet.data + ETHERNET - 2, oldProtocol, true);
      memory.view.setUint16(packet.data + ETHERNET, oldTci, false);
      memory.setU32(context + SkbField.PROTOCOL, oldProtocol);
      packet.network += TAG;
    }
    setTag(machine, context, true, wanted, tci! & 0xffff);
    return 0;
  },
};

export const skbVlanPop: VmHelper = {
  name: 'skb_vlan_pop',
  parameters: ['pointer'],
  result: 'i32',
  call: (machine, context) => {
    const { memory, packet } = machine;
    const hadTag = memory.getU32(context + SkbField.VLAN_PRESENT) !== 0;
    setTag(machine, context, false, 0, 0);
    if (!packet || packet.length < ETHERNET + TAG) return 0;
    const protocol = memory.view.getUint16(packet.data + ETHERNET - 2, true);
    if (protocol !== ETH_P_8021Q && protocol !== ETH_P_8021AD) return 0;
    const tci = memory.view.getUint16(packet.data + ETHERNET, false);
    const result = resizeAfter(machine, ETHERNET - 2, -TAG);
    if (result !== 0) return result;
    const inner = memory.view.getUint16(machine.packet!.data + ETHERNET - 2, true);
    memory.setU32(context + SkbField.PROTOCOL, inner);
    // The tag behind the one that was taken becomes the packet's; without one beside it, that was the tag itself.
    if (hadTag) setTag(machine, context, true, protocol, tci);
    return 0;
  },
};

function setTag({ memory }: Machine, context: number, present: boolean, protocol: number, tci: number): void {
  memory.setU32(context + SkbField.VLAN_PRESENT, present ? 1 : 0);
  memory.setU32(context + SkbField.VLAN_PROTO, protocol);
  memory.setU32(context + SkbField.VLAN_TCI, tci);
}

export const getHashRecalc: VmHelper = {
  name: 'get_hash_recalc',
  note: 'The hash in the context: flows are not dissected.',
  parameters: ['pointer'],
  result: 'pointer',
  call: ({ memory }, context) => memory.getU32(context + SkbField.HASH),
};

export const setHash: VmHelper = {
  name: 'set_hash',
  parameters: ['pointer', 'i32'],
  result: 'i32',
  call: ({ memory }, context, hash) => {
    memory.setU32(context + SkbField.HASH, hash! >>> 0);
    return 0;
  },
};

export const setHashInvalid: VmHelper = {
  name: 'set_hash_invalid',
  parameters: ['pointer'],
  result: 'i32',
  call: ({ memory }, context) => {
    memory.setU32(context + SkbField.HASH, 0);
    return 0;
  },
};

/** Sets both bits of congestion in the IP header when it allows them: 1 when done, 0 when not. */
export const skbEcnSetCe: VmHelper = {
  name: 'skb_ecn_set_ce',
  parameters: ['pointer'],
  result: 'i32',
  call: ({ memory, packet }, context) => {
    const protocol = memory.getU32(context + SkbField.PROTOCOL);
    if (!packet) return 0;
    const at = packet.network;
    const { u8, view } = memory;
    if (protocol === ETH_P_IP && at + 20 <= packet.end) {
      const before = u8[at + 1]!;
      if ((before & 3) === 0) return 0;
      if ((before & 3) === 3) return 1;
      u8[at + 1] = before | 3;
      // The header's checksum: the word of version and TOS has grown.
      const sum = (~view.getUint16(at + 10) & 0xffff) + ((before | 3) - before);
      view.setUint16(at + 10, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
      return 1;
    }
    if (protocol !== ETH_P_IPV6 || at + 40 > packet.end) return 0;
    const bits = (u8[at + 1]! >> 4) & 3;
    if (bits === 0) return 0;
    u8[at + 1]! |= 0x30;
    return 1;
  },
};
