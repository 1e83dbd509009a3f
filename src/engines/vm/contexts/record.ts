// Contexts that are plain bytes: registers, arguments, records of tracepoints. Sizes: bpf-runtime.md section 3.15.

import { EINVAL } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { ContextError, type ContextInput, type PreparedContext } from './prepared.ts';

interface RecordKind {
  /** Bytes that are there at least; what is not given is zero. */
  readonly size: number;
  /** Bytes that there may be at most. */
  readonly limit: number;
  readonly writable: boolean;
}

/** MAX_BPF_FUNC_ARGS, eight bytes each. */
const ARGUMENTS: RecordKind = { size: 96, limit: 96, writable: false };
/** PERF_MAX_TRACE_SIZE. */
const TRACE_RECORD = 8192;

const kinds: Readonly<Record<string, RecordKind>> = {
  kprobe: { size: 168, limit: 168, writable: true },
  perf_event: { size: 184, limit: 184, writable: false },
  tracepoint: { size: 64, limit: TRACE_RECORD, writable: false },
  raw_tracepoint: ARGUMENTS,
  raw_tracepoint_writable: ARGUMENTS,
  tracing: ARGUMENTS,
  lsm: ARGUMENTS,
  syscall: { size: 0, limit: 0xffff, writable: true },
};

/** For kinds without a rule of their own: the bytes, as programs of other runtimes get them, with their number in r2. */
const ANY_BYTES: RecordKind = { size: 0, limit: 0x7fffffff, writable: true };

export function prepareRecord(machine: Machine, kind: string, input: ContextInput): PreparedContext {
  const { memory } = machine;
  const rule = kinds[kind] ?? ANY_BYTES;
  const bytes = input.context ?? input.data ?? new Uint8Array();
  if (bytes.length > rule.limit) throw new ContextError(EINVAL, `a ${kind} program's context has ${rule.limit} bytes`);
  const size = Math.max(bytes.length, rule.size);
  const address = memory.allocate(size, { kind: 'context', writable: rule.writable, name: 'the context' });
  memory.write(address, bytes);
  return {
    address,
    ...(rule === ANY_BYTES && { r2: BigInt(bytes.length) }),
    finish: () => {
      const after = memory.read(address, bytes.length);
      if (rule !== ANY_BYTES) return { context: after };
      return input.context ? { context: after } : { data: after };
    },
    close: () => memory.free(address),
  };
}
