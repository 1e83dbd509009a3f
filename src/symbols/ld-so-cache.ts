// /etc/ld.so.cache: which file the dynamic linker takes for a library's name. The layout is glibc's
// (sysdeps/generic/dl-cache.h): a header, an entry for each library, the texts.

import { cString } from '../base/bytes.ts';

export interface CachedLibrary {
  /** The name that programs need: `libc.so.6`. */
  readonly name: string;
  readonly path: string;
  /** Kind of library and architecture. */
  readonly flags: number;
}

const NEW_MAGIC = 'glibc-ld.so.cache1.1';
const OLD_MAGIC = 'ld.so-1.7.0';
const NEW_HEADER_LENGTH = 48;
const NEW_ENTRY_LENGTH = 24;
const OLD_HEADER_LENGTH = 16;
const OLD_ENTRY_LENGTH = 12;

/** Flags of libraries for 64-bit programs of glibc, by architecture as uname(2) calls it. */
const wantedFlags: { readonly [machine: string]: number } = { x86_64: 0x0303, aarch64: 0x0a03 };

/** The libraries in the cache for programs of an architecture, in the order in which the linker prefers them. */
export function parseLdSoCache(bytes: Uint8Array, machine: string): CachedLibrary[] {
  const start = newFormatAt(bytes);
  if (start === undefined) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(start + 20, true);
  const libraries: CachedLibrary[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + NEW_HEADER_LENGTH + index * NEW_ENTRY_LENGTH;
    if (at + NEW_ENTRY_LENGTH > bytes.length) break;
    const flags = view.getUint32(at, true);
    if (wantedFlags[machine] !== undefined && (flags & 0xffff) !== wantedFlags[machine]) continue;
    libraries.push({
      name: cString(bytes, start + view.getUint32(at + 4, true)),
      path: cString(bytes, start + view.getUint32(at + 8, true)),
      flags,
    });
  }
  return libraries;
}

/** Caches that also serve glibc before 2.2 start with the old format; the new one follows its entries, aligned to 8. */
function newFormatAt(bytes: Uint8Array): number | undefined {
  const startsWith = (text: string, at: number): boolean => cString(bytes, at, at + text.length) === text;
  if (startsWith(NEW_MAGIC, 0)) return 0;
  if (!startsWith(OLD_MAGIC, 0) || bytes.length < OLD_HEADER_LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = OLD_HEADER_LENGTH + view.getUint32(12, true) * OLD_ENTRY_LENGTH;
  const start = Math.ceil(end / 8) * 8;
  return startsWith(NEW_MAGIC, start) ? start : undefined;
}
