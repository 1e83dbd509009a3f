// Files as this folder reads them: whole when small, in parts when they are programs.

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { type ByteSource, ElfFile, isElf } from '../elf/index.ts';

/** A file that is opened for each read: nothing stays open between the few reads that an ELF file takes. */
class FileSource implements ByteSource {
  readonly size: number;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.size = withFile(path, (fd) => fstatSync(fd).size);
  }

  read(offset: number, length: number): Uint8Array {
    return withFile(this.#path, (fd) => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const count = readSync(fd, bytes, filled, length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    });
  }
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Opens the ELF file at a path; throws when it cannot be read or is not one. */
export function openElf(path: string): ElfFile {
  return ElfFile.open(new FileSource(path));
}

/** The ELF file at a path, or undefined when it cannot be read or is not one. */
export function tryOpenElf(path: string): ElfFile | undefined {
  return attempt(() => {
    const source = new FileSource(path);
    return isElf(source) ? ElfFile.open(source) : undefined;
  });
}

export function tryReadText(path: string): string | undefined {
  return attempt(() => readFileSync(path, 'utf8'));
}

export function tryReadBytes(path: string): Uint8Array | undefined {
  return attempt(() => readFileSync(path));
}

/** What `read` gives, or undefined when the world does not have it: processes and their files go away while we look. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
