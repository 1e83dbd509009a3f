// Addresses to names and names to addresses, for the kernel and for processes. Nothing is read before it is needed.

import { readFileSync } from 'node:fs';
import { TraceError } from '../base/error.ts';
import { demangle } from './demangle.ts';
import type { Image } from './image.ts';
import { type KernelSymbol, KernelSymbols } from './kallsyms.ts';
import { LruCache } from './lru.ts';
import { ProcessSymbols, type UserModule, type UserSymbol } from './process.ts';

const KALLSYMS = '/proc/kallsyms';

/** How many processes and how many programs and libraries are remembered. */
const PROCESS_LIMIT = 1024;
const IMAGE_LIMIT = 128;
const KERNEL_NAME_LIMIT = 65_536;

export interface SymbolizerOptions {
  /** Give C++ and Rust names as their programmers wrote them; true unless said otherwise. */
  readonly demangle?: boolean;
}

export class Symbolizer {
  readonly #demangle: boolean;
  readonly #images = new LruCache<string, Image>(IMAGE_LIMIT);
  readonly #processes = new LruCache<number, ProcessSymbols>(PROCESS_LIMIT);
  readonly #demangled = new Map<string, string>();
  readonly #kernelNames = new Map<bigint, KernelSymbol | null>();
  #kernel: KernelSymbols | undefined;

  constructor(options: SymbolizerOptions = {}) {
    this.#demangle = options.demangle ?? true;
  }

  /** The symbols of the running kernel, as they were when first asked for. */
  get kernelSymbols(): KernelSymbols {
    this.#kernel ??= readKernelSymbols();
    return this.#kernel;
  }

  /** Forgets the kernel's symbols: modules and BPF programs have come or gone. */
  refreshKernel(): void {
    this.#kernel = undefined;
    this.#kernelNames.clear();
  }

  /** The kernel symbol that an address lies in. */
  kernel(address: bigint): KernelSymbol | undefined {
    const known = this.#kernelNames.get(address);
    if (known !== undefined) return known ?? undefined;
    const found = this.kernelSymbols.at(address);
    if (this.#kernelNames.size >= KERNEL_NAME_LIMIT) this.#kernelNames.clear();
    this.#kernelNames.set(address, found ?? null);
    return found;
  }

  /** The address of a kernel symbol, of a given module if one is given. */
  kernelAddress(name: string, module?: string): bigint | undefined {
    return this.kernelSymbols.address(name, module);
  }

  /** The symbol that an address of a process lies in. */
  user(pid: number, address: bigint): UserSymbol | undefined {
    const found = this.#process(pid).at(Number(address));
    if (!found || !this.#demangle) return found;
    const name = this.#demangledName(found.name);
    return name === found.name ? found : { ...found, name };
  }

  /** The file that is mapped at an address of a process, and the offset in it. */
  userModule(pid: number, address: bigint): UserModule | undefined {
    return this.#process(pid).module(Number(address));
  }

  /** The paths of the programs and libraries that a process has mapped. */
  userModules(pid: number): string[] {
    return this.#process(pid).modules();
  }

  /** The address of a symbol in a process, of the program or library at `modulePath` if that is given. */
  userAddress(pid: number, name: string, modulePath?: string): bigint | undefined {
    return this.#process(pid).addressOf(name, modulePath);
  }

  /** Remembers what a process has mapped, so that its addresses can be named after it has exited. */
  snapshot(pid: number): void {
    this.#process(pid).snapshot();
  }

  #process(pid: number): ProcessSymbols {
    let process = this.#processes.get(pid);
    if (!process) {
      process = new ProcessSymbols(pid, this.#images);
      this.#processes.set(pid, process);
    }
    return process;
  }

  #demangledName(name: string): string {
    let text = this.#demangled.get(name);
    if (text === undefined) {
      text = demangle(name);
      this.#demangled.set(name, text);
    }
    return text;
  }
}

function readKernelSymbols(): KernelSymbols {
  try {
    return KernelSymbols.parse(readFileSync(KALLSYMS));
  } catch (cause) {
    throw new TraceError('ERR_KALLSYMS', `${KALLSYMS} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
