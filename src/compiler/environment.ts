// What front ends may ask about the machine that they compile for. Nothing is read until it is asked, and every answer
// may be missing: a machine without BTF, without tracefs or without permission still compiles what does not need them.
// The session implements it over the running machine, tests over given texts.

import type { Btf } from '../btf/index.ts';
import type { UsdtSite } from '../elf/index.ts';
import type { TraceableFunction, TracepointFormat, TracepointName } from '../tracefs/index.ts';
import type { Architecture } from './module.ts';

export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

export interface Environment {
  readonly architecture: Architecture;
  readonly kernel: KernelVersion;
  /** Number of CPUs that may ever be there. */
  readonly cpus: number;
  /** The process of -p, in whose file system names of binaries are looked up. */
  readonly targetPid: number | undefined;

  /** The types of the kernel proper. */
  btf(): Btf | undefined;
  /** The names of the loaded modules, sorted. */
  modules(): readonly string[];
  /** The types of a module, split from those of the kernel. */
  moduleBtf(module: string): Btf | undefined;

  /** All tracepoints as tracefs lists them; none when it cannot be read. */
  tracepoints(): readonly TracepointName[];
  /** Quicker than to look for it in the list of all. */
  hasTracepoint(category: string, event: string): boolean;
  tracepointFormat(category: string, event: string): TracepointFormat | undefined;
  /** Functions that ftrace can trace, or undefined when the kernel does not tell (lockdown). */
  traceableFunctions(): readonly TraceableFunction[] | undefined;
  /** The address of a kernel symbol; undefined also when the kernel hides addresses. */
  kernelSymbol(name: string): bigint | undefined;

  /** The system calls of this architecture with their numbers, by what follows `sys_enter_` in their tracepoints. */
  syscalls(): ReadonlyMap<string, number>;

  /**
   * The files that a script means: a path, in which `*` may stand; the name of a library (`libc`) or of a program on the
   * PATH; with a process of -p, inside of its root, and an empty name is the program of that process.
   * @throws TraceError when there are none.
   */
  binaries(pattern: string): readonly Binary[];
  /** The files that a process has mapped as code. */
  binariesOf(pid: number): readonly Binary[];
  /** The name of a function as its C++ or Rust source has it, or the name itself. */
  demangle(name: string): string;
  /** The inode number of a cgroup directory, which is its id. */
  cgroupId(path: string): bigint | undefined;
}

/** An executable or a library. */
export interface Binary {
  /** Where the kernel finds it: absolute; inside of another root through /proc/PID/root. */
  readonly path: string;
  /** The functions that it defines, each name once. */
  functions(): Iterable<BinarySymbol>;
  function(name: string): BinarySymbol | undefined;
  /** Any symbol, for variables. */
  symbol(name: string): BinarySymbol | undefined;
  /** The function that the address, as linked, lies in. */
  functionAt(address: bigint): BinarySymbol | undefined;
  /** Whether code of the file is loaded at the address. */
  hasAddress(address: bigint): boolean;
  /** The statically defined tracepoints of its notes, one for each place where they were compiled in. */
  usdtProbes(): readonly UsdtSite[];
}

export interface BinarySymbol {
  readonly name: string;
  /** Virtual address as linked. */
  readonly address: bigint;
  /** 0 when it is not known. */
  readonly size: number;
}

/** Whether the kernel is at least that version: `atLeast(env.kernel, '5.15')`. */
export function atLeast(kernel: KernelVersion, version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/\./).map(Number);
  if (kernel.major !== major) return kernel.major > major;
  return kernel.minor !== minor ? kernel.minor > minor : kernel.patch >= patch;
}
