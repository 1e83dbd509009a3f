// What a section's name says of the programs in it: the kind of program, how it will be attached, and to what. The names are
// libbpf's, which every compiler of BPF objects uses. Rules are tried in the order of the list.

/** What a SEC() name means. */
export interface SectionMeaning {
  /** The kernel's program type by its short name. */
  readonly kind: string;
  readonly attachKind?: string;
  readonly sleepable?: boolean;
  /** BPF_F_XDP_HAS_FRAGS. */
  readonly fragments?: boolean;
  /** What follows the name: the function, the tracepoint, the file. */
  readonly target: string;
  /** The name that matched, without `?`, `.s` and the target. */
  readonly section: string;
  /** The name begins with `?`: the loader leaves the program out unless it is asked for. */
  readonly optional: boolean;
}

interface Rule {
  readonly name: string;
  readonly kind: string;
  readonly attachKind?: string;
  /** `name/extra` is taken too. */
  readonly extra?: true;
  /** `name.s` exists and means that the program may sleep. */
  readonly sleeps?: true;
  readonly sleepable?: true;
  readonly fragments?: true;
}

const target = { extra: true } as const;
const both = { extra: true, sleeps: true } as const;

const rules: readonly Rule[] = [
  { name: 'socket', kind: 'socket_filter', ...target },
  { name: 'sk_reuseport/migrate', kind: 'sk_reuseport', attachKind: 'sk_reuseport_select_or_migrate' },
  { name: 'sk_reuseport', kind: 'sk_reuseport', attachKind: 'sk_reuseport_select' },
  { name: 'kprobe', kind: 'kprobe', ...target },
  { name: 'kretprobe', kind: 'kprobe', ...target },
  { name: 'uprobe', kind: 'kprobe', ...both },
  { name: 'uretprobe', kind: 'kprobe', ...both },
  { name: 'kprobe.multi', kind: 'kprobe', attachKind: 'trace_kprobe_multi', ...target },
  { name: 'kretprobe.multi', kind: 'kprobe', attachKind: 'trace_kprobe_multi', ...target },
  { name: 'kprobe.session', kind: 'kprobe', attachKind: 'trace_kprobe_session', ...target },
  { name: 'uprobe.multi', kind: 'kprobe', attachKind: 'trace_uprobe_multi', ...both },
  { name: 'uretprobe.multi', kind: 'kprobe', attachKind: 'trace_uprobe_multi', ...both },
  { name: 'uprobe.session', kind: 'kprobe', attachKind: 'trace_uprobe_session', ...both },
  { name: 'ksyscall', kind: 'kprobe', ...target },
  { name: 'kretsyscall', kind: 'kprobe', ...target },
  { name: 'usdt', kind: 'kprobe', ...both },
  { name: 'tc/ingress', kind: 'sched_cls', attachKind: 'tcx_ingress' },
  { name: 'tc/egress', kind: 'sched_cls', attachKind: 'tcx_egress' },
  { name: 'tcx/ingress', kind: 'sched_cls', attachKind: 'tcx_ingress' },
  { name: 'tcx/egress', kind: 'sched_cls', attachKind: 'tcx_egress' },
  { name: 'tc', kind: 'sched_cls' },
  { name: 'classifier', kind: 'sched_cls' },
  { name: 'action', kind: 'sched_act' },
  { name: 'netkit/primary', kind: 'sched_cls', attachKind: 'netkit_primary' },
  { name: 'netkit/peer', kind: 'sched_cls', attachKind: 'netkit_peer' },
  { name: 'tracepoint', kind: 'tracepoint', ...both },
  { name: 'tp', kind: 'tracepoint', ...both },
  { name: 'raw_tracepoint', kind: 'raw_tracepoint', ...both },
  { name: 'raw_tp', kind: 'raw_tracepoint', ...both },
  { name: 'raw_tracepoint.w', kind: 'raw_tracepoint_writable', ...target },
  { name: 'raw_tp.w', kind: 'raw_tracepoint_writable', ...target },
  { name: 'tp_btf', kind: 'tracing', attachKind: 'trace_raw_tp', ...both },
  { name: 'fentry', kind: 'tracing', attachKind: 'trace_fentry', ...both },
  { name: 'fexit', kind: 'tracing', attachKind: 'trace_fexit', ...both },
  { name: 'fmod_ret', kind: 'tracing', attachKind: 'modify_return', ...both },
  { name: 'fsession', kind: 'tracing', attachKind: 'trace_fsession', ...both },
  { name: 'fentry.multi', kind: 'tracing', attachKind: 'trace_fentry_multi', ...both },
  { name: 'fexit.multi', kind: 'tracing', attachKind: 'trace_fexit_multi', ...both },
  { name: 'fsession.multi', kind: 'tracing', attachKind: 'trace_fsession_multi', ...both },
  { name: 'freplace', kind: 'ext', ...target },
  { name: 'lsm_cgroup', kind: 'lsm', attachKind: 'lsm_cgroup', ...target },
  { name: 'lsm', kind: 'lsm', attachKind: 'lsm_mac', ...both },
  { name: 'iter', kind: 'tracing', attachKind: 'trace_iter', ...both },
  { name: 'syscall', kind: 'syscall', sleepable: true },
  { name: 'xdp.frags/devmap', kind: 'xdp', attachKind: 'xdp_devmap', fragments: true },
  { name: 'xdp/devmap', kind: 'xdp', attachKind: 'xdp_devmap' },
  { name: 'xdp.frags/cpumap', kind: 'xdp', attachKind: 'xdp_cpumap', fragments: true },
  { name: 'xdp/cpumap', kind: 'xdp', attachKind: 'xdp_cpumap' },
  { name: 'xdp.frags', kind: 'xdp', attachKind: 'xdp', fragments: true },
  { name: 'xdp', kind: 'xdp', attachKind: 'xdp', ...target },
  { name: 'perf_event', kind: 'perf_event', ...target },
  { name: 'lwt_in', kind: 'lwt_in' },
  { name: 'lwt_out', kind: 'lwt_out' },
  { name: 'lwt_xmit', kind: 'lwt_xmit' },
  { name: 'lwt_seg6local', kind: 'lwt_seg6local' },
  { name: 'sockops', kind: 'sock_ops', attachKind: 'cgroup_sock_ops' },
  { name: 'sk_skb/stream_parser', kind: 'sk_skb', attachKind: 'sk_skb_stream_parser' },
  { name: 'sk_skb/stream_verdict', kind: 'sk_skb', attachKind: 'sk_skb_stream_verdict' },
  { name: 'sk_skb/verdict', kind: 'sk_skb', attachKind: 'sk_skb_verdict' },
  { name: 'sk_skb', kind: 'sk_skb' },
  { name: 'sk_msg', kind: 'sk_msg', attachKind: 'sk_msg_verdict' },
  { name: 'lirc_mode2', kind: 'lirc_mode2', attachKind: 'lirc_mode2' },
  { name: 'flow_dissector', kind: 'flow_dissector', attachKind: 'flow_dissector' },
  { name: 'cgroup_skb/ingress', kind: 'cgroup_skb', attachKind: 'cgroup_inet_ingress' },
  { name: 'cgroup_skb/egress', kind: 'cgroup_skb', attachKind: 'cgroup_inet_egress' },
  { name: 'cgroup/skb', kind: 'cgroup_skb' },
  { name: 'cgroup/sock_create', kind: 'cgroup_sock', attachKind: 'cgroup_inet_sock_create' },
  { name: 'cgroup/sock_release', kind: 'cgroup_sock', attachKind: 'cgroup_inet_sock_release' },
  { name: 'cgroup/sock', kind: 'cgroup_sock', attachKind: 'cgroup_inet_sock_create' },
  { name: 'cgroup/post_bind4', kind: 'cgroup_sock', attachKind: 'cgroup_inet4_post_bind' },
  { name: 'cgroup/post_bind6', kind: 'cgroup_sock', attachKind: 'cgroup_inet6_post_bind' },
  ...addressRules(),
  { name: 'cgroup/sysctl', kind: 'cgroup_sysctl', attachKind: 'cgroup_sysctl' },
  { name: 'cgroup/getsockopt', kind: 'cgroup_sockopt', attachKind: 'cgroup_getsockopt' },
  { name: 'cgroup/setsockopt', kind: 'cgroup_sockopt', attachKind: 'cgroup_setsockopt' },
  { name: 'cgroup/dev', kind: 'cgroup_device', attachKind: 'cgroup_device' },
  { name: 'struct_ops', kind: 'struct_ops', ...both },
  { name: 'sk_lookup', kind: 'sk_lookup', attachKind: 'sk_lookup' },
  { name: 'netfilter', kind: 'netfilter', attachKind: 'netfilter' },
];

/** `cgroup/connect4` and its like: what is done, for which family of addresses. */
function addressRules(): Rule[] {
  const attachKinds: Readonly<Record<string, readonly [plain: string, unix?: string]>> = {
    bind: ['inet#_bind'],
    connect: ['inet#_connect', 'unix_connect'],
    sendmsg: ['udp#_sendmsg', 'unix_sendmsg'],
    recvmsg: ['udp#_recvmsg', 'unix_recvmsg'],
    getpeername: ['inet#_getpeername', 'unix_getpeername'],
    getsockname: ['inet#_getsockname', 'unix_getsockname'],
  };
  return Object.entries(attachKinds).flatMap(([action, [plain, unix]]) => {
    const rule = (suffix: string, attach: string): Rule => ({
      name: `cgroup/${action}${suffix}`,
      kind: 'cgroup_sock_addr',
      attachKind: `cgroup_${attach}`,
    });
    const families = ['4', '6'].map((family) => rule(family, plain.replace('#', family)));
    return unix === undefined ? families : [...families, rule('_unix', unix)];
  });
}

/** What a section's name means, or undefined when it is none that programs stand in. */
export function sectionMeaning(name: string): SectionMeaning | undefined {
  const optional = name.startsWith('?');
  const plain = optional ? name.slice(1) : name;
  for (const rule of rules) {
    const found = matchRule(rule, plain);
    if (!found) continue;
    const { kind, attachKind, fragments } = rule;
    return {
      kind,
      ...(attachKind !== undefined && { attachKind }),
      ...((rule.sleepable || found.sleeps) && { sleepable: true }),
      ...(fragments && { fragments }),
      target: found.target,
      section: rule.name,
      optional,
    };
  }
  return undefined;
}

/** All names, for suggestions. */
export const sectionNames: readonly string[] = rules.map((rule) => rule.name);

function matchRule(rule: Rule, name: string): { readonly target: string; readonly sleeps: boolean } | undefined {
  const forms = rule.sleeps ? [rule.name, `${rule.name}.s`] : [rule.name];
  for (const form of forms) {
    const sleeps = form !== rule.name;
    if (name === form) return { target: '', sleeps };
    if (rule.extra && name.startsWith(`${form}/`)) return { target: name.slice(form.length + 1), sleeps };
  }
  return undefined;
}
