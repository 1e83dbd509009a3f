// Which helpers each kind of program may call.
// Measured on Linux 6.18 (x86-64, lockdown in integrity mode) by loading a call of each helper in a program of each kind with
// all capabilities, as `bpftool feature probe` does; so probe_write_user and override_return are in no list. What a helper
// needs besides (a sleepable program, a GPL licence, a certain attachment) is not said here. `tracing` was measured as an
// iterator; get_func_arg and its like and get_attach_cookie, which iterators lack, are from tracing_prog_func_proto().
// Kinds that the measured kernel could not load (lirc_mode2, struct_ops, ext, lsm) have no list.

import { type HelperName, helperId } from './helpers.ts';
import type { ProgramKindName } from './kinds.ts';

const everywhere = words(
  'map_lookup_elem map_update_elem map_delete_elem ktime_get_ns trace_printk get_prandom_u32',
  'get_smp_processor_id tail_call get_current_pid_tgid get_current_uid_gid get_current_comm',
  'get_cgroup_classid perf_event_read get_current_task current_task_under_cgroup get_numa_node_id',
  'perf_event_read_value get_current_cgroup_id map_push_elem map_pop_elem map_peek_elem spin_lock spin_unlock',
  'strtol strtoul send_signal probe_read_user probe_read_kernel probe_read_user_str probe_read_kernel_str',
  'send_signal_thread jiffies64 get_ns_current_pid_tgid get_current_ancestor_cgroup_id ktime_get_boot_ns',
  'ringbuf_output ringbuf_reserve ringbuf_submit ringbuf_discard ringbuf_query get_task_stack copy_from_user',
  'snprintf_btf per_cpu_ptr this_cpu_ptr task_storage_get task_storage_delete get_current_task_btf',
  'for_each_map_elem snprintf timer_init timer_set_callback timer_start timer_cancel task_pt_regs',
  'get_branch_snapshot trace_vprintk find_vma loop strncmp copy_from_user_task kptr_xchg',
  'map_lookup_percpu_elem dynptr_from_mem ringbuf_reserve_dynptr ringbuf_submit_dynptr ringbuf_discard_dynptr',
  'dynptr_read dynptr_write dynptr_data ktime_get_tai_ns user_ringbuf_drain cgrp_storage_get',
  'cgrp_storage_delete',
);

// Conversions of sockets, which every kind that sees a socket may call.
const sockets = words(
  'skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock',
  'skc_to_unix_sock skc_to_mptcp_sock',
);

const tracing = words(
  'probe_read perf_event_output get_stackid probe_read_str get_stack get_func_ip get_attach_cookie',
);

const trafficControl = [
  ...sockets,
  ...words(
    'skb_store_bytes l3_csum_replace l4_csum_replace clone_redirect skb_vlan_push skb_vlan_pop',
    'skb_get_tunnel_key skb_set_tunnel_key redirect get_route_realm perf_event_output skb_load_bytes',
    'csum_diff skb_get_tunnel_opt skb_set_tunnel_opt skb_change_proto skb_change_type skb_under_cgroup',
    'get_hash_recalc skb_change_tail skb_pull_data csum_update set_hash_invalid skb_change_head',
    'get_socket_cookie get_socket_uid set_hash skb_adjust_room skb_get_xfrm_state skb_load_bytes_relative',
    'fib_lookup skb_cgroup_id skb_ancestor_cgroup_id sk_lookup_tcp sk_lookup_udp sk_release sk_fullsock',
    'tcp_sock skb_ecn_set_ce get_listener_sock skc_lookup_tcp tcp_check_syncookie sk_storage_get',
    'sk_storage_delete tcp_gen_syncookie get_netns_cookie sk_assign csum_level skb_cgroup_classid',
    'redirect_neigh redirect_peer ktime_get_coarse_ns check_mtu skb_set_tstamp tcp_raw_gen_syncookie_ipv4',
    'tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6',
  ),
];

const additional: Readonly<Partial<Record<ProgramKindName, readonly string[]>>> = {
  socket_filter: [
    ...sockets,
    ...words(
      'perf_event_output skb_load_bytes get_socket_cookie get_socket_uid skb_load_bytes_relative',
      'get_netns_cookie ktime_get_coarse_ns',
    ),
  ],
  kprobe: tracing,
  sched_cls: trafficControl,
  sched_act: trafficControl,
  tracepoint: tracing,
  xdp: [
    ...sockets,
    ...words(
      'redirect perf_event_output csum_diff xdp_adjust_head redirect_map xdp_adjust_meta xdp_adjust_tail',
      'fib_lookup sk_lookup_tcp sk_lookup_udp sk_release skc_lookup_tcp tcp_check_syncookie tcp_gen_syncookie',
      'ktime_get_coarse_ns check_mtu xdp_get_buff_len xdp_load_bytes xdp_store_bytes tcp_raw_gen_syncookie_ipv4',
      'tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6',
    ),
  ],
  perf_event: [...tracing, ...words('perf_prog_read_value read_branch_records')],
  cgroup_skb: [
    ...sockets,
    ...words(
      'perf_event_output skb_load_bytes get_socket_cookie get_socket_uid skb_load_bytes_relative skb_cgroup_id',
      'get_local_storage skb_ancestor_cgroup_id sk_lookup_tcp sk_lookup_udp sk_release sk_fullsock tcp_sock',
      'skb_ecn_set_ce get_listener_sock skc_lookup_tcp sk_storage_get sk_storage_delete get_netns_cookie',
      'sk_cgroup_id sk_ancestor_cgroup_id ktime_get_coarse_ns',
    ),
  ],
  cgroup_sock: [
    ...words(
      'perf_event_output get_socket_cookie get_local_storage sk_storage_get get_netns_cookie',
      'ktime_get_coarse_ns get_retval set_retval',
    ),
  ],
  lwt_in: [
    ...sockets,
    ...words(
      'get_route_realm perf_event_output skb_load_bytes csum_diff skb_under_cgroup get_hash_recalc',
      'skb_pull_data lwt_push_encap ktime_get_coarse_ns',
    ),
  ],
  lwt_out: [
    ...sockets,
    ...words(
      'get_route_realm perf_event_output skb_load_bytes csum_diff skb_under_cgroup get_hash_recalc',
      'skb_pull_data ktime_get_coarse_ns',
    ),
  ],
  lwt_xmit: [
    ...sockets,
    ...words(
      'skb_store_bytes l3_csum_replace l4_csum_replace clone_redirect skb_get_tunnel_key skb_set_tunnel_key',
      'redirect get_route_realm perf_event_output skb_load_bytes csum_diff skb_get_tunnel_opt',
      'skb_set_tunnel_opt skb_under_cgroup get_hash_recalc skb_change_tail skb_pull_data csum_update',
      'set_hash_invalid skb_change_head lwt_push_encap csum_level ktime_get_coarse_ns',
    ),
  ],
  sock_ops: [
    ...sockets,
    ...words(
      'perf_event_output get_socket_cookie setsockopt sock_map_update getsockopt sock_ops_cb_flags_set',
      'sock_hash_update get_local_storage tcp_sock sk_storage_get sk_storage_delete get_netns_cookie',
      'load_hdr_opt store_hdr_opt reserve_hdr_opt ktime_get_coarse_ns',
    ),
  ],
  sk_skb: [
    ...sockets,
    ...words(
      'skb_store_bytes perf_event_output skb_load_bytes skb_change_tail skb_pull_data skb_change_head',
      'get_socket_cookie get_socket_uid skb_adjust_room sk_redirect_map sk_redirect_hash sk_lookup_tcp',
      'sk_lookup_udp sk_release skc_lookup_tcp ktime_get_coarse_ns',
    ),
  ],
  cgroup_device: [...words('perf_event_output get_local_storage')],
  sk_msg: [
    ...sockets,
    ...words(
      'perf_event_output msg_redirect_map msg_apply_bytes msg_cork_bytes msg_pull_data msg_redirect_hash',
      'msg_push_data msg_pop_data sk_storage_get sk_storage_delete get_netns_cookie ktime_get_coarse_ns',
    ),
  ],
  raw_tracepoint: tracing,
  cgroup_sock_addr: [
    ...sockets,
    ...words(
      'perf_event_output get_socket_cookie setsockopt getsockopt bind get_local_storage sk_lookup_tcp',
      'sk_lookup_udp sk_release skc_lookup_tcp sk_storage_get sk_storage_delete get_netns_cookie',
      'ktime_get_coarse_ns get_retval set_retval',
    ),
  ],
  lwt_seg6local: [
    ...sockets,
    ...words(
      'get_route_realm perf_event_output skb_load_bytes csum_diff skb_under_cgroup get_hash_recalc',
      'skb_pull_data lwt_seg6_store_bytes lwt_seg6_adjust_srh lwt_seg6_action ktime_get_coarse_ns',
    ),
  ],
  sk_reuseport: [
    ...words('skb_load_bytes get_socket_cookie skb_load_bytes_relative sk_select_reuseport ktime_get_coarse_ns'),
  ],
  flow_dissector: [...sockets, ...words('skb_load_bytes ktime_get_coarse_ns')],
  cgroup_sysctl: [
    ...words(
      'perf_event_output get_local_storage sysctl_get_name sysctl_get_current_value sysctl_get_new_value',
      'sysctl_set_new_value ktime_get_coarse_ns',
    ),
  ],
  raw_tracepoint_writable: tracing,
  cgroup_sockopt: [
    ...words(
      'perf_event_output setsockopt getsockopt get_local_storage tcp_sock sk_storage_get sk_storage_delete',
      'get_netns_cookie get_retval set_retval',
    ),
  ],
  sk_lookup: [...sockets, ...words('perf_event_output sk_release sk_assign ktime_get_coarse_ns')],
  syscall: [
    ...sockets,
    ...words(
      'probe_read perf_event_output get_stackid probe_read_str get_socket_cookie get_stack sk_storage_get',
      'sk_storage_delete skb_output xdp_output d_path sock_from_file sys_bpf btf_find_by_name_kind sys_close',
      'get_func_ip kallsyms_lookup_name xdp_get_buff_len',
    ),
  ],
  netfilter: [],
  tracing: [
    ...sockets,
    ...tracing,
    ...words(
      'get_socket_cookie sk_storage_get sk_storage_delete skb_output xdp_output seq_printf seq_write d_path',
      'seq_printf_btf sock_from_file get_func_arg get_func_ret get_func_arg_cnt xdp_get_buff_len',
    ),
  ],
};

const cache = new Map<ProgramKindName, ReadonlySet<number>>();

/** The numbers of the helpers that a kind of program may call, or undefined when it was not measured. */
export function helpersOfProgram(kind: ProgramKindName): ReadonlySet<number> | undefined {
  const more = additional[kind];
  if (!more) return undefined;
  let ids = cache.get(kind);
  if (!ids) {
    ids = new Set([...everywhere, ...more].map((name) => helperId(name as HelperName)));
    cache.set(kind, ids);
  }
  return ids;
}

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(' '));
}
