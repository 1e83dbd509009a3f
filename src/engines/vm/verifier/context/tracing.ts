// Contexts of programs at events: registers of the interrupted code, records of tracepoints, arguments of raw ones
// (kprobe_prog_is_valid_access() and its neighbours in kernel/trace/bpf_trace.c, as of Linux 6.18).

import { Type } from '../register.ts';
import type { ContextAccess, ProgramRules } from './program-rules.ts';

/** struct pt_regs of x86-64. */
const PT_REGS_BYTES = 168;
/** PERF_MAX_TRACE_SIZE. */
const RECORD_BYTES = 8192;
/** The common part of a record that programs may not see. */
const RECORD_HIDDEN = 8;
const RAW_ARGUMENTS_BYTES = 96;
/** struct bpf_perf_event_data: registers, then sample_period and addr. */
const PERF_EVENT_BYTES = PT_REGS_BYTES + 16;

function inside({ off, size }: ContextAccess, from: number, to: number): boolean {
  return off >= from && off < to && off % size === 0 && off + size <= to;
}

function tracing(more: Partial<ProgramRules> & Pick<ProgramRules, 'kind' | 'context'>): ProgramRules {
  return {
    packetRead: false,
    packetWrite: false,
    packetLoads: false,
    unprivileged: false,
    maySleep: false,
    ...more,
  };
}

function registers(access: ContextAccess): number | undefined {
  // Since 7.0 uprobes may write; 6.18 refuses.
  const ok = !access.write && inside(access, 0, PT_REGS_BYTES);
  return ok ? Type.SCALAR : undefined;
}

function record(access: ContextAccess): number | undefined {
  const ok = !access.write && inside(access, RECORD_HIDDEN, RECORD_BYTES);
  return ok ? Type.SCALAR : undefined;
}

function rawArguments(access: ContextAccess): number | undefined {
  const ok = !access.write && inside(access, 0, RAW_ARGUMENTS_BYTES);
  return ok ? Type.SCALAR : undefined;
}

// The first field is the buffer that the program may write; its size is checked when it is attached.
function writableArguments(access: ContextAccess): number | undefined {
  if (access.off === 0) return access.size === 8 && !access.write ? Type.TP_BUFFER : undefined;
  return rawArguments(access);
}

function perfEvent(access: ContextAccess): number | undefined {
  if (access.write || !inside(access, 0, PERF_EVENT_BYTES)) return undefined;
  const ok = access.off >= PT_REGS_BYTES || access.size === 8;
  return ok ? Type.SCALAR : undefined;
}

function anything(access: ContextAccess): number | undefined {
  const ok = inside(access, 0, 0xffff);
  return ok ? Type.SCALAR : undefined;
}

const session: ReadonlySet<string> = new Set(['trace_kprobe_session', 'trace_uprobe_session']);

export const tracingRules: readonly ProgramRules[] = [
  tracing({
    kind: 'kprobe',
    context: registers,
    maySleep: true,
    returns: ({ attachKind }) => (attachKind && session.has(attachKind) ? [0, 1] : undefined),
  }),
  tracing({ kind: 'tracepoint', context: record }),
  tracing({ kind: 'raw_tracepoint', context: rawArguments }),
  tracing({ kind: 'raw_tracepoint_writable', context: writableArguments }),
  tracing({ kind: 'perf_event', context: perfEvent }),
  tracing({ kind: 'syscall', context: anything, maySleep: true }),
];
