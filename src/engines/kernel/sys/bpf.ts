// The commands of bpf(2) as functions. Layouts: union bpf_attr of include/uapi/linux/bpf.h; the kernel takes a longer
// structure than it knows as long as the rest is zero, so one layout serves all versions.

import { utf8Bytes } from '../../../base/bytes.ts';
import { Attr } from './attr.ts';
import type { Sys } from './sys.ts';

/** Bytes of a name that the kernel keeps, its NUL included. */
const NAME_BYTES = 16;

export interface MapCreate {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
  readonly name?: string;
  /** A map that those inside of it are like. */
  readonly innerFd?: number;
  /** Bits of `map_extra` (kernel 5.16). */
  readonly extra?: number;
  /** What keys and values are; maps with locks and timers in their values need it. */
  readonly btf?: { readonly fd: number; readonly key: number; readonly value: number };
}

export function mapCreate(sys: Sys, map: MapCreate): number {
  const attr = new Attr()
    .u32(map.type)
    .u32(map.keySize)
    .u32(map.valueSize)
    .u32(map.maxEntries)
    .u32(map.flags ?? 0);
  attr
    .u32(map.innerFd ?? 0)
    .u32(0)
    .bytes(objectName(map.name));
  const { btf } = map;
  if (btf) attr.u32(0).u32(btf.fd).u32(btf.key).u32(btf.value);
  attr.padTo(64).u64(BigInt(map.extra ?? 0));
  return sys.bpf('MAP_CREATE', attr);
}

export function mapLookup(sys: Sys, fd: number, key: Uint8Array, value: Uint8Array): void {
  sys.bpf('MAP_LOOKUP_ELEM', new Attr(32).u32(fd).u32(0).pointer(key).pointer(value).u64(0n));
}

/** Only an entry that is there already: BPF_EXIST. */
export const UPDATE_EXISTING = 2n;

export function mapUpdate(sys: Sys, fd: number, key: Uint8Array, value: Uint8Array, flags = 0n): void {
  sys.bpf('MAP_UPDATE_ELEM', new Attr(32).u32(fd).u32(0).pointer(key).pointer(value).u64(flags));
}

export function mapDelete(sys: Sys, fd: number, key: Uint8Array): void {
  sys.bpf('MAP_DELETE_ELEM', new Attr(32).u32(fd).u32(0).pointer(key).u64(0n).u64(0n));
}

/** Takes the next value out of a queue or stack (kernel 4.20). */
export function mapTake(sys: Sys, fd: number, value: Uint8Array): void {
  sys.bpf('MAP_LOOKUP_AND_DELETE_ELEM', new Attr(32).u32(fd).u32(0).u64(0n).pointer(value).u64(0n));
}

/** The key after `key`, or the first one without it. */
export function mapNextKey(sys: Sys, fd: number, key: Uint8Array | undefined, next: Uint8Array): void {
  sys.bpf('MAP_GET_NEXT_KEY', new Attr(32).u32(fd).u32(0).pointer(key).pointer(next).u64(0n));
}

export interface Batch {
  /** Where the last batch ended, as the kernel wrote it; absent for the first. */
  readonly in?: Uint8Array;
  readonly out?: Uint8Array;
  readonly keys: Uint8Array;
  readonly values?: Uint8Array;
  readonly count: number;
  readonly flags?: bigint;
}

const BATCH_COUNT = 32;

/** Looks up, updates or deletes many entries (kernel 5.6). `done` learns how many, also when the call then fails. */
export function mapBatch(
  sys: Sys,
  command: 'MAP_LOOKUP_BATCH' | 'MAP_UPDATE_BATCH' | 'MAP_DELETE_BATCH',
  fd: number,
  batch: Batch,
  done: (count: number) => void = () => {},
): void {
  const attr = new Attr(64).pointer(batch.in).pointer(batch.out).pointer(batch.keys).pointer(batch.values);
  attr
    .u32(batch.count)
    .u32(fd)
    .u64(batch.flags ?? 0n)
    .u64(0n);
  try {
    sys.bpf(command, attr);
  } finally {
    done(attr.readU32(BATCH_COUNT));
  }
}

/** User space can no longer write the map (kernel 5.2). */
export function mapFreeze(sys: Sys, fd: number): void {
  sys.bpf('MAP_FREEZE', new Attr(4).u32(fd));
}

export interface ProgramLoad {
  readonly type: number;
  readonly attachType?: number;
  readonly code: Uint8Array;
  readonly license: string;
  readonly name?: string;
  readonly flags?: number;
  readonly attachBtfId?: number;
  /** BTF of the module that has the function to attach to; 0 for the kernel proper. */
  readonly attachBtfFd?: number;
  readonly btf?: {
    readonly fd: number;
    /** Records of eight bytes: instruction offset, type id. */
    readonly functions: Uint8Array;
    /** Records of sixteen bytes: instruction offset, file name, line, line number << 10 | column. */
    readonly lines: Uint8Array;
  };
  /** File descriptors that kfunc calls and wide loads name by index. */
  readonly fds?: readonly number[];
  readonly log?: { readonly level: number; readonly buffer: Uint8Array };
}

const FUNC_INFO_BYTES = 8;
const LINE_INFO_BYTES = 16;

export function programLoad(sys: Sys, program: ProgramLoad): number {
  const { log, btf } = program;
  const attr = new Attr().u32(program.type).u32(program.code.length / 8);
  attr.pointer(program.code).pointer(utf8Bytes(`${program.license}\0`));
  attr
    .u32(log?.level ?? 0)
    .u32(log?.buffer.length ?? 0)
    .pointer(log?.buffer);
  attr
    .u32(0)
    .u32(program.flags ?? 0)
    .bytes(objectName(program.name));
  attr.u32(0).u32(program.attachType ?? 0);
  attr
    .u32(btf?.fd ?? 0)
    .u32(btf ? FUNC_INFO_BYTES : 0)
    .pointer(btf?.functions);
  attr
    .u32((btf?.functions.length ?? 0) / FUNC_INFO_BYTES)
    .u32(btf ? LINE_INFO_BYTES : 0)
    .pointer(btf?.lines);
  attr
    .u32((btf?.lines.length ?? 0) / LINE_INFO_BYTES)
    .u32(program.attachBtfId ?? 0)
    .u32(program.attachBtfFd ?? 0);
  attr.u32(0).pointer(fdArray(program.fds)).padTo(144);
  return sys.bpf('PROG_LOAD', attr);
}

function fdArray(fds: readonly number[] | undefined): Uint8Array | undefined {
  return fds && fds.length > 0 ? new Uint8Array(Int32Array.from(fds).buffer) : undefined;
}

export interface TestRun {
  readonly data?: Uint8Array;
  readonly dataOut?: Uint8Array;
  readonly context?: Uint8Array;
  readonly contextOut?: Uint8Array;
  readonly repeat?: number;
  /** The CPU to run on, for raw tracepoint programs (5.10); where we are when left out. */
  readonly cpu?: number;
}

/** Flag of BPF_PROG_TEST_RUN, include/uapi/linux/bpf.h. */
const BPF_F_TEST_RUN_ON_CPU = 1;

export interface TestResult {
  readonly returned: number;
  /** Bytes that belong into `dataOut`. */
  readonly dataLength: number;
  readonly contextLength: number;
  /** Average over the repetitions. */
  readonly nanoseconds: number;
}

/** Runs a program once on the given input (4.12; raw tracepoint programs: 5.10). */
export function programTestRun(sys: Sys, fd: number, run: TestRun): TestResult {
  const attr = new Attr(80).u32(fd).u32(0);
  attr
    .u32(run.data?.length ?? 0)
    .u32(run.dataOut?.length ?? 0)
    .pointer(run.data)
    .pointer(run.dataOut);
  attr
    .u32(run.repeat ?? 0)
    .u32(0)
    .u32(run.context?.length ?? 0)
    .u32(run.contextOut?.length ?? 0);
  attr.pointer(run.context).pointer(run.contextOut);
  if (run.cpu !== undefined) attr.u32(BPF_F_TEST_RUN_ON_CPU).u32(run.cpu);
  attr.padTo(80);
  sys.bpf('PROG_TEST_RUN', attr);
  return {
    returned: attr.readU32(4),
    dataLength: attr.readU32(12),
    nanoseconds: attr.readU32(36),
    contextLength: attr.readU32(44),
  };
}

/** Attaches a raw tracepoint program to a tracepoint of that name, or a tracing program to what it was loaded for. */
export function rawTracepointOpen(sys: Sys, program: number, name?: string, cookie = 0n): number {
  const attr = new Attr(24)
    .pointer(name === undefined ? undefined : utf8Bytes(`${name}\0`))
    .u32(program)
    .u32(0);
  // The field is of 6.10; older kernels take it only as the zero that it is then.
  return sys.bpf('RAW_TRACEPOINT_OPEN', attr.u64(cookie));
}

export interface LinkCreate {
  readonly program: number;
  /** File descriptor of what it attaches to, or 0. */
  readonly target: number;
  readonly attachType: number;
  /** The part of the structure that depends on the attach type, from offset 16. */
  readonly rest?: (attr: Attr) => void;
}

export function linkCreate(sys: Sys, link: LinkCreate): number {
  const attr = new Attr(80).u32(link.program).u32(link.target).u32(link.attachType).u32(0);
  link.rest?.(attr);
  return sys.bpf('LINK_CREATE', attr.padTo(32));
}

/** A file descriptor that runs an iterator program when it is read (kernel 5.8). */
export function iterCreate(sys: Sys, link: number): number {
  return sys.bpf('ITER_CREATE', new Attr(8).u32(link).u32(0));
}

/** Makes the object a file of bpffs, so that it outlives the process. */
export function objectPin(sys: Sys, fd: number, path: string): void {
  sys.bpf(
    'OBJ_PIN',
    new Attr(24)
      .pointer(utf8Bytes(`${path}\0`))
      .u32(fd)
      .padTo(24),
  );
}

export function btfLoad(sys: Sys, btf: Uint8Array, log?: Uint8Array): number {
  const attr = new Attr(32)
    .pointer(btf)
    .pointer(log)
    .u32(btf.length)
    .u32(log?.length ?? 0)
    .u32(log ? 1 : 0);
  return sys.bpf('BTF_LOAD', attr.padTo(32));
}

/** The BTF object with the lowest id above `after`; fails with ENOENT behind the last. */
export function btfNextId(sys: Sys, after: number): number {
  const attr = new Attr(16).u32(after).u32(0).u32(0);
  sys.bpf('BTF_GET_NEXT_ID', attr);
  return attr.readU32(4);
}

export function btfFdById(sys: Sys, id: number): number {
  return sys.bpf('BTF_GET_FD_BY_ID', new Attr(16).u32(id).padTo(12));
}

/** Fills `info` with what the kernel says about an object; the structure depends on what it is. */
export function objectInfo(sys: Sys, fd: number, info: Attr): void {
  sys.bpf('OBJ_GET_INFO_BY_FD', new Attr(16).u32(fd).u32(info.length).pointer(info));
}

/** A name as the kernel takes it: letters, digits, `_` and `.`, cut to fit. */
function objectName(name = ''): Uint8Array {
  const bytes = new Uint8Array(NAME_BYTES);
  bytes.set(utf8Bytes(name.replace(/[^A-Za-z0-9_.]/g, '_').slice(0, NAME_BYTES - 1)));
  return bytes;
}
