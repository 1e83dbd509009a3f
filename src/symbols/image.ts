// What is mapped into processes: programs and libraries with the symbols to name addresses in them. One image serves
// every process that maps the same file.

import { statSync } from 'node:fs';
import { AddressIndex, debugFileCandidates, type ElfFile, type SymbolHit } from '../elf/index.ts';
import { attempt, tryOpenElf } from './files.ts';

/** A program or library. Its symbols are read when the first address in it is asked for. */
export class Image {
  /** The path by which processes mapped it. */
  readonly path: string;
  /** Where the file can be read, the best first. */
  readonly #candidates: readonly string[];
  #elf: ElfFile | undefined;
  #opened = false;
  #index: AddressIndex | undefined;

  constructor(path: string, candidates: readonly string[], elf?: ElfFile) {
    this.path = path;
    this.#candidates = candidates;
    this.#elf = elf;
    this.#opened = elf !== undefined;
  }

  /** The file, or undefined when it is gone or not ELF. */
  get elf(): ElfFile | undefined {
    if (!this.#opened) {
      this.#opened = true;
      for (const candidate of this.#candidates) {
        this.#elf ??= tryOpenElf(candidate);
      }
    }
    return this.#elf;
  }

  /** The symbol at an offset in the file. */
  at(fileOffset: number): SymbolHit | undefined {
    const address = this.elf?.offsetToAddress(fileOffset);
    return address === undefined ? undefined : this.#symbols()?.at(address);
  }

  /** Reads the symbols now, while the file can be reached. */
  load(): void {
    this.#symbols();
  }

  #symbols(): AddressIndex | undefined {
    const { elf } = this;
    if (this.#index || !elf) return this.#index;
    const files = attempt(() => [...elf.symbolTables(), ...this.#debugTables(elf)]) ?? [];
    this.#index = new AddressIndex(files, elf.baseAddress);
    return this.#index;
  }

  /** The symbols of the separate debug file of a binary that was stripped. */
  #debugTables(elf: ElfFile): ReturnType<ElfFile['symbolTables']> {
    if (elf.symtab) return [];
    const { buildId } = elf;
    for (const candidate of debugFileCandidates(elf, this.path)) {
      const debug = tryOpenElf(candidate);
      // A debug file that was found by its name alone may be that of another build.
      if (debug && debug.buildId === buildId) return attempt(() => debug.symbolTables()) ?? [];
    }
    return [];
  }
}

/** A key that changes when the file at a path is replaced. */
export function fileIdentity(path: string): string | undefined {
  const stat = attempt(() => statSync(path));
  return stat && `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}
