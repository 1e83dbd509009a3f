// What the runtime asks of the machine that it runs on: the types and the configuration of its kernel, its CPUs, its verifier.

import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { TraceError } from '../../base/error.ts';
import { possibleCpus } from '../../engines/kernel/cpus.ts';
import { runningMachine } from '../../engines/kernel/platform.ts';
import { nativeSys } from '../../engines/kernel/sys/native.ts';
import { environment } from '../machine.ts';
import { type KernelVerdict, kernelVerdict } from './kernel.ts';
import type { LoadFileOptions } from './load.ts';
import type { RuntimeProgram } from './program.ts';

/** What reading objects and Images takes from the running machine; nothing is read before it is asked for. */
export function machineOptions(): Pick<LoadFileOptions, 'target' | 'config' | 'tracepointField' | 'kernelSymbol'> {
  const here = environment();
  let settings: ReadonlyMap<string, string> | undefined;
  return {
    target: () => here.btf(),
    config: (name) => {
      if (name === 'LINUX_KERNEL_VERSION') return kernelVersion();
      if (name.startsWith('LINUX_HAS_')) return 'y';
      settings ??= readConfig();
      return settings.get(name);
    },
    tracepointField: (tracepoint, field) => {
      const [category = '', event = ''] = tracepoint.split(/[:/]/);
      return readable(() => here.tracepointFormat(category, event))?.fields.find((one) => one.name === field)?.offset;
    },
    kernelSymbol: (name) => here.kernelSymbol(name),
  };
}

/** What this user may read; offsets then are those of the machine that compiled. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TraceError) return undefined;
    throw error;
  }
}

/** KERNEL_VERSION(a, b, c) of the running kernel. */
function kernelVersion(): bigint {
  const [, major = '0', minor = '0', patch = '0'] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release()) ?? [];
  return BigInt((Number(major) << 16) + (Number(minor) << 8) + Math.min(255, Number(patch)));
}

function readConfig(): ReadonlyMap<string, string> {
  const text = configText();
  return new Map([...text.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map((match) => [match[1]!, match[2]!]));
}

function configText(): string {
  try {
    return readFileSync(`/boot/config-${release()}`, 'utf8');
  } catch {
    try {
      return gunzipSync(readFileSync('/proc/config.gz')).toString();
    } catch {
      // Objects say themselves which settings they cannot do without.
      return '';
    }
  }
}

/** CPUs that per-CPU maps have values for. */
export function kernelCpus(): number {
  try {
    return possibleCpus().length;
  } catch {
    return Math.max(1, cpus().length);
  }
}

/** Nobody's user id; it has no capabilities. */
const NOBODY = 65534;

/** Asks the running kernel's verifier, with no privileges when it is to judge as for a user without them. */
export function kernelJudge(program: RuntimeProgram, unprivileged = false): KernelVerdict {
  const sys = nativeSys();
  const user = process.geteuid?.() ?? 0;
  if (!unprivileged || user !== 0) return kernelVerdict(sys, runningMachine(), program);
  process.seteuid!(NOBODY);
  try {
    return kernelVerdict(sys, runningMachine(), program);
  } catch (cause) {
    if (!(cause instanceof TraceError)) throw cause;
    throw new TraceError(
      'ERR_BPF_PERMISSION',
      'This kernel lets no user without privileges load this program or its maps.',
      {
        cause,
        hints: ['kernel.unprivileged_bpf_disabled is 0 on kernels that do'],
      },
    );
  } finally {
    process.seteuid!(user);
  }
}
