// What this system and its kernel offer, for --info: facts of the system, and every feature that the kernel engine may use.
// The sections and the names in them are those of bpftrace, so that what looks for `uprobe_multi: yes` finds it. Nothing is
// attached.

import { existsSync, readdirSync } from 'node:fs';
import { arch, release, version } from 'node:os';
import { type FeatureName, featuresOf } from '../engines/kernel/features.ts';
import { nativeSys } from '../engines/kernel/sys/native.ts';

export interface InfoSection {
  readonly title: string;
  readonly lines: readonly string[];
  /** How many lines stand beside each other. */
  readonly columns: number;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const KERNEL_BTF = '/sys/kernel/btf';

const HELPERS: Readonly<Record<string, FeatureName>> = {
  dpath: 'd-path',
  get_tai_ns: 'ktime-get-tai-ns',
  get_func_ip: 'get-func-ip',
  lookup_percpu_elem: 'map-lookup-percpu-elem',
  loop: 'loop',
  for_each_map_elem: 'for-each-map-elem',
  get_attach_cookie: 'get-attach-cookie',
  get_ns_current_pid_tgid: 'get-ns-current-pid-tgid',
  get_current_cgroup_id: 'get-current-cgroup-id',
  send_signal: 'send-signal',
  override_return: 'override-return',
};

const FEATURES: Readonly<Record<string, FeatureName>> = {
  ringbuf: 'ringbuf',
  map_batch: 'map-batch',
  test_run: 'begin-end',
  perf_link: 'perf-link',
  raw_tp_cookie: 'raw-tracepoint-cookie',
  btf_func_info: 'btf-functions',
};

const PROBE_TYPES: Readonly<Record<string, FeatureName>> = {
  kprobe: 'kprobe',
  uprobe: 'uprobe',
  kprobe_multi: 'kprobe-multi',
  uprobe_multi: 'uprobe-multi',
  kprobe_session: 'kprobe-session',
  iter: 'iter',
  fentry: 'fentry',
};

/** Instructions that the verifier looks at, for those who may load programs. Source: BPF_COMPLEXITY_LIMIT_INSNS, Linux 5.2. */
const INSTRUCTION_LIMIT = 1_000_000;

/** All that is known, by sections. `build` adds lines about the program itself. */
export function systemInfo(build: readonly string[]): InfoSection[] {
  const features = featuresOf(nativeSys());
  const lines = (names: Readonly<Record<string, FeatureName>>) =>
    Object.entries(names).map(([name, feature]) => answer(name, features.has(feature)));
  const system = [`OS: Linux ${release()} ${version()}`, `Arch: ${ARCHITECTURES[arch()] ?? arch()}`];
  const kernel = [
    `Instruction limit: ${INSTRUCTION_LIMIT}`,
    answer('btf', existsSync(`${KERNEL_BTF}/vmlinux`)),
    answer('module btf', hasModuleBtf()),
  ];
  return [
    { title: 'System', lines: system, columns: 1 },
    { title: 'Build', lines: build, columns: 1 },
    { title: 'Kernel helpers', lines: lines(HELPERS), columns: 2 },
    { title: 'Kernel features', lines: [...kernel, ...lines(FEATURES)], columns: 2 },
    { title: 'Probe types', lines: lines(PROBE_TYPES), columns: 2 },
  ];
}

function answer(name: string, has: boolean): string {
  return `${name}: ${has ? 'yes' : 'no'}`;
}

/** Whether modules bring their types: those of the kernel itself are not the only ones. */
function hasModuleBtf(): boolean {
  try {
    return readdirSync(KERNEL_BTF).some((name) => name !== 'vmlinux');
  } catch {
    return false;
  }
}
