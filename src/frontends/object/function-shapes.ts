// What the verifier has to know of a program's functions: which are looked at alone because they are global, and what their
// parameters are, from BTF.

import type { Btf, BtfType } from '../../btf/index.ts';
import type { LinkedFunction, LinkedProgram } from './link.ts';

export type FunctionParameter =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'ctx' }
  | { readonly kind: 'memory'; readonly size: number };

export interface FunctionShape {
  readonly name: string;
  /** The slot that it starts at. */
  readonly start: number;
  readonly global: boolean;
  /** Its address is taken. */
  readonly callback: boolean;
  readonly parameters?: readonly FunctionParameter[];
}

/** The structs that programs of a kind call their context (kernel/bpf/btf.c: bpf_ctx_convert). */
const CONTEXTS: Readonly<Record<string, readonly string[]>> = {
  xdp: ['xdp_md'],
  perf_event: ['bpf_perf_event_data'],
  kprobe: ['bpf_user_pt_regs_t', 'pt_regs', 'user_pt_regs'],
  raw_tracepoint: ['bpf_raw_tracepoint_args'],
  cgroup_sock: ['bpf_sock'],
  cgroup_sock_addr: ['bpf_sock_addr'],
  sock_ops: ['bpf_sock_ops'],
  sk_msg: ['sk_msg_md'],
  cgroup_device: ['bpf_cgroup_dev_ctx'],
  cgroup_sysctl: ['bpf_sysctl'],
  cgroup_sockopt: ['bpf_sockopt'],
  sk_reuseport: ['sk_reuseport_md'],
  sk_lookup: ['bpf_sk_lookup'],
};
/** What all other kinds with packets have. */
const SOCKET_BUFFER = ['__sk_buff'] as const;

export function functionShapes(linked: LinkedProgram, kind: string, btf: Btf | undefined): FunctionShape[] {
  return linked.functions.map((one, index) => {
    const parameters = btf && index > 0 ? parametersOf(one, kind, btf) : undefined;
    const { name, global } = one.source;
    return {
      name,
      start: one.slot,
      global: global && index > 0,
      callback: one.callback,
      ...(parameters && { parameters }),
    };
  });
}

function parametersOf({ source }: LinkedFunction, kind: string, btf: Btf): FunctionParameter[] | undefined {
  if (source.type === undefined) return undefined;
  return btf.prototypeOf(source.type)?.params.map((parameter) => parameterOf(btf, parameter.type, kind));
}

function parameterOf(btf: Btf, id: number, kind: string): FunctionParameter {
  const type = btf.resolve(id);
  if (type.kind !== 'ptr') return { kind: 'scalar' };
  const names = CONTEXTS[kind] ?? SOCKET_BUFFER;
  if (isContext(btf, type.target, names)) return { kind: 'ctx' };
  const size = btf.sizeOf(type.target);
  return size > 0 ? { kind: 'memory', size } : { kind: 'scalar' };
}

function isContext(btf: Btf, id: number, names: readonly string[]): boolean {
  const direct = btf.type(id);
  const resolved = btf.resolve(id);
  const name = (type: BtfType): string => ('name' in type ? type.name : '');
  return names.includes(name(direct)) || names.includes(name(resolved));
}
