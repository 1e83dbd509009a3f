// What a program names and the kernel has: its configuration (`.kconfig`), and its variables and functions (`.ksyms`). BTF lists
// them as variables and functions of data sections that are not in the file.

import { utf8Bytes } from '../../base/bytes.ts';
import type { Btf, BtfType } from '../../btf/index.ts';
import type { ObjectSymbol } from './elf-object.ts';
import { dataMapOf, type ObjectMap } from './maps.ts';
import { objectError } from './object-error.ts';

/** The value of `CONFIG_X`: `y`, `m`, `n`, a number or a text; undefined when it is not set. */
export type KernelConfig = (name: string) => bigint | string | undefined;

export type ExternVariable =
  | { readonly kind: 'config'; readonly map: number; readonly offset: number }
  /** A variable that BTF types; 0 when its kernel is not known. */
  | { readonly kind: 'typed'; readonly id: number }
  | { readonly kind: 'address'; readonly missing: boolean };

export interface Externs {
  /** The BTF id of a function of the kernel, 0 when the kernel is not known. */
  function(symbol: ObjectSymbol): number | 'missing';
  variable(symbol: ObjectSymbol): ExternVariable;
}

export interface ExternOptions {
  readonly btf: Btf | undefined;
  readonly target: Btf | undefined;
  readonly config: KernelConfig;
  readonly symbols: readonly ObjectSymbol[];
}

/** The externs, and the map with the configuration when the program asks for any; it becomes map number `index`. */
export function readExterns(options: ExternOptions, index: number): { externs: Externs; map: ObjectMap | undefined } {
  const { btf, target } = options;
  const { offsets, map } = configuration(options);
  const ksyms = new Map(sectionTypes(btf, '.ksyms').map((type) => [nameOf(type), type]));
  const externs: Externs = {
    function(symbol) {
      if (!target) return 0;
      const found = target.find(symbol.name, 'func');
      if (found) return found.id;
      if (symbol.weak) return 'missing';
      throw absent(symbol.name, 'function');
    },
    variable(symbol) {
      const offset = offsets.get(symbol.name);
      if (offset !== undefined) return { kind: 'config', map: index, offset };
      const type = ksyms.get(symbol.name);
      if (!type) throw objectError(`the program uses '${symbol.name}', which is defined nowhere.`);
      if (type.kind !== 'var' || btf!.resolve(type.type).kind === 'void') return { kind: 'address', missing: false };
      if (!target) return { kind: 'typed', id: 0 };
      const found = target.find(symbol.name, 'var');
      if (found) return { kind: 'typed', id: found.id };
      if (symbol.weak) return { kind: 'address', missing: true };
      throw absent(symbol.name, 'variable');
    },
  };
  return { externs, map };
}

function absent(name: string, what: string): Error {
  return objectError(`this kernel has no ${what} '${name}', which the program uses.`);
}

function sectionTypes(btf: Btf | undefined, name: string): BtfType[] {
  return (btf?.find(name, 'datasec')?.variables ?? []).map(({ type }) => btf!.type(type));
}

function nameOf(type: BtfType): string {
  return 'name' in type ? type.name : '';
}

/** Lays the asked settings out one after another, each aligned to its size. */
function configuration({ btf, config, symbols }: ExternOptions): {
  offsets: Map<string, number>;
  map: ObjectMap | undefined;
} {
  const offsets = new Map<string, number>();
  const pieces: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  let end = 0;
  for (const type of sectionTypes(btf, '.kconfig')) {
    if (type.kind !== 'var') continue;
    const size = btf!.sizeOf(type.type);
    const resolved = btf!.resolve(type.type);
    const alignment = resolved.kind === 'array' ? 1 : size;
    const offset = Math.ceil(end / alignment) * alignment;
    const weak = symbols.some((symbol) => symbol.name === type.name && symbol.weak);
    pieces.push({ offset, bytes: settingBytes(type.name, resolved, size, config(type.name), weak) });
    offsets.set(type.name, offset);
    end = offset + size;
  }
  if (end === 0) return { offsets, map: undefined };
  const bytes = new Uint8Array(end);
  for (const piece of pieces) bytes.set(piece.bytes, piece.offset);
  return { offsets, map: dataMapOf('.kconfig', bytes, true) };
}

/** enum libbpf_tristate, and booleans: n, y, m. */
const TRISTATE: Readonly<Record<string, bigint>> = { n: 0n, y: 1n, m: 2n };

function settingBytes(
  name: string,
  type: BtfType,
  size: number,
  value: bigint | string | undefined,
  weak: boolean,
): Uint8Array {
  const bytes = new Uint8Array(size);
  if (value === undefined) {
    if (weak) return bytes;
    throw objectError(`the program asks for ${name}, which is not set in the configuration of this kernel.`);
  }
  if (type.kind === 'array') {
    bytes.set(utf8Bytes(String(value).replace(/^"|"$/g, '')).subarray(0, size - 1));
    return bytes;
  }
  const isCharacter = type.kind === 'int' && type.size === 1 && !type.bool;
  const letter = typeof value === 'string' && value in TRISTATE;
  let number = typeof value === 'bigint' ? value : (TRISTATE[value] ?? numberIn(name, value));
  if (letter && isCharacter) number = BigInt((value as string).charCodeAt(0));
  for (let at = 0; at < size; at++) bytes[at] = Number((number >> BigInt(at * 8)) & 0xffn);
  return bytes;
}

function numberIn(name: string, value: string): bigint {
  if (/^-?(?:0x[\da-f]+|\d+)$/i.test(value)) return BigInt(value);
  throw objectError(`${name} is '${value}' on this kernel, and the program asks for a number.`);
}
