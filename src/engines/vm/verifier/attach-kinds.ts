// Which attach kinds a program may be loaded for (bpf_prog_load_check_attach() in kernel/bpf/syscall.c). Kinds that are not here do
// not look at it.

/** What an attach kind of 0 is called, which stands for none given. */
const UNSPECIFIED = 'cgroup_inet_ingress';

const allowed: Readonly<Record<string, readonly string[]>> = {
  cgroup_sock: [
    UNSPECIFIED,
    'cgroup_inet_sock_create',
    'cgroup_inet_sock_release',
    'cgroup_inet4_post_bind',
    'cgroup_inet6_post_bind',
  ],
  cgroup_sock_addr: [
    ...['bind', 'connect', 'getpeername', 'getsockname'].flatMap(ofBothFamilies('inet')),
    ...['sendmsg', 'recvmsg'].flatMap(ofBothFamilies('udp')),
    ...['connect', 'sendmsg', 'recvmsg', 'getpeername', 'getsockname'].map((action) => `cgroup_unix_${action}`),
  ],
  cgroup_skb: ['cgroup_inet_ingress', 'cgroup_inet_egress'],
  cgroup_sockopt: ['cgroup_getsockopt', 'cgroup_setsockopt'],
  sk_lookup: ['sk_lookup'],
  sk_reuseport: [UNSPECIFIED, 'sk_reuseport_select', 'sk_reuseport_select_or_migrate'],
  netfilter: ['netfilter'],
  syscall: [UNSPECIFIED],
  ext: [UNSPECIFIED],
};

function ofBothFamilies(family: string): (action: string) => string[] {
  return (action) => [`cgroup_${family}4_${action}`, `cgroup_${family}6_${action}`];
}

/** Whether a program of a kind may be loaded for an attach kind. */
export function mayAttach(kind: string, attachKind: string | undefined): boolean {
  const kinds = allowed[kind];
  return kinds === undefined || kinds.includes(attachKind ?? UNSPECIFIED);
}
