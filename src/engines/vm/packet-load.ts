// LD_ABS and LD_IND: loads of packet bytes in network order, from classic BPF. Kernel: bpf_skb_load_helper_*() and
// bpf_internal_load_pointer_neg_helper().

import type { Machine } from './machine.ts';

/** Offsets from here on upwards (to 0) count from the network header, from SKF_LL_OFF on from the link-layer header. */
const SKF_NET_OFF = -0x100000;
const SKF_LL_OFF = -0x200000;

/** The number at an offset, or undefined when it is not in the packet. Without a packet the context's bytes stand for it. */
export function loadPacket(machine: Machine, offset: number, size: number): number | undefined {
  const { memory, packet } = machine;
  const region = packet ? undefined : memory.regionAt(machine.context);
  const data = packet?.data ?? machine.context;
  const end = packet?.end ?? (region ? region.start + region.size : 0);
  const start = packet?.start ?? data;
  const at = addressOf(offset, data, packet?.network ?? data, packet?.mac ?? data);
  const lowest = offset >= 0 ? data : start;
  if (at === undefined || at < lowest || at + size > end) return undefined;
  if (size === 1) return memory.view.getUint8(at);
  return size === 2 ? memory.view.getUint16(at, false) : memory.view.getUint32(at, false);
}

function addressOf(offset: number, data: number, network: number, mac: number): number | undefined {
  if (offset >= 0) return data + offset;
  if (offset >= SKF_NET_OFF) return network + offset - SKF_NET_OFF;
  return offset >= SKF_LL_OFF ? mac + offset - SKF_LL_OFF : undefined;
}
