// Programs of an Image in the kernel. The verifier's log costs time and memory, so it is asked for only when a program was
// rejected (or with -v); then it is grown until all of it fits.

import { cString } from '../../base/bytes.ts';
import { assert, TraceError } from '../../base/error.ts';
import type { Program } from '../../image/index.ts';
import { attachKind, programKind } from '../../isa/index.ts';
import { type ProgramLoad, programLoad } from './sys/bpf.ts';
import type { Sys } from './sys/sys.ts';
import { isErrno } from './sys/syscall-error.ts';
import { VerifierError } from './verifier-error.ts';

const SLEEPABLE = 1 << 4;
/** The biggest log that a kernel takes is UINT_MAX >> 2 bytes; no log that people read is longer than this. */
const MAX_LOG_BYTES = 64 << 20;
const FIRST_LOG_BYTES = 64 << 10;
/** Every step that leads to a rejection (of an accepted program nothing), and statistics. */
const LOG_ALL = 1;
const LOG_STATISTICS = 4;
/** The verifier gives way to signals and the kernel then wants the call again. */
const RETRIES = 5;

export interface LoadedProgram {
  readonly program: Program;
  readonly fd: number;
  /** The verifier's log when it was asked for. */
  readonly log: string;
  /** Loads the same code once more as another kind of program, for the given attach kind or none; the caller closes it. */
  readonly loadAs: (kind: string, attachKind?: string) => LoadedProgram;
}

/** What else a program needs besides itself. */
export interface LoadContext {
  readonly license: string;
  readonly verbose: boolean;
  /** BTF that describes the program; without it the kernel shows no source lines. */
  readonly btf?: ProgramLoad['btf'];
  /** What a tracing program attaches to. */
  readonly target?: { readonly btfId: number; readonly btfFd: number };
  readonly fds?: readonly number[];
}

/** Loads a program whose relocations are applied. */
export function loadProgram(sys: Sys, program: Program, code: Uint8Array, context: LoadContext): LoadedProgram {
  const { attachKind: _, ...rest } = program;
  const loadAs = (kind: string, attachKind?: string): LoadedProgram =>
    loadProgram(sys, { ...rest, kind, ...(attachKind !== undefined && { attachKind }) }, code, context);
  return { program, ...loadCode(sys, program, loadOf(program, code, context), context.verbose), loadAs };
}

interface Loaded {
  readonly fd: number;
  readonly log: string;
}

function loadCode(sys: Sys, program: Program, load: ProgramLoad, verbose: boolean): Loaded {
  if (verbose) return loadVerbosely(sys, program, load);
  try {
    return { fd: retry(() => programLoad(sys, load)), log: '' };
  } catch (error) {
    if (!mayHaveLog(error)) throw error;
    if (load.btf) return loadWithoutBtf(sys, program, load, error);
    throw rejection(sys, program, load, error);
  }
}

function loadOf(program: Program, code: Uint8Array, context: LoadContext): ProgramLoad {
  const kind = programKind(program.kind);
  assert(kind, `unknown program kind ${program.kind}`);
  const attach = program.attachKind === undefined ? undefined : attachKind(program.attachKind);
  assert(program.attachKind === undefined || attach, `unknown attach kind ${program.attachKind}`);
  return {
    type: kind.id,
    attachType: attach?.id ?? 0,
    code,
    license: context.license,
    name: program.name,
    flags: program.sleepable ? SLEEPABLE : 0,
    ...(context.btf && { btf: context.btf }),
    ...(context.target && { attachBtfId: context.target.btfId, attachBtfFd: context.target.btfFd }),
    ...(context.fds && { fds: context.fds }),
  };
}

/** Old kernels refuse BTF that newer ones take; whether it was the BTF shows when the program loads without it. */
function loadWithoutBtf(sys: Sys, program: Program, load: ProgramLoad, cause: unknown): Loaded {
  const { btf: _, ...plain } = load;
  if (isErrno(cause, 'EINVAL')) {
    try {
      return { fd: retry(() => programLoad(sys, plain)), log: '' };
    } catch {
      // The program itself is at fault, which its log with BTF tells better.
    }
  }
  throw rejection(sys, program, load, cause);
}

function loadVerbosely(sys: Sys, program: Program, load: ProgramLoad): Loaded {
  for (let bytes = FIRST_LOG_BYTES; ; bytes *= 4) {
    const buffer = new Uint8Array(bytes);
    try {
      const fd = retry(() => programLoad(sys, { ...load, log: { level: LOG_ALL | LOG_STATISTICS, buffer } }));
      return { fd, log: cString(buffer) };
    } catch (error) {
      if (isErrno(error, 'ENOSPC') && bytes < MAX_LOG_BYTES) continue;
      if (!mayHaveLog(error)) throw error;
      throw new VerifierError(program, cString(buffer), error);
    }
  }
}

/** Loads once more to learn why not. */
function rejection(sys: Sys, program: Program, load: ProgramLoad, cause: unknown): Error {
  for (let bytes = FIRST_LOG_BYTES; ; bytes *= 4) {
    const buffer = new Uint8Array(bytes);
    try {
      sys.close(retry(() => programLoad(sys, { ...load, log: { level: LOG_ALL, buffer } })));
      return new TraceError(
        'ERR_VERIFIER',
        `the kernel rejected the program ${program.name} at first and then took it`,
        {
          cause,
          hints: ['try again'],
        },
      );
    } catch (error) {
      if (isErrno(error, 'ENOSPC') && bytes < MAX_LOG_BYTES) continue;
      const log = cString(buffer);
      // Without a log it was not the verifier that refused, but the check of the request before it.
      if (log === '') return cause instanceof Error ? cause : new Error(String(cause));
      return new VerifierError(program, log, cause);
    }
  }
}

/** Errors with which the verifier rejects; EPERM and ENOMEM come before it is asked. */
function mayHaveLog(error: unknown): boolean {
  return isErrno(
    error,
    'EINVAL',
    'EACCES',
    'E2BIG',
    'ENOTSUPP',
    'EOPNOTSUPP',
    'EFAULT',
    'ENOENT',
    'ENOSPC',
    'ERANGE',
    'EPERM',
    'EBUSY',
    'EDOM',
    'ELOOP',
  );
}

function retry<T>(call: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return call();
    } catch (error) {
      if (attempt === RETRIES || !isErrno(error, 'EAGAIN', 'EINTR')) throw error;
    }
  }
}
