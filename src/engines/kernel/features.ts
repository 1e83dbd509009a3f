// What the running kernel can do, as values: a title, the first kernel that has it, and a probe that asks the kernel rather
// than its version, because distributions backport. Answers are kept, for nothing changes while the kernel runs.

import { existsSync, readFileSync } from 'node:fs';
import { cString, utf8Bytes } from '../../base/bytes.ts';
import { Btf, BtfBuilder } from '../../btf/index.ts';
import {
  type AttachKindName,
  attachKindId,
  callHelper,
  encode,
  exit,
  type HelperName,
  helperByName,
  helperId,
  mapKindId,
  movImm,
  type ProgramKindName,
  programKindId,
} from '../../isa/index.ts';
import { Attr } from './sys/attr.ts';
import { btfLoad, linkCreate, mapBatch, mapCreate, programLoad, programTestRun, rawTracepointOpen } from './sys/bpf.ts';
import type { ErrnoName } from './sys/errno.ts';
import type { Sys } from './sys/sys.ts';
import { isErrno, SyscallError } from './sys/syscall-error.ts';

interface Feature {
  /** What --info calls it. */
  readonly title: string;
  /** First kernel that has it. */
  readonly since: string;
  readonly probe: (sys: Sys) => boolean;
}

const table = {
  ringbuf: {
    title: 'ring buffer',
    since: '5.8',
    probe: (sys) =>
      canOpen(sys, () =>
        mapCreate(sys, { type: mapKindId('ringbuf'), keySize: 0, valueSize: 0, maxEntries: sys.pageBytes }),
      ),
  },
  'map-batch': { title: 'map batch operations', since: '5.6', probe: canBatch },
  'begin-end': { title: 'test run of raw tracepoint programs', since: '5.10', probe: canTestRun },
  'perf-link': {
    title: 'perf event links',
    since: '5.15',
    probe: (sys) => canLink(sys, 'tracepoint', 'perf_event', () => {}, 'EINVAL'),
  },
  'raw-tracepoint-cookie': { title: 'cookies of raw tracepoints', since: '6.10', probe: hasRawTracepointCookie },
  kprobe: { title: 'kprobes', since: '4.1', probe: () => existsSync('/sys/bus/event_source/devices/kprobe') },
  uprobe: { title: 'uprobes', since: '4.3', probe: () => existsSync('/sys/bus/event_source/devices/uprobe') },
  'kprobe-multi': {
    title: 'many kprobes with one link',
    since: '5.18',
    probe: (sys) => canLink(sys, 'kprobe', 'trace_kprobe_multi', oneUnknownSymbol(), 'EINVAL', 'EOPNOTSUPP'),
  },
  'kprobe-session': {
    title: 'kprobe sessions',
    since: '6.10',
    probe: (sys) => canLink(sys, 'kprobe', 'trace_kprobe_session', oneUnknownSymbol(), 'EINVAL', 'EOPNOTSUPP'),
  },
  'uprobe-multi': {
    title: 'many uprobes with one link',
    since: '6.6',
    probe: (sys) => canLink(sys, 'kprobe', 'trace_uprobe_multi', oneUprobeInDirectory(), 'EINVAL', 'EOPNOTSUPP'),
  },
  fentry: { title: 'fentry and fexit', since: '5.5', probe: canTraceFunctions },
  iter: { title: 'iterators', since: '5.8', probe: (sys) => canOpen(sys, () => loadIterator(sys, RETURN_ZERO)) },
  'd-path': { title: 'helper bpf_d_path', since: '5.10', probe: (sys) => knowsHelper('d_path', loadIterator, sys) },
  'btf-functions': { title: 'BTF of functions and source lines', since: '5.0', probe: takesFunctionTypes },
  'get-attach-cookie': helper('get_attach_cookie', 'tracepoint'),
  'get-func-ip': helper('get_func_ip', 'kprobe'),
  'for-each-map-elem': helper('for_each_map_elem', 'tracepoint'),
  loop: helper('loop', 'tracepoint'),
  'map-lookup-percpu-elem': helper('map_lookup_percpu_elem', 'tracepoint'),
  'ktime-get-tai-ns': helper('ktime_get_tai_ns', 'tracepoint'),
  'get-ns-current-pid-tgid': helper('get_ns_current_pid_tgid', 'tracepoint'),
  'get-current-cgroup-id': helper('get_current_cgroup_id', 'tracepoint'),
  'override-return': helper('override_return', 'kprobe'),
  'send-signal': helper('send_signal', 'tracepoint'),
} as const satisfies Record<string, Feature>;

export type FeatureName = keyof typeof table;

/** What is known of the running kernel. */
export class Features {
  readonly #sys: Sys;
  readonly #known = new Map<FeatureName, boolean>();

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  has(name: FeatureName): boolean {
    let answer = this.#known.get(name);
    if (answer === undefined) {
      answer = table[name].probe(this.#sys);
      this.#known.set(name, answer);
    }
    return answer;
  }

  /** Asks the kernel for all of them, in the order of the table. */
  list(): {
    readonly name: FeatureName;
    readonly title: string;
    readonly since: string;
    readonly available: boolean;
  }[] {
    return (Object.keys(table) as FeatureName[]).map((name) => {
      const { title, since } = table[name];
      return { name, title, since, available: this.has(name) };
    });
  }
}

const bySys = new WeakMap<Sys, Features>();

/** The features of the kernel behind a Sys; asked once. */
export function featuresOf(sys: Sys): Features {
  let features = bySys.get(sys);
  if (!features) {
    features = new Features(sys);
    bySys.set(sys, features);
  }
  return features;
}

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
const RETURN_ZERO = encode([movImm(0, 0), exit()]);

function loadTrivial(sys: Sys, kind: ProgramKindName, attachType = 0, code = RETURN_ZERO): number {
  return programLoad(sys, { type: programKindId(kind), attachType, code, license: 'GPL' });
}

/** Whether the call opens something; what it opened is closed again. */
function canOpen(sys: Sys, open: () => number): boolean {
  try {
    sys.close(open());
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

/**
 * Whether a link of that kind is known: a link to nothing always fails, but with one of `unknown` when the kernel does not
 * even know what was asked for.
 */
function canLink(
  sys: Sys,
  kind: ProgramKindName,
  attach: AttachKindName,
  rest: (attr: Attr) => void,
  ...unknown: readonly ErrnoName[]
): boolean {
  let program: number | undefined;
  try {
    const attachType = attachKindId(attach);
    // Perf links take programs of any attach type; the others are known by theirs.
    program = loadTrivial(sys, kind, attach === 'perf_event' ? 0 : attachType);
    sys.close(linkCreate(sys, { program, target: attach === 'perf_event' ? NO_FD : 0, attachType, rest }));
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return program !== undefined && !isErrno(error, ...unknown);
    throw error;
  } finally {
    if (program !== undefined) sys.close(program);
  }
}

const NO_FD = 0xffff_ffff;

function oneUnknownSymbol(): (attr: Attr) => void {
  const names = new Attr(8).pointer(utf8Bytes('beetrace_no_such_function\0'));
  return (attr) => attr.u32(0).u32(1).pointer(names).u64(0n).u64(0n);
}

function oneUprobeInDirectory(): (attr: Attr) => void {
  return (attr) => attr.pointer(utf8Bytes('/\0')).pointer(new Uint8Array(8)).u64(0n).u64(0n).u32(1).u32(0).u32(0);
}

function hasRawTracepointCookie(sys: Sys): boolean {
  const program = loadTrivial(sys, 'raw_tracepoint');
  try {
    sys.close(rawTracepointOpen(sys, program, 'beetrace_no_such_tracepoint', 1n));
    return true;
  } catch (error) {
    // A kernel that does not know the field refuses before it looks at the name.
    return isErrno(error, 'ENOENT');
  } finally {
    sys.close(program);
  }
}

/** Attaches to a function that is there for tests only, and detaches at once. A kernel under lockdown refuses. */
function canTraceFunctions(sys: Sys): boolean {
  const target = existsSync(KERNEL_BTF)
    ? Btf.parse(readFileSync(KERNEL_BTF)).find('bpf_fentry_test1', 'func')
    : undefined;
  if (!target) return false;
  let program: number | undefined;
  try {
    const attachType = attachKindId('trace_fentry');
    const type = programKindId('tracing');
    program = programLoad(sys, { type, attachType, code: RETURN_ZERO, license: 'GPL', attachBtfId: target.id });
    sys.close(rawTracepointOpen(sys, program));
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  } finally {
    if (program !== undefined) sys.close(program);
  }
}

/** Loads a program that could go over all tasks. */
function loadIterator(sys: Sys, code: Uint8Array, log?: Log): number {
  const target = existsSync(KERNEL_BTF) ? Btf.parse(readFileSync(KERNEL_BTF)).find('bpf_iter_task', 'func') : undefined;
  if (!target) throw new SyscallError('bpf', ENOENT);
  return programLoad(sys, {
    type: programKindId('tracing'),
    attachType: attachKindId('trace_iter'),
    code,
    license: 'GPL',
    attachBtfId: target.id,
    ...(log ? { log } : {}),
  });
}

function takesFunctionTypes(sys: Sys): boolean {
  const builder = new BtfBuilder();
  builder.func('f', builder.funcProto(builder.int('int', 4, 'signed'), []), 'static');
  return canOpen(sys, () => btfLoad(sys, builder.finish()));
}

function canTestRun(sys: Sys): boolean {
  const program = loadTrivial(sys, 'raw_tracepoint');
  try {
    programTestRun(sys, program, {});
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  } finally {
    sys.close(program);
  }
}

function canBatch(sys: Sys): boolean {
  const map = mapCreate(sys, { type: mapKindId('hash'), keySize: 4, valueSize: 4, maxEntries: 1 });
  try {
    mapBatch(sys, 'MAP_UPDATE_BATCH', map, { keys: new Uint8Array(4), values: new Uint8Array(4), count: 1 });
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  } finally {
    sys.close(map);
  }
}

const ENOENT = 2;
const LOG_BYTES = 4096;

interface Log {
  readonly level: number;
  readonly buffer: Uint8Array;
}

/** A helper is there when the verifier, asked to judge a call of it, complains about anything but the call itself. */
function helper(name: HelperName, kind: ProgramKindName): Feature {
  return {
    title: `helper bpf_${name}`,
    since: helperByName(name)!.since,
    probe: (sys) => {
      const type = programKindId(kind);
      return knowsHelper(name, (_sys, code, log) => programLoad(sys, { type, code, license: 'GPL', log }), sys);
    },
  };
}

function knowsHelper(name: HelperName, load: (sys: Sys, code: Uint8Array, log: Log) => number, sys: Sys): boolean {
  const log = { level: 1, buffer: new Uint8Array(LOG_BYTES) };
  const code = encode([callHelper(helperId(name)), movImm(0, 0), exit()]);
  try {
    sys.close(load(sys, code, log));
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const text = cString(log.buffer);
    return text !== '' && !/invalid func |unknown func |cannot use helper/.test(text);
  }
}
