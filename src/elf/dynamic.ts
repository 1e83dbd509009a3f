// The dynamic section: what a file tells the dynamic linker.

import { cString } from '../base/bytes.ts';
import { DynamicTag } from './format.ts';

export interface DynamicInfo {
  /** The names of the libraries that are loaded with it. */
  readonly needed: readonly string[];
  /** The name by which others need it. */
  readonly soname?: string;
  /** Directories to search first, separated by colons. */
  readonly runpath?: string;
}

/** `stringsAt` gives the bytes from a virtual address on. */
export function parseDynamic(
  bytes: Uint8Array,
  is64: boolean,
  stringsAt: (address: bigint) => Uint8Array,
): DynamicInfo {
  const entries = readEntries(bytes, is64);
  const strings = entries.find(({ tag }) => tag === DynamicTag.STRTAB);
  if (!strings) return { needed: [] };
  const text = stringsAt(strings.value);
  const all = (wanted: number): string[] =>
    entries.filter(({ tag }) => tag === wanted).map(({ value }) => cString(text, Number(value)));
  const soname = all(DynamicTag.SONAME)[0];
  const runpath = all(DynamicTag.RUNPATH)[0] ?? all(DynamicTag.RPATH)[0];
  return {
    needed: all(DynamicTag.NEEDED),
    ...(soname === undefined ? {} : { soname }),
    ...(runpath === undefined ? {} : { runpath }),
  };
}

function readEntries(bytes: Uint8Array, is64: boolean): { tag: number; value: bigint }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = is64 ? 8 : 4;
  const word = (at: number): bigint => (is64 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)));
  const entries: { tag: number; value: bigint }[] = [];
  for (let at = 0; at + width * 2 <= bytes.length; at += width * 2) {
    const tag = Number(word(at));
    if (tag === DynamicTag.NULL) break;
    entries.push({ tag, value: word(at + width) });
  }
  return entries;
}
