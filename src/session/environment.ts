// The machine that this process runs on, as front ends ask about it. Nothing is read before it is asked for, and what was
// read is kept: a run on one tracepoint reads one small file.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { arch, release } from 'node:os';
import { TraceError } from '../base/error.ts';
import { Btf } from '../btf/index.ts';
import type { Binary, BinarySymbol, Environment, KernelVersion } from '../compiler/environment.ts';
import type { Architecture } from '../compiler/module.ts';
import type { ElfFile, UsdtSite } from '../elf/index.ts';
import { demangle, KernelSymbols, openElf, parseMaps, resolveBinaries } from '../symbols/index.ts';
import {
  SyscallTable,
  type TraceableFunction,
  Tracefs,
  type TracepointFormat,
  type TracepointName,
} from '../tracefs/index.ts';

export interface MachineOptions {
  /** The process of -p. */
  readonly targetPid?: number;
  /** Where PATH and BPFTRACE_BTF are looked up; that of this process when left out. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** The oldest kernel that the program should run on; the running one when left out. */
  readonly kernel?: string;
  /** BTF and tracefs that someone has opened already, such as the engine. */
  readonly btf?: () => Btf | undefined;
  readonly tracefs?: () => Tracefs;
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'x86_64', arm64: 'arm64' };

/** The running machine. */
export function machineEnvironment(options: MachineOptions = {}): Environment {
  return new Machine(options);
}

class Machine implements Environment {
  readonly targetPid: number | undefined;
  readonly #options: MachineOptions;
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #btf: () => Btf | undefined;
  readonly #tracefs: () => Tracefs | undefined;
  readonly #moduleBtf = new Map<string, Btf | undefined>();
  readonly #formats = new Map<string, TracepointFormat | undefined>();
  readonly #binaries = new Map<string, Binary>();
  readonly #modules = once(loadedModules);
  readonly #traceable = once(() => this.#tracefs()?.functions());
  readonly #symbols = once(() => readSymbols());
  readonly #syscalls = once(() => syscallNumbers(this.architecture));
  readonly #cpus = once(() => countCpus(readText('/sys/devices/system/cpu/possible') ?? '0'));

  constructor(options: MachineOptions) {
    this.#options = options;
    this.targetPid = options.targetPid;
    this.#variables = options.variables ?? process.env;
    this.#btf = options.btf ?? once(() => this.#readBtf());
    this.#tracefs = once(() => this.#openTracefs());
  }

  get architecture(): Architecture {
    const known = ARCHITECTURES[arch()];
    if (known) return known;
    throw new TraceError('ERR_ARCHITECTURE', `${arch()} is not supported`, { hints: ['use x86-64 or arm64'] });
  }

  get kernel(): KernelVersion {
    return parseRelease(this.#options.kernel ?? release());
  }

  get cpus(): number {
    return this.#cpus();
  }

  // ---- types

  btf(): Btf | undefined {
    return this.#btf();
  }

  modules(): readonly string[] {
    return this.#modules();
  }

  moduleBtf(module: string): Btf | undefined {
    const base = this.#btf();
    if (!base || !/^\w+$/.test(module)) return undefined;
    if (!this.#moduleBtf.has(module)) {
      const bytes = readBytes(`/sys/kernel/btf/${module}`);
      this.#moduleBtf.set(module, bytes && Btf.parse(bytes, base));
    }
    return this.#moduleBtf.get(module);
  }

  #readBtf(): Btf | undefined {
    const given = this.#variables['BEETRACE_BTF'] ?? this.#variables['BPFTRACE_BTF'];
    const bytes = readBytes(given ?? '/sys/kernel/btf/vmlinux');
    if (bytes) return Btf.parse(bytes);
    if (given === undefined) return undefined;
    throw new TraceError('ERR_BTF_MISSING', `the BTF that BPFTRACE_BTF names cannot be read: ${given}`);
  }

  // ---- events

  tracepoints(): readonly TracepointName[] {
    return this.#tracefs()?.events() ?? [];
  }

  hasTracepoint(category: string, event: string): boolean {
    return isFileName(category) && isFileName(event) && this.#tracefs()?.id(category, event) !== undefined;
  }

  tracepointFormat(category: string, event: string): TracepointFormat | undefined {
    if (!isFileName(category) || !isFileName(event)) return undefined;
    const key = `${category}:${event}`;
    if (!this.#formats.has(key)) this.#formats.set(key, this.#tracefs()?.format(category, event));
    return this.#formats.get(key);
  }

  traceableFunctions(): readonly TraceableFunction[] | undefined {
    return this.#traceable();
  }

  kernelSymbol(name: string): bigint | undefined {
    return this.#symbols()?.address(name);
  }

  syscalls(): ReadonlyMap<string, number> {
    return this.#syscalls();
  }

  #openTracefs(): Tracefs | undefined {
    return this.#options.tracefs ? this.#options.tracefs() : Tracefs.open();
  }

  // ---- files

  binaries(pattern: string): readonly Binary[] {
    const environment = this.#variables;
    const pid = this.targetPid === undefined ? {} : { pid: this.targetPid };
    return resolveBinaries(pattern, { ...pid, environment }).map((path) => this.#binary(path));
  }

  binariesOf(pid: number): readonly Binary[] {
    const mappings = parseMaps(readText(`/proc/${pid}/maps`) ?? '');
    const paths = mappings
      .filter(({ executable, inode, deleted }) => executable && inode !== 0 && !deleted)
      .map(({ path }) => path);
    return [...new Set(paths)].flatMap((path) => {
      const visible = statOf(path) ? path : `/proc/${pid}/root${path}`;
      return statOf(visible) ? [this.#binary(visible)] : [];
    });
  }

  demangle(name: string): string {
    return demangle(name);
  }

  cgroupId(path: string): bigint | undefined {
    return statOf(path)?.ino;
  }

  #binary(path: string): Binary {
    let binary = this.#binaries.get(path);
    if (!binary) {
      binary = new ElfBinary(path);
      this.#binaries.set(path, binary);
    }
    return binary;
  }
}

class ElfBinary implements Binary {
  readonly path: string;
  readonly #elf: () => ElfFile;

  constructor(path: string) {
    this.path = path;
    this.#elf = once(() => openElf(path));
  }

  functions(): Iterable<BinarySymbol> {
    return this.#elf().functions();
  }

  function(name: string): BinarySymbol | undefined {
    return this.#elf().functionOffset(name);
  }

  symbol(name: string): BinarySymbol | undefined {
    return this.#elf().symbol(name);
  }

  functionAt(address: bigint): BinarySymbol | undefined {
    const hit = this.#elf().symbolAt(address);
    return hit && this.#elf().functionOffset(hit.name);
  }

  hasAddress(address: bigint): boolean {
    return this.#elf().addressToOffset(address) !== undefined;
  }

  usdtProbes(): readonly UsdtSite[] {
    return this.#elf().usdtProbes();
  }
}

// ---- readers

/** Names of modules that are loaded, with or without BTF, sorted. */
function loadedModules(): readonly string[] {
  const listed = (readText('/proc/modules') ?? '').split('\n').map((line) => line.split(' ', 1)[0]!);
  const names = new Set([...listed, ...directory('/sys/kernel/btf')]);
  names.delete('');
  names.delete('vmlinux');
  return [...names].sort();
}

function readSymbols(): KernelSymbols | undefined {
  const text = readBytes('/proc/kallsyms');
  return text && KernelSymbols.parse(text);
}

function syscallNumbers(architecture: Architecture): ReadonlyMap<string, number> {
  const table = new SyscallTable(architecture === 'arm64' ? 'aarch64' : architecture);
  return new Map(Array.from(table.entries(), ([number]) => [table.eventName(number)!, number]));
}

/** `6.18.5-cloud-amd64` */
export function parseRelease(text: string): KernelVersion {
  const [, major, minor, patch] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return { major: Number(major ?? 0), minor: Number(minor ?? 0), patch: Number(patch ?? 0) };
}

/** How many CPUs a list such as `0-3,8` has up to its last: programs index by number. */
export function countCpus(list: string): number {
  const numbers = list.match(/\d+/g) ?? ['0'];
  return Math.max(...numbers.map(Number)) + 1;
}

/** Categories and events are names of directories; nothing else may reach the file system. */
function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

function readBytes(path: string): Uint8Array | undefined {
  return attempt(() => readFileSync(path));
}

function readText(path: string): string | undefined {
  return attempt(() => readFileSync(path, 'utf8'));
}

function directory(path: string): string[] {
  return attempt(() => readdirSync(path)) ?? [];
}

function statOf(path: string): { readonly ino: bigint } | undefined {
  return attempt(() => statSync(path, { bigint: true }));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
