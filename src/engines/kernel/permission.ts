// Why BPF is not allowed. The kernel says EPERM for every reason; these are told apart by looking at what it shows of this
// process and of itself. Only asked after a failure, so a run that may pays nothing.

import { readFileSync } from 'node:fs';
import { TraceError } from '../../base/error.ts';

/** Bits of the effective set: include/uapi/linux/capability.h. CAP_PERFMON and CAP_BPF are of 5.8. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

export type PermissionReason = 'capability' | 'namespace' | 'lockdown' | 'seccomp' | 'container' | 'unknown';

/** The texts that the judgement stands on; each empty where the file cannot be read. */
export interface PermissionFacts {
  /** /proc/self/status */
  readonly status: string;
  /** /sys/kernel/security/lockdown */
  readonly lockdown: string;
  /** /proc/1/cgroup and /proc/1/environ tell containers; this is whether one was recognised. */
  readonly container: boolean;
  /** /proc/sys/kernel/unprivileged_bpf_disabled */
  readonly unprivilegedDisabled: string;
  readonly uid: number;
  /** /proc/self/uid_map */
  readonly uidMap: string;
}

export interface PermissionProblem {
  readonly reason: PermissionReason;
  /** One sentence. */
  readonly message: string;
  readonly hints: readonly string[];
}

/** The one line that the initial user namespace has. */
const ALL_USERS = /^\s*0\s+0\s+4294967295\s*$/;

/** Judges why a call failed with EPERM. */
export function permissionProblem(facts: PermissionFacts): PermissionProblem {
  const missing = missingCapabilities(facts.status);
  if (missing.length > 0) return missingProblem(facts, missing);
  if (facts.uidMap !== '' && !ALL_USERS.test(facts.uidMap)) {
    return {
      reason: 'namespace',
      message: 'this process is in a user namespace, whose capabilities do not count for BPF',
      hints: ['run it outside of the namespace, as root of the system (rootless containers have such a namespace)'],
    };
  }
  if (/\[confidentiality\]/.test(facts.lockdown)) {
    return {
      reason: 'lockdown',
      message: 'the kernel is locked down in confidentiality mode, in which no BPF program may read kernel memory',
      hints: ['boot without lockdown=confidentiality, or with Secure Boot turned off where it enables the lockdown'],
    };
  }
  const seccomp = field(facts.status, 'Seccomp') === '2';
  if (seccomp || facts.container) {
    return {
      reason: seccomp ? 'seccomp' : 'container',
      message: seccomp
        ? 'a seccomp filter forbids the bpf system call, as container runtimes do'
        : 'this is a container that may not use BPF although it has the capabilities',
      hints: ['run it on the host, or start the container with --privileged (or a seccomp profile that allows bpf)'],
    };
  }
  return {
    reason: 'unknown',
    message:
      'the kernel does not permit BPF, although this process has the capabilities; a security module may forbid it',
    hints: ['look for denials of SELinux or AppArmor in the log of the kernel (dmesg)'],
  };
}

function missingProblem(facts: PermissionFacts, missing: readonly string[]): PermissionProblem {
  const { uid } = facts;
  const which = missing.join(' and ');
  if (uid === 0) {
    return {
      reason: facts.container ? 'container' : 'capability',
      message: `BPF is not permitted: root lacks ${which}${facts.container ? ', as usual in a container' : ''}`,
      hints: [
        facts.container
          ? 'start the container with --privileged, or with --cap-add=BPF --cap-add=PERFMON'
          : `give the process ${which}`,
      ],
    };
  }
  const disabled = /^[12]/.test(facts.unprivilegedDisabled) ? ', and kernel.unprivileged_bpf_disabled is set' : '';
  return {
    reason: 'capability',
    message: `BPF is not permitted: this process is not root and lacks ${which}${disabled}`,
    hints: [
      'run it as root, for example with sudo',
      'or give node the capabilities: setcap cap_bpf,cap_perfmon+ep $(command -v node)',
    ],
  };
}

/** CAP_SYS_ADMIN stands for both of the others, as before 5.8. */
export function missingCapabilities(status: string): string[] {
  const text = field(status, 'CapEff');
  if (text === undefined) return [];
  const effective = BigInt(`0x${text}`);
  const has = (bit: bigint): boolean => ((effective >> bit) & 1n) === 1n;
  if (has(CAP_SYS_ADMIN)) return [];
  return [...(has(CAP_BPF) ? [] : ['CAP_BPF']), ...(has(CAP_PERFMON) ? [] : ['CAP_PERFMON'])];
}

function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
}

/** What this machine shows. */
export function readPermissionFacts(): PermissionFacts {
  const container =
    /docker|containerd|kubepods|libpod|lxc/.test(read('/proc/1/cgroup')) ||
    /(?:^|\0)container=/.test(read('/proc/1/environ')) ||
    read('/run/.containerenv') !== '' ||
    read('/.dockerenv', 'present') !== '';
  return {
    status: read('/proc/self/status'),
    lockdown: read('/sys/kernel/security/lockdown'),
    container,
    unprivilegedDisabled: read('/proc/sys/kernel/unprivileged_bpf_disabled'),
    uid: process.getuid?.() ?? -1,
    uidMap: read('/proc/self/uid_map'),
  };
}

function read(path: string, whenEmpty = ''): string {
  try {
    return readFileSync(path, 'latin1') || whenEmpty;
  } catch {
    return '';
  }
}

/** The error for a call that failed with EPERM. */
export function permissionError(cause: unknown, facts: PermissionFacts = readPermissionFacts()): TraceError {
  const { message, hints } = permissionProblem(facts);
  return new TraceError('ERR_BPF_PERMISSION', message, { cause, hints });
}
