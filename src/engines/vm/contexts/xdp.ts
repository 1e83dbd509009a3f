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
  const given = input.context && readMetadata(input.context, data.length);
  // What does not fit into the page, or is said to be behind its end, is in fragments that the program does not see.
  const linear = Math.min(given?.end ?? data.length, LINEAR);
  if (data.length < ETHERNET)
    throw new ContextError(EINVAL, 'a packet has at least the 14 bytes of an Ethernet header');
  const address = memory.allocate(XDP_BYTES, { kind: 'context', writable: false, name: 'the context' });
  memory.setU32(address + Field.INGRESS_IFINDEX, given?.ifindex || LOOPBACK);
  const metadata = given?.metadata ?? 0;
  const packet = new Packet(
    memory,
    address,
    { data: Field.DATA, dataEnd: Field.DATA_END, dataMeta: Field.DATA_META },
    data.subarray(0, linear),
    // Metadata is taken from the headroom: the page is the same.
    { head: HEADROOM - metadata, tail: LINEAR + metadata - linear },
  );
  // Given metadata is the beginning of the bytes.
  packet.moveData(packet.data + metadata);
  packet.mac = packet.data;
  packet.network = packet.data + ETHERNET;
  machine.packet = packet;
  return {
    address,
    finish: () => ({
      data: joined(packet.bytes(packet.meta), data.subarray(linear)),
      ...(input.context && { context: contextAfter(input.context, packet) }),
    }),
    close: () => {
      machine.packet = undefined;
      packet.close();
      memory.free(address);
    },
  };
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (other.length === 0) return one;
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

interface Metadata {
  readonly metadata: number;
  /** Where the part ends that the program sees. */
  readonly end: number;
  readonly ifindex: number;
}

/** As user space sees them, positions count from the start of the metadata. */
function readMetadata(context: Uint8Array, size: number): Metadata {
  const bytes = new Uint8Array(XDP_BYTES);
  bytes.set(context.subarray(0, XDP_BYTES));
  const view = new DataView(bytes.buffer);
  const get = (field: number): number => view.getUint32(field, true);
  const metadata = get(Field.DATA);
  const end = get(Field.DATA_END);
  const wrong =
    get(Field.DATA_META) !== 0 ||
    end > size ||
    metadata > end ||
    get(Field.EGRESS_IFINDEX) !== 0 ||
    (get(Field.INGRESS_IFINDEX) === 0 && get(Field.RX_QUEUE_INDEX) !== 0);
  if (wrong) throw new ContextError(EINVAL, 'the given struct xdp_md does not fit the packet');
  return { metadata, end, ifindex: get(Field.INGRESS_IFINDEX) };
}

/** The kernel changes the positions alone. */
function contextAfter(given: Uint8Array, packet: Packet): Uint8Array {
  const bytes = new Uint8Array(XDP_BYTES);
  bytes.set(given.subarray(0, XDP_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint32(Field.DATA, packet.data - packet.meta, true);
  view.setUint32(Field.DATA_END, packet.end - packet.meta, true);
  return bytes;
}
