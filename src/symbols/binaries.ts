// The names by which people mean programs and libraries in uprobe and USDT targets: `bash`, `libc`, `./a.out`,
// `/usr/lib/*/libssl.so*`.

import { accessSync, constants, readdirSync, readlinkSync, statSync } from 'node:fs';
import { arch } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { TraceError } from '../base/error.ts';
import { nearest, wildcard } from '../base/text.ts';
import { attempt, tryReadBytes, tryReadText } from './files.ts';
import { type CachedLibrary, parseLdSoCache } from './ld-so-cache.ts';
import { parseMaps } from './maps.ts';

export interface ResolveOptions {
  /** Resolve as this process would: in its root directory, and among its libraries first. */
  readonly pid?: number;
  /** The environment to take PATH and LD_LIBRARY_PATH from. */
  readonly environment?: { readonly [name: string]: string | undefined };
}

/** uname(2)'s name of the architecture by Node's. */
const machines: { readonly [arch: string]: string } = { x64: 'x86_64', arm64: 'aarch64' };
const triplets: { readonly [machine: string]: string } = { x86_64: 'x86_64-linux-gnu', aarch64: 'aarch64-linux-gnu' };

/** The path of the program or library that a name means; throws when there is none. */
export function resolveBinary(name: string, options: ResolveOptions = {}): string {
  const found = new Resolver(options).resolve(name);
  if (found !== undefined) return found;
  throw notFound(name, options);
}

/** The paths of all files that a path with `*` matches; for a name without one, the path that it means. */
export function resolveBinaries(pattern: string, options: ResolveOptions = {}): string[] {
  if (!pattern.includes('*')) return [resolveBinary(pattern, options)];
  return new Resolver(options).expand(pattern);
}

class Resolver {
  /** The root directory of the process, or empty for ours. */
  readonly #root: string;
  readonly #pid: number | undefined;
  readonly #environment: { readonly [name: string]: string | undefined };

  constructor(options: ResolveOptions) {
    this.#pid = options.pid;
    this.#root = options.pid === undefined || sharesRoot(options.pid) ? '' : `/proc/${options.pid}/root`;
    this.#environment = options.environment ?? process.env;
  }

  resolve(name: string): string | undefined {
    if (name === '') return this.#pid === undefined ? undefined : attempt(() => readlinkSync(`/proc/${this.#pid}/exe`));
    if (name.includes('/')) return this.#existing(this.#root === '' ? resolve(name) : join('/', name));
    return this.#mapped(name) ?? this.#library(name) ?? this.#program(name) ?? this.#library(`lib${name}`);
  }

  expand(pattern: string): string[] {
    const absolute = this.#root === '' ? resolve(pattern) : join('/', pattern);
    let paths = [''];
    for (const part of absolute.split('/').slice(1)) {
      const matches = wildcard(part);
      paths = paths.flatMap((path) => {
        if (!part.includes('*')) return [`${path}/${part}`];
        const names = attempt(() => readdirSync(`${this.#root}${path}/`)) ?? [];
        return names
          .filter(matches)
          .sort()
          .map((entry) => `${path}/${entry}`);
      });
    }
    return paths.map((path) => this.#existing(path)).filter((path) => path !== undefined);
  }

  /** A library that the process has mapped: it may have been loaded from where the linker would not look. */
  #mapped(name: string): string | undefined {
    if (this.#pid === undefined) return undefined;
    const mappings = parseMaps(tryReadText(`/proc/${this.#pid}/maps`) ?? '');
    const found = mappings.find(({ path, deleted }) => !deleted && isLibraryNamed(basename(path), name));
    return found && this.#existing(found.path);
  }

  #library(name: string): string | undefined {
    if (!name.startsWith('lib') && !name.includes('.so')) return undefined;
    const cached = this.#cache().find((library) => isLibraryNamed(library.name, name));
    const path = cached && this.#existing(cached.path);
    if (path !== undefined) return path;
    for (const directory of this.#libraryDirectories()) {
      const names = attempt(() => readdirSync(`${this.#root}${directory}`)) ?? [];
      const found = names.filter((entry) => isLibraryNamed(entry, name)).sort()[0];
      if (found !== undefined) return `${this.#root}${directory}/${found}`;
    }
    return undefined;
  }

  #program(name: string): string | undefined {
    const directories = (this.#environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin').split(':');
    for (const directory of directories.filter((entry) => entry !== '')) {
      const path = this.#existing(resolve(directory, name));
      if (path !== undefined && attempt(() => accessSync(path, constants.X_OK) ?? true)) return path;
    }
    return undefined;
  }

  #cache(): CachedLibrary[] {
    const bytes = tryReadBytes(`${this.#root}/etc/ld.so.cache`);
    return bytes ? parseLdSoCache(bytes, machine()) : [];
  }

  #libraryDirectories(): string[] {
    const triplet = triplets[machine()];
    const own = this.#environment['LD_LIBRARY_PATH'] ?? '';
    const system = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib'];
    const multiarch = triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`];
    return [...own.split(':').filter((entry) => entry.startsWith('/')), ...multiarch, ...system];
  }

  /** The path of a file as seen by us, when it is one. */
  #existing(path: string): string | undefined {
    const visible = `${this.#root}${path}`;
    return attempt(() => statSync(visible))?.isFile() ? visible : undefined;
  }
}

/** `libc` means `libc.so.6`, and `libc.so` does too; `libc.so.6` is what it says. */
function isLibraryNamed(file: string, name: string): boolean {
  if (file === name) return true;
  return file.startsWith(name.includes('.so') ? `${name}.` : `${name}.so`);
}

function sharesRoot(pid: number): boolean {
  return attempt(() => readlinkSync(`/proc/${pid}/root`)) === '/' && sameMounts(pid);
}

function sameMounts(pid: number): boolean {
  return attempt(() => readlinkSync(`/proc/${pid}/ns/mnt`)) === attempt(() => readlinkSync('/proc/self/ns/mnt'));
}

function machine(): string {
  return machines[arch()] ?? arch();
}

function notFound(name: string, options: ResolveOptions): TraceError {
  const where = options.pid === undefined ? '' : ` for process ${options.pid}`;
  if (name.includes('/')) {
    const siblings = attempt(() => readdirSync(dirname(resolve(name)))) ?? [];
    const near = nearest(basename(name), siblings);
    const hints = near === undefined ? [] : [`did you mean '${join(dirname(name), near)}'?`];
    return new TraceError('ERR_BINARY_NOT_FOUND', `there is no file '${name}'${where}`, { hints });
  }
  return new TraceError('ERR_BINARY_NOT_FOUND', `'${name}' is neither a library nor a program on PATH${where}`, {
    hints: [`give its path, such as ${name.startsWith('lib') ? '/usr/lib' : '/usr/bin'}/${name}`],
  });
}
