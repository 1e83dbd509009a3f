// Makes records and map snapshots out of values, and a report whose output can be read, for tests of the report.

import {
  type Image,
  layoutOf,
  type MapRole,
  type MapSnapshot,
  type MapValue,
  memoryOf,
  type RecordDefinition,
  roundUp,
  sizeOf,
  type Type,
} from '../../src/image/index.ts';
import { createReport, type Names, type RecordHost, type Report } from '../../src/report/index.ts';

/** A value for `encode`: what it must be depends on the type. */
export type Value = number | bigint | boolean | string | Uint8Array | readonly Value[] | { pid: number; value: Value };

/** Writes a value as the compiler lays it out. */
export function encode(type: Type, value: Value, bytes: Uint8Array, offset = 0): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type.kind) {
    case 'bool':
    case 'int':
    case 'enum':
    case 'pointer':
    case 'ksym':
    case 'username':
    case 'cgroup_path':
    case 'timestamp': {
      const scratch = new DataView(new ArrayBuffer(8));
      scratch.setBigUint64(0, BigInt.asUintN(64, BigInt(value as number)), true);
      for (let index = 0; index < sizeOf(type); index++) bytes[offset + index] = scratch.getUint8(index);
      return;
    }
    case 'string':
      bytes.set(new TextEncoder().encode(value as string).subarray(0, type.size), offset);
      return;
    case 'buffer':
      view.setUint32(offset, (value as Uint8Array).length, true);
      bytes.set(value as Uint8Array, offset + 4);
      return;
    case 'array':
      (value as Value[]).forEach((item, index) => {
        encode(type.element, item, bytes, offset + index * sizeOf(type.element));
      });
      return;
    case 'void':
      return;
    case 'tuple':
    case 'record':
      if (value instanceof Uint8Array) {
        bytes.set(value, offset);
        return;
      }
      (value as Value[]).forEach((item, index) => {
        const field = type.fields[index]!;
        encode(field.type, item, bytes, offset + field.offset);
      });
      return;
    case 'inet': {
      const address = value as Uint8Array;
      view.setUint32(offset, address.length === 4 ? 2 : 10, true);
      bytes.set(address, offset + 4);
      return;
    }
    case 'mac':
      bytes.set(value as Uint8Array, offset);
      return;
    case 'usym': {
      const { pid, value: address } = value as { pid: number; value: bigint };
      view.setBigUint64(offset, address, true);
      view.setUint32(offset + 8, pid, true);
      return;
    }
    case 'kstack':
      encodeFrames(type, value as Value[], bytes, offset, undefined);
      return;
    case 'ustack': {
      const { pid, value: frames } = value as { pid: number; value: Value[] };
      encodeFrames(type, frames, bytes, offset, pid);
      return;
    }
    default:
      throw new Error(`no values of ${type.kind}`);
  }
}

function encodeFrames(
  type: Extract<Type, { kind: 'kstack' | 'ustack' }>,
  frames: readonly Value[],
  bytes: Uint8Array,
  offset: number,
  pid: number | undefined,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(offset, frames.length, true);
  view.setUint32(offset + 4, pid ?? 0, true);
  frames.forEach((frame, index) => {
    if (type.mode === 'build_id') bytes.set(frame as Uint8Array, offset + 8 + index * 32);
    else view.setBigUint64(offset + 8 + index * 8, frame as bigint, true);
  });
}

/** The bytes of one value. */
export function bytesOf(type: Type, value: Value): Uint8Array {
  const bytes = new Uint8Array(sizeOf(type));
  encode(type, value, bytes);
  return bytes;
}

/** A map of the script with its contents: keys and, for each, the bytes of its value on each CPU. */
export interface TestMap {
  readonly name: string;
  readonly key?: Type;
  readonly value: MapValue;
  readonly keySize?: number;
  readonly entries: readonly { readonly key: Uint8Array; readonly cpus: readonly Uint8Array[] }[];
}

/** A map of plain values. */
export function plainMap(name: string, key: Type | undefined, type: Type, entries: readonly [Value, Value][]): TestMap {
  return {
    name,
    ...(key ? { key } : {}),
    value: { kind: 'plain', type },
    entries: entries.map(([k, v]) => ({ key: key ? bytesOf(key, k) : new Uint8Array(4), cpus: [bytesOf(type, v)] })),
  };
}

/** u64 words, one after another. */
export function words(...values: (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    view.setBigUint64(index * 8, BigInt.asUintN(64, BigInt(value)), true);
  });
  return bytes;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** The key of a histogram's or series' entry: the script's key rounded up to words, then the bucket. */
export function bucketKey(key: Uint8Array, bucket: number | bigint): Uint8Array {
  return concat(key, new Uint8Array(roundUp(key.length, 8) - key.length), words(bucket));
}

function snapshotOf({ entries, keySize }: TestMap): MapSnapshot {
  const valueSize = entries[0]?.cpus[0]?.length ?? 8;
  const cpus = entries[0]?.cpus.length ?? 1;
  const stride = cpus > 1 ? roundUp(valueSize, 8) : valueSize;
  const values = new Uint8Array(entries.length * stride * cpus);
  entries.forEach((entry, index) => {
    entry.cpus.forEach((bytes, cpu) => {
      values.set(bytes, (index * cpus + cpu) * stride);
    });
  });
  return {
    count: entries.length,
    keys: concat(...entries.map(({ key }) => key)),
    values,
    keySize: keySize ?? entries[0]?.key.length ?? 4,
    valueSize,
    stride,
    cpus,
  };
}

export interface FixtureOptions {
  readonly format?: 'text' | 'json';
  readonly records?: readonly RecordDefinition[];
  readonly maps?: readonly TestMap[];
  readonly probes?: readonly string[];
  readonly names?: Partial<Names>;
  readonly host?: Partial<RecordHost>;
  readonly warnings?: boolean;
  readonly script?: string;
}

export interface Fixture {
  readonly report: Report;
  /** What the host was asked for, in order. */
  readonly asked: string[];
  /** Hands a record over. */
  send(record: number, values?: readonly Value[], length?: number): void;
  /** Flushes and returns what was printed since. */
  output(): string;
  outputBytes(): Uint8Array;
  errors(): string;
}

export const NAMES: Names = {
  kernelSymbol: (address) =>
    address >= 0xffffffff80000000n
      ? { name: address < 0xffffffff81000000n ? 'vfs_read' : 'do_mmap', offset: address & 0xfffn }
      : undefined,
  userSymbol: (pid, address) =>
    address >= 0x400000n && address < 0x500000n
      ? { name: `main${pid}`, offset: address & 0xffn, module: '/bin/program' }
      : undefined,
  userModule: (_pid, address) => (address === 3n ? '/lib/libc.so' : undefined),
  userName: (uid) => (uid === 0 ? 'root' : undefined),
  cgroupPath: (id) => (id === 1n ? '/' : id === 7n ? '/user.slice' : undefined),
  wallTimeOf: () => 0n,
  now: () => 0n,
};

export function fixture(options: FixtureOptions = {}): Fixture {
  const asked: string[] = [];
  let output: number[] = [];
  let errors: number[] = [];
  const image = imageOf(options);
  const maps = options.maps ?? [];
  const ask =
    (name: string) =>
    (...values: unknown[]) => {
      asked.push([name, ...values].join(' '));
    };
  const host: RecordHost = {
    exit: ask('exit'),
    clearMap: ask('clear'),
    zeroMap: ask('zero'),
    packet: ask('packet'),
    readMap: (map) => snapshotOf(maps[map]!),
    readFile: () => new TextEncoder().encode('contents\n'),
    runCommand: (command) => new TextEncoder().encode(`ran ${command}\n`),
    ...options.host,
  };
  const report = createReport({
    image,
    format: options.format ?? 'text',
    output: { write: (bytes) => output.push(...bytes) },
    errors: { write: (bytes) => errors.push(...bytes) },
    names: { ...NAMES, ...options.names },
    host,
    warnings: options.warnings ?? true,
  });
  const outputBytes = () => {
    report.flush();
    const bytes = new Uint8Array(output);
    output = [];
    return bytes;
  };
  return {
    report,
    asked,
    outputBytes,
    output: () => new TextDecoder().decode(outputBytes()),
    errors: () => {
      report.flush();
      const text = new TextDecoder().decode(new Uint8Array(errors));
      errors = [];
      return text;
    },
    send: (record, values = [], length) => {
      const { fields, size } = layoutOf(image.records[record]!);
      // Records lie between others: what is behind one must never be seen.
      const memory = memoryOf(new ArrayBuffer(16 + roundUp(size, 8) + 16));
      memory.u8.fill(0xee);
      memory.u8.fill(0, 16, 16 + (length ?? size));
      memory.view.setUint32(16, record, true);
      fields.forEach((field, index) => {
        if (values[index] === undefined) return;
        const bytes = bytesOf(field.type, values[index]);
        memory.u8.set(bytes.subarray(0, Math.max(0, (length ?? size) - field.offset)), 16 + field.offset);
      });
      report.handle(memory, 16, length ?? size);
    },
  };
}

function imageOf(options: FixtureOptions): Image {
  return {
    version: 1,
    sources: [{ name: 'stdin', text: options.script ?? '' }],
    programs: [],
    maps: (options.maps ?? []).map(({ name, key, value }) => ({
      name: 'AT_',
      kind: 'hash',
      keySize: 8,
      valueSize: 8,
      maxEntries: 1,
      flags: 0,
      role: { kind: 'script', name, value, ...(key ? { key } : {}) } satisfies MapRole,
    })),
    records: options.records ?? [],
    probes: options.probes ?? [],
    license: 'GPL',
    settings: {
      ringBytes: 0,
      printMapsOnExit: true,
      truncationTrailer: '..',
      missingProbes: 'error',
      maxCatBytes: 10240,
      demangle: true,
    },
  };
}

/** What printf writes. */
export function printed(
  format: string,
  types: readonly Type[],
  values: readonly Value[],
  options: FixtureOptions = {},
): string {
  const { send, output } = fixture({ ...options, records: [{ kind: 'printf', format, stream: 'out', fields: types }] });
  send(0, values);
  return output();
}

/** What print() writes for a value, without its newline or, in JSON, the member `data`. */
export function shown(type: Type, value: Value, options: FixtureOptions = {}): string {
  const { send, output } = fixture({ ...options, records: [{ kind: 'print', fields: [type] }] });
  send(0, [value]);
  const text = output();
  return options.format === 'json'
    ? text.replace(/^\{"type": "value", "data": (.*)\}\n$/, '$1')
    : text.replace(/\n$/, '');
}

/** What printing a map writes. */
export function printedMap(map: TestMap, options: FixtureOptions & { top?: number; div?: number } = {}): string {
  const fields: Type[] = [
    { kind: 'int', size: 8, signed: false },
    { kind: 'int', size: 8, signed: false },
  ];
  const { send, output } = fixture({ ...options, maps: [map], records: [{ kind: 'print-map', map: 0, fields }] });
  send(0, [options.top ?? 0, options.div ?? 0]);
  return output();
}
