// The Image: everything that a tracing program is, as plain data. Front ends make it and know no engine; engines run it
// and know no front end. What depends on one kernel is a relocation that the engine resolves when it loads the Image.

import type { MapValue, Type } from './type.ts';

export interface Image {
  /** Layout version of this structure; readers refuse others. */
  readonly version: 1;
  /** Where the Image came from, for messages: source texts that line tables and records point into. */
  readonly sources: readonly { readonly name: string; readonly text: string }[];
  readonly programs: readonly Program[];
  readonly maps: readonly MapDefinition[];
  /** What may come over the ring buffer; a record starts with its index in this list as a u32. */
  readonly records: readonly RecordDefinition[];
  /** The names that `enum` values of the table `probe` stand for, and the order in which probes were written. */
  readonly probes: readonly string[];
  /** Licence that the programs declare to the kernel. */
  readonly license: string;
  /** The settings of the script that matter at run time. */
  readonly settings: Settings;
}

export interface Settings {
  /** Bytes of the ring buffer, or 0 to let the engine choose. */
  readonly ringBytes: number;
  readonly printMapsOnExit: boolean;
  /** What a string that was cut ends with when printed. */
  readonly truncationTrailer: string;
  /** What happens when a probe cannot be attached. */
  readonly missingProbes: 'error' | 'warn' | 'ignore';
  /** Bytes after which `cat` stops. */
  readonly maxCatBytes: number;
  /** Demangle C++ and Rust names. */
  readonly demangle: boolean;
}

/** A place in one of the Image's sources, as UTF-16 offsets. */
export interface Location {
  readonly source: number;
  readonly start: number;
  readonly end: number;
}

export interface Program {
  /** Unique in the Image; a C identifier. */
  readonly name: string;
  /** The kernel's program type by its short name: `tracepoint`, `kprobe`, `perf_event`, `raw_tracepoint`, `tracing`, ... */
  readonly kind: string;
  /** The expected attach type by its short name where the program type needs one: `trace_fentry`, `trace_iter`, ... */
  readonly attachKind?: string;
  readonly sleepable?: boolean;
  /** Encoded instructions, eight bytes a slot, relocations not yet applied. */
  readonly code: Uint8Array;
  readonly relocations: readonly Relocation[];
  /** Functions in the code, the entry first; each begins at a slot index. */
  readonly functions: readonly CodeFunction[];
  /** From a slot to the source it was made for, until the next entry; sorted by `slot`. */
  readonly lines: readonly LineEntry[];
  /** Where the program runs; it is loaded once for all of them. */
  readonly attach: readonly AttachPoint[];
  /** Index of this program's entry in the counter map. */
  readonly counters: number;
}

export interface CodeFunction {
  readonly name: string;
  readonly slot: number;
  /**
   * How the kernel's BTF must describe it: the entry program `int (void *ctx)`, a map callback
   * `long (map, key, value, context)`, a loop callback `long (u64 index, context)`, or a subprogram of n integers.
   */
  readonly shape: 'entry' | 'map-callback' | 'loop-callback' | { readonly parameters: number };
}

export interface LineEntry {
  readonly slot: number;
  readonly location: Location;
}

/** What is left open in the code until it is loaded. `slot` is the index of the (first) slot to change. */
export type Relocation =
  /** LD_IMM64: a reference to map number `map`. */
  | { readonly kind: 'map'; readonly slot: number; readonly map: number }
  /** LD_IMM64: the address of byte `offset` of the only value of array map number `map`. */
  | { readonly kind: 'map-value'; readonly slot: number; readonly map: number; readonly offset: number }
  /**
   * A number that BTF knows. `type` is a C type name (`struct path`), `path` members and indices (`dentry.d_name.name`).
   * It is added to what stands in the field `into`: the slot's `off`, its `imm`, or the 64-bit immediate of an LD_IMM64.
   */
  | {
      readonly kind: 'field';
      readonly slot: number;
      readonly into: 'off' | 'imm' | 'imm64';
      readonly type: string;
      readonly path: string;
      readonly what: 'byte-offset' | 'byte-size' | 'type-size';
      /** The value on the machine that compiled, already in the code. */
      readonly value: number;
    }
  /** The offset of a field in a tracepoint's record, from its format file. */
  | {
      readonly kind: 'tracepoint-field';
      readonly slot: number;
      readonly into: 'off' | 'imm' | 'imm64';
      readonly tracepoint: string;
      readonly field: string;
      readonly value: number;
    }
  /** LD_IMM64: the address of a kernel symbol from kallsyms. */
  | { readonly kind: 'kernel-symbol'; readonly slot: number; readonly symbol: string }
  /** LD_IMM64: a kernel variable typed by BTF. */
  | { readonly kind: 'kernel-variable'; readonly slot: number; readonly symbol: string }
  /** A call of a kernel function typed by BTF. */
  | { readonly kind: 'kfunc'; readonly slot: number; readonly symbol: string }
  /** LD_IMM64: a number that is known when the Image is loaded. */
  | { readonly kind: 'parameter'; readonly slot: number; readonly parameter: Parameter };

/**
 * Numbers that are constants of one run: how many CPUs are possible, the highest CPU number, the process of beetrace
 * itself, the child started with -c (0 without), the process of -p (0 without), nanoseconds since boot when the run began,
 * the device and inode of beetrace's pid namespace, and the offset of TAI to the boot clock in nanoseconds.
 */
export type Parameter =
  | 'cpu-count'
  | 'max-cpu'
  | 'self-pid'
  | 'child-pid'
  | 'target-pid'
  | 'start-ns'
  | 'pidns-device'
  | 'pidns-inode'
  | 'tai-offset-ns';

export interface MapDefinition {
  /** The kernel's name, 15 bytes at most: `AT_x` for `@x`. */
  readonly name: string;
  /** The kernel's map type by its short name: `hash`, `percpu_hash`, `array`, `ringbuf`, ... */
  readonly kind: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly role: MapRole;
}

/** What a map is for. */
export type MapRole =
  /** A map of the script. Without `key` it is scalar: an array of one entry, or of buckets; see Aggregation. */
  | {
      readonly kind: 'script';
      readonly name: string;
      readonly key?: Type;
      readonly value: MapValue;
      readonly location?: Location;
    }
  /** The ring buffer on which all records travel. */
  | { readonly kind: 'ring' }
  /** Per-CPU array with an entry for each program: first the `Counters`, then scratch space for big values. */
  | { readonly kind: 'frame' }
  /** Array: syscall number -> 1 + index in the AttachPoint's `syscalls`, or 0 when the syscall was not asked for. */
  | { readonly kind: 'syscalls' }
  /** Constant or initial bytes of the only value of an array map. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly readonly: boolean }
  /**
   * Per-CPU array in front of keyed map number `of`, an aggregation; see cache.ts. A key is in an entry here on some CPUs
   * and in that map for others, and what it comes to is both together. Never there for maps that programs read.
   */
  | { readonly kind: 'cache'; readonly of: number }
  /** Hash from digests to keys of map number `of`, which has digests because its keys are too long; see digest.ts. */
  | { readonly kind: 'keys'; readonly of: number }
  /** Anything else that programs share among themselves. */
  | { readonly kind: 'private' };

/**
 * The counters at the start of each entry of the frame map, u64 each, in this order: events seen, events that the
 * predicate filtered, records sent, records lost because the ring was full, map updates that failed, strings that were
 * cut, reads of memory that faulted, and one spare.
 */
export const COUNTERS = ['hits', 'filtered', 'sent', 'lost', 'mapFailed', 'cut', 'faults', 'spare'] as const;
export type Counter = (typeof COUNTERS)[number];
/** Bytes of the counters; scratch space begins here. */
export const COUNTER_BYTES = COUNTERS.length * 8;

/** Where a program runs. `probe` indexes `Image.probes`; with a cookie it is also what bpf_get_attach_cookie returns. */
export type AttachPoint = { readonly probe: number } & (
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  /** Run once when beetrace receives the signal. */
  | { readonly kind: 'signal'; readonly signal: string }
  /** Run by the test mode. */
  | { readonly kind: 'test'; readonly name: string }
  | { readonly kind: 'tracepoint'; readonly category: string; readonly event: string }
  /** Raw tracepoint sys_enter or sys_exit for the named syscalls; the program looks the number up in map `dispatch`. */
  | {
      readonly kind: 'syscalls';
      readonly phase: 'enter' | 'exit';
      readonly syscalls: readonly string[];
      readonly dispatch: number;
    }
  | { readonly kind: 'raw-tracepoint'; readonly event: string; readonly module?: string }
  | {
      readonly kind: 'kprobe';
      readonly symbol: string;
      readonly offset: number;
      readonly returns: boolean;
      readonly module?: string;
      /** A pattern selected it among the functions of the kernel that the script was compiled on; others may lack it. */
      readonly selected?: boolean;
    }
  /** A kprobe at a fixed address. */
  | { readonly kind: 'kprobe-address'; readonly address: bigint; readonly returns: boolean }
  | { readonly kind: 'kprobe-multi'; readonly symbols: readonly string[]; readonly returns: boolean }
  | {
      readonly kind: 'fentry';
      readonly symbol: string;
      readonly returns: boolean;
      readonly module?: string;
      readonly selected?: boolean;
    }
  /** `pid` 0 means every process. Either `symbol` plus `offset`, or `address` (virtual address in the file). */
  | {
      readonly kind: 'uprobe';
      readonly path: string;
      readonly symbol?: string;
      readonly address?: bigint;
      readonly offset: number;
      readonly returns: boolean;
    }
  | {
      readonly kind: 'uprobe-multi';
      readonly path: string;
      readonly symbols: readonly string[];
      readonly returns: boolean;
    }
  | { readonly kind: 'usdt'; readonly path: string; readonly provider: string; readonly name: string }
  /** Sampling on every CPU, every `nanoseconds` or `hertz` times a second. */
  | { readonly kind: 'profile'; readonly every: Rate }
  /** The same on one CPU. */
  | { readonly kind: 'interval'; readonly every: Rate }
  /** A software or hardware event by its perf name, every `count` occurrences, on every CPU. */
  | { readonly kind: 'perf'; readonly type: 'software' | 'hardware'; readonly event: string; readonly count: bigint }
  | { readonly kind: 'watchpoint'; readonly address: bigint; readonly length: 1 | 2 | 4 | 8; readonly mode: string }
  | { readonly kind: 'iter'; readonly object: string; readonly pin?: string }
);

export type Rate = { readonly hertz: number } | { readonly nanoseconds: bigint };

/**
 * What a record means. On the wire a record is a tuple whose first field is the u32 index of its definition and whose
 * further fields are those of `fields`; `fields` is laid out together with that u32 (see `recordLayout`). A record whose
 * last field is a string, buffer or stack may be sent shorter than its type when the rest is not used.
 */
export type RecordDefinition = {
  readonly location?: Location;
  readonly fields: readonly Type[];
} /** Text through a printf template; `errorf` and `warnf` go to standard error with their location. */ & (
  | { readonly kind: 'printf'; readonly format: string; readonly stream: 'out' | 'error' | 'warning' }
  /** One value and a newline. Fields: [value]. */
  | { readonly kind: 'print' }
  /** A map as it is when user space reads it. Fields: [u64 top, u64 div], 0 where not given. */
  | { readonly kind: 'print-map'; readonly map: number }
  | { readonly kind: 'clear-map'; readonly map: number }
  | { readonly kind: 'zero-map'; readonly map: number }
  /** Wall time through strftime when user space handles it. */
  | { readonly kind: 'time'; readonly format: string }
  /** Fields: [u64 exit code]. */
  | { readonly kind: 'exit' }
  /** Strings joined. Fields: [u32 count, array of strings]. */
  | { readonly kind: 'join'; readonly separator: string }
  /** The contents of the file whose name the template gives. */
  | { readonly kind: 'cat'; readonly format: string }
  /** A shell command made from the template. */
  | { readonly kind: 'system'; readonly format: string }
  /** A packet for a pcap file. Fields: [u64 time ns, buffer]. */
  | { readonly kind: 'packet'; readonly file: string }
  /** A helper failed or an operation made no sense. Fields: [i64 return value]. `helper` is empty for runtime errors. */
  | {
      readonly kind: 'problem';
      readonly helper: string;
      readonly message: string;
      readonly severity: 'error' | 'warning';
    }
);
