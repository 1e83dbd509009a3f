// Helpers of XDP programs. Kernel: net/core/filter.c.

import type { Packet } from '../contexts/packet.ts';
import { EACCES, EFAULT, EINVAL } from '../errno.ts';
import type { Machine } from '../machine.ts';
import type { VmHelper } from './helper.ts';
import { returnU64 } from './result.ts';

const ETHERNET = 14;
/** sizeof(struct xdp_frame): the start of the headroom is kept for it. */
const FRAME_RESERVE = 40;
/** Most bytes of metadata (since Linux 6.16; 32 before). */
const MAX_METADATA = 216;

function change(
  name: VmHelper['name'],
  adjust: (packet: Packet, offset: number, machine: Machine) => number,
): VmHelper {
  return {
    name,
    parameters: ['pointer', 'i32'],
    result: 'i32',
    call: (machine, _context, offset) => (machine.packet ? adjust(machine.packet, offset!, machine) : -EINVAL),
  };
}

/** Metadata moves with the start of the packet. */
export const xdpAdjustHead = change('xdp_adjust_head', (packet, offset, { memory }) => {
  const metadata = packet.data - packet.meta;
  const data = packet.data + offset;
  if (data < packet.start + FRAME_RESERVE + metadata || data > packet.end - ETHERNET) return -EINVAL;
  memory.u8.copyWithin(packet.meta + offset, packet.meta, packet.data);
  packet.meta += offset;
  packet.moveData(data);
  return 0;
});

export const xdpAdjustTail = change('xdp_adjust_tail', (packet, offset) => {
  const end = packet.end + offset;
  if (end > packet.limit || end < packet.data + ETHERNET) return -EINVAL;
  packet.moveEnd(end);
  return 0;
});

export const xdpAdjustMeta = change('xdp_adjust_meta', (packet, offset) => {
  const meta = packet.meta + offset;
  if (meta < packet.start + FRAME_RESERVE || meta > packet.data) return -EINVAL;
  const length = packet.data - meta;
  if ((length & 3) !== 0 || length > MAX_METADATA) return -EACCES;
  packet.meta = meta;
  packet.publish();
  return 0;
});

export const xdpGetBuffLen: VmHelper = {
  name: 'xdp_get_buff_len',
  parameters: ['pointer'],
  result: 'i64',
  call: (machine) => returnU64(machine, BigInt(machine.packet?.length ?? 0)),
};

/** The address of packet bytes, or a negative error number. */
function sliceAt(packet: Packet | undefined, offset: number, size: number): number {
  if (!packet || offset >>> 0 > 0xffff || size > 0xffff) return -EFAULT;
  return offset + size > packet.length ? -EINVAL : packet.data + offset;
}

export const xdpLoadBytes: VmHelper = {
  name: 'xdp_load_bytes',
  parameters: ['pointer', 'i32', 'pointer', 'i32'],
  result: 'i32',
  call: ({ memory, packet }, _context, offset, to, size) => {
    const from = sliceAt(packet, offset!, size! >>> 0);
    if (from < 0) return from;
    memory.u8.copyWithin(to!, from, from + size!);
    return 0;
  },
};

export const xdpStoreBytes: VmHelper = {
  name: 'xdp_store_bytes',
  parameters: ['pointer', 'i32', 'pointer', 'i32'],
  result: 'i32',
  call: ({ memory, packet }, _context, offset, from, size) => {
    const to = sliceAt(packet, offset!, size! >>> 0);
    if (to < 0) return to;
    memory.u8.copyWithin(to, from!, from! + size!);
    return 0;
  },
};
