// struct xdp_md and the page that an XDP packet lies in. Kernel: bpf_prog_test_run_xdp() in net/bpf/test_run.c.

import { EINVAL } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { Packet } from './packet.ts';
import { ContextError, type ContextInput, type PreparedContext } from './prepared.ts';

const XDP_BYTES = 24;
const Field = {
  DATA: 0,
  DATA_END: 4,
  DATA_META: 8,
  INGRESS_IFINDEX: 12,
  RX_QUEUE_INDEX: 16,
  EGRESS_IFINDEX: 20,
} as const;

const ETHERNET = 14;
/** XDP_PACKET_HEADROOM. */
const HEADROOM = 256;
/** What a page holds beside headroom and struct skb_shared_info. */
const LINEAR = 4096 - HEADROOM - 320;
/** Interface of the packet unless one is given: loopback. */
const LOOPBACK = 1;

export function prepareXdp(machine: Machine, input: ContextInput): PreparedContext {
  const { memory } = machine;
  const data = input.data ?? new Uint8Array();
  if (data.length < ETHERNET)
    throw new ContextError(EINVAL, 'a packet has at least the 14 bytes of an Ethernet header');
  const given = input.context && readMetadata(input.context, data.length);
  const address = memory.allocate(XDP_BYTES, { kind: 'context', writable: false, name: 'the context' });
  memory.setU32(address + Field.INGRESS_IFINDEX, given?.ifindex || LOOPBACK);
  const packet = new Packet(
    memory,
    address,
    { data: Field.DATA, dataEnd: Field.DATA_END, dataMeta: Field.DATA_META },
    data,
    // Metadata is taken from the headroom: the page is the same.
    { head: HEADROOM - (given?.metadata ?? 0), tail: Math.max(0, LINEAR + (given?.metadata ?? 0) - data.length) },
  );
  // Given metadata is the beginning of the bytes.
  if (given) packet.moveData(packet.data + given.metadata);
  packet.mac = packet.data;
  packet.network = packet.data + ETHERNET;
  machine.packet = packet;
  return {
    address,
    finish: () => ({
      data: packet.bytes(packet.meta),
      ...(input.context && { context: contextAfter(machine, address, packet) }),
    }),
    close: () => {
      machine.packet = undefined;
      packet.close();
      memory.free(address);
    },
  };
}

/** As user space sees them, positions count from the start of the metadata. */
function readMetadata(context: Uint8Array, size: number): { readonly metadata: number; readonly ifindex: number } {
  const bytes = new Uint8Array(XDP_BYTES);
  bytes.set(context.subarray(0, XDP_BYTES));
  const view = new DataView(bytes.buffer);
  const get = (field: number): number => view.getUint32(field, true);
  const metadata = get(Field.DATA);
  const wrong =
    get(Field.DATA_META) !== 0 ||
    get(Field.DATA_END) !== size ||
    metadata > size ||
    (metadata & 3) !== 0 ||
    get(Field.EGRESS_IFINDEX) !== 0 ||
    (get(Field.INGRESS_IFINDEX) === 0 && get(Field.RX_QUEUE_INDEX) !== 0);
  if (wrong) throw new ContextError(EINVAL, 'the given struct xdp_md does not fit the packet');
  return { metadata, ifindex: get(Field.INGRESS_IFINDEX) };
}

function contextAfter({ memory }: Machine, address: number, packet: Packet): Uint8Array {
  const bytes = memory.read(address, XDP_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(Field.DATA, packet.data - packet.meta, true);
  view.setUint32(Field.DATA_END, packet.end - packet.meta, true);
  view.setUint32(Field.DATA_META, 0, true);
  return bytes;
}
