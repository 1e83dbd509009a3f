// Runs a program once on given bytes, on any engine.

import { judge } from './judge.ts';
import { runInKernel } from './kernel-run.ts';
import type { MapContents } from './maps.ts';
import type { RuntimeProgram } from './program.ts';
import { RejectedError } from './rejected.ts';
import { runInVm } from './vm.ts';

export const RUN_ENGINES = ['interpreter', 'jit', 'kernel'] as const;
export type RunEngine = (typeof RUN_ENGINES)[number];

export interface RunInput {
  /** The packet. */
  readonly data?: Uint8Array;
  /** The context: registers, arguments, a record, struct __sk_buff or struct xdp_md. */
  readonly context?: Uint8Array;
  readonly repeat?: number;
  /** Nobody asks what is in the maps afterwards. */
  readonly omitMaps?: boolean;
}

export interface RunOutcome {
  /** The low half of r0. */
  readonly retval: number;
  /** The packet afterwards, for kinds that have one. */
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  readonly maps: readonly MapContents[];
  /** Of one run, on average. */
  readonly nanoseconds: number;
}

export interface RunProgramOptions {
  readonly engine: RunEngine;
  /** Ask our verifier first, as the kernel asks its own. */
  readonly verify: boolean;
  readonly unprivileged?: boolean;
  readonly cpus?: number;
  /** Gets what the program prints with bpf_trace_printk; the kernel's goes to trace_pipe. */
  readonly trace?: (line: string) => void;
}

/** Kinds whose programs get a packet. */
const PACKET_KINDS: ReadonlySet<string> = new Set([
  'socket_filter',
  'sched_cls',
  'sched_act',
  'xdp',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'lwt_seg6local',
  'flow_dissector',
  'sk_skb',
]);

/** The packet when none is given: 64 zero bytes, the shortest frame of Ethernet with its checksum. */
const DEFAULT_PACKET_BYTES = 64;

/** The input with a packet for programs that must have one. */
export function withPacket(program: RuntimeProgram, input: RunInput): RunInput {
  if (input.data || !PACKET_KINDS.has(program.kind)) return input;
  return { ...input, data: new Uint8Array(DEFAULT_PACKET_BYTES) };
}

/**
 * Runs a program; `siblings` are the programs of the same file, which its tail calls may lead to.
 * @throws TraceError when it is rejected or cannot be run.
 */
export function runProgram(
  program: RuntimeProgram,
  siblings: readonly RuntimeProgram[],
  input: RunInput,
  options: RunProgramOptions,
): RunOutcome {
  const { engine, verify, unprivileged = false, cpus = 1, trace } = options;
  const given = withPacket(program, input);
  if (engine === 'kernel') return runInKernel(program, siblings, given);
  if (verify) {
    const verdict = judge(program, { unprivileged });
    if (!verdict.accepted) throw new RejectedError('verifier', program, verdict);
  }
  return runInVm(program, siblings, given, { engine, checked: !verify, cpus, ...(trace && { trace }) });
}
