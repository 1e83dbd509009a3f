// Contexts of programs at network devices, sockets and control groups that are not socket buffers (net/core/filter.c and
// kernel/bpf/cgroup.c, as of Linux 6.18; structs of include/uapi/linux/bpf.h).

import type { VerifierInput } from '../input.ts';
import { Flag, Type } from '../register.ts';
import { isSockField } from '../socket-access.ts';
import { accessField, type Field } from './fields.ts';
import type { ContextAccess, ProgramRules } from './program-rules.ts';

function network(more: Partial<ProgramRules> & Pick<ProgramRules, 'kind' | 'context'>): ProgramRules {
  return {
    packetRead: false,
    packetWrite: false,
    packetLoads: false,
    unprivileged: false,
    maySleep: false,
    ...more,
  };
}

function table(fields: readonly Field[]): (access: ContextAccess) => number | undefined {
  return (access) => accessField(fields, access);
}

const ZERO_OR_ONE = (): readonly [number, number] => [0, 1];

const xdp: readonly Field[] = [
  { from: 0, to: 4, unit: 4, type: Type.PACKET },
  { from: 4, to: 8, unit: 4, type: Type.PACKET_END },
  { from: 8, to: 12, unit: 4, type: Type.PACKET_META },
  { from: 12, to: 16, unit: 4 },
  { from: 16, to: 20, unit: 4 },
];
const xdpWithEgress: readonly Field[] = [...xdp, { from: 20, to: 24, unit: 4 }];

function xdpContext(access: ContextAccess, { attachKind }: VerifierInput): number | undefined {
  return accessField(attachKind === 'xdp_devmap' ? xdpWithEgress : xdp, access);
}

const device: readonly Field[] = [
  { from: 0, to: 4, unit: 4, narrow: true },
  { from: 4, to: 8, unit: 4 },
  { from: 8, to: 12, unit: 4 },
];

const sysctl: readonly Field[] = [
  { from: 0, to: 4, unit: 4, narrow: true },
  { from: 4, to: 8, unit: 4, narrow: true, write: true },
];

// retval may be written by programs that run after the call only.
function socketOption(access: ContextAccess, { attachKind }: VerifierInput): number | undefined {
  const get = attachKind === 'cgroup_getsockopt';
  return accessField(
    [
      { from: 0, to: 8, unit: 8, type: Type.SOCKET },
      { from: 8, to: 16, unit: 8, type: Type.PACKET },
      { from: 16, to: 24, unit: 8, type: Type.PACKET_END },
      { from: 24, to: 28, unit: 4, write: !get },
      { from: 28, to: 32, unit: 4, write: !get },
      { from: 32, to: 36, unit: 4, write: true },
      ...(get ? [{ from: 36, to: 40, unit: 4, write: true }] : []),
    ],
    access,
  );
}

const reuseport: readonly Field[] = [
  { from: 0, to: 8, unit: 8, type: Type.PACKET },
  { from: 8, to: 16, unit: 8, type: Type.PACKET_END },
  { from: 16, to: 20, unit: 4, narrow: true },
  { from: 20, to: 24, unit: 4, narrow: true, least: 2 },
  { from: 24, to: 28, unit: 4, narrow: true },
  { from: 28, to: 32, unit: 4, narrow: true },
  { from: 32, to: 36, unit: 4 },
  { from: 40, to: 48, unit: 8, type: Type.SOCKET },
  { from: 48, to: 56, unit: 8, type: Type.SOCK_COMMON | Flag.MAYBE_NULL },
];

const lookup: readonly Field[] = [
  { from: 0, to: 8, unit: 8, type: Type.SOCKET | Flag.MAYBE_NULL },
  { from: 8, to: 12, unit: 4, narrow: true },
  { from: 12, to: 16, unit: 4, narrow: true },
  { from: 16, to: 20, unit: 4, narrow: true },
  { from: 20, to: 36, unit: 4, narrow: true },
  // remote_port has two bytes; the padding behind it may be read.
  { from: 36, to: 40, unit: 4, narrow: true },
  { from: 40, to: 44, unit: 4, narrow: true },
  { from: 44, to: 60, unit: 4, narrow: true },
  { from: 60, to: 64, unit: 4, narrow: true },
  { from: 64, to: 68, unit: 4, narrow: true },
];

// Which addresses a program sees depends on what it is attached to; both families are shown to programs of either only
// where the kernel says so.
function socketAddress(access: ContextAccess, { attachKind = '' }: VerifierInput): number | undefined {
  const v4 = attachKind.includes('inet4') || attachKind.includes('udp4');
  const v6 = attachKind.includes('inet6') || attachKind.includes('udp6');
  const message = attachKind.endsWith('sendmsg');
  const fields: Field[] = [
    { from: 0, to: 4, unit: 4 },
    { from: 24, to: 28, unit: 4, narrow: true, write: true },
    { from: 28, to: 32, unit: 4 },
    { from: 32, to: 36, unit: 4 },
    { from: 36, to: 40, unit: 4 },
    { from: 64, to: 72, unit: 8, type: Type.SOCKET },
  ];
  if (v4) fields.push({ from: 4, to: 8, unit: 4, narrow: true, write: true });
  if (v6) fields.push({ from: 8, to: 24, unit: 4, narrow: true, write: true });
  if (v4 && message) fields.push({ from: 40, to: 44, unit: 4, narrow: true, write: true });
  if (v6 && message) fields.push({ from: 44, to: 60, unit: 4, narrow: true, write: true });
  // Words of an IPv6 address may be accessed two at a time.
  const { off } = access;
  const pairs = v6 && access.size === 8 && (off === 8 || off === 16 || (message && off === 48));
  if (pairs) return Type.SCALAR;
  return accessField(fields, access);
}

function addressReturns({ attachKind = '' }: VerifierInput): readonly [number, number] {
  if (/recvmsg$|getpeername$|getsockname$/.test(attachKind)) return [1, 1];
  return /inet[46]_bind$/.test(attachKind) ? [0, 3] : [0, 1];
}

function socket(access: ContextAccess, { attachKind = '' }: VerifierInput): number | undefined {
  const { off, size, write } = access;
  const create = attachKind === 'cgroup_inet_sock_create' || attachKind === 'cgroup_inet_sock_release';
  const writable = off < 4 || (off >= 16 && off < 24);
  if (write && !(create && writable)) return undefined;
  const address4 = off >= 24 && off < 28;
  const address6 = off >= 28 && off < 44;
  const port = off >= 44 && off < 48;
  if (writable && !create) return undefined;
  if (address4 && attachKind !== 'cgroup_inet4_post_bind') return undefined;
  if (address6 && attachKind !== 'cgroup_inet6_post_bind') return undefined;
  if (port && !attachKind.endsWith('post_bind')) return undefined;
  return isSockField(off, size) ? Type.SCALAR : undefined;
}

/** struct sk_msg_md. */
const message: readonly Field[] = [
  { from: 0, to: 8, unit: 8, type: Type.PACKET },
  { from: 8, to: 16, unit: 8, type: Type.PACKET_END },
  { from: 16, to: 20, unit: 4 },
  { from: 20, to: 24, unit: 4 },
  { from: 24, to: 28, unit: 4 },
  { from: 28, to: 44, unit: 4 },
  { from: 44, to: 60, unit: 4 },
  { from: 60, to: 64, unit: 4 },
  { from: 64, to: 68, unit: 4 },
  { from: 68, to: 72, unit: 4 },
  { from: 72, to: 80, unit: 8, type: Type.SOCKET },
];

/** struct bpf_sock_ops: reply and the words that only a program of the kind writes. */
const socketOperations: readonly Field[] = [
  { from: 0, to: 4, unit: 4 },
  { from: 4, to: 8, unit: 4, write: true },
  { from: 8, to: 20, unit: 4 },
  { from: 20, to: 24, unit: 4 },
  { from: 24, to: 32, unit: 4 },
  { from: 32, to: 64, unit: 4 },
  { from: 64, to: 124, unit: 4 },
  { from: 124, to: 164, unit: 4 },
  { from: 164, to: 168, unit: 4, write: true },
  { from: 168, to: 184, unit: 8 },
  { from: 184, to: 192, unit: 8, type: Type.SOCKET | Flag.MAYBE_NULL },
  { from: 192, to: 200, unit: 8, type: Type.PACKET },
  { from: 200, to: 208, unit: 8, type: Type.PACKET_END },
  { from: 208, to: 212, unit: 4 },
  { from: 212, to: 216, unit: 4, narrow: true, fromStart: true },
  { from: 216, to: 224, unit: 8 },
];

export const networkRules: readonly ProgramRules[] = [
  network({ kind: 'xdp', context: xdpContext, packetRead: true, packetWrite: true }),
  network({ kind: 'cgroup_device', context: table(device), returns: ZERO_OR_ONE }),
  network({ kind: 'cgroup_sysctl', context: table(sysctl), returns: ZERO_OR_ONE }),
  network({
    kind: 'cgroup_sockopt',
    context: socketOption,
    packetRead: true,
    packetWrite: true,
    returns: ZERO_OR_ONE,
  }),
  network({ kind: 'cgroup_sock', context: socket, returns: ZERO_OR_ONE }),
  network({ kind: 'cgroup_sock_addr', context: socketAddress, returns: addressReturns }),
  network({ kind: 'sk_reuseport', context: table(reuseport), packetRead: true }),
  network({ kind: 'sk_lookup', context: table(lookup), returns: ZERO_OR_ONE }),
  network({ kind: 'sk_msg', context: table(message), packetRead: true, packetWrite: true }),
  network({ kind: 'sock_ops', context: table(socketOperations), returns: ZERO_OR_ONE }),
];
