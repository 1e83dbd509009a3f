// What tracing programs attach to: a function, a tracepoint or an iterator, known to the kernel by its BTF id when the
// program is loaded.

import { cString } from '../../../base/bytes.ts';
import { nearest } from '../../../base/text.ts';
import type { AttachPoint, Program } from '../../../image/index.ts';
import type { Platform } from '../platform.ts';
import { Attr } from '../sys/attr.ts';
import { btfFdById, btfNextId, objectInfo } from '../sys/bpf.ts';
import type { Sys } from '../sys/sys.ts';
import { isErrno } from '../sys/syscall-error.ts';
import { cannotAttach } from './attach.ts';

export interface Target {
  readonly btfId: number;
  /** Descriptor of the module's BTF; 0 for the kernel proper. */
  readonly btfFd: number;
}

/** Whether the program is loaded for one target. */
export function needsTarget(program: Program): boolean {
  return program.kind === 'tracing' || program.kind === 'lsm';
}

/** @throws TraceError when this kernel does not have it. */
export function targetOf(sys: Sys, platform: Platform, program: Program, attach: AttachPoint): Target {
  const { name, kind, module, what } = describe(program, attach);
  const btf = module === undefined ? platform.btf : platform.moduleBtf(module);
  if (!btf) throw cannotAttach(`the module '${module}' is not loaded or has no BTF`);
  const type = btf.find(name, kind);
  if (!type) {
    const near = nearest(name, btf.names(kind));
    throw cannotAttach(`the kernel has no ${what}`, ...(near === undefined ? [] : [`did you mean '${near}'?`]));
  }
  return { btfId: type.id, btfFd: module === undefined ? 0 : moduleBtfFd(sys, module) };
}

function describe(
  program: Program,
  attach: AttachPoint,
): { readonly name: string; readonly kind: 'func' | 'typedef'; readonly module?: string; readonly what: string } {
  switch (attach.kind) {
    case 'fentry':
      return {
        name: attach.symbol,
        kind: 'func',
        ...(attach.module !== undefined && { module: attach.module }),
        what: `function '${attach.symbol}' that could be traced with fentry`,
      };
    case 'raw-tracepoint':
      return {
        name: `btf_trace_${attach.event}`,
        kind: 'typedef',
        ...(attach.module !== undefined && { module: attach.module }),
        what: `raw tracepoint '${attach.event}'`,
      };
    case 'syscalls':
      return { name: `btf_trace_sys_${attach.phase}`, kind: 'typedef', what: `raw tracepoint 'sys_${attach.phase}'` };
    case 'iter':
      return { name: `bpf_iter_${attach.object}`, kind: 'func', what: `iterator over '${attach.object}'` };
    default:
      throw cannotAttach(`a program of kind ${program.kind} cannot be attached as ${attach.kind}`);
  }
}

/** MODULE_NAME_LEN of 64-bit kernels with room to spare. */
const NAME_BYTES = 64;

/** Modules' BTF has no path in bpf(2): the objects are searched for the one of that name. */
function moduleBtfFd(sys: Sys, module: string): number {
  for (let id = 0; ; ) {
    try {
      id = btfNextId(sys, id);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) throw cannotAttach(`the kernel has no BTF of the module '${module}'`);
      throw error;
    }
    const fd = btfFdById(sys, id);
    if (btfName(sys, fd) === module) return fd;
    sys.close(fd);
  }
}

/** Layout: struct bpf_btf_info. */
function btfName(sys: Sys, fd: number): string {
  const name = new Uint8Array(NAME_BYTES);
  objectInfo(sys, fd, new Attr(32).u64(0n).u32(0).u32(0).pointer(name).u32(NAME_BYTES).u32(0));
  return cString(name);
}
