// Helpers that ask for what only a kernel has: sockets, routes, tunnels, devices, files. Each answers as a kernel does that
// has no such thing, so that a program takes the way that it has for that case.

import type { HelperName } from '../../../isa/index.ts';
import { EINVAL, ENODEV, ENOENT, EOPNOTSUPP, EPERM, EPROTONOSUPPORT } from '../errno.ts';
import type { Parameter, VmHelper } from './helper.ts';
import { returnU64 } from './result.ts';

/** Answers a number whatever it is asked. */
function answers(name: HelperName, value: number, note: string): VmHelper {
  return { name, note, parameters: [], result: 'i64', call: (machine) => returnU64(machine, BigInt(value)) };
}

const noSocket = 'NULL: there are no sockets.';
/** sysctl kernel.overflowuid: what the kernel says for packets without a socket. */
const OVERFLOW_UID = 65534;

/** The same, and what it would have written is zeroed, as the kernel does on failure. */
function clears(name: HelperName, error: number, to: number, size: number, note: string): VmHelper {
  const parameters: Parameter[] = Array.from({ length: Math.max(to, size) + 1 }, (_, at) =>
    at === size ? 'i32' : 'pointer',
  );
  for (let at = 0; at < parameters.length; at++) if (at !== to && at !== size) parameters[at] = 'i32';
  return {
    name,
    note,
    parameters,
    result: 'i32',
    call: ({ memory }, ...values) => {
      memory.u8.fill(0, values[to]!, values[to]! + (values[size]! >>> 0));
      return -error;
    },
  };
}

export const absentHelpers: readonly VmHelper[] = [
  answers('sk_lookup_tcp', 0, noSocket),
  answers('sk_lookup_udp', 0, noSocket),
  answers('skc_lookup_tcp', 0, noSocket),
  answers('sk_release', 0, 'There is nothing to release.'),
  answers('sk_fullsock', 0, noSocket),
  answers('tcp_sock', 0, noSocket),
  answers('get_listener_sock', 0, noSocket),
  answers('skc_to_tcp6_sock', 0, noSocket),
  answers('skc_to_tcp_sock', 0, noSocket),
  answers('skc_to_tcp_timewait_sock', 0, noSocket),
  answers('skc_to_tcp_request_sock', 0, noSocket),
  answers('skc_to_udp6_sock', 0, noSocket),
  answers('skc_to_unix_sock', 0, noSocket),
  answers('skc_to_mptcp_sock', 0, noSocket),
  answers('sock_from_file', 0, 'NULL: no file is a socket.'),
  answers('get_socket_cookie', 0, '0: the packet has no socket.'),
  answers('get_socket_uid', OVERFLOW_UID, 'The overflow uid: the packet has no socket.'),
  answers('get_netns_cookie', 1, 'There is one network namespace.'),
  answers('get_cgroup_classid', 0, '0: no class is set.'),
  answers('skb_cgroup_classid', 0, '0: no class is set.'),
  answers('get_route_realm', 0, '0: there are no routes.'),
  answers('skb_cgroup_id', 0, '0: the packet has no socket.'),
  answers('skb_ancestor_cgroup_id', 0, '0: the packet has no socket.'),
  answers('sk_cgroup_id', 0, '0: there are no sockets.'),
  answers('sk_ancestor_cgroup_id', 0, '0: there are no sockets.'),
  answers('skb_under_cgroup', -ENOENT, '-ENOENT: the packet has no socket.'),
  answers('sk_assign', -EOPNOTSUPP, '-EOPNOTSUPP: there are no sockets.'),
  answers('setsockopt', -EINVAL, '-EINVAL: there are no sockets.'),
  clears('getsockopt', EINVAL, 3, 4, '-EINVAL: there are no sockets.'),
  answers('tcp_check_syncookie', -EINVAL, '-EINVAL: no socket listens.'),
  answers('tcp_gen_syncookie', -EINVAL, '-EINVAL: no socket listens.'),
  answers('tcp_send_ack', -EINVAL, '-EINVAL: there are no sockets.'),
  answers('tcp_raw_gen_syncookie_ipv4', -EPROTONOSUPPORT, '-EPROTONOSUPPORT, as without CONFIG_SYN_COOKIES.'),
  answers('tcp_raw_gen_syncookie_ipv6', -EPROTONOSUPPORT, '-EPROTONOSUPPORT, as without CONFIG_SYN_COOKIES.'),
  answers('tcp_raw_check_syncookie_ipv4', -EPROTONOSUPPORT, '-EPROTONOSUPPORT, as without CONFIG_SYN_COOKIES.'),
  answers('tcp_raw_check_syncookie_ipv6', -EPROTONOSUPPORT, '-EPROTONOSUPPORT, as without CONFIG_SYN_COOKIES.'),
  answers('fib_lookup', -ENODEV, '-ENODEV: there are no interfaces.'),
  answers('check_mtu', -ENODEV, '-ENODEV: there are no interfaces.'),
  clears('skb_get_tunnel_key', EINVAL, 1, 2, '-EINVAL: the packet came through no tunnel.'),
  answers('skb_set_tunnel_key', -EINVAL, '-EINVAL: there are no tunnels.'),
  clears('skb_get_tunnel_opt', ENOENT, 1, 2, '-ENOENT: the packet came through no tunnel.'),
  answers('skb_set_tunnel_opt', -EINVAL, '-EINVAL: there are no tunnels.'),
  clears('skb_get_xfrm_state', EINVAL, 2, 3, '-EINVAL: the packet was not encrypted.'),
  answers('skb_set_tstamp', -EOPNOTSUPP, '-EOPNOTSUPP: packets have no delivery time.'),
  answers('lwt_push_encap', -EINVAL, '-EINVAL: there are no routes.'),
  answers('per_cpu_ptr', 0, 'NULL: there are no variables of the kernel.'),
  answers('this_cpu_ptr', 0, 'NULL: there are no variables of the kernel.'),
  answers('d_path', -EINVAL, '-EINVAL: what a path points to only the kernel knows.'),
  answers('ima_inode_hash', -EOPNOTSUPP, '-EOPNOTSUPP, as without IMA.'),
  answers('ima_file_hash', -EOPNOTSUPP, '-EOPNOTSUPP, as without IMA.'),
  answers('bprm_opts_set', -EINVAL, '-EINVAL: no program is being started.'),
  answers('sys_bpf', -EPERM, '-EPERM: there are no system calls.'),
  answers('sys_close', -EPERM, '-EPERM: there are no system calls.'),
  answers('btf_find_by_name_kind', -ENOENT, '-ENOENT: there are no types.'),
  answers('kallsyms_lookup_name', -ENOENT, '-ENOENT: there are no symbols.'),
  answers('get_retval', 0, '0: no system call is under way.'),
  answers('set_retval', -EINVAL, '-EINVAL: no system call is under way.'),
  answers('bind', -EINVAL, '-EINVAL: there are no sockets.'),
  answers('sock_ops_cb_flags_set', -EINVAL, '-EINVAL: there are no sockets.'),
  answers('sk_select_reuseport', -ENOENT, '-ENOENT: there are no sockets.'),
  answers('sk_redirect_map', 0, 'SK_DROP: there are no sockets.'),
  answers('sk_redirect_hash', 0, 'SK_DROP: there are no sockets.'),
  answers('msg_redirect_map', 0, 'SK_DROP: there are no sockets.'),
  answers('msg_redirect_hash', 0, 'SK_DROP: there are no sockets.'),
  answers('sock_map_update', -EOPNOTSUPP, '-EOPNOTSUPP: there are no sockets.'),
  answers('sock_hash_update', -EOPNOTSUPP, '-EOPNOTSUPP: there are no sockets.'),
];
