// Map kinds, program kinds and attach kinds by name and by number. Names are the kernel's constants without their prefix
// (BPF_MAP_TYPE_, BPF_PROG_TYPE_, BPF_), in lower case: what bpftool prints.
// Numbers: include/uapi/linux/bpf.h. First kernels: the releases that contain the commit which added each constant, as
// collected in BCC's docs/kernel-versions.md and in the feature table of docs.ebpf.io.

import { nearest } from '../base/text.ts';

/** A constant of the kernel that has a name. */
export interface Kind {
  readonly id: number;
  readonly name: string;
  /** The first kernel that has it. */
  readonly since: string;
}

/** Every kind of map (enum bpf_map_type). */
export const mapKinds = [
  { id: 1, name: 'hash', since: '3.19' },
  { id: 2, name: 'array', since: '3.19' },
  { id: 3, name: 'prog_array', since: '4.2' },
  { id: 4, name: 'perf_event_array', since: '4.3' },
  { id: 5, name: 'percpu_hash', since: '4.6' },
  { id: 6, name: 'percpu_array', since: '4.6' },
  { id: 7, name: 'stack_trace', since: '4.6' },
  { id: 8, name: 'cgroup_array', since: '4.8' },
  { id: 9, name: 'lru_hash', since: '4.10' },
  { id: 10, name: 'lru_percpu_hash', since: '4.10' },
  { id: 11, name: 'lpm_trie', since: '4.11' },
  { id: 12, name: 'array_of_maps', since: '4.12' },
  { id: 13, name: 'hash_of_maps', since: '4.12' },
  { id: 14, name: 'devmap', since: '4.14' },
  { id: 15, name: 'sockmap', since: '4.14' },
  { id: 16, name: 'cpumap', since: '4.15' },
  { id: 17, name: 'xskmap', since: '4.18' },
  { id: 18, name: 'sockhash', since: '4.18' },
  { id: 19, name: 'cgroup_storage', since: '4.19' },
  { id: 20, name: 'reuseport_sockarray', since: '4.19' },
  { id: 21, name: 'percpu_cgroup_storage', since: '4.20' },
  { id: 22, name: 'queue', since: '4.20' },
  { id: 23, name: 'stack', since: '4.20' },
  { id: 24, name: 'sk_storage', since: '5.2' },
  { id: 25, name: 'devmap_hash', since: '5.4' },
  { id: 26, name: 'struct_ops', since: '5.6' },
  { id: 27, name: 'ringbuf', since: '5.8' },
  { id: 28, name: 'inode_storage', since: '5.10' },
  { id: 29, name: 'task_storage', since: '5.11' },
  { id: 30, name: 'bloom_filter', since: '5.16' },
  { id: 31, name: 'user_ringbuf', since: '6.1' },
  { id: 32, name: 'cgrp_storage', since: '6.2' },
  { id: 33, name: 'arena', since: '6.9' },
  { id: 34, name: 'insn_array', since: '6.19' },
  { id: 35, name: 'rhash', since: '7.2' },
] as const;

/** Every kind of program (enum bpf_prog_type). */
export const programKinds = [
  { id: 1, name: 'socket_filter', since: '3.19' },
  { id: 2, name: 'kprobe', since: '4.1' },
  { id: 3, name: 'sched_cls', since: '4.1' },
  { id: 4, name: 'sched_act', since: '4.1' },
  { id: 5, name: 'tracepoint', since: '4.7' },
  { id: 6, name: 'xdp', since: '4.8' },
  { id: 7, name: 'perf_event', since: '4.9' },
  { id: 8, name: 'cgroup_skb', since: '4.10' },
  { id: 9, name: 'cgroup_sock', since: '4.10' },
  { id: 10, name: 'lwt_in', since: '4.10' },
  { id: 11, name: 'lwt_out', since: '4.10' },
  { id: 12, name: 'lwt_xmit', since: '4.10' },
  { id: 13, name: 'sock_ops', since: '4.13' },
  { id: 14, name: 'sk_skb', since: '4.14' },
  { id: 15, name: 'cgroup_device', since: '4.15' },
  { id: 16, name: 'sk_msg', since: '4.17' },
  { id: 17, name: 'raw_tracepoint', since: '4.17' },
  { id: 18, name: 'cgroup_sock_addr', since: '4.17' },
  { id: 19, name: 'lwt_seg6local', since: '4.18' },
  { id: 20, name: 'lirc_mode2', since: '4.18' },
  { id: 21, name: 'sk_reuseport', since: '4.19' },
  { id: 22, name: 'flow_dissector', since: '4.20' },
  { id: 23, name: 'cgroup_sysctl', since: '5.2' },
  { id: 24, name: 'raw_tracepoint_writable', since: '5.2' },
  { id: 25, name: 'cgroup_sockopt', since: '5.3' },
  { id: 26, name: 'tracing', since: '5.5' },
  { id: 27, name: 'struct_ops', since: '5.6' },
  { id: 28, name: 'ext', since: '5.6' },
  { id: 29, name: 'lsm', since: '5.7' },
  { id: 30, name: 'sk_lookup', since: '5.9' },
  { id: 31, name: 'syscall', since: '5.14' },
  { id: 32, name: 'netfilter', since: '6.4' },
] as const;

/** Every kind of attachment (enum bpf_attach_type). */
export const attachKinds = [
  { id: 0, name: 'cgroup_inet_ingress', since: '4.10' },
  { id: 1, name: 'cgroup_inet_egress', since: '4.10' },
  { id: 2, name: 'cgroup_inet_sock_create', since: '4.10' },
  { id: 3, name: 'cgroup_sock_ops', since: '4.13' },
  { id: 4, name: 'sk_skb_stream_parser', since: '4.14' },
  { id: 5, name: 'sk_skb_stream_verdict', since: '4.14' },
  { id: 6, name: 'cgroup_device', since: '4.15' },
  { id: 7, name: 'sk_msg_verdict', since: '4.17' },
  { id: 8, name: 'cgroup_inet4_bind', since: '4.17' },
  { id: 9, name: 'cgroup_inet6_bind', since: '4.17' },
  { id: 10, name: 'cgroup_inet4_connect', since: '4.17' },
  { id: 11, name: 'cgroup_inet6_connect', since: '4.17' },
  { id: 12, name: 'cgroup_inet4_post_bind', since: '4.17' },
  { id: 13, name: 'cgroup_inet6_post_bind', since: '4.17' },
  { id: 14, name: 'cgroup_udp4_sendmsg', since: '4.18' },
  { id: 15, name: 'cgroup_udp6_sendmsg', since: '4.18' },
  { id: 16, name: 'lirc_mode2', since: '4.18' },
  { id: 17, name: 'flow_dissector', since: '4.20' },
  { id: 18, name: 'cgroup_sysctl', since: '5.2' },
  { id: 19, name: 'cgroup_udp4_recvmsg', since: '5.2' },
  { id: 20, name: 'cgroup_udp6_recvmsg', since: '5.2' },
  { id: 21, name: 'cgroup_getsockopt', since: '5.3' },
  { id: 22, name: 'cgroup_setsockopt', since: '5.3' },
  { id: 23, name: 'trace_raw_tp', since: '5.5' },
  { id: 24, name: 'trace_fentry', since: '5.5' },
  { id: 25, name: 'trace_fexit', since: '5.5' },
  { id: 26, name: 'modify_return', since: '5.7' },
  { id: 27, name: 'lsm_mac', since: '5.7' },
  { id: 28, name: 'trace_iter', since: '5.8' },
  { id: 29, name: 'cgroup_inet4_getpeername', since: '5.8' },
  { id: 30, name: 'cgroup_inet6_getpeername', since: '5.8' },
  { id: 31, name: 'cgroup_inet4_getsockname', since: '5.8' },
  { id: 32, name: 'cgroup_inet6_getsockname', since: '5.8' },
  { id: 33, name: 'xdp_devmap', since: '5.8' },
  { id: 34, name: 'cgroup_inet_sock_release', since: '5.9' },
  { id: 35, name: 'xdp_cpumap', since: '5.9' },
  { id: 36, name: 'sk_lookup', since: '5.9' },
  { id: 37, name: 'xdp', since: '5.9' },
  { id: 38, name: 'sk_skb_verdict', since: '5.13' },
  { id: 39, name: 'sk_reuseport_select', since: '5.14' },
  { id: 40, name: 'sk_reuseport_select_or_migrate', since: '5.14' },
  { id: 41, name: 'perf_event', since: '5.15' },
  { id: 42, name: 'trace_kprobe_multi', since: '5.18' },
  { id: 43, name: 'lsm_cgroup', since: '6.0' },
  { id: 44, name: 'struct_ops', since: '6.4' },
  { id: 45, name: 'netfilter', since: '6.4' },
  { id: 46, name: 'tcx_ingress', since: '6.6' },
  { id: 47, name: 'tcx_egress', since: '6.6' },
  { id: 48, name: 'trace_uprobe_multi', since: '6.6' },
  { id: 49, name: 'cgroup_unix_connect', since: '6.7' },
  { id: 50, name: 'cgroup_unix_sendmsg', since: '6.7' },
  { id: 51, name: 'cgroup_unix_recvmsg', since: '6.7' },
  { id: 52, name: 'cgroup_unix_getpeername', since: '6.7' },
  { id: 53, name: 'cgroup_unix_getsockname', since: '6.7' },
  { id: 54, name: 'netkit_primary', since: '6.7' },
  { id: 55, name: 'netkit_peer', since: '6.7' },
  { id: 56, name: 'trace_kprobe_session', since: '6.10' },
  { id: 57, name: 'trace_uprobe_session', since: '6.13' },
  { id: 58, name: 'trace_fsession', since: '7.0' },
  { id: 59, name: 'trace_fentry_multi', since: '7.2' },
  { id: 60, name: 'trace_fexit_multi', since: '7.2' },
  { id: 61, name: 'trace_fsession_multi', since: '7.2' },
] as const;

export type MapKindName = (typeof mapKinds)[number]['name'];
export type ProgramKindName = (typeof programKinds)[number]['name'];
export type AttachKindName = (typeof attachKinds)[number]['name'];

const mapByName = index(mapKinds, 'bpf_map_type_');
const mapById = indexIds(mapKinds);
const programByName = index(programKinds, 'bpf_prog_type_');
const programById = indexIds(programKinds);
const attachByName = index(attachKinds, 'bpf_');
const attachById = indexIds(attachKinds);

/** The number of a map kind that is known to exist. */
export function mapKindId(name: MapKindName): number {
  return mapByName.get(name)!.id;
}

/** The number of a program kind that is known to exist. */
export function programKindId(name: ProgramKindName): number {
  return programByName.get(name)!.id;
}

/** The number of an attach kind that is known to exist. */
export function attachKindId(name: AttachKindName): number {
  return attachByName.get(name)!.id;
}

/** The map kind of a name in any case, also of the kernel's constant (`BPF_MAP_TYPE_HASH`), or of a number. */
export function mapKind(nameOrId: string | number): Kind | undefined {
  return typeof nameOrId === 'number' ? mapById.get(nameOrId) : mapByName.get(nameOrId.toLowerCase());
}

/** The program kind of a name in any case, also of the kernel's constant (`BPF_PROG_TYPE_XDP`), or of a number. */
export function programKind(nameOrId: string | number): Kind | undefined {
  return typeof nameOrId === 'number' ? programById.get(nameOrId) : programByName.get(nameOrId.toLowerCase());
}

/** The attach kind of a name in any case, also of the kernel's constant (`BPF_TRACE_ITER`), or of a number. */
export function attachKind(nameOrId: string | number): Kind | undefined {
  return typeof nameOrId === 'number' ? attachById.get(nameOrId) : attachByName.get(nameOrId.toLowerCase());
}

/** The map kind that a person most likely meant. */
export function nearestMapKind(name: string): string | undefined {
  return nearest(name.toLowerCase(), mapByName.keys());
}

/** The program kind that a person most likely meant. */
export function nearestProgramKind(name: string): string | undefined {
  return nearest(name.toLowerCase(), programByName.keys());
}

function index(kinds: readonly Kind[], prefix: string): Map<string, Kind> {
  const found = new Map<string, Kind>();
  for (const kind of kinds) {
    found.set(kind.name, kind);
    found.set(prefix + kind.name, kind);
  }
  return found;
}

function indexIds(kinds: readonly Kind[]): Map<number, Kind> {
  return new Map(kinds.map((kind) => [kind.id, kind]));
}
