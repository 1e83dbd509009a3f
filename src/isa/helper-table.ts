// The helper functions of the kernel, by number.
// Prototypes: the bpf_func_proto objects of Linux 7.2, read from its source. A variant stands where some kinds of program
// get another prototype; variants that differ only in the function behind are not listed.
// First kernels: the releases that contain the commits which added each number to __BPF_FUNC_MAPPER, as collected in BCC's
// docs/kernel-versions.md and in the feature table of docs.ebpf.io. bpf-helpers(7) documents what each does.

import type { Argument, Helper, Prototype, Return } from './helper-types.ts';

const ANYTHING: Argument = { kind: 'ANYTHING' };
const SCALAR: Argument = { kind: 'SCALAR' };
const SIZE: Argument = { kind: 'CONST_SIZE' };
const SIZE_OR_ZERO: Argument = { kind: 'CONST_SIZE_OR_ZERO' };
const ALLOC_SIZE: Argument = { kind: 'CONST_ALLOC_SIZE_OR_ZERO' };
const CTX: Argument = { kind: 'PTR_TO_CTX' };
const CTX_OR_NULL: Argument = { kind: 'PTR_TO_CTX', nullable: true };
const MAP: Argument = { kind: 'CONST_MAP_PTR' };
const KEY: Argument = { kind: 'PTR_TO_MAP_KEY' };
const VALUE: Argument = { kind: 'PTR_TO_MAP_VALUE' };
const VALUE_OR_NULL: Argument = { kind: 'PTR_TO_MAP_VALUE', nullable: true };
const VALUE_OUT: Argument = { kind: 'PTR_TO_MAP_VALUE', uninitialized: true, writes: true };
const MEM_IN: Argument = { kind: 'PTR_TO_MEM', readOnly: true };
const MEM_IN_OR_NULL: Argument = { kind: 'PTR_TO_MEM', readOnly: true, nullable: true };
const MEM_INOUT: Argument = { kind: 'PTR_TO_MEM', writes: true };
const MEM_INOUT_OR_NULL: Argument = { kind: 'PTR_TO_MEM', writes: true, nullable: true };
const MEM_OUT: Argument = { kind: 'PTR_TO_MEM', uninitialized: true, writes: true };
const STACK_OR_NULL: Argument = { kind: 'PTR_TO_STACK', nullable: true };
const CALLBACK: Argument = { kind: 'PTR_TO_FUNC' };
const CONST_STR: Argument = { kind: 'PTR_TO_CONST_STR' };
const PERCPU_BTF: Argument = { kind: 'PTR_TO_PERCPU_BTF_ID' };
const BTF_SOCK_COMMON: Argument = { kind: 'PTR_TO_BTF_ID_SOCK_COMMON' };
const BTF_SOCK_COMMON_OR_NULL: Argument = { kind: 'PTR_TO_BTF_ID_SOCK_COMMON', nullable: true };
const BTF_SOCK_COMMON_RELEASED: Argument = { kind: 'PTR_TO_BTF_ID_SOCK_COMMON', releases: true };
const SOCK_COMMON: Argument = { kind: 'PTR_TO_SOCK_COMMON' };
const SOCKET_OR_NULL: Argument = { kind: 'PTR_TO_SOCKET', nullable: true };
const SPIN_LOCK: Argument = { kind: 'PTR_TO_SPIN_LOCK' };
const TIMER: Argument = { kind: 'PTR_TO_TIMER' };
const RINGBUF_MEM_RELEASED: Argument = { kind: 'PTR_TO_RINGBUF_MEM', releases: true };
const DYNPTR: Argument = { kind: 'PTR_TO_DYNPTR' };
const DYNPTR_LOCAL_OUT: Argument = { kind: 'PTR_TO_DYNPTR', dynptr: 'local', uninitialized: true, writes: true };
const DYNPTR_RINGBUF_OUT: Argument = { kind: 'PTR_TO_DYNPTR', dynptr: 'ringbuf', uninitialized: true, writes: true };
const DYNPTR_RINGBUF_RELEASED: Argument = { kind: 'PTR_TO_DYNPTR', dynptr: 'ringbuf', releases: true };
const KPTR_DEST: Argument = { kind: 'KPTR_XCHG_DEST' };
// The struct is that of the exchanged field, so the table cannot name it.
const KPTR_RELEASED: Argument = { kind: 'PTR_TO_BTF_ID', nullable: true, releases: true };

const INTEGER: Return = { kind: 'INTEGER' };
const VOID: Return = { kind: 'VOID' };
const MAP_VALUE: Return = { kind: 'PTR_TO_MAP_VALUE' };
const MAP_VALUE_OR_NULL: Return = { kind: 'PTR_TO_MAP_VALUE', nullable: true };
const SOCKET_RESULT_OR_NULL: Return = { kind: 'PTR_TO_SOCKET', nullable: true };
const SOCK_COMMON_OR_NULL: Return = { kind: 'PTR_TO_SOCK_COMMON', nullable: true };
const TCP_SOCK_OR_NULL: Return = { kind: 'PTR_TO_TCP_SOCK', nullable: true };
const RINGBUF_MEM_OR_NULL: Return = { kind: 'PTR_TO_MEM', memory: 'ringbuf', nullable: true };
const DYNPTR_MEM_OR_NULL: Return = { kind: 'PTR_TO_MEM', memory: 'dynptr', nullable: true };
const MEM_OR_BTF: Return = { kind: 'PTR_TO_MEM_OR_BTF_ID', readOnly: true };
const MEM_OR_BTF_OR_NULL: Return = { kind: 'PTR_TO_MEM_OR_BTF_ID', readOnly: true, nullable: true };
const KPTR_OR_NULL: Return = { kind: 'PTR_TO_BTF_ID', nullable: true };

type Trait = 'gplOnly' | 'packetAccess' | 'mightSleep' | 'allowlisted' | 'fastcall';
const GPL: Trait = 'gplOnly';
const PACKET: Trait = 'packetAccess';
const SLEEP: Trait = 'mightSleep';
const ALLOWLIST: Trait = 'allowlisted';
const FASTCALL: Trait = 'fastcall';

function btf(struct: string): Argument {
  return { kind: 'PTR_TO_BTF_ID', struct };
}

function btfOrNull(struct: string): Argument {
  return { kind: 'PTR_TO_BTF_ID', struct, nullable: true };
}

function fixedIn(size: number): Argument {
  return { kind: 'PTR_TO_MEM', size, readOnly: true };
}

function fixedOut(size: number): Argument {
  return { kind: 'PTR_TO_MEM', size, uninitialized: true, writes: true, aligned: true };
}

function fixedInOut(size: number): Argument {
  return { kind: 'PTR_TO_MEM', size, writes: true, aligned: true };
}

function btfResult(struct: string): Return {
  return { kind: 'PTR_TO_BTF_ID', struct };
}

function btfResultOrNull(struct: string): Return {
  return { kind: 'PTR_TO_BTF_ID', struct, nullable: true };
}

function trustedBtfResult(struct: string): Return {
  return { kind: 'PTR_TO_BTF_ID', struct, trusted: true };
}

function proto(ret: Return, args: readonly Argument[], ...traits: readonly Trait[]): Prototype {
  return {
    ret,
    args,
    gplOnly: traits.includes(GPL),
    packetAccess: traits.includes(PACKET),
    mightSleep: traits.includes(SLEEP),
    allowlisted: traits.includes(ALLOWLIST),
    fastcall: traits.includes(FASTCALL),
  };
}

function helper<const Name extends string>(
  id: number,
  name: Name,
  since: string,
  prototype: Prototype,
  variants: Readonly<Record<string, Prototype>> = {},
): Helper & { readonly name: Name } {
  return { id, name, since, prototype, variants };
}

/** Every helper, ordered by number from 1. The list is closed: newer kernels add kfuncs instead. */
export const helperTable = [
  helper(1, 'map_lookup_elem', '3.19', proto(MAP_VALUE_OR_NULL, [MAP, KEY], PACKET)),
  helper(2, 'map_update_elem', '3.19', proto(INTEGER, [MAP, KEY, VALUE, ANYTHING], PACKET)),
  helper(3, 'map_delete_elem', '3.19', proto(INTEGER, [MAP, KEY], PACKET)),
  helper(4, 'probe_read', '4.1', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(5, 'ktime_get_ns', '4.1', proto(INTEGER, [])),
  helper(6, 'trace_printk', '4.1', proto(INTEGER, [MEM_IN, SIZE], GPL)),
  helper(7, 'get_prandom_u32', '4.1', proto(INTEGER, [])),
  helper(8, 'get_smp_processor_id', '4.1', proto(INTEGER, [], FASTCALL)),
  helper(9, 'skb_store_bytes', '4.1', proto(INTEGER, [CTX, ANYTHING, MEM_IN, SIZE, ANYTHING])),
  helper(10, 'l3_csum_replace', '4.1', proto(INTEGER, [CTX, ANYTHING, ANYTHING, ANYTHING, ANYTHING])),
  helper(11, 'l4_csum_replace', '4.1', proto(INTEGER, [CTX, ANYTHING, ANYTHING, ANYTHING, ANYTHING])),
  helper(12, 'tail_call', '4.2', proto(VOID, [CTX, MAP, ANYTHING])),
  helper(13, 'clone_redirect', '4.2', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(14, 'get_current_pid_tgid', '4.2', proto(INTEGER, [])),
  helper(15, 'get_current_uid_gid', '4.2', proto(INTEGER, [])),
  helper(16, 'get_current_comm', '4.2', proto(INTEGER, [MEM_OUT, SIZE])),
  helper(17, 'get_cgroup_classid', '4.3', proto(INTEGER, [CTX]), { current: proto(INTEGER, []) }),
  helper(18, 'skb_vlan_push', '4.3', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(19, 'skb_vlan_pop', '4.3', proto(INTEGER, [CTX])),
  helper(20, 'skb_get_tunnel_key', '4.3', proto(INTEGER, [CTX, MEM_OUT, SIZE, ANYTHING])),
  helper(21, 'skb_set_tunnel_key', '4.3', proto(INTEGER, [CTX, MEM_IN, SIZE, ANYTHING])),
  helper(22, 'perf_event_read', '4.3', proto(INTEGER, [MAP, ANYTHING], GPL)),
  helper(23, 'redirect', '4.4', proto(INTEGER, [ANYTHING, ANYTHING])),
  helper(24, 'get_route_realm', '4.4', proto(INTEGER, [CTX])),
  helper(25, 'perf_event_output', '4.4', proto(INTEGER, [CTX, MAP, ANYTHING, MEM_IN, SIZE_OR_ZERO], GPL)),
  helper(26, 'skb_load_bytes', '4.5', proto(INTEGER, [CTX, ANYTHING, MEM_OUT, SIZE])),
  helper(27, 'get_stackid', '4.6', proto(INTEGER, [CTX, MAP, ANYTHING], GPL), {
    perf_event: proto(INTEGER, [CTX, MAP, ANYTHING]),
  }),
  helper(
    28,
    'csum_diff',
    '4.6',
    proto(INTEGER, [MEM_IN_OR_NULL, SIZE_OR_ZERO, MEM_IN_OR_NULL, SIZE_OR_ZERO, ANYTHING], PACKET),
  ),
  helper(29, 'skb_get_tunnel_opt', '4.6', proto(INTEGER, [CTX, MEM_OUT, SIZE])),
  helper(30, 'skb_set_tunnel_opt', '4.6', proto(INTEGER, [CTX, MEM_IN, SIZE])),
  helper(31, 'skb_change_proto', '4.8', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(32, 'skb_change_type', '4.8', proto(INTEGER, [CTX, ANYTHING])),
  helper(33, 'skb_under_cgroup', '4.8', proto(INTEGER, [CTX, MAP, ANYTHING])),
  helper(34, 'get_hash_recalc', '4.8', proto(INTEGER, [CTX])),
  helper(35, 'get_current_task', '4.8', proto(INTEGER, [], GPL)),
  helper(36, 'probe_write_user', '4.8', proto(INTEGER, [ANYTHING, MEM_IN, SIZE], GPL)),
  helper(37, 'current_task_under_cgroup', '4.9', proto(INTEGER, [MAP, ANYTHING])),
  helper(38, 'skb_change_tail', '4.9', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(39, 'skb_pull_data', '4.9', proto(INTEGER, [CTX, ANYTHING])),
  helper(40, 'csum_update', '4.9', proto(INTEGER, [CTX, ANYTHING])),
  helper(41, 'set_hash_invalid', '4.9', proto(INTEGER, [CTX])),
  helper(42, 'get_numa_node_id', '4.10', proto(INTEGER, [])),
  helper(43, 'skb_change_head', '4.10', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(44, 'xdp_adjust_head', '4.10', proto(INTEGER, [CTX, ANYTHING])),
  helper(45, 'probe_read_str', '4.11', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(46, 'get_socket_cookie', '4.12', proto(INTEGER, [CTX]), {
    tracing: proto(INTEGER, [BTF_SOCK_COMMON_OR_NULL]),
  }),
  helper(47, 'get_socket_uid', '4.12', proto(INTEGER, [CTX])),
  helper(48, 'set_hash', '4.13', proto(INTEGER, [CTX, ANYTHING])),
  helper(49, 'setsockopt', '4.13', proto(INTEGER, [CTX, ANYTHING, ANYTHING, MEM_IN, SIZE]), {
    sk: proto(INTEGER, [BTF_SOCK_COMMON, ANYTHING, ANYTHING, MEM_IN, SIZE]),
  }),
  helper(50, 'skb_adjust_room', '4.13', proto(INTEGER, [CTX, ANYTHING, ANYTHING, ANYTHING])),
  helper(51, 'redirect_map', '4.14', proto(INTEGER, [MAP, ANYTHING, ANYTHING])),
  helper(52, 'sk_redirect_map', '4.14', proto(INTEGER, [CTX, MAP, ANYTHING, ANYTHING])),
  helper(53, 'sock_map_update', '4.14', proto(INTEGER, [CTX, MAP, KEY, ANYTHING], PACKET)),
  helper(54, 'xdp_adjust_meta', '4.15', proto(INTEGER, [CTX, ANYTHING])),
  helper(55, 'perf_event_read_value', '4.15', proto(INTEGER, [MAP, ANYTHING, MEM_OUT, SIZE], GPL)),
  helper(56, 'perf_prog_read_value', '4.15', proto(INTEGER, [CTX, MEM_OUT, SIZE], GPL)),
  helper(57, 'getsockopt', '4.15', proto(INTEGER, [CTX, ANYTHING, ANYTHING, MEM_OUT, SIZE]), {
    sk: proto(INTEGER, [BTF_SOCK_COMMON, ANYTHING, ANYTHING, MEM_OUT, SIZE]),
  }),
  helper(58, 'override_return', '4.16', proto(INTEGER, [CTX, ANYTHING], GPL)),
  helper(59, 'sock_ops_cb_flags_set', '4.16', proto(INTEGER, [CTX, ANYTHING])),
  helper(60, 'msg_redirect_map', '4.17', proto(INTEGER, [CTX, MAP, ANYTHING, ANYTHING])),
  helper(61, 'msg_apply_bytes', '4.17', proto(INTEGER, [CTX, ANYTHING])),
  helper(62, 'msg_cork_bytes', '4.17', proto(INTEGER, [CTX, ANYTHING])),
  helper(63, 'msg_pull_data', '4.17', proto(INTEGER, [CTX, ANYTHING, ANYTHING, ANYTHING])),
  helper(64, 'bind', '4.17', proto(INTEGER, [CTX, MEM_IN, SIZE])),
  helper(65, 'xdp_adjust_tail', '4.18', proto(INTEGER, [CTX, ANYTHING])),
  helper(66, 'skb_get_xfrm_state', '4.18', proto(INTEGER, [CTX, ANYTHING, MEM_OUT, SIZE, ANYTHING])),
  helper(67, 'get_stack', '4.18', proto(INTEGER, [CTX, MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL), {
    sleepable: proto(INTEGER, [CTX, MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL, SLEEP),
  }),
  helper(68, 'skb_load_bytes_relative', '4.18', proto(INTEGER, [CTX, ANYTHING, MEM_OUT, SIZE, ANYTHING])),
  helper(69, 'fib_lookup', '4.18', proto(INTEGER, [CTX, MEM_INOUT, SIZE, ANYTHING], GPL)),
  helper(70, 'sock_hash_update', '4.18', proto(INTEGER, [CTX, MAP, KEY, ANYTHING], PACKET)),
  helper(71, 'msg_redirect_hash', '4.18', proto(INTEGER, [CTX, MAP, KEY, ANYTHING])),
  helper(72, 'sk_redirect_hash', '4.18', proto(INTEGER, [CTX, MAP, KEY, ANYTHING])),
  helper(73, 'lwt_push_encap', '4.18', proto(INTEGER, [CTX, ANYTHING, MEM_IN, SIZE])),
  helper(74, 'lwt_seg6_store_bytes', '4.18', proto(INTEGER, [CTX, ANYTHING, MEM_IN, SIZE])),
  helper(75, 'lwt_seg6_adjust_srh', '4.18', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(76, 'lwt_seg6_action', '4.18', proto(INTEGER, [CTX, ANYTHING, MEM_IN, SIZE])),
  helper(77, 'rc_repeat', '4.18', proto(INTEGER, [CTX], GPL)),
  helper(78, 'rc_keydown', '4.18', proto(INTEGER, [CTX, ANYTHING, ANYTHING, ANYTHING], GPL)),
  helper(79, 'skb_cgroup_id', '4.18', proto(INTEGER, [CTX])),
  helper(80, 'get_current_cgroup_id', '4.18', proto(INTEGER, [])),
  helper(81, 'get_local_storage', '4.19', proto(MAP_VALUE, [MAP, ANYTHING])),
  helper(82, 'sk_select_reuseport', '4.19', proto(INTEGER, [CTX, MAP, KEY, ANYTHING])),
  helper(83, 'skb_ancestor_cgroup_id', '4.19', proto(INTEGER, [CTX, ANYTHING])),
  helper(
    84,
    'sk_lookup_tcp',
    '4.20',
    proto(SOCKET_RESULT_OR_NULL, [CTX, MEM_IN, SIZE_OR_ZERO, ANYTHING, ANYTHING], PACKET),
    { sock_addr: proto(SOCKET_RESULT_OR_NULL, [CTX, MEM_IN, SIZE_OR_ZERO, ANYTHING, ANYTHING]) },
  ),
  helper(
    85,
    'sk_lookup_udp',
    '4.20',
    proto(SOCKET_RESULT_OR_NULL, [CTX, MEM_IN, SIZE_OR_ZERO, ANYTHING, ANYTHING], PACKET),
    { sock_addr: proto(SOCKET_RESULT_OR_NULL, [CTX, MEM_IN, SIZE_OR_ZERO, ANYTHING, ANYTHING]) },
  ),
  helper(86, 'sk_release', '4.20', proto(INTEGER, [BTF_SOCK_COMMON_RELEASED])),
  helper(87, 'map_push_elem', '4.20', proto(INTEGER, [MAP, VALUE, ANYTHING], PACKET)),
  helper(88, 'map_pop_elem', '4.20', proto(INTEGER, [MAP, VALUE_OUT])),
  helper(89, 'map_peek_elem', '4.20', proto(INTEGER, [MAP, VALUE_OUT])),
  helper(90, 'msg_push_data', '4.20', proto(INTEGER, [CTX, ANYTHING, ANYTHING, ANYTHING])),
  helper(91, 'msg_pop_data', '5.0', proto(INTEGER, [CTX, ANYTHING, ANYTHING, ANYTHING])),
  helper(92, 'rc_pointer_rel', '5.0', proto(INTEGER, [CTX, ANYTHING, ANYTHING], GPL)),
  helper(93, 'spin_lock', '5.1', proto(VOID, [SPIN_LOCK])),
  helper(94, 'spin_unlock', '5.1', proto(VOID, [SPIN_LOCK])),
  helper(95, 'sk_fullsock', '5.1', proto(SOCKET_RESULT_OR_NULL, [SOCK_COMMON])),
  helper(96, 'tcp_sock', '5.1', proto(TCP_SOCK_OR_NULL, [SOCK_COMMON])),
  helper(97, 'skb_ecn_set_ce', '5.1', proto(INTEGER, [CTX])),
  helper(98, 'get_listener_sock', '5.1', proto(SOCKET_RESULT_OR_NULL, [SOCK_COMMON])),
  helper(
    99,
    'skc_lookup_tcp',
    '5.2',
    proto(SOCK_COMMON_OR_NULL, [CTX, MEM_IN, SIZE_OR_ZERO, ANYTHING, ANYTHING], PACKET),
    { sock_addr: proto(SOCK_COMMON_OR_NULL, [CTX, MEM_IN, SIZE_OR_ZERO, ANYTHING, ANYTHING]) },
  ),
  helper(100, 'tcp_check_syncookie', '5.2', proto(INTEGER, [BTF_SOCK_COMMON, MEM_IN, SIZE, MEM_IN, SIZE], GPL, PACKET)),
  helper(101, 'sysctl_get_name', '5.2', proto(INTEGER, [CTX, MEM_INOUT, SIZE, ANYTHING])),
  helper(102, 'sysctl_get_current_value', '5.2', proto(INTEGER, [CTX, MEM_OUT, SIZE])),
  helper(103, 'sysctl_get_new_value', '5.2', proto(INTEGER, [CTX, MEM_OUT, SIZE])),
  helper(104, 'sysctl_set_new_value', '5.2', proto(INTEGER, [CTX, MEM_IN, SIZE])),
  helper(105, 'strtol', '5.2', proto(INTEGER, [MEM_IN, SIZE, ANYTHING, fixedOut(8)])),
  helper(106, 'strtoul', '5.2', proto(INTEGER, [MEM_IN, SIZE, ANYTHING, fixedOut(8)])),
  helper(107, 'sk_storage_get', '5.2', proto(MAP_VALUE_OR_NULL, [MAP, BTF_SOCK_COMMON, VALUE_OR_NULL, ANYTHING]), {
    cgroup_sock: proto(MAP_VALUE_OR_NULL, [MAP, CTX, VALUE_OR_NULL, ANYTHING]),
    tracing: proto(MAP_VALUE_OR_NULL, [MAP, btfOrNull('sock_common'), VALUE_OR_NULL, ANYTHING]),
  }),
  helper(108, 'sk_storage_delete', '5.2', proto(INTEGER, [MAP, BTF_SOCK_COMMON]), {
    tracing: proto(INTEGER, [MAP, btfOrNull('sock_common')]),
  }),
  helper(109, 'send_signal', '5.3', proto(INTEGER, [ANYTHING])),
  helper(110, 'tcp_gen_syncookie', '5.4', proto(INTEGER, [BTF_SOCK_COMMON, MEM_IN, SIZE, MEM_IN, SIZE], GPL, PACKET)),
  helper(111, 'skb_output', '5.5', proto(INTEGER, [btf('sk_buff'), MAP, ANYTHING, MEM_IN, SIZE_OR_ZERO], GPL)),
  helper(112, 'probe_read_user', '5.5', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(113, 'probe_read_kernel', '5.5', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(114, 'probe_read_user_str', '5.5', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(115, 'probe_read_kernel_str', '5.5', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(116, 'tcp_send_ack', '5.6', proto(INTEGER, [btf('tcp_sock'), ANYTHING])),
  helper(117, 'send_signal_thread', '5.6', proto(INTEGER, [ANYTHING])),
  helper(118, 'jiffies64', '5.6', proto(INTEGER, [])),
  helper(119, 'read_branch_records', '5.7', proto(INTEGER, [CTX, MEM_INOUT_OR_NULL, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(120, 'get_ns_current_pid_tgid', '5.7', proto(INTEGER, [ANYTHING, ANYTHING, MEM_OUT, SIZE])),
  helper(121, 'xdp_output', '5.7', proto(INTEGER, [btf('xdp_buff'), MAP, ANYTHING, MEM_IN, SIZE_OR_ZERO], GPL)),
  helper(122, 'get_netns_cookie', '5.7', proto(INTEGER, [CTX_OR_NULL])),
  helper(123, 'get_current_ancestor_cgroup_id', '5.7', proto(INTEGER, [ANYTHING])),
  helper(124, 'sk_assign', '5.7', proto(INTEGER, [CTX, BTF_SOCK_COMMON, ANYTHING]), {
    sk_lookup: proto(INTEGER, [CTX, SOCKET_OR_NULL, ANYTHING]),
  }),
  helper(125, 'ktime_get_boot_ns', '5.8', proto(INTEGER, [])),
  helper(126, 'seq_printf', '5.8', proto(INTEGER, [btf('seq_file'), MEM_IN, SIZE, MEM_IN_OR_NULL, SIZE_OR_ZERO], GPL)),
  helper(127, 'seq_write', '5.8', proto(INTEGER, [btf('seq_file'), MEM_IN, SIZE_OR_ZERO], GPL)),
  helper(128, 'sk_cgroup_id', '5.8', proto(INTEGER, [BTF_SOCK_COMMON])),
  helper(129, 'sk_ancestor_cgroup_id', '5.8', proto(INTEGER, [BTF_SOCK_COMMON, ANYTHING])),
  helper(130, 'ringbuf_output', '5.8', proto(INTEGER, [MAP, MEM_IN, SIZE_OR_ZERO, ANYTHING])),
  helper(131, 'ringbuf_reserve', '5.8', proto(RINGBUF_MEM_OR_NULL, [MAP, ALLOC_SIZE, ANYTHING])),
  helper(132, 'ringbuf_submit', '5.8', proto(VOID, [RINGBUF_MEM_RELEASED, ANYTHING])),
  helper(133, 'ringbuf_discard', '5.8', proto(VOID, [RINGBUF_MEM_RELEASED, ANYTHING])),
  helper(134, 'ringbuf_query', '5.8', proto(INTEGER, [MAP, ANYTHING])),
  helper(135, 'csum_level', '5.8', proto(INTEGER, [CTX, ANYTHING])),
  helper(136, 'skc_to_tcp6_sock', '5.9', proto(btfResultOrNull('tcp6_sock'), [BTF_SOCK_COMMON])),
  helper(137, 'skc_to_tcp_sock', '5.9', proto(btfResultOrNull('tcp_sock'), [BTF_SOCK_COMMON])),
  helper(138, 'skc_to_tcp_timewait_sock', '5.9', proto(btfResultOrNull('tcp_timewait_sock'), [BTF_SOCK_COMMON])),
  helper(139, 'skc_to_tcp_request_sock', '5.9', proto(btfResultOrNull('tcp_request_sock'), [BTF_SOCK_COMMON])),
  helper(140, 'skc_to_udp6_sock', '5.9', proto(btfResultOrNull('udp6_sock'), [BTF_SOCK_COMMON])),
  helper(141, 'get_task_stack', '5.9', proto(INTEGER, [btf('task_struct'), MEM_OUT, SIZE_OR_ZERO, ANYTHING]), {
    sleepable: proto(INTEGER, [btf('task_struct'), MEM_OUT, SIZE_OR_ZERO, ANYTHING], SLEEP),
  }),
  helper(142, 'load_hdr_opt', '5.10', proto(INTEGER, [CTX, MEM_INOUT, SIZE, ANYTHING])),
  helper(143, 'store_hdr_opt', '5.10', proto(INTEGER, [CTX, MEM_IN, SIZE, ANYTHING])),
  helper(144, 'reserve_hdr_opt', '5.10', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(
    145,
    'inode_storage_get',
    '5.10',
    proto(MAP_VALUE_OR_NULL, [MAP, btfOrNull('inode'), VALUE_OR_NULL, ANYTHING]),
  ),
  helper(146, 'inode_storage_delete', '5.10', proto(INTEGER, [MAP, btfOrNull('inode')])),
  helper(147, 'd_path', '5.10', proto(INTEGER, [btf('path'), MEM_INOUT, SIZE_OR_ZERO], ALLOWLIST)),
  helper(148, 'copy_from_user', '5.10', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING], SLEEP)),
  helper(149, 'snprintf_btf', '5.10', proto(INTEGER, [MEM_INOUT, SIZE, MEM_IN, SIZE, ANYTHING])),
  helper(150, 'seq_printf_btf', '5.10', proto(INTEGER, [btf('seq_file'), MEM_IN, SIZE_OR_ZERO, ANYTHING], GPL)),
  helper(151, 'skb_cgroup_classid', '5.10', proto(INTEGER, [CTX])),
  helper(152, 'redirect_neigh', '5.10', proto(INTEGER, [ANYTHING, MEM_IN_OR_NULL, SIZE_OR_ZERO, ANYTHING])),
  helper(153, 'per_cpu_ptr', '5.10', proto(MEM_OR_BTF_OR_NULL, [PERCPU_BTF, ANYTHING])),
  helper(154, 'this_cpu_ptr', '5.10', proto(MEM_OR_BTF, [PERCPU_BTF])),
  helper(155, 'redirect_peer', '5.10', proto(INTEGER, [ANYTHING, ANYTHING])),
  helper(
    156,
    'task_storage_get',
    '5.11',
    proto(MAP_VALUE_OR_NULL, [MAP, btfOrNull('task_struct'), VALUE_OR_NULL, ANYTHING]),
  ),
  helper(157, 'task_storage_delete', '5.11', proto(INTEGER, [MAP, btfOrNull('task_struct')])),
  helper(158, 'get_current_task_btf', '5.11', proto(trustedBtfResult('task_struct'), [], GPL)),
  helper(159, 'bprm_opts_set', '5.11', proto(INTEGER, [btf('linux_binprm'), ANYTHING])),
  helper(160, 'ktime_get_coarse_ns', '5.11', proto(INTEGER, [])),
  helper(161, 'ima_inode_hash', '5.11', proto(INTEGER, [btf('inode'), MEM_OUT, SIZE], SLEEP, ALLOWLIST)),
  helper(162, 'sock_from_file', '5.11', proto(btfResultOrNull('socket'), [btf('file')])),
  helper(163, 'check_mtu', '5.12', proto(INTEGER, [CTX, ANYTHING, fixedInOut(4), ANYTHING, ANYTHING], GPL)),
  helper(164, 'for_each_map_elem', '5.13', proto(INTEGER, [MAP, CALLBACK, STACK_OR_NULL, ANYTHING])),
  helper(
    165,
    'snprintf',
    '5.13',
    proto(INTEGER, [MEM_INOUT_OR_NULL, SIZE_OR_ZERO, CONST_STR, MEM_IN_OR_NULL, SIZE_OR_ZERO], GPL),
  ),
  helper(166, 'sys_bpf', '5.14', proto(INTEGER, [ANYTHING, MEM_IN, SIZE], SLEEP)),
  helper(167, 'btf_find_by_name_kind', '5.14', proto(INTEGER, [MEM_IN, SIZE, ANYTHING, ANYTHING], SLEEP)),
  helper(168, 'sys_close', '5.14', proto(INTEGER, [ANYTHING], SLEEP)),
  helper(169, 'timer_init', '5.15', proto(INTEGER, [TIMER, MAP, ANYTHING], GPL)),
  helper(170, 'timer_set_callback', '5.15', proto(INTEGER, [TIMER, CALLBACK], GPL)),
  helper(171, 'timer_start', '5.15', proto(INTEGER, [TIMER, ANYTHING, ANYTHING], GPL)),
  helper(172, 'timer_cancel', '5.15', proto(INTEGER, [TIMER], GPL)),
  helper(173, 'get_func_ip', '5.15', proto(INTEGER, [CTX], GPL), { multi: proto(INTEGER, [CTX]) }),
  helper(174, 'get_attach_cookie', '5.15', proto(INTEGER, [CTX])),
  helper(175, 'task_pt_regs', '5.15', proto(btfResult('pt_regs'), [btf('task_struct')], GPL)),
  helper(176, 'get_branch_snapshot', '5.16', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO], GPL)),
  helper(177, 'trace_vprintk', '5.16', proto(INTEGER, [MEM_IN, SIZE, MEM_IN_OR_NULL, SIZE_OR_ZERO], GPL)),
  helper(178, 'skc_to_unix_sock', '5.16', proto(btfResultOrNull('unix_sock'), [BTF_SOCK_COMMON])),
  helper(179, 'kallsyms_lookup_name', '5.16', proto(INTEGER, [MEM_IN, SIZE_OR_ZERO, ANYTHING, fixedOut(8)])),
  helper(180, 'find_vma', '5.17', proto(INTEGER, [btf('task_struct'), ANYTHING, CALLBACK, STACK_OR_NULL, ANYTHING])),
  helper(181, 'loop', '5.17', proto(INTEGER, [SCALAR, CALLBACK, STACK_OR_NULL, ANYTHING])),
  helper(182, 'strncmp', '5.17', proto(INTEGER, [MEM_IN, SIZE, CONST_STR])),
  helper(183, 'get_func_arg', '5.17', proto(INTEGER, [CTX, ANYTHING, fixedOut(8)])),
  helper(184, 'get_func_ret', '5.17', proto(INTEGER, [CTX, fixedOut(8)])),
  helper(185, 'get_func_arg_cnt', '5.17', proto(INTEGER, [CTX])),
  helper(186, 'get_retval', '5.18', proto(INTEGER, [])),
  helper(187, 'set_retval', '5.18', proto(INTEGER, [ANYTHING])),
  helper(188, 'xdp_get_buff_len', '5.18', proto(INTEGER, [CTX]), { tracing: proto(INTEGER, [btf('xdp_buff')]) }),
  helper(189, 'xdp_load_bytes', '5.18', proto(INTEGER, [CTX, ANYTHING, MEM_OUT, SIZE])),
  helper(190, 'xdp_store_bytes', '5.18', proto(INTEGER, [CTX, ANYTHING, MEM_IN, SIZE])),
  helper(
    191,
    'copy_from_user_task',
    '5.18',
    proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING, btf('task_struct'), ANYTHING], GPL, SLEEP),
  ),
  helper(192, 'skb_set_tstamp', '5.18', proto(INTEGER, [CTX, ANYTHING, ANYTHING])),
  helper(193, 'ima_file_hash', '5.18', proto(INTEGER, [btf('file'), MEM_OUT, SIZE], SLEEP, ALLOWLIST)),
  helper(194, 'kptr_xchg', '5.19', proto(KPTR_OR_NULL, [KPTR_DEST, KPTR_RELEASED])),
  helper(195, 'map_lookup_percpu_elem', '5.19', proto(MAP_VALUE_OR_NULL, [MAP, KEY, ANYTHING], PACKET)),
  helper(196, 'skc_to_mptcp_sock', '5.19', proto(btfResultOrNull('mptcp_sock'), [SOCK_COMMON])),
  helper(197, 'dynptr_from_mem', '5.19', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, ANYTHING, DYNPTR_LOCAL_OUT])),
  helper(198, 'ringbuf_reserve_dynptr', '5.19', proto(INTEGER, [MAP, ANYTHING, ANYTHING, DYNPTR_RINGBUF_OUT])),
  helper(199, 'ringbuf_submit_dynptr', '5.19', proto(VOID, [DYNPTR_RINGBUF_RELEASED, ANYTHING])),
  helper(200, 'ringbuf_discard_dynptr', '5.19', proto(VOID, [DYNPTR_RINGBUF_RELEASED, ANYTHING])),
  helper(201, 'dynptr_read', '5.19', proto(INTEGER, [MEM_OUT, SIZE_OR_ZERO, DYNPTR, ANYTHING, ANYTHING])),
  helper(202, 'dynptr_write', '5.19', proto(INTEGER, [DYNPTR, ANYTHING, MEM_IN, SIZE_OR_ZERO, ANYTHING])),
  helper(203, 'dynptr_data', '5.19', proto(DYNPTR_MEM_OR_NULL, [DYNPTR, ANYTHING, ALLOC_SIZE])),
  helper(204, 'tcp_raw_gen_syncookie_ipv4', '6.0', proto(INTEGER, [fixedIn(20), MEM_IN, SIZE_OR_ZERO], GPL, PACKET)),
  helper(205, 'tcp_raw_gen_syncookie_ipv6', '6.0', proto(INTEGER, [fixedIn(40), MEM_IN, SIZE_OR_ZERO], GPL, PACKET)),
  helper(206, 'tcp_raw_check_syncookie_ipv4', '6.0', proto(INTEGER, [fixedIn(20), fixedIn(20)], GPL, PACKET)),
  helper(207, 'tcp_raw_check_syncookie_ipv6', '6.0', proto(INTEGER, [fixedIn(40), fixedIn(20)], GPL, PACKET)),
  helper(208, 'ktime_get_tai_ns', '6.1', proto(INTEGER, [])),
  helper(209, 'user_ringbuf_drain', '6.1', proto(INTEGER, [MAP, CALLBACK, STACK_OR_NULL, ANYTHING])),
  helper(210, 'cgrp_storage_get', '6.2', proto(MAP_VALUE_OR_NULL, [MAP, btfOrNull('cgroup'), VALUE_OR_NULL, ANYTHING])),
  helper(211, 'cgrp_storage_delete', '6.2', proto(INTEGER, [MAP, btfOrNull('cgroup')])),
] as const;
