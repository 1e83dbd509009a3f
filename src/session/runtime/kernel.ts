// Loads programs of the runtime into the running kernel: their maps, their BTF, what they attach to.

import { cString } from '../../base/bytes.ts';
import { TraceError } from '../../base/error.ts';
import { targetOf } from '../../engines/kernel/attach/target.ts';
import { loadDebugInfo } from '../../engines/kernel/debug-info.ts';
import { KernelMap } from '../../engines/kernel/maps.ts';
import { permissionError } from '../../engines/kernel/permission.ts';
import type { Platform } from '../../engines/kernel/platform.ts';
import { mapCreate, mapUpdate, type ProgramLoad, programLoad } from '../../engines/kernel/sys/bpf.ts';
import type { Sys } from '../../engines/kernel/sys/sys.ts';
import { isErrno, SyscallError } from '../../engines/kernel/sys/syscall-error.ts';
import { parseVerifierLog } from '../../engines/kernel/verifier-error.ts';
import { attachKind, encode, mapKind, programKind } from '../../isa/index.ts';
import { withMaps } from './code.ts';
import { loadMapBtf } from './map-btf.ts';
import { sizedMap } from './maps.ts';
import { kindNumber, type RuntimeMap, type RuntimeProgram } from './program.ts';

const FIRST_LOG_BYTES = 64 << 10;
const MAX_LOG_BYTES = 64 << 20;
/** Every step, and statistics at the end. */
const LOG_LEVEL = 1 | 4;

export interface KernelVerdict {
  readonly accepted: boolean;
  /** 0, or the error number of bpf(2), negative. */
  readonly errno: number;
  /** The last sentence of its log. */
  readonly message: string;
  readonly instruction: number;
  readonly processed: number;
  readonly log: string;
}

/** The maps of a program in the kernel; closing removes them. */
export class KernelMaps {
  readonly maps: readonly KernelMap[];
  readonly fds: readonly number[];
  readonly #sys: Sys;
  /** What was opened to make them. */
  readonly #templates: number[] = [];

  constructor(sys: Sys, definitions: readonly RuntimeMap[]) {
    this.#sys = sys;
    const maps: KernelMap[] = [];
    const fds: number[] = [];
    this.maps = maps;
    this.fds = fds;
    try {
      for (const definition of definitions) {
        const map = this.#create(sizedMap(definition));
        maps.push(map);
        fds.push(map.fd);
        const { role } = definition;
        if (role.kind === 'data') map.fill(role.bytes, role.readonly);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const fd of [...this.fds, ...this.#templates]) this.#sys.close(fd);
  }

  #create(definition: RuntimeMap): KernelMap {
    const { inner } = definition;
    const btf = loadMapBtf(this.#sys, definition);
    if (btf) this.#templates.push(btf.fd);
    if (!inner) return new KernelMap(this.#sys, btf ? ({ ...definition, btf } as RuntimeMap) : definition);
    const innerFd = mapCreate(this.#sys, { ...sizedMap(inner), type: mapKind(inner.kind)!.id });
    this.#templates.push(innerFd);
    return new KernelMap(this.#sys, { ...definition, innerFd } as RuntimeMap);
  }
}

/** Puts maps and programs into the maps that name them. */
export function fillValues(
  sys: Sys,
  program: RuntimeProgram,
  maps: KernelMaps,
  programFd: (name: string) => number | undefined,
): void {
  for (const [index, { values }] of program.maps.entries()) {
    for (const [at, name] of (values ?? []).entries()) {
      if (name === undefined) continue;
      const map = program.maps.findIndex((definition) => definition.name === name);
      const fd = map === -1 ? programFd(name) : maps.fds[map];
      if (fd !== undefined) mapUpdate(sys, maps.fds[index]!, word(at), word(fd));
    }
  }
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

/** What the kernel has open for one load; closing lets go of all of it. */
export interface Loading {
  readonly request: ProgramLoad;
  close(): void;
}

/** The request for a program: its code with descriptors in place of maps, its BTF, its target. */
export function prepareLoad(sys: Sys, platform: Platform, program: RuntimeProgram, maps: KernelMaps): Loading {
  const descriptors: number[] = [];
  const debug = program.image && needsBtf(program) ? loadDebugInfo(sys, program.image) : undefined;
  if (debug) descriptors.push(debug.fd);
  const btf = debug?.programs[program.index];
  const target = attachTarget(sys, platform, program, descriptors);
  return {
    request: {
      type: kindNumber(program.kind, programKind),
      attachType: program.attachKind === undefined ? 0 : kindNumber(program.attachKind, attachKind),
      code: encode(withMaps(program.instructions, (index) => maps.fds[index])),
      license: program.license,
      name: program.name,
      flags: program.flags,
      ...(btf && { btf }),
      ...target,
    },
    close: () => {
      for (const fd of descriptors) sys.close(fd);
    },
  };
}

/** Only programs that take the address of a function need a description of it. */
function needsBtf(program: RuntimeProgram): boolean {
  return (program.functions?.length ?? 0) > 1 || (program.image?.programs[program.index]?.functions.length ?? 0) > 1;
}

function attachTarget(
  sys: Sys,
  platform: Platform,
  { kind, name, attach }: RuntimeProgram,
  descriptors: number[],
): { readonly attachBtfId?: number; readonly attachBtfFd?: number } {
  if (kind !== 'tracing' || !attach) return {};
  const { btfId, btfFd } = targetOf(sys, platform, { name, kind } as Parameters<typeof targetOf>[2], attach);
  if (btfFd !== 0) descriptors.push(btfFd);
  return { attachBtfId: btfId, attachBtfFd: btfFd };
}

/** Asks the kernel's verifier; the program is gone afterwards. */
export function kernelVerdict(sys: Sys, platform: Platform, program: RuntimeProgram): KernelVerdict {
  const maps = makeMaps(sys, program.maps);
  try {
    const loading = prepareLoad(sys, platform, program, maps);
    try {
      return judgeOf(sys, loading.request);
    } finally {
      loading.close();
    }
  } finally {
    maps.close();
  }
}

/** @throws TraceError that says why there can be no such maps. */
export function makeMaps(sys: Sys, definitions: readonly RuntimeMap[]): KernelMaps {
  try {
    return new KernelMaps(sys, definitions);
  } catch (error) {
    if (isErrno(error, 'EPERM')) throw permissionError(error);
    if (error instanceof SyscallError)
      throw new TraceError('ERR_RUN', `A map cannot be made: ${error.message}.`, { cause: error });
    throw error;
  }
}

function judgeOf(sys: Sys, request: ProgramLoad): KernelVerdict {
  for (let bytes = FIRST_LOG_BYTES; ; bytes *= 8) {
    const buffer = new Uint8Array(bytes);
    try {
      sys.close(programLoad(sys, { ...request, log: { level: LOG_LEVEL, buffer } }));
      return verdictOf(0, cString(buffer));
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      const { errno } = error;
      if (isErrno(error, 'ENOSPC') && bytes < MAX_LOG_BYTES) continue;
      if (isErrno(error, 'EAGAIN', 'EINTR')) continue;
      const log = cString(buffer);
      if (isErrno(error, 'EPERM') && log === '' && !mayUseBpf(sys)) throw permissionError(error);
      return verdictOf(-errno, log);
    }
  }
}

/** Whether the kernel takes the smallest program, so that EPERM is a verdict about another one. */
function mayUseBpf(sys: Sys): boolean {
  const code = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
  try {
    sys.close(programLoad(sys, { type: 1, code, license: 'GPL' }));
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

function verdictOf(errno: number, log: string): KernelVerdict {
  const processed = Number(/^processed (\d+) insns/m.exec(log)?.[1] ?? 0);
  if (errno === 0) return { accepted: true, errno, message: '', instruction: 0, processed, log };
  const { summary, slot } = parseVerifierLog(log);
  const message = log === '' ? '' : summary;
  return { accepted: false, errno, message, instruction: slot ?? 0, processed, log };
}
