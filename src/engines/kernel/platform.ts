// What the engine knows of the running machine, read when it is first asked for: an Image that asks for nothing pays for
// nothing. Also the seam at which tests put in a machine of their own.

import { readFileSync, statSync } from 'node:fs';
import { cString } from '../../base/bytes.ts';
import { TraceError } from '../../base/error.ts';
import { Btf } from '../../btf/index.ts';
import type { ElfFile } from '../../elf/index.ts';
import { openElf } from '../../symbols/files.ts';
import { KernelSymbols } from '../../symbols/kallsyms.ts';
import { SyscallTable, Tracefs } from '../../tracefs/index.ts';
import { onlineCpus, possibleCpus } from './cpus.ts';

const PMUS = '/sys/bus/event_source/devices';

export interface Platform {
  /** Types of the kernel proper. */
  readonly btf: Btf;
  /** Types of a module, or undefined when it has none. */
  moduleBtf(module: string): Btf | undefined;
  readonly tracefs: Pick<Tracefs, 'root' | 'id' | 'format' | 'events'>;
  readonly syscalls: SyscallTable;
  /** The address of a symbol of the kernel or of one module, or undefined when there is none or addresses are hidden. */
  kernelSymbol(name: string, module?: string): bigint | undefined;
  /** A program or library. */
  elf(path: string): ElfFile;
  /** The number of a PMU in perf_event_attr.type, or undefined when the kernel lacks it. */
  pmuType(name: string): number | undefined;
  /** The first bit of a field in perf_event_attr.config of a PMU. */
  pmuBit(name: string, field: string): number | undefined;
  readonly possibleCpus: readonly number[];
  readonly onlineCpus: readonly number[];
  /** Device and inode of this process's pid namespace. */
  pidNamespace(): { readonly device: bigint; readonly inode: bigint };
}

class RunningMachine implements Platform {
  #btf: Btf | undefined;
  #tracefs: Tracefs | undefined;
  #syscalls: SyscallTable | undefined;
  #symbols: KernelSymbols | undefined;
  readonly #modules = new Map<string, Btf | undefined>();

  get btf(): Btf {
    this.#btf ??= Btf.parse(readKernelBtf());
    return this.#btf;
  }

  moduleBtf(module: string): Btf | undefined {
    if (!this.#modules.has(module)) {
      const bytes = readOptional(`/sys/kernel/btf/${module}`);
      this.#modules.set(module, bytes && Btf.parse(bytes, this.btf));
    }
    return this.#modules.get(module);
  }

  get tracefs(): Tracefs {
    this.#tracefs ??= Tracefs.open();
    return this.#tracefs;
  }

  get syscalls(): SyscallTable {
    this.#syscalls ??= new SyscallTable(process.arch === 'arm64' ? 'aarch64' : 'x86_64');
    return this.#syscalls;
  }

  kernelSymbol(name: string, module?: string): bigint | undefined {
    this.#symbols ??= KernelSymbols.parse(readFileSync('/proc/kallsyms'));
    return this.#symbols.address(name, module);
  }

  elf(path: string): ElfFile {
    return openElf(path);
  }

  pmuType(name: string): number | undefined {
    const text = readOptional(`${PMUS}/${name}/type`);
    return text && Number(cString(text));
  }

  /** The files say `config:0` and `config:32-63`. */
  pmuBit(name: string, field: string): number | undefined {
    const text = readOptional(`${PMUS}/${name}/format/${field}`);
    const match = text && /^config:(\d+)/.exec(cString(text));
    return match ? Number(match[1]) : undefined;
  }

  get possibleCpus(): readonly number[] {
    return possibleCpus();
  }

  get onlineCpus(): readonly number[] {
    return onlineCpus();
  }

  pidNamespace(): { readonly device: bigint; readonly inode: bigint } {
    const { dev, ino } = statSync('/proc/self/ns/pid', { bigint: true });
    return { device: dev, inode: ino };
  }
}

/** The machine that this process runs on. */
export function runningMachine(): Platform {
  return new RunningMachine();
}

function readKernelBtf(): Uint8Array {
  const bytes = readOptional('/sys/kernel/btf/vmlinux');
  if (bytes) return bytes;
  throw new TraceError('ERR_BTF_MISSING', 'the kernel has no BTF (/sys/kernel/btf/vmlinux), which this program needs', {
    hints: ['use a kernel that is built with CONFIG_DEBUG_INFO_BTF=y'],
  });
}

function readOptional(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
