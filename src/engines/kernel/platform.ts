// What the engine knows of the running machine, read when it is first asked for: an Image that asks for nothing pays for
// nothing. Also the seam at which tests put in a machine of their own.

import { readFileSync, statSync } from 'node:fs';
import { TraceError } from '../../base/error.ts';
import { Btf } from '../../btf/index.ts';
import { SyscallTable, Tracefs } from '../../tracefs/index.ts';
import { onlineCpus, possibleCpus } from './cpus.ts';

export interface Platform {
  /** Types of the kernel proper. */
  readonly btf: Btf;
  /** Types of a module, or undefined when it has none. */
  moduleBtf(module: string): Btf | undefined;
  readonly tracefs: Pick<Tracefs, 'root' | 'id' | 'format' | 'events'>;
  readonly syscalls: SyscallTable;
  /** The address of a kernel symbol, or undefined when there is no such symbol or addresses are hidden. */
  kernelSymbol(name: string): bigint | undefined;
  readonly possibleCpus: readonly number[];
  readonly onlineCpus: readonly number[];
  /** Device and inode of this process's pid namespace. */
  pidNamespace(): { readonly device: bigint; readonly inode: bigint };
}

class RunningMachine implements Platform {
  #btf: Btf | undefined;
  #tracefs: Tracefs | undefined;
  #syscalls: SyscallTable | undefined;
  #symbols: string | undefined;
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

  kernelSymbol(name: string): bigint | undefined {
    this.#symbols ??= readFileSync('/proc/kallsyms', 'latin1');
    return findKernelSymbol(this.#symbols, name);
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

/** Finds a symbol in the text of /proc/kallsyms: `address type name`, then a tab and `[module]` for those of modules. */
export function findKernelSymbol(kallsyms: string, name: string): bigint | undefined {
  for (let at = kallsyms.indexOf(` ${name}`); at !== -1; at = kallsyms.indexOf(` ${name}`, at + 1)) {
    const after = kallsyms[at + 1 + name.length];
    if (after !== '\n' && after !== '\t' && after !== undefined) continue;
    const lineStart = kallsyms.lastIndexOf('\n', at) + 1;
    const address = BigInt(`0x${kallsyms.slice(lineStart, kallsyms.indexOf(' ', lineStart))}`);
    // Zero is what those see who may not know addresses (kernel.kptr_restrict).
    return address === 0n ? undefined : address;
  }
  return undefined;
}
