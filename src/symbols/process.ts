// One process as its addresses are named: its mappings, as last seen, and what is mapped there.

import { readlinkSync, statSync } from 'node:fs';
import { lowerOrEqual } from '../base/sorted.ts';
import { attempt, tryReadBytes, tryReadText } from './files.ts';
import { fileIdentity, Image } from './image.ts';
import type { LruCache } from './lru.ts';
import { type Mapping, parseMaps } from './maps.ts';
import { PerfMap } from './perf-map.ts';
import { vdsoImage } from './vdso.ts';

/** A named user address. */
export interface UserSymbol {
  readonly name: string;
  /** Distance of the address from the start of the symbol. */
  readonly offset: number;
  /** Path of the program or library, `[vdso]`, or the perf map that knew the name. */
  readonly module: string;
}

/** What an address lies in, whether its symbol is known or not. */
export interface UserModule {
  readonly path: string;
  /** Offset in the file. */
  readonly offset: number;
}

export type ImageCache = LruCache<string, Image>;

/** Mappings and perf maps grow while the process lives; no more often than this are they read again for an unknown address. */
const RELOAD_INTERVAL_MS = 100;
/** How long to trust that the pid is still the same process running the same program. */
const VERIFY_INTERVAL_MS = 250;
/** Addresses that are kept with their names. */
const NAME_LIMIT = 65_536;

export class ProcessSymbols {
  readonly pid: number;
  readonly #images: ImageCache;
  #mappings: readonly Mapping[] = [];
  #starts: readonly number[] = [];
  #mappingImages = new Map<Mapping, Image | undefined>();
  #names = new Map<number, UserSymbol>();
  #identity: string | undefined;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #verifiedAt = Number.NEGATIVE_INFINITY;
  #perfMapReadAt = Number.NEGATIVE_INFINITY;
  #perfMap: { readonly path: string; readonly size: number; readonly map: PerfMap } | undefined;

  constructor(pid: number, images: ImageCache) {
    this.pid = pid;
    this.#images = images;
  }

  /** Whether anything is known of the process. */
  get isKnown(): boolean {
    return this.#mappings.length > 0;
  }

  /** Reads the mappings while the process lives, and opens what will be out of reach when it is gone. */
  snapshot(): void {
    this.#reload(performance.now());
    for (const mapping of this.#mappings) {
      if (mapping.executable && mapping.inode !== 0 && !isReachable(mapping)) this.#imageOf(mapping)?.load();
    }
  }

  /** The symbol at an address. */
  at(address: number): UserSymbol | undefined {
    this.#verify();
    const known = this.#names.get(address);
    if (known) return known;
    const found = this.#name(address);
    // What has no name yet may get one: by a perf map that grows, by a mapping that is new.
    if (!found) return undefined;
    if (this.#names.size >= NAME_LIMIT) this.#names.clear();
    this.#names.set(address, found);
    return found;
  }

  /** The file that is mapped at an address. */
  module(address: number): UserModule | undefined {
    this.#verify();
    const mapping = this.#mappingAt(address);
    if (!mapping || mapping.path === '') return undefined;
    return { path: mapping.path, offset: address - mapping.start + mapping.offset };
  }

  /** The address of a symbol in this process: of its program first, then of its libraries in the order of addresses. */
  addressOf(name: string, modulePath?: string): bigint | undefined {
    this.#verify();
    const seen = new Set<string>();
    const program = attempt(() => readlinkSync(`/proc/${this.pid}/exe`));
    const files = this.#mappings.filter((mapping) => mapping.inode !== 0);
    const ordered = [...files.filter(({ path }) => path === program), ...files.filter(({ path }) => path !== program)];
    for (const mapping of ordered) {
      if (seen.has(mapping.path) || (modulePath !== undefined && mapping.path !== modulePath)) continue;
      seen.add(mapping.path);
      const elf = this.#imageOf(mapping)?.elf;
      const symbol = elf && attempt(() => elf.symbol(name));
      const start = elf?.offsetToAddress(mapping.offset);
      if (symbol && start !== undefined) return BigInt(mapping.start) - start + symbol.address;
    }
    return undefined;
  }

  /** The paths of the files that are mapped as code, each once. */
  modules(): string[] {
    this.#verify();
    const code = this.#mappings.filter(({ executable, inode, path }) => executable && inode !== 0 && path !== '');
    return [...new Set(code.map(({ path }) => path))];
  }

  #name(address: number): UserSymbol | undefined {
    const mapping = this.#mappingAt(address);
    if (!mapping) return undefined;
    const image = this.#imageOf(mapping);
    if (image?.elf) {
      const hit = image.at(address - mapping.start + mapping.offset);
      return hit && { ...hit, module: mapping.path };
    }
    return this.#perfMapName(address);
  }

  /** The mapping of an address; the list is read again when the address is new to it (a library was loaded, code generated). */
  #mappingAt(address: number): Mapping | undefined {
    const found = this.#findMapping(address);
    const now = performance.now();
    if (found || now - this.#loadedAt < RELOAD_INTERVAL_MS) return found;
    return this.#reload(now) ? this.#findMapping(address) : undefined;
  }

  #findMapping(address: number): Mapping | undefined {
    const mapping = this.#mappings[lowerOrEqual(this.#starts, address)];
    return mapping && address < mapping.end ? mapping : undefined;
  }

  /** A pid may be given to another process, and a process may run another program: then what is known is of no use. */
  #verify(): void {
    const now = performance.now();
    if (now - this.#verifiedAt < VERIFY_INTERVAL_MS) return;
    this.#verifiedAt = now;
    const identity = processIdentity(this.pid);
    // A process that is gone keeps its mappings: its records may still be on their way.
    if (identity === undefined || identity === this.#identity) return;
    this.#identity = identity;
    this.#perfMap = undefined;
    this.#perfMapReadAt = Number.NEGATIVE_INFINITY;
    this.#reload(now);
  }

  #reload(now: number): boolean {
    this.#loadedAt = now;
    const text = tryReadText(`/proc/${this.pid}/maps`);
    // A process without mappings is a kernel thread or a zombie; what was known of it before it died stays.
    if (!text) return false;
    this.#identity ??= processIdentity(this.pid);
    this.#mappings = parseMaps(text);
    this.#starts = this.#mappings.map((mapping) => mapping.start);
    this.#mappingImages = new Map();
    this.#names = new Map();
    return true;
  }

  #imageOf(mapping: Mapping): Image | undefined {
    if (!this.#mappingImages.has(mapping)) this.#mappingImages.set(mapping, this.#findImage(mapping));
    return this.#mappingImages.get(mapping);
  }

  #findImage(mapping: Mapping): Image | undefined {
    if (mapping.path === '[vdso]') return vdsoImage();
    if (mapping.inode === 0 || !mapping.path.startsWith('/')) return undefined;
    const candidates = filePaths(this.pid, mapping);
    const key = `${mapping.path}:${candidates.map(fileIdentity).find((identity) => identity !== undefined) ?? ''}`;
    const known = this.#images.get(key);
    if (known) return known;
    const image = new Image(mapping.path, candidates);
    this.#images.set(key, image);
    return image;
  }

  #perfMapName(address: number): UserSymbol | undefined {
    const hit = this.#perfMap?.map.at(address) ?? (this.#readPerfMap() ? this.#perfMap?.map.at(address) : undefined);
    return hit && { ...hit, module: this.#perfMap!.path };
  }

  /** Reads the perf map when it has grown since it was read; says whether it did. */
  #readPerfMap(): boolean {
    const now = performance.now();
    if (now - this.#perfMapReadAt < RELOAD_INTERVAL_MS) return false;
    this.#perfMapReadAt = now;
    for (const path of perfMapPaths(this.pid)) {
      const size = attempt(() => statSync(path))?.size;
      if (size === undefined) continue;
      if (this.#perfMap?.path === path && this.#perfMap.size === size) return false;
      const text = tryReadBytes(path);
      if (text === undefined) continue;
      this.#perfMap = { path, size, map: PerfMap.parse(text) };
      return true;
    }
    return false;
  }
}

/** When the process started, and which program it runs. */
function processIdentity(pid: number): string | undefined {
  const stat = tryReadText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in brackets may contain spaces and brackets; start time is the 22nd field, the 20th behind it.
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const program = attempt(() => statSync(`/proc/${pid}/exe`));
  return program && `${startTime}:${program.dev}:${program.ino}`;
}

/** The ways to the file of a mapping: also when it was deleted, and when the process has another root directory. */
function filePaths(pid: number, mapping: Mapping): string[] {
  const range = `${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
  const paths = [`/proc/${pid}/map_files/${range}`];
  if (!mapping.deleted) paths.push(`/proc/${pid}/root${mapping.path}`, mapping.path);
  return paths;
}

/** Whether the file can be opened by its path in our own root directory. */
function isReachable(mapping: Mapping): boolean {
  return !mapping.deleted && attempt(() => statSync(mapping.path))?.ino === mapping.inode;
}

/** In a container the process writes to its own /tmp and calls itself by its innermost pid. */
function perfMapPaths(pid: number): string[] {
  const status = tryReadText(`/proc/${pid}/status`) ?? '';
  const innermost = /^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? String(pid);
  return [`/proc/${pid}/root/tmp/perf-${innermost}.map`, `/tmp/perf-${pid}.map`];
}
