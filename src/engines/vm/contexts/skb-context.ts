// A packet as a socket buffer, made as the kernel's test run makes it: the packet came from loopback, its Ethernet header is
// read for protocol and type, and is part of the data only for traffic control. Unlike there packets may be larger than what
// fits into a page (3712 bytes). Kernel:
// bpf_prog_test_run_skb() in net/bpf/test_run.c.

import { EINVAL, ENODEV } from '../errno.ts';
import type { Machine } from '../machine.ts';
import type { LinearMemory } from '../memory.ts';
import { Packet } from './packet.ts';
import { ContextError, type ContextInput, type PreparedContext } from './prepared.ts';
import { SKB_BYTES, SkbField } from './skb.ts';

const ETHERNET = 14;
/** NET_SKB_PAD and what helpers that push headers may need. */
const HEADROOM = 256;
/** Packets may be made longer by helpers, to this at most. */
const TAIL_LIMIT = 65536 + ETHERNET;
const LOOPBACK = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const GSO_MAX_SEGS = 65535;
const GSO_LEGACY_MAX_SIZE = 65536;

const WITH_ETHERNET: ReadonlySet<string> = new Set(['sched_cls', 'sched_act']);
const OTHERS: ReadonlySet<string> = new Set([
  'socket_filter',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'lwt_seg6local',
  'sk_skb',
  'flow_dissector',
]);

export function isSkbKind(kind: string): boolean {
  return WITH_ETHERNET.has(kind) || OTHERS.has(kind);
}

export function prepareSkb(machine: Machine, kind: string, input: ContextInput): PreparedContext {
  const { memory } = machine;
  const data = input.data ?? new Uint8Array();
  if (data.length < ETHERNET)
    throw new ContextError(EINVAL, 'a packet has at least the 14 bytes of an Ethernet header');
  const withEthernet = WITH_ETHERNET.has(kind);
  refuseShortHeader(data);
  const given = givenFields(input.context, withEthernet ? data.length : data.length - ETHERNET);
  const address = memory.allocate(SKB_BYTES, { kind: 'context', name: 'the context' });
  const packet = makePacket(memory, address, data);
  if (!withEthernet) packet.moveData(packet.data + ETHERNET);
  fillFields(memory, address, packet, data);
  applyGiven(memory, address, given, packet.length);
  machine.packet = packet;
  return {
    address,
    finish: () => ({
      data: withEthernet ? packet.bytes() : afterEthernet(packet.bytes()),
      ...(input.context && { context: contextAfter(memory, address, given!) }),
    }),
    close: () => {
      machine.packet = undefined;
      packet.close();
      memory.free(address);
    },
  };
}

/** IP packets have their whole header (6.18). */
function refuseShortHeader(data: Uint8Array): void {
  const header = IP_HEADERS[(data[12]! << 8) | data[13]!];
  if (header !== undefined && data.length < ETHERNET + header)
    throw new ContextError(EINVAL, `an IP packet has at least the ${header} bytes of its header`);
}

/** Bytes of the smallest header by Ethernet type: IPv4, IPv6. */
const IP_HEADERS: Readonly<Record<number, number>> = { 2048: 20, 34525: 40 };

/** Before the packet goes back to user space the kernel pushes a header of zeroes where it has pulled one. */
function afterEthernet(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(ETHERNET + bytes.length);
  whole.set(bytes, ETHERNET);
  return whole;
}

function makePacket(memory: LinearMemory, address: number, data: Uint8Array): Packet {
  const packet = new Packet(
    memory,
    address,
    { data: SkbField.DATA, dataEnd: SkbField.DATA_END, dataMeta: SkbField.DATA_META, length: SkbField.LEN },
    data,
    { head: HEADROOM, tail: Math.max(0, TAIL_LIMIT - data.length) },
  );
  packet.mac = packet.data;
  packet.network = packet.data + ETHERNET;
  return packet;
}

function fillFields(memory: LinearMemory, address: number, packet: Packet, data: Uint8Array): void {
  const set = (field: number, value: number): void => memory.setU32(address + field, value);
  packet.meta = packet.data;
  packet.publish();
  set(SkbField.PKT_TYPE, packetType(data));
  const protocol = protocolOf(data);
  set(SkbField.PROTOCOL, protocol);
  set(SkbField.IFINDEX, LOOPBACK);
  const { network } = packet;
  if (protocol === 0x0008 && network + 20 <= packet.end) {
    set(SkbField.FAMILY, AF_INET);
    set(SkbField.LOCAL_IP4, memory.getU32(network + 12));
    set(SkbField.REMOTE_IP4, memory.getU32(network + 16));
  } else if (protocol === 0xdd86 && network + 40 <= packet.end) {
    set(SkbField.FAMILY, AF_INET6);
    memory.u8.copyWithin(address + SkbField.LOCAL_IP6, network + 8, network + 24);
    memory.u8.copyWithin(address + SkbField.REMOTE_IP6, network + 24, network + 40);
  }
}

/** PACKET_HOST, MULTICAST or OTHERHOST; the loopback device's own address and its broadcast address are all zeroes. */
function packetType(data: Uint8Array): number {
  if (data.subarray(0, 6).every((byte) => byte === 0)) return 0;
  return (data[0]! & 1) !== 0 ? 2 : 3;
}

/** In network order as the field has it; lengths are frames of 802.3 or 802.2. */
function protocolOf(data: Uint8Array): number {
  const type = (data[12]! << 8) | data[13]!;
  if (type >= 0x600) return data[12]! | (data[13]! << 8);
  return data[14] === 0xff && data[15] === 0xff ? 0x0100 : 0x0400;
}

// ---- the context that user space gives

/** What may be given: start and end of the pieces of struct __sk_buff that need not be zero. */
const ALLOWED: readonly (readonly [number, number])[] = [
  [SkbField.MARK, SkbField.QUEUE_MAPPING],
  [SkbField.PRIORITY, SkbField.TC_INDEX],
  [SkbField.CB, SkbField.HASH],
  [SkbField.DATA_END, SkbField.NAPI_ID],
  [SkbField.TSTAMP, SkbField.SK],
  [SkbField.GSO_SIZE, SkbField.TSTAMP_TYPE],
  [SkbField.HWTSTAMP, SKB_BYTES],
];

function givenFields(context: Uint8Array | undefined, length: number): DataView | undefined {
  if (!context) return undefined;
  const bytes = new Uint8Array(SKB_BYTES);
  bytes.set(context.subarray(0, SKB_BYTES));
  const stray = bytes.some((byte, at) => byte !== 0 && !ALLOWED.some(([start, end]) => at >= start && at < end));
  const tooLong = context.subarray(SKB_BYTES).some((byte) => byte !== 0);
  const view = new DataView(bytes.buffer);
  const wireLength = view.getUint32(SkbField.WIRE_LEN, true);
  const wrongLength = wireLength !== 0 && (wireLength < length || wireLength > GSO_LEGACY_MAX_SIZE);
  if (tooLong || stray || wrongLength || view.getUint32(SkbField.GSO_SEGS, true) > GSO_MAX_SEGS) {
    throw new ContextError(EINVAL, 'the given struct __sk_buff has fields that cannot be given');
  }
  if (view.getUint32(SkbField.IFINDEX, true) > LOOPBACK) throw new ContextError(ENODEV, 'there is no such interface');
  return view;
}

const GIVEN_U32 = [
  SkbField.MARK,
  SkbField.PRIORITY,
  SkbField.INGRESS_IFINDEX,
  SkbField.GSO_SEGS,
  SkbField.GSO_SIZE,
  ...[0, 4, 8, 12, 16].map((offset) => SkbField.CB + offset),
];
const GIVEN_U64 = [SkbField.TSTAMP, SkbField.HWTSTAMP];

function applyGiven(memory: LinearMemory, address: number, given: DataView | undefined, length: number): void {
  if (!given) return;
  for (const field of GIVEN_U32) memory.setU32(address + field, given.getUint32(field, true));
  for (const field of GIVEN_U64) memory.setU64(address + field, given.getBigUint64(field, true));
  memory.setU32(address + SkbField.WIRE_LEN, given.getUint32(SkbField.WIRE_LEN, true) || length);
}

/** What was given, with the fields that the kernel gives back. */
function contextAfter(memory: LinearMemory, address: number, given: DataView): Uint8Array {
  const bytes = new Uint8Array(given.buffer.slice(0));
  const view = new DataView(bytes.buffer);
  const back = [...GIVEN_U32.filter((field) => field !== SkbField.GSO_SIZE), SkbField.IFINDEX, SkbField.WIRE_LEN];
  for (const field of back) view.setUint32(field, memory.getU32(address + field), true);
  for (const field of GIVEN_U64) view.setBigUint64(field, memory.getU64(address + field), true);
  return bytes;
}
