// struct __sk_buff as the kinds of program see it that are given packets of the network stack (bpf_skb_is_valid_access()
// and the functions that call it in net/core/filter.c, as of Linux 6.18).

import type { VerifierInput } from '../input.ts';
import { Flag, Type } from '../register.ts';
import { accessField, type Field } from './fields.ts';
import type { ContextAccess, ProgramRules } from './program-rules.ts';

/** Fields by name with their offsets and how the common part of the check allows them. */
const common = {
  len: { from: 0, to: 4, unit: 4, narrow: true },
  pkt_type: { from: 4, to: 8, unit: 4, narrow: true },
  mark: { from: 8, to: 12, unit: 4, narrow: true },
  queue_mapping: { from: 12, to: 16, unit: 4, narrow: true },
  protocol: { from: 16, to: 20, unit: 4, narrow: true },
  vlan_present: { from: 20, to: 24, unit: 4, narrow: true },
  vlan_tci: { from: 24, to: 28, unit: 4, narrow: true },
  vlan_proto: { from: 28, to: 32, unit: 4, narrow: true },
  priority: { from: 32, to: 36, unit: 4, narrow: true },
  ingress_ifindex: { from: 36, to: 40, unit: 4, narrow: true },
  ifindex: { from: 40, to: 44, unit: 4, narrow: true },
  tc_index: { from: 44, to: 48, unit: 4, narrow: true },
  cb: { from: 48, to: 68, unit: 4, bytes: true },
  hash: { from: 68, to: 72, unit: 4, narrow: true },
  tc_classid: { from: 72, to: 76, unit: 4, narrow: true },
  data: { from: 76, to: 80, unit: 4, type: Type.PACKET },
  data_end: { from: 80, to: 84, unit: 4, type: Type.PACKET_END },
  napi_id: { from: 84, to: 88, unit: 4, narrow: true },
  family: { from: 88, to: 92, unit: 4, narrow: true },
  remote_ip4: { from: 92, to: 96, unit: 4 },
  local_ip4: { from: 96, to: 100, unit: 4 },
  remote_ip6: { from: 100, to: 116, unit: 4 },
  local_ip6: { from: 116, to: 132, unit: 4 },
  remote_port: { from: 132, to: 136, unit: 4, narrow: true },
  local_port: { from: 136, to: 140, unit: 4, narrow: true },
  data_meta: { from: 140, to: 144, unit: 4, type: Type.PACKET_META },
  flow_keys: { from: 144, to: 152, unit: 8, type: Type.FLOW_KEYS },
  tstamp: { from: 152, to: 160, unit: 8 },
  wire_len: { from: 160, to: 164, unit: 4, narrow: true },
  gso_segs: { from: 164, to: 168, unit: 4, narrow: true },
  sk: { from: 168, to: 176, unit: 8, type: Type.SOCK_COMMON | Flag.MAYBE_NULL },
  gso_size: { from: 176, to: 180, unit: 4, narrow: true },
  tstamp_type: { from: 180, to: 181, unit: 1 },
  hwtstamp: { from: 184, to: 192, unit: 8 },
} as const satisfies Readonly<Record<string, Field>>;

type FieldName = keyof typeof common;

const socketFields: readonly FieldName[] = [
  'family',
  'remote_ip4',
  'local_ip4',
  'remote_ip6',
  'local_ip6',
  'remote_port',
  'local_port',
];

function skb(hidden: readonly FieldName[], writable: readonly FieldName[]): readonly Field[] {
  return (Object.keys(common) as FieldName[])
    .filter((name) => !hidden.includes(name))
    .map((name) => (writable.includes(name) ? { ...common[name], write: true } : common[name]));
}

interface SkbRules extends Partial<Omit<ProgramRules, 'context'>> {
  readonly kind: string;
  readonly fields: readonly Field[];
  /** Fields that only privileged programs may use. */
  readonly privilegedFields?: readonly Field[];
}

function rules({ fields, privilegedFields, ...more }: SkbRules): ProgramRules {
  const context = (access: ContextAccess, input: VerifierInput): number | undefined =>
    accessField(fields, access) ??
    (privilegedFields && input.privileged ? accessField(privilegedFields, access) : undefined);
  return {
    packetRead: false,
    packetWrite: false,
    packetLoads: false,
    unprivileged: false,
    maySleep: false,
    ...more,
    context,
  };
}

const filter = skb(
  [
    ...socketFields,
    'tc_classid',
    'data',
    'data_end',
    'data_meta',
    'flow_keys',
    'tstamp',
    'tstamp_type',
    'wire_len',
    'hwtstamp',
  ],
  ['cb'],
);

const control = skb(
  [...socketFields, 'flow_keys'],
  ['mark', 'tc_index', 'priority', 'tc_classid', 'cb', 'tstamp', 'queue_mapping'],
);

const lightweightTunnel = skb(
  [...socketFields, 'tc_classid', 'data_meta', 'flow_keys', 'tstamp', 'tstamp_type', 'wire_len', 'hwtstamp'],
  ['mark', 'priority', 'cb'],
);

const cgroup = skb(
  ['tc_classid', 'data_meta', 'data', 'data_end', 'flow_keys', 'tstamp', 'tstamp_type', 'wire_len'],
  ['mark', 'priority', 'cb'],
);

const cgroupPrivileged: readonly Field[] = [common.data, common.data_end, { ...common.tstamp, write: true }];
const cgroupReads: readonly Field[] = [common.tstamp];

const stream = skb(
  ['tc_classid', 'data_meta', 'mark', 'flow_keys', 'tstamp', 'tstamp_type', 'wire_len', 'hwtstamp'],
  ['tc_index', 'priority'],
);

const dissector: readonly Field[] = [common.data, common.data_end, common.flow_keys];

export const skbRules: readonly ProgramRules[] = [
  rules({ kind: 'socket_filter', fields: filter, packetLoads: true, unprivileged: true }),
  rules({ kind: 'sched_cls', fields: control, packetRead: true, packetWrite: true, packetLoads: true }),
  rules({ kind: 'sched_act', fields: control, packetRead: true, packetWrite: true, packetLoads: true }),
  rules({
    kind: 'cgroup_skb',
    fields: [...cgroup, ...cgroupReads],
    privilegedFields: cgroupPrivileged,
    packetRead: true,
    unprivileged: true,
    returns: ({ attachKind }) => (attachKind === 'cgroup_inet_egress' ? [0, 3] : [0, 1]),
  }),
  rules({ kind: 'lwt_in', fields: lightweightTunnel, packetRead: true }),
  rules({ kind: 'lwt_out', fields: lightweightTunnel, packetRead: true }),
  rules({ kind: 'lwt_xmit', fields: lightweightTunnel, packetRead: true, packetWrite: true }),
  rules({ kind: 'lwt_seg6local', fields: lightweightTunnel, packetRead: true }),
  rules({ kind: 'sk_skb', fields: stream, packetRead: true, packetWrite: true }),
  rules({ kind: 'flow_dissector', fields: dissector, packetRead: true }),
];
