// What a kind of probe is: one object that says how it is written, what it matches on a machine, what its programs may
// use and how the kernel is told. The registry, the messages, `-l`, the help and the documentation are made from these.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';
import type { Btf } from '../../../btf/index.ts';
import type { Environment } from '../../../compiler/environment.ts';
import type { UsdtSite } from '../../../elf/index.ts';
import type { AttachPoint } from '../../../image/index.ts';
import type { TracepointFormat } from '../../../tracefs/index.ts';
import type { ScriptOptions } from '../options.ts';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A place to attach to, before the Image has numbered the probes and the dispatch map of system calls. */
export type Attachment = Without<AttachPoint, 'probe' | 'dispatch'>;

/** What only some kinds of probes have; the words of the language ask for it. */
export type ContextWord =
  | 'args'
  | 'argN'
  | 'retval'
  | 'func'
  | 'reg'
  | 'usermode'
  | 'ctx'
  | 'uaddr'
  | 'override'
  | 'path'
  | 'skboutput'
  | 'socket_cookie';

/** A field of `args`, or the value that a function returns. */
export interface TypedValue {
  readonly name: string;
  readonly btf: Btf;
  /** Id of its type. */
  readonly type: number;
}

/** A field of `args` that several system calls share; as wide as a register except for the number. */
export interface SyscallField {
  readonly name: string;
  /** Argument 0 to 5 in the registers at entry, the returned value at exit, or the number of the call. */
  readonly place: number | 'result' | 'number';
  /** As the format file declares it: `const char * filename`. */
  readonly declaration: string;
  readonly type: string;
  readonly size: number;
  readonly signed: boolean;
}

/** What the context of a program is, and so how its arguments are read. */
export type ProbeContext =
  /** Nothing to be read: begin, end, signals, tests. */
  | { readonly kind: 'none' }
  /** struct pt_regs: at a function's entry, or at its return. */
  | { readonly kind: 'registers'; readonly returns: boolean; readonly space: 'kernel' | 'user' }
  /**
   * The record of one tracepoint, whose fields its format file tells (the types of fields are C text).
   */
  | {
      readonly kind: 'tracepoint';
      readonly category: string;
      readonly event: string;
      readonly format: TracepointFormat;
    }
  /** A record whose event is not known, because the program runs for several: no `args`. */
  | { readonly kind: 'tracepoints' }
  /**
   * The raw tracepoint sys_enter (u64 args: 0 the struct pt_regs *, 1 the number) or sys_exit (0 the struct pt_regs *,
   * 1 the returned value). `fields` are those that the probe reads; all of the calls have them at the same position.
   */
  | { readonly kind: 'syscalls'; readonly phase: 'enter' | 'exit'; readonly fields: readonly SyscallField[] }
  /** u64 args one after another, typed by BTF where it knows the tracepoint. */
  | { readonly kind: 'raw-tracepoint'; readonly params: readonly TypedValue[] | undefined }
  /** u64 args one after another; at exit the returned value follows them. */
  | {
      readonly kind: 'fentry';
      readonly params: readonly TypedValue[];
      readonly returns: boolean;
      /** Undefined for void and at entry. */
      readonly result: TypedValue | undefined;
    }
  /** struct bpf_perf_event_data: registers first. */
  | { readonly kind: 'perf-event' }
  /** struct pt_regs, with the arguments where the notes of the binary say. */
  | { readonly kind: 'usdt'; readonly sites: readonly UsdtSite[] }
  /** struct bpf_iter__OBJECT by its name in BTF. */
  | { readonly kind: 'iter'; readonly struct: string; readonly object: string };

export type ContextKind = ProbeContext['kind'];

/** One place that an attach point stands for on a machine. */
export interface Match {
  /** In full, as it is listed and as `probe` reads: `tracepoint:syscalls:sys_enter_openat`. */
  readonly name: string;
  readonly attach: Attachment;
  readonly context: ProbeContext;
  /** Matches of a probe with the same key may be one program; each without a key is a program of its own. */
  readonly shared?: string;
  /** Where the program is not of the type that its kind says. */
  readonly program?: ProbeKind['program'];
  /** Where one attachment stands for several places: the full names of all. */
  readonly names?: readonly string[];
}

/** What a program of a probe uses, as far as it decides how many programs there must be. */
export interface ProbeUses {
  /** `args` as a whole. */
  readonly args: boolean;
  /** The names in `args.NAME`. */
  readonly fields: ReadonlySet<string>;
  /** `probe`, `retval`, `func`, `ctx`, `argN`, ... : all identifiers and calls. */
  readonly names: ReadonlySet<string>;
}

/** A piece of an attach point between colons; what stood in quotes is without them. */
export interface Part {
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

/** What reading and matching an attach point may use. */
export interface ProbeInput {
  /** The whole attach point, for messages. */
  readonly span: Span;
  /** What stands behind the name of the provider. */
  readonly parts: readonly Part[];
  /** The same as it was written. */
  readonly rest: string;
  readonly diagnostics: Diagnostics;
  readonly options: ScriptOptions;
}

/** A line of `-l` with what `-lv` shows below it. */
export interface ProbeListing {
  readonly name: string;
  /** `struct sock * sk` and so on. */
  readonly args: () => readonly string[];
}

/** `T` is an attach point of this kind as its parser read it. */
export interface ProbeKind<T = unknown> {
  readonly name: string;
  readonly aliases: readonly string[];
  /** How it is written, without the provider: `[module:]function[+offset]`. */
  readonly forms: readonly string[];
  /** One or two sentences. */
  readonly doc: string;
  /** The first kernel that has it, when that is newer than 5.10. */
  readonly kernel?: string;
  /** The kernel's program type, and the attach type where that needs one. */
  readonly program: { readonly kind: string; readonly attachKind?: string };
  /** Which memory plain pointers lead to. */
  readonly space: 'kernel' | 'user';
  /** Names in its attach points may have wildcards. */
  readonly wildcards?: true;
  /** What its programs may use that others may not. */
  readonly allows: readonly ContextWord[];
  /** What a program returns at its end: 1 lets a tracepoint's other users see the event. */
  readonly returns: 0 | 1;
  /** How a process of -p is selected: by the kernel, by the program, or not at all. */
  readonly pidFilter: 'native' | 'program' | 'none';
  /** The kind that has the same places, so that lists of all kinds show them once. */
  readonly sameAs?: string;
  /** It has to be the only probe of its script. */
  readonly alone?: true;
  /** Where the value of the builtin `probetype` differs from the name. */
  readonly probeType?: string;
  /** Reads what stands behind the provider; reports and gives undefined when it is wrong. */
  parse(input: ProbeInput): T | undefined;
  /** The places on this machine; reports what is wrong with them. None when there are none. */
  match(target: T, env: Environment, input: ProbeInput, uses: ProbeUses): readonly Match[];
  /** What was probably meant by a target that matches nothing, as it is written behind the provider. */
  suggest?(target: T, env: Environment, input: ProbeInput): string | undefined;
  /** Everything of this kind on this machine whose name after the provider the pattern fits; for `-l`. */
  list(env: Environment, pattern: ListPattern): Iterable<ProbeListing>;
}

/** A pattern of `-l` behind the provider: `*`, `vfs_*`, `syscalls:sys_enter_*`, `/bin/bash:read*`. */
export interface ListPattern {
  /** As it is written. */
  readonly text: string;
  /** Between its colons. */
  readonly parts: readonly string[];
  /** Tests a whole name behind the provider. */
  readonly matches: (rest: string) => boolean;
}

/** Defines a kind with the type of its targets known inside and hidden outside. */
export function probeKind<T>(kind: ProbeKind<T>): ProbeKind {
  return kind as ProbeKind;
}
