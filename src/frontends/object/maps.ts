// The maps of an object: those that BTF describes in `.maps`, those of the old `maps` section, and one for each section of global
// data. In `.maps` a map is a struct whose members are never read: `__uint(name, n)` is a pointer to an array of n integers,
// `__type(name, T)` a pointer to T, `__array(name, T)` an array of pointers to T.

import { cString } from '../../base/bytes.ts';
import type { Btf, BtfType, StructType } from '../../btf/index.ts';
import { type Section, SectionFlag, SectionType } from '../../elf/index.ts';
import type { MapDefinition } from '../../image/index.ts';
import { mapKind } from '../../isa/index.ts';
import type { ElfObject, ObjectSymbol } from './elf-object.ts';
import { objectError } from './object-error.ts';

/** Programs may only read it: BPF_F_RDONLY_PROG. */
const READ_ONLY = 1 << 7;
/** Bytes of a name that the kernel keeps without its NUL. */
const NAME_BYTES = 15;
/** Names of the kernel's own fields in values, by the struct that they are. */
const SPECIAL: Readonly<Record<string, 'spin_lock' | 'timer'>> = { bpf_spin_lock: 'spin_lock', bpf_timer: 'timer' };
/** Bytes of the frames that a stack trace map keeps: PERF_MAX_STACK_DEPTH addresses. */
const STACK_TRACE_BYTES = 127 * 8;

/** A map of an object; more than the Image has a word for is here. */
export interface ObjectMap extends MapDefinition {
  /** Bits of `map_extra`. */
  readonly extra?: number;
  /** What the maps that it holds are like. */
  readonly inner?: ObjectMap;
  /** What stands in it from the beginning: the names of maps or programs, by index. */
  readonly values?: readonly (string | undefined)[];
  /** The object wants it in the file system of BPF. */
  readonly pinned?: boolean;
  /** Where in its values what the kernel keeps for itself stands. */
  readonly special?: readonly { readonly kind: 'spin_lock' | 'timer'; readonly offset: number }[];
}

/** The maps, and which one a place in a section is. */
export interface ObjectMaps {
  readonly list: readonly ObjectMap[];
  /** The map at a byte of a section, and the byte of its value for global data. */
  at(section: number, offset: number): { readonly map: number; readonly value: boolean } | undefined;
}

export function readMaps(object: ElfObject, btf: Btf | undefined, extra: readonly ObjectMap[] = []): ObjectMaps {
  const list: ObjectMap[] = [];
  const places = new Map<string, number>();
  const data = new Map<number, number>();
  for (const { symbol, map } of [...describedMaps(object, btf), ...legacyMaps(object)]) {
    places.set(`${symbol.section}:${symbol.value}`, list.length);
    list.push(map);
  }
  for (const section of object.elf.sections) {
    const map = dataMap(object, section);
    if (!map) continue;
    data.set(section.index, list.length);
    list.push(map);
  }
  list.push(...extra);
  return {
    list,
    at: (section, offset) => {
      const whole = data.get(section);
      if (whole !== undefined) return { map: whole, value: true };
      const map = places.get(`${section}:${offset}`);
      return map === undefined ? undefined : { map, value: false };
    },
  };
}

// ---- global data

function dataMap(object: ElfObject, section: Section): ObjectMap | undefined {
  const prefix = /^\.(data|rodata|bss)(?:\.|$)/.exec(section.name)?.[1];
  if (prefix === undefined || section.size === 0 || (section.flags & SectionFlag.ALLOC) === 0) return undefined;
  const readonly = prefix === 'rodata';
  const bytes = section.type === SectionType.NOBITS ? new Uint8Array(section.size) : object.data(section).slice();
  return dataMapOf(section.name, bytes, readonly);
}

/** An array whose only value is the bytes. */
export function dataMapOf(name: string, bytes: Uint8Array, readonly: boolean): ObjectMap {
  return {
    name: name.slice(0, NAME_BYTES),
    kind: 'array',
    keySize: 4,
    valueSize: bytes.length,
    maxEntries: 1,
    flags: readonly ? READ_ONLY : 0,
    role: { kind: 'data', bytes, readonly },
  };
}

// ---- maps that BTF describes

interface Found {
  readonly symbol: ObjectSymbol;
  readonly map: ObjectMap;
}

function describedMaps(object: ElfObject, btf: Btf | undefined): Found[] {
  const section = object.section('.maps');
  if (!section) return [];
  if (!btf) throw objectError('the object has maps but no BTF that describes them.', 'compile it with -g');
  const variables = new Map<string, StructType>();
  for (const { type } of btf.find('.maps', 'datasec')?.variables ?? []) {
    const variable = btf.type(type);
    if (variable.kind !== 'var') continue;
    const struct = btf.resolve(variable.type);
    if (struct.kind !== 'struct') throw objectError(`the map '${variable.name}' is not a struct.`);
    variables.set(variable.name, struct);
  }
  return symbolsOf(object, section.index).map((symbol) => {
    const struct = variables.get(symbol.name);
    if (!struct) throw objectError(`the map '${symbol.name}' has no BTF.`, 'compile the object with -g');
    return { symbol, map: describedMap(btf, symbol.name, struct, initialValues(object, section, symbol, struct)) };
  });
}

function symbolsOf(object: ElfObject, section: number): ObjectSymbol[] {
  return object.symbols
    .filter((symbol) => symbol.section === section && !symbol.isSection && symbol.name !== '')
    .sort((a, b) => a.value - b.value);
}

function describedMap(
  btf: Btf,
  name: string,
  struct: StructType,
  values: readonly (string | undefined)[] | undefined,
): ObjectMap {
  const numbers: Record<string, number> = {};
  let inner: ObjectMap | undefined;
  let special: ObjectMap['special'] = [];
  for (const member of struct.members) {
    const type = btf.resolve(member.type);
    if (member.name === 'values') inner = innerMap(btf, name, type);
    else if (member.name === 'key' || member.name === 'value') {
      if (type.kind !== 'ptr') throw badMember(name, member.name);
      numbers[`${member.name}_size`] = btf.sizeOf(type.target);
      if (member.name === 'value') special = specialFields(btf, type.target);
    } else numbers[member.name] = memberNumber(btf, name, member.name, type);
  }
  const map = makeMap(name, numbers);
  return {
    ...map,
    ...(inner && { inner }),
    ...(values && { values }),
    ...(special.length > 0 && { special }),
  };
}

const FIELDS: ReadonlySet<string> = new Set([
  'type',
  'max_entries',
  'map_flags',
  'numa_node',
  'key_size',
  'value_size',
  'pinning',
  'map_extra',
]);

function memberNumber(btf: Btf, map: string, name: string, type: BtfType): number {
  if (!FIELDS.has(name)) throw objectError(`the map '${map}' has a member '${name}', which no map has.`);
  if (type.kind === 'ptr') {
    const array = btf.resolve(type.target);
    if (array.kind === 'array') return array.length;
  }
  // __ulong(name, value): an enum whose only value is the number.
  if (type.kind === 'enum' && type.values[0]) return Number(type.values[0].value);
  throw badMember(map, name);
}

function badMember(map: string, name: string): Error {
  return objectError(`the member '${name}' of the map '${map}' is not written with __uint, __type or __array.`);
}

/** `__array(values, struct { ... })` describes the maps inside; `__array(values, int ())` programs. */
function innerMap(btf: Btf, name: string, type: BtfType): ObjectMap | undefined {
  const pointer = type.kind === 'array' ? btf.resolve(type.element) : undefined;
  if (pointer?.kind !== 'ptr') throw badMember(name, 'values');
  const struct = btf.resolve(pointer.target);
  return struct.kind === 'struct' ? describedMap(btf, `${name}.inner`, struct, undefined) : undefined;
}

function makeMap(name: string, numbers: Readonly<Record<string, number>>): ObjectMap {
  const id = numbers['type'];
  if (id === undefined) throw objectError(`the map '${name}' has no type.`);
  const kind = mapKind(id)?.name;
  if (kind === undefined) throw objectError(`the map '${name}' is of type ${id}, which beetrace does not know.`);
  const sizes = defaultSizes(kind);
  return {
    name: name.slice(0, NAME_BYTES),
    kind,
    keySize: numbers['key_size'] ?? sizes.key,
    valueSize: numbers['value_size'] ?? sizes.value,
    maxEntries: numbers['max_entries'] ?? 0,
    flags: numbers['map_flags'] ?? 0,
    ...(numbers['map_extra'] !== undefined && { extra: numbers['map_extra'] }),
    ...(numbers['pinning'] && { pinned: true }),
    role: { kind: 'private' },
  };
}

/** What a map is when its object leaves the sizes out. */
function defaultSizes(kind: string): { readonly key: number; readonly value: number } {
  if (kind === 'stack_trace') return { key: 4, value: STACK_TRACE_BYTES };
  const holdsDescriptors = /_array$|_of_maps$|^(?:sockmap|sockhash|devmap|devmap_hash|cpumap|xskmap)$/.test(kind);
  return holdsDescriptors ? { key: 4, value: 4 } : { key: 0, value: 0 };
}

/** Locks and timers in a value, also in structs inside it. */
function specialFields(btf: Btf, id: number, offset = 0): NonNullable<ObjectMap['special']> {
  const type = btf.resolve(id);
  if (type.kind !== 'struct') return [];
  const kind = SPECIAL[type.name];
  if (kind) return [{ kind, offset }];
  return type.members.flatMap((member) => specialFields(btf, member.type, offset + member.bitOffset / 8));
}

/** What the entries of `values` refer to, from the relocations of the section. */
function initialValues(
  object: ElfObject,
  section: Section,
  symbol: ObjectSymbol,
  struct: StructType,
): (string | undefined)[] | undefined {
  const member = struct.members.find((candidate) => candidate.name === 'values');
  if (!member) return undefined;
  const start = symbol.value + member.bitOffset / 8;
  const values: (string | undefined)[] = [];
  for (const relocation of object.relocations(section.index)) {
    const { offset } = relocation;
    if (offset < start || offset >= symbol.value + symbol.size) continue;
    values[(offset - start) / 8] = relocation.symbol.name;
  }
  return values.length > 0 ? Array.from(values) : undefined;
}

// ---- the old section

/** struct bpf_map_def: type, key size, value size, entries, flags, u32 each; some objects leave the flags out or add more. */
function legacyMaps(object: ElfObject): Found[] {
  const section = object.section('maps');
  if (!section) return [];
  const bytes = object.data(section);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const symbols = symbolsOf(object, section.index);
  return symbols.map((symbol, index) => {
    const end = symbols[index + 1]?.value ?? section.size;
    const word = (at: number): number => {
      return symbol.value + at + 4 <= Math.min(end, bytes.length) ? view.getUint32(symbol.value + at, true) : 0;
    };
    const [type, key_size, value_size, max_entries, map_flags] = [0, 4, 8, 12, 16].map(word);
    return {
      symbol,
      map: makeMap(symbol.name, {
        type: type!,
        key_size: key_size!,
        value_size: value_size!,
        max_entries: max_entries!,
        map_flags: map_flags!,
      }),
    };
  });
}

/** The licence that the object declares; none is not GPL. */
export function readLicense(object: ElfObject): string {
  const section = object.section('license');
  return section ? cString(object.data(section)) : '';
}
