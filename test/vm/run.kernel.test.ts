// Runs on bytes, in the kernel and in the vm: results, packets and contexts must be equal, for every kind that the kernel runs.

import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/base/diagnostic.ts';
import type { MapSpec } from '../../src/engines/vm/index.ts';
import { assemble, type Instruction } from '../../src/isa/index.ts';
import { whyNoBpf } from '../support/beetrace.ts';
import { runInKernel, runInVm } from './kernel-run.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: runs in the vm against the kernel: ${reason}\n`);

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly code: string;
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  readonly maps?: readonly MapSpec[];
}

function packet(length: number, header: readonly number[] = [0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 8, 0]): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => header[at] ?? at * 7 + 1);
}

const ipv4 = packet(
  60,
  [0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 8, 0, 0x45, 2, 0, 46, 1, 2, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
);
const ipv6 = packet(80, [1, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 0x86, 0xdd, 0x60, 0x20]);
const vlan = packet(64, [255, 255, 255, 255, 255, 255, 2, 2, 2, 2, 2, 2, 0x81, 0, 0, 5, 8, 0]);

function skbContext(fields: Record<number, number>): Uint8Array {
  const bytes = new Uint8Array(192);
  for (const [at, value] of Object.entries(fields)) new DataView(bytes.buffer).setUint32(Number(at), value, true);
  return bytes;
}

const field = (offset: number): string => `r0 = *(u32 *)(r1 +${offset})\nexit`;
const call = (setup: string, helper: string, after = ''): string => `${setup}\ncall ${helper}\n${after}\nexit`;
const bytes = 'r6 = r1\n*(u64 *)(r10 -8) = 0x11223344\n*(u64 *)(r10 -16) = 0x55667788\nr2 = r10\nr2 += -16';

const skbFields = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 64];
const cases: Case[] = [
  ...['socket_filter', 'sched_cls'].flatMap((kind) =>
    skbFields.flatMap((offset) =>
      [ipv4, ipv6, vlan].map((data, at) => ({
        name: `${kind} field ${offset} of packet ${at}`,
        kind,
        code: field(offset),
        data,
      })),
    ),
  ),
  ...[...skbFields, 88].flatMap((offset) =>
    [ipv4, ipv6, vlan].map((data, at) => ({
      name: `cgroup_skb field ${offset} of packet ${at}`,
      kind: 'cgroup_skb',
      code: `r0 = *(u32 *)(r1 +${offset})\n*(u32 *)(r1 +52) = r0\nr0 = 1\nexit`,
      data,
      context: skbContext({ 8: 3 }),
    })),
  ),
  ...[44, 68, 72].map((offset) => ({
    name: `sched_cls field ${offset}`,
    kind: 'sched_cls',
    code: field(offset),
    data: ipv4,
  })),
  ...[160, 164, 176].map((offset) => ({
    name: `sched_cls field ${offset}`,
    kind: 'sched_cls',
    code: field(offset),
    data: ipv4,
  })),
  { name: 'a packet that is too short', kind: 'socket_filter', code: field(0), data: packet(13) },
  { name: 'the shortest packet', kind: 'socket_filter', code: field(0), data: packet(14) },
  {
    name: 'a given context',
    kind: 'sched_cls',
    code: 'r0 = *(u32 *)(r1 +8)\n*(u32 *)(r1 +32) = r0\nr0 = *(u32 *)(r1 +56)\nexit',
    data: ipv4,
    context: skbContext({ 8: 5, 32: 6, 48: 1, 56: 77 }),
  },
  {
    name: 'a context with a field that cannot be given',
    kind: 'sched_cls',
    code: field(8),
    data: ipv4,
    context: skbContext({ 0: 60 }),
  },
  {
    name: 'a wire length that is too small',
    kind: 'sched_cls',
    code: field(160),
    data: ipv4,
    context: skbContext({ 160: 10 }),
  },
  {
    name: 'a wire length',
    kind: 'sched_cls',
    code: field(160),
    data: ipv4,
    context: skbContext({ 160: 100, 164: 3, 176: 9 }),
  },
  {
    name: 'narrow loads',
    kind: 'socket_filter',
    code: 'r0 = *(u8 *)(r1 +16)\nr2 = *(u16 *)(r1 +16)\nr0 <<= 16\nr0 |= r2\nexit',
    data: ipv4,
  },
  {
    name: 'packet bytes by data and data_end',
    kind: 'sched_cls',
    code: 'r2 = *(u32 *)(r1 +76)\nr3 = *(u32 *)(r1 +80)\nr4 = r2\nr4 += 24\nr0 = 1\nif r4 > r3 goto +1\nr0 = *(u32 *)(r2 +20)\nexit',
    data: ipv4,
  },
  {
    name: 'writing packet bytes',
    kind: 'sched_cls',
    code: 'r2 = *(u32 *)(r1 +76)\nr3 = *(u32 *)(r1 +80)\nr4 = r2\nr4 += 24\nr0 = 1\nif r4 > r3 goto +2\nr0 = 7\n*(u32 *)(r2 +20) = r0\nexit',
    data: ipv4,
  },
  { name: 'ld_abs', kind: 'socket_filter', code: 'r6 = r1\nr0 = *(u32 *)skb[2]\nexit', data: ipv4 },
  { name: 'ld_abs beyond', kind: 'socket_filter', code: 'r6 = r1\nr0 = *(u32 *)skb[44]\nr0 = 3\nexit', data: ipv4 },
  {
    name: 'ld_abs of the mac header',
    kind: 'socket_filter',
    code: 'r6 = r1\nr0 = *(u16 *)skb[-2097140]\nexit',
    data: ipv4,
  },
  {
    name: 'ld_abs of the network header',
    kind: 'sched_cls',
    code: 'r6 = r1\nr0 = *(u16 *)skb[-1048576]\nexit',
    data: ipv4,
  },
  { name: 'ld_ind', kind: 'socket_filter', code: 'r6 = r1\nr7 = 5\nr0 = *(u16 *)skb[r7 + 3]\nexit', data: ipv4 },
  {
    name: 'skb_load_bytes',
    kind: 'socket_filter',
    code: `r2 = 4\nr3 = r10\nr3 += -8\nr4 = 8\n${call('', 'bpf_skb_load_bytes#26', 'r0 = *(u32 *)(r10 -4)')}`,
    data: ipv4,
  },
  {
    name: 'skb_load_bytes beyond',
    kind: 'socket_filter',
    code: call('r2 = 40\nr3 = r10\nr3 += -8\nr4 = 8', 'bpf_skb_load_bytes#26', 'r0 += 100'),
    data: ipv4,
  },
  ...[0, 1, 2].map((header) => ({
    name: `skb_load_bytes_relative ${header}`,
    kind: 'socket_filter',
    code: call(
      `r2 = 2\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = ${header}`,
      'bpf_skb_load_bytes_relative#68',
      'r1 = *(u32 *)(r10 -4)\nr0 += r1',
    ),
    data: ipv4,
  })),
  ...[0, 1, 2, 4].map((flags) => ({
    name: `skb_store_bytes, flags ${flags}`,
    kind: 'sched_cls',
    code: call(`${bytes}\nr3 = r2\nr2 = 20\nr4 = 12\nr5 = ${flags}`, 'bpf_skb_store_bytes#9'),
    data: ipv4,
  })),
  {
    name: 'skb_store_bytes beyond',
    kind: 'sched_cls',
    code: call(`${bytes}\nr3 = r2\nr2 = 55\nr4 = 12\nr5 = 0`, 'bpf_skb_store_bytes#9'),
    data: ipv4,
  },
  ...[
    [0, 0x1234, 2],
    [0x0a000001, 0x0b0000ff, 4],
    [0, 0x12345678, 0],
    [1, 2, 0],
    [1, 2, 3],
    [0xffff, 0x1ffff, 2],
  ].map(([from, to, size]) => ({
    name: `l3_csum_replace ${from} ${to} ${size}`,
    kind: 'sched_cls',
    code: call(`r2 = 24\nr3 = ${from} ll\nr4 = ${to} ll\nr5 = ${size}`, 'bpf_l3_csum_replace#10'),
    data: ipv4,
  })),
  ...[
    [0x0a000001, 0x0b0000ff, 4],
    [0, 0x1234, 2],
    [0xffff, 0x1ffff, 2],
    [5, 6, 0x12],
    [5, 6, 0x14],
    [0, 9, 0x20],
    [3, 4, 0x22],
    [3, 4, 0x62],
    [0, 99, 0],
  ].map(([from, to, flags]) => ({
    name: `l4_csum_replace ${from} ${to} ${flags}`,
    kind: 'sched_cls',
    code: call(`r2 = 50\nr3 = ${from} ll\nr4 = ${to} ll\nr5 = ${flags}`, 'bpf_l4_csum_replace#11'),
    data: ipv4,
  })),
  ...[
    [0, 16, 0],
    [16, 0, 0],
    [16, 16, 0],
    [16, 8, 0xffff],
    [0, 0, 0x12345678],
    [0, 4, 0xffffffff],
    [4, 0, 1],
    [8, 8, 0x80000000],
  ].map(([from, to, seed]) => ({
    name: `csum_diff ${from} ${to} ${seed}`,
    kind: 'sched_cls',
    code: call(
      `*(u64 *)(r10 -8) = 0x7fedcba9\n*(u64 *)(r10 -16) = -2\n*(u64 *)(r10 -24) = 0x12345678\n*(u64 *)(r10 -32) = 0x777\nr1 = ${from === 0 ? '0' : 'r10\nr1 += -16'}\nr2 = ${from}\nr3 = ${to === 0 ? '0' : 'r10\nr3 += -32'}\nr4 = ${to}\nr5 = ${seed} ll`,
      'bpf_csum_diff#28',
    ),
    data: ipv4,
  })),
  ...[20, 60, 61, 100, 13, 14, 3000].map((length) => ({
    name: `skb_change_tail ${length}`,
    kind: 'sched_cls',
    code: call(
      `r6 = r1\nr2 = ${length}\nr3 = 0`,
      'bpf_skb_change_tail#38',
      'r0 <<= 16\nr2 = *(u32 *)(r6 +0)\nr0 += r2',
    ),
    data: ipv4,
  })),
  ...[4, 14, 32].map((room) => ({
    name: `skb_change_head ${room}`,
    kind: 'sched_cls',
    code: call(`r6 = r1\nr2 = ${room}\nr3 = 0`, 'bpf_skb_change_head#43', 'r0 <<= 16\nr2 = *(u32 *)(r6 +0)\nr0 += r2'),
    data: ipv4,
  })),
  ...[0, 20, 60, 61].map((length) => ({
    name: `skb_pull_data ${length}`,
    kind: 'sched_cls',
    code: call(`r2 = ${length}`, 'bpf_skb_pull_data#39'),
    data: ipv4,
  })),
  ...[
    [4, 0],
    [4, 1],
    [-4, 0],
    [-4, 1],
    [-46, 1],
    [-26, 1],
    [5000, 0],
    [20, 2],
  ].map(([by, mode]) => ({
    name: `skb_adjust_room ${by} ${mode}`,
    kind: 'sched_cls',
    code: call(
      `r6 = r1\nr2 = ${by}\nr3 = ${mode}\nr4 = 0`,
      'bpf_skb_adjust_room#50',
      'r0 <<= 16\nr2 = *(u32 *)(r6 +0)\nr0 += r2',
    ),
    data: ipv4,
  })),
  ...[
    [ipv4, 0xdd86],
    [ipv6, 0x0008],
    [ipv4, 8],
    [vlan, 8],
  ].map(([data, protocol], at) => ({
    name: `skb_change_proto ${at}`,
    kind: 'sched_cls',
    code: call(
      `r6 = r1\nr2 = ${protocol}\nr3 = 0`,
      'bpf_skb_change_proto#31',
      'r0 <<= 16\nr2 = *(u32 *)(r6 +16)\nr0 += r2',
    ),
    data: data as Uint8Array,
  })),
  ...[0, 1, 2, 3, 4].map((type) => ({
    name: `skb_change_type ${type}`,
    kind: 'sched_cls',
    code: call(`r6 = r1\nr2 = ${type}`, 'bpf_skb_change_type#32', 'r0 <<= 16\nr2 = *(u32 *)(r6 +4)\nr0 += r2'),
    data: ipv4,
  })),
  {
    name: 'skb_vlan_push',
    kind: 'sched_cls',
    code: call(
      'r6 = r1\nr2 = 0x0081\nr3 = 5',
      'bpf_skb_vlan_push#18',
      'r0 = *(u32 *)(r6 +24)\nr2 = *(u32 *)(r6 +28)\nr0 <<= 16\nr0 += r2\nr2 = *(u32 *)(r6 +0)\nr0 += r2',
    ),
    data: ipv4,
  },
  {
    name: 'skb_vlan_push twice',
    kind: 'sched_cls',
    code: call(
      'r6 = r1\nr2 = 0x0081\nr3 = 5\ncall 18\nr1 = r6\nr2 = 0xa888\nr3 = 6',
      'bpf_skb_vlan_push#18',
      'r0 = *(u32 *)(r6 +24)\nr2 = *(u32 *)(r6 +16)\nr0 <<= 16\nr0 += r2\nr2 = *(u32 *)(r6 +0)\nr0 += r2',
    ),
    data: ipv4,
  },
  ...[ipv4, vlan].map((data, at) => ({
    name: `skb_vlan_pop ${at}`,
    kind: 'sched_cls',
    code: call(
      'r6 = r1',
      'bpf_skb_vlan_pop#19',
      'r0 = *(u32 *)(r6 +20)\nr2 = *(u32 *)(r6 +16)\nr0 <<= 16\nr0 += r2\nr2 = *(u32 *)(r6 +0)\nr0 += r2',
    ),
    data,
  })),
  ...[ipv4, ipv6, vlan].map((data, at) => ({
    name: `skb_ecn_set_ce ${at}`,
    kind: 'cgroup_skb',
    code: call('', 'bpf_skb_ecn_set_ce#97', 'r0 &= 1'),
    data,
  })),
  {
    name: 'set_hash',
    kind: 'sched_cls',
    code: call('r6 = r1\nr2 = 99', 'bpf_set_hash#48', 'r1 = r6\ncall 34'),
    data: ipv4,
  },
  { name: 'csum_update', kind: 'sched_cls', code: call('r2 = 99', 'bpf_csum_update#40'), data: ipv4 },
  ...[0, 1, 2, 3, 4].map((level) => ({
    name: `csum_level ${level}`,
    kind: 'sched_cls',
    code: call(`r2 = ${level}`, 'bpf_csum_level#135'),
    data: ipv4,
  })),
  ...[0, 1, 2].map((flags) => ({
    name: `redirect ${flags}`,
    kind: 'sched_cls',
    code: call(`r1 = 1\nr2 = ${flags}`, 'bpf_redirect#23'),
    data: ipv4,
  })),
  ...[0, 1].map((flags) => ({
    name: `xdp redirect ${flags}`,
    kind: 'xdp',
    code: call(`r1 = 1\nr2 = ${flags}`, 'bpf_redirect#23'),
    data: ipv4,
  })),
  { name: 'get_socket_uid', kind: 'sched_cls', code: call('r2 = 0', 'bpf_get_cgroup_classid#17'), data: ipv4 },
  { name: 'get_route_realm', kind: 'sched_cls', code: call('', 'bpf_get_route_realm#24'), data: ipv4 },
  // XDP
  ...[12, 16].map((offset) => ({ name: `xdp field ${offset}`, kind: 'xdp', code: field(offset), data: ipv4 })),
  {
    name: 'xdp length',
    kind: 'xdp',
    code: 'r2 = *(u32 *)(r1 +0)\nr3 = *(u32 *)(r1 +4)\nr3 -= r2\nr0 = r3\nexit',
    data: ipv4,
  },
  { name: 'xdp short', kind: 'xdp', code: field(12), data: packet(13) },
  ...[4, -4, 46, 47, -216, -217, -256].map((by) => ({
    name: `xdp_adjust_head ${by}`,
    kind: 'xdp',
    code: call(`r2 = ${by}`, 'bpf_xdp_adjust_head#44'),
    data: ipv4,
  })),
  ...[4, -4, -46, -47, 3460, 3461, 3000].map((by) => ({
    name: `xdp_adjust_tail ${by}`,
    kind: 'xdp',
    code: call(`r2 = ${by}`, 'bpf_xdp_adjust_tail#65'),
    data: ipv4,
  })),
  ...[-4, -32, -36, -212, -216, -220, 4, -3].map((by) => ({
    name: `xdp_adjust_meta ${by}`,
    kind: 'xdp',
    code: call(`r2 = ${by}`, 'bpf_xdp_adjust_meta#54'),
    data: ipv4,
  })),
  {
    name: 'xdp_adjust_meta, then head',
    kind: 'xdp',
    code: call(
      'r6 = r1\nr2 = -8\ncall 54\nr1 = r6\nr2 = *(u32 *)(r1 +8)\nr3 = *(u32 *)(r1 +0)\nr4 = r2\nr4 += 8\nif r4 > r3 goto +2\nr4 = 85\n*(u64 *)(r2 +0) = r4\nr2 = 14',
      'bpf_xdp_adjust_head#44',
    ),
    data: ipv4,
  },
  ...[0, 50, 52, 53, 0x10000].map((offset) => ({
    name: `xdp_load_bytes ${offset}`,
    kind: 'xdp',
    code: call(
      `r2 = ${offset}\nr3 = r10\nr3 += -8\nr4 = 8`,
      'bpf_xdp_load_bytes#189',
      'if r0 != 0 goto +1\nr0 = *(u64 *)(r10 -8)',
    ),
    data: ipv4,
  })),
  ...[0, 52, 53].map((offset) => ({
    name: `xdp_store_bytes ${offset}`,
    kind: 'xdp',
    code: call(`*(u64 *)(r10 -8) = 0x1234567\nr2 = ${offset}\nr3 = r10\nr3 += -8\nr4 = 8`, 'bpf_xdp_store_bytes#190'),
    data: ipv4,
  })),
  { name: 'xdp_get_buff_len', kind: 'xdp', code: call('', 'bpf_xdp_get_buff_len#188'), data: ipv4 },
  {
    name: 'xdp metadata given',
    kind: 'xdp',
    code: 'r2 = *(u32 *)(r1 +0)\nr3 = *(u32 *)(r1 +8)\nr0 = r2\nr0 -= r3\nexit',
    data: ipv4,
    context: Uint8Array.from([8, 0, 0, 0, 60, 0, 0, 0, ...new Array(16).fill(0)]),
  },
  ...[10, 14, 60, 61].map((end) => ({
    name: `xdp, program sees ${end} bytes`,
    kind: 'xdp',
    code: 'r2 = *(u32 *)(r1 +0)\nr0 = *(u32 *)(r1 +4)\nr0 -= r2\nexit',
    data: ipv4,
    context: Uint8Array.from([0, 0, 0, 0, end, 0, 0, 0, ...new Array(16).fill(0)]),
  })),
  ...[3520, 3521, 9000].map((size) => ({
    name: `xdp, a packet of ${size} bytes`,
    kind: 'xdp',
    code: 'r2 = *(u32 *)(r1 +0)\nr0 = *(u32 *)(r1 +4)\nr0 -= r2\nexit',
    data: packet(size),
  })),
  ...[3711, 3712].map((size) => ({
    name: `skb, a packet of ${size} bytes`,
    kind: 'sched_cls',
    code: field(0),
    data: packet(size),
  })),
  {
    name: 'xdp metadata that does not fit',
    kind: 'xdp',
    code: field(12),
    data: ipv4,
    context: Uint8Array.from([0, 0, 0, 0, 50, 0, 0, 0, ...new Array(16).fill(0)]),
  },
  // Plain arguments
  {
    name: 'raw tracepoint arguments',
    kind: 'raw_tracepoint',
    code: 'r0 = *(u64 *)(r1 +8)\nexit',
    context: Uint8Array.from({ length: 16 }, (_, at) => at),
  },
  // Texts and numbers
  ...[
    '42',
    '-42',
    ' 7x',
    '0x1f',
    '0x',
    '077',
    '089',
    '',
    '-',
    '99999999999',
    '18446744073709551615',
    '18446744073709551616',
    '9223372036854775808',
    '-9223372036854775808',
  ].flatMap((text) =>
    [
      ['strtol', 105],
      ['strtoul', 106],
    ].flatMap(([name, id]) =>
      [0, 8, 10, 16, 7].map((base) => ({
        name: `${name} '${text}' ${base}`,
        kind: 'raw_tracepoint',
        context: new Uint8Array(8),
        code: `${stored(text, 24)}\n*(u64 *)(r10 -32) = 5\nr1 = r10\nr1 += -24\nr2 = 24\nr3 = ${base}\nr4 = r10\nr4 += -32\ncall ${id}\nr2 = *(u64 *)(r10 -32)\nr3 = r2\nr3 >>= 32\nr0 *= 31\nr0 += r2\nr0 += r3\nexit`,
      })),
    ),
  ),
];

/** Instructions that put a text at r10 - size. */
function stored(text: string, size: number): string {
  const padded = Buffer.alloc(size);
  padded.write(text, 'latin1');
  return Array.from(
    { length: size / 4 },
    (_, at) => `*(u32 *)(r10 -${size - at * 4}) = ${padded.readInt32LE(at * 4)}`,
  ).join('\n');
}

function instructionsOf(code: string): readonly Instruction[] {
  const diagnostics = new Diagnostics();
  const { instructions } = assemble({ name: 'case', text: code }, diagnostics);
  if (diagnostics.list.length > 0) throw new Error(diagnostics.list.map(({ message }) => message).join('\n'));
  return instructions;
}

describe.skipIf(reason)('kernel and vm agree', () => {
  for (const { name, code, ...rest } of cases) {
    test(name, () => {
      const comparison = { ...rest, instructions: instructionsOf(code) };
      expect(runInVm(comparison)).toEqual(runInKernel(comparison));
    });
  }
});
