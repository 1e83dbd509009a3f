// The value types: one small algebra that front ends check with, the compiler lays out with and the report prints with.
// A type is plain data. Every type has a fixed size and alignment; bytes are little-endian.

/** How stack frames are printed: `bpftrace`, `perf` and `raw` addresses, or build ids. */
export type StackMode = 'bpftrace' | 'perf' | 'raw' | 'build_id';

/** Which clock a timestamp was read from: since boot with and without suspend, International Atomic Time, or wall. */
export type ClockMode = 'boot' | 'monotonic' | 'tai' | 'sw_tai';

/** Which memory a pointer points to; decides how it is read. */
export type AddressSpace = 'kernel' | 'user' | 'context' | 'none';

/** What an aggregation keeps. */
export type AggregationKind = 'count' | 'sum' | 'min' | 'max' | 'avg' | 'stats' | 'hist' | 'lhist' | 'tseries';

export interface Field {
  /** Empty for tuple fields. */
  readonly name: string;
  readonly type: Type;
  /** Bytes from the start of the tuple or record. */
  readonly offset: number;
  /** For a bit field: its place inside the `type` read at `offset`. */
  readonly bits?: { readonly shift: number; readonly width: number };
}

export type Type =
  | { readonly kind: 'void' }
  /** One byte, 0 or 1. */
  | { readonly kind: 'bool' }
  | { readonly kind: 'int'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** An integer whose values have names (a C enum, or a table such as probe names). */
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly size: 1 | 2 | 4 | 8;
      readonly signed: boolean;
      readonly values: readonly { readonly name: string; readonly value: bigint }[];
    }
  /** NUL-terminated unless it fills all its `size` bytes, which means that it was cut. */
  | { readonly kind: 'string'; readonly size: number }
  /** `u32 length` and then `size` bytes of which `length` count. */
  | { readonly kind: 'buffer'; readonly size: number }
  | { readonly kind: 'array'; readonly element: Type; readonly length: number }
  /** Positional fields with natural alignment; made by `tupleType`. */
  | { readonly kind: 'tuple'; readonly fields: readonly Field[]; readonly size: number; readonly align: number }
  /** Named fields: of the language, or a C struct copied by value (then with the C offsets and bit fields). */
  | {
      readonly kind: 'record';
      readonly name: string;
      readonly fields: readonly Field[];
      readonly size: number;
      readonly align: number;
    }
  /** A C struct or union known by name (`struct path`); its members are looked up in BTF or in the script's own definitions. */
  | { readonly kind: 'struct'; readonly name: string; readonly size: number }
  | { readonly kind: 'pointer'; readonly to: Type; readonly space: AddressSpace }
  /** `u64 count` and then `limit` times a u64 address (32 bytes each with build ids). */
  | { readonly kind: 'kstack'; readonly mode: StackMode; readonly limit: number }
  /** `u32 count`, `u32 pid` and then the addresses as in kstack. */
  | { readonly kind: 'ustack'; readonly mode: StackMode; readonly limit: number }
  /** `u64 address`. */
  | { readonly kind: 'ksym' }
  /** `u64 address`, `u32 pid`, `u32` zero. */
  | { readonly kind: 'usym' }
  /** `u32 family` (2 or 10), then 16 bytes of address, of which an IPv4 address takes the first four. */
  | { readonly kind: 'inet' }
  /** Six bytes. */
  | { readonly kind: 'mac' }
  /** `u64` user id, printed as a name. */
  | { readonly kind: 'username' }
  /** `u64` cgroup v2 id, printed as a path. */
  | { readonly kind: 'cgroup_path'; readonly filter: string }
  /** `u64` nanoseconds of a clock, printed through a strftime format. */
  | { readonly kind: 'timestamp'; readonly clock: ClockMode; readonly format: string };

export type TypeKind = Type['kind'];
export type TypeOf<K extends TypeKind> = Extract<Type, { kind: K }>;

/** What a map holds under a key: a plain value, or an aggregation kept per CPU and joined by the reader. */
export type MapValue =
  | { readonly kind: 'plain'; readonly type: Type }
  | { readonly kind: 'aggregation'; readonly aggregation: Aggregation };

/**
 * The layout of an aggregation under one key on one CPU.
 * count, sum: `u64`. min, max: `u64 value`, `u64 isSet`. avg, stats: `u64 total`, `u64 count`.
 * hist, lhist: a `u64` count for each bucket.
 * tseries: for each slot `u64 value`, `u64 meta`, `u64 epoch`; the epoch is the number of the interval since boot (by the
 * boot clock), its slot is `epoch % intervals`. meta is 0 for nothing, else the time in nanoseconds for `last`, how many
 * values for `avg` and `sum` (whose value is the total), and 1 for `min` and `max`.
 *
 * In a keyed map, buckets and slots have entries of their own: the map's key, padded to a multiple of eight bytes, is
 * followed by the `u64` bucket or slot (the last eight bytes of the kernel's key).
 * A scalar map is a `percpu_array` (u32 keys): hist, lhist and tseries have one entry for each bucket or slot, which is
 * the key; all others have one entry with key 0. A plain scalar map is an `array` with one entry.
 */
export type Aggregation =
  | { readonly kind: 'count' }
  | { readonly kind: 'sum' | 'min' | 'max' | 'avg' | 'stats'; readonly signed: boolean }
  /** Log2 buckets, each power of two split in `2 ** bits`. */
  | { readonly kind: 'hist'; readonly bits: number }
  | { readonly kind: 'lhist'; readonly min: bigint; readonly max: bigint; readonly step: bigint }
  | {
      readonly kind: 'tseries';
      readonly signed: boolean;
      /** Nanoseconds of one interval. */
      readonly interval: bigint;
      readonly intervals: number;
      readonly reduce: 'last' | 'avg' | 'min' | 'max' | 'sum';
    };

export const VOID: Type = { kind: 'void' };
export const BOOL: Type = { kind: 'bool' };
export const INT8: Type = { kind: 'int', size: 1, signed: true };
export const INT16: Type = { kind: 'int', size: 2, signed: true };
export const INT32: Type = { kind: 'int', size: 4, signed: true };
export const INT64: Type = { kind: 'int', size: 8, signed: true };
export const UINT8: Type = { kind: 'int', size: 1, signed: false };
export const UINT16: Type = { kind: 'int', size: 2, signed: false };
export const UINT32: Type = { kind: 'int', size: 4, signed: false };
export const UINT64: Type = { kind: 'int', size: 8, signed: false };

/** An integer type by size in bytes. */
export function intType(size: number, signed: boolean): TypeOf<'int'> {
  return { kind: 'int', size: size as 1 | 2 | 4 | 8, signed };
}

/** A string of `size` bytes, the terminating NUL included. */
export function stringType(size: number): TypeOf<'string'> {
  return { kind: 'string', size };
}

export function arrayType(element: Type, length: number): TypeOf<'array'> {
  return { kind: 'array', element, length };
}

export function pointerType(to: Type, space: AddressSpace): TypeOf<'pointer'> {
  return { kind: 'pointer', to, space };
}

/** A tuple laid out with natural alignment. */
export function tupleType(types: readonly Type[]): TypeOf<'tuple'> {
  return { kind: 'tuple', ...layout(types.map((type) => ({ name: '', type }))) };
}

/** A record of the language, laid out with natural alignment. */
export function recordType(name: string, fields: readonly { name: string; type: Type }[]): TypeOf<'record'> {
  return { kind: 'record', name, ...layout(fields) };
}

function layout(members: readonly { name: string; type: Type }[]): { fields: Field[]; size: number; align: number } {
  const fields: Field[] = [];
  let size = 0;
  let align = 1;
  for (const { name, type } of members) {
    const alignment = alignOf(type);
    align = Math.max(align, alignment);
    size = roundUp(size, alignment);
    fields.push({ name, type, offset: size });
    size += sizeOf(type);
  }
  return { fields, size: roundUp(size, align), align };
}

export function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** Bytes that a value of the type takes. */
export function sizeOf(type: Type): number {
  switch (type.kind) {
    case 'void':
      return 0;
    case 'bool':
      return 1;
    case 'int':
    case 'enum':
    case 'string':
    case 'tuple':
    case 'record':
    case 'struct':
      return type.size;
    case 'buffer':
      return 4 + type.size;
    case 'array':
      return sizeOf(type.element) * type.length;
    case 'kstack':
    case 'ustack':
      return 8 + type.limit * frameSize(type.mode);
    case 'usym':
      return 16;
    case 'inet':
      return 20;
    case 'mac':
      return 6;
    case 'pointer':
    case 'ksym':
    case 'username':
    case 'cgroup_path':
    case 'timestamp':
      return 8;
  }
}

/** Bytes of one stack frame: an address, or struct bpf_stack_build_id. */
export function frameSize(mode: StackMode): number {
  return mode === 'build_id' ? 32 : 8;
}

/** Alignment in bytes inside tuples, records, keys and ring buffer records. */
export function alignOf(type: Type): number {
  switch (type.kind) {
    case 'void':
    case 'bool':
    case 'string':
    case 'mac':
      return 1;
    case 'int':
    case 'enum':
      return type.size;
    case 'buffer':
    case 'inet':
      return 4;
    case 'array':
      return alignOf(type.element);
    case 'tuple':
    case 'record':
      return type.align;
    case 'struct':
    case 'pointer':
    case 'kstack':
    case 'ustack':
    case 'ksym':
    case 'usym':
    case 'username':
    case 'cgroup_path':
    case 'timestamp':
      return 8;
  }
}

/** Whether a value fits one register, and is held in one while it is computed with. */
export function isScalar(type: Type): boolean {
  switch (type.kind) {
    case 'bool':
    case 'int':
    case 'enum':
    case 'pointer':
    case 'ksym':
    case 'username':
    case 'cgroup_path':
    case 'timestamp':
      return true;
    default:
      return false;
  }
}

/** Whether the register holds the value sign-extended. */
export function isSigned(type: Type): boolean {
  return (type.kind === 'int' || type.kind === 'enum') && type.signed;
}

export function sameType(a: Type, b: Type): boolean {
  return a === b || JSON.stringify(a, bigintText) === JSON.stringify(b, bigintText);
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** The name that messages use, as bpftrace writes types: `int64`, `string[16]`, `(int8,string[3])`, `struct path *`. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'int':
      return `${type.signed ? 'int' : 'uint'}${type.size * 8}`;
    case 'enum':
      return type.name;
    case 'string':
      return `string[${type.size}]`;
    case 'buffer':
      return `buffer[${type.size}]`;
    case 'array':
      return `${typeName(type.element)}[${type.length}]`;
    case 'tuple':
      return `(${type.fields.map((field) => typeName(field.type)).join(',')})`;
    case 'record':
      return (
        type.name || `record { ${type.fields.map((field) => `.${field.name} = ${typeName(field.type)}`).join(', ')} }`
      );
    case 'struct':
      return type.name;
    case 'pointer':
      return type.to.kind === 'pointer' ? `${typeName(type.to)}*` : `${typeName(type.to)} *`;
    case 'kstack':
      return 'kstack_t';
    case 'ustack':
      return 'ustack_t';
    case 'ksym':
      return 'ksym_t';
    case 'usym':
      return 'usym_t';
    case 'inet':
      return 'inet_t';
    case 'mac':
      return 'macaddr_t';
    case 'username':
      return 'username_t';
    case 'cgroup_path':
      return 'cgroup_path_t';
    default:
      return type.kind;
  }
}
