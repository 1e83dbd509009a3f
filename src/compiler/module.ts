// What all programs of one Image share while they are compiled: maps, records, probe names, sources and constant data.
// Kernel map kinds are chosen here, so that every front end gets the fastest one for what a map holds.

import type { Source, Span } from '../base/source.ts';
import type { Aggregation, Image, Location, MapDefinition, MapValue, RecordDefinition, Type } from '../image/index.ts';
import { CACHE_ENTRIES, COUNTER_BYTES, cacheLayout, DIGEST_BYTES, roundUp, sizeOf } from '../image/index.ts';
import type { FunctionBuilder } from './builder.ts';
import type { Instruction, Module, ProgramDefinition } from './ir.ts';

/** The processor that programs run on: decides where pt_regs keeps arguments. */
export type Architecture = 'x86_64' | 'arm64';

export interface ModuleOptions {
  readonly license: string;
  readonly settings: Image['settings'];
  readonly arch: Architecture;
  /** Process numbers are those of the tracer's own pid namespace, found through the `pidns-*` parameters. */
  readonly pidNamespace: boolean;
  /** Send a problem record for every helper that fails, not only for what is always reported (`-k`). */
  readonly reportFailures: boolean;
  /** Whether the kernel has BTF and `bpf_get_current_task_btf` (Linux 5.11), so that fields of the task need no other helper. */
  readonly typedTask?: () => boolean;
  /** Longer keys are kept apart from their maps, which know them by digests. Without it the kernel takes keys of any length. */
  readonly maxKeyBytes?: number;
  /** Every record wakes the reader (`adaptive`: when it has caught up), or none does and the reader polls. */
  readonly wakeup: 'adaptive' | 'never';
}

/** What a script may declare a map to be: `let @m = lruhash(100);`. */
export type DeclaredMapKind = 'hash' | 'lruhash' | 'percpuhash' | 'percpulruhash';

export interface ScriptMapOptions {
  /** With its `@`. */
  readonly name: string;
  /** Undefined for a scalar map. */
  readonly key?: Type;
  readonly value: MapValue;
  /** Entries of a keyed map. */
  readonly maxEntries: number;
  readonly declared?: DeclaredMapKind;
  readonly span?: Span;
}

/** A map of the script, as operations take it. */
export interface ScriptMap {
  readonly index: number;
  readonly name: string;
  /** The kernel's kind by its short name. */
  readonly kind: string;
  readonly key: Type | undefined;
  readonly value: MapValue;
  readonly maxEntries: number;
  /** The map that has the keys, when this one has digests of them. */
  readonly keys?: number;
  /** Bytes that make a key: for hist, lhist and tseries the bucket follows the script's key. */
  readonly keySize: number;
  readonly valueSize: number;
  /** Offset of the u64 bucket in the kernel's key, for keyed aggregations by bucket. */
  readonly bucketOffset: number;
}

/** Largest value of a per-CPU map: PCPU_MIN_UNIT_SIZE, include/linux/percpu.h; larger ones are refused with E2BIG. */
const MAX_PERCPU_VALUE = 32768;

/** Names are cut here: BPF_OBJ_NAME_LEN is 16 with the NUL. */
const MAP_NAME_LENGTH = 15;

export class ModuleBuilder {
  readonly options: ModuleOptions;
  readonly #maps: MapDefinition[] = [];
  readonly #records: RecordDefinition[] = [];
  readonly #recordByText = new Map<string, number>();
  readonly #probes: string[] = [];
  readonly #sources: Source[] = [];
  readonly #programs: ProgramDefinition[] = [];
  readonly #constants: number[] = [];
  readonly #constantAt = new Map<string, number>();
  #constantMap: number | undefined;
  readonly #caches = new Map<ScriptMap, { enabled: Instruction; cache: Instruction }[]>();
  readonly #uncached = new Set<ScriptMap>();
  /** Bytes of scratch in each bank; bank 0 follows the counters in the frame map. */
  readonly #banks: number[] = [0];
  readonly #bankMaps: number[] = [];
  #ring: number | undefined;
  #programCount = 0;

  constructor(options: ModuleOptions) {
    this.options = options;
    this.#bankMaps.push(this.addMap(frameMap()));
  }

  // ---- maps

  /** Adds a map and gives its index in the Image. */
  addMap(definition: MapDefinition): number {
    this.#maps.push(definition);
    return this.#maps.length - 1;
  }

  /** Adds a map of the script, of the kernel kind that is fastest for it. */
  scriptMap(options: ScriptMapOptions): ScriptMap {
    const { name, key, value } = options;
    const byBucket = bucketed(value);
    const shape = key === undefined ? scalarShape(value) : keyedShape(key, value, options.maxEntries, options.declared);
    const digested = shape.keySize > (this.options.maxKeyBytes ?? Number.POSITIVE_INFINITY);
    const index = this.addMap({
      name: kernelName(`AT_${name.slice(1)}`),
      kind: shape.kind,
      keySize: digested ? DIGEST_BYTES : shape.keySize,
      valueSize: shape.valueSize,
      maxEntries: shape.maxEntries,
      flags: 0,
      role: {
        kind: 'script',
        name,
        ...(key ? { key } : {}),
        value,
        ...(options.span ? { location: this.location(options.span) } : {}),
      },
    });
    return {
      index,
      name,
      kind: shape.kind,
      key,
      value,
      maxEntries: shape.maxEntries,
      keySize: shape.keySize,
      valueSize: shape.valueSize,
      bucketOffset: byBucket ? shape.keySize - 8 : 0,
      ...(digested && { keys: this.#keysOf(index, name, shape) }),
    };
  }

  /** Where entries leave by themselves, so do their keys, and they must not be the first to leave. */
  #keysOf(of: number, name: string, { kind, keySize, maxEntries }: Shape): number {
    const lru = kind.startsWith('lru');
    return this.addMap({
      name: kernelName(`keys_${name.slice(1)}`),
      kind: lru ? 'lru_hash' : 'hash',
      keySize: DIGEST_BYTES,
      valueSize: keySize,
      maxEntries: lru ? maxEntries * 2 : maxEntries,
      flags: 0,
      role: { kind: 'keys', of },
    });
  }

  /** The ring buffer, made when the first record needs it. */
  get ring(): number {
    this.#ring ??= this.addMap({
      name: 'ring',
      kind: 'ringbuf',
      keySize: 0,
      valueSize: 0,
      maxEntries: this.options.settings.ringBytes,
      flags: 0,
      role: { kind: 'ring' },
    });
    return this.#ring;
  }

  /** Keeps bytes that never change, once, in a map that all programs read directly. */
  constant(bytes: Uint8Array): { readonly map: number; readonly offset: number } {
    this.#constantMap ??= this.addMap(dataMap(new Uint8Array(8)));
    const text = bytes.join();
    let offset = this.#constantAt.get(text);
    if (offset === undefined) {
      while (this.#constants.length % 8 !== 0) this.#constants.push(0);
      offset = this.#constants.length;
      for (const byte of bytes) this.#constants.push(byte);
      this.#constantAt.set(text, offset);
    }
    return { map: this.#constantMap, offset };
  }

  // ---- caches

  /**
   * Two instructions for code that goes through the cache in front of a map, or undefined when the map cannot have one:
   * `enabled` is 1 or 0, and `cache` the map. Which it is shows when all programs are there, since only a map that no program
   * reads may have a cache.
   */
  cache(map: ScriptMap, b: FunctionBuilder): { enabled: Instruction; cache: Instruction } | undefined {
    if (!isCacheable(map)) return undefined;
    const enabled = b.emit({ op: 'const', value: 1n });
    const cache = b.emit({ op: 'map', map: map.index });
    const uses = this.#caches.get(map);
    if (uses) uses.push({ enabled, cache });
    else this.#caches.set(map, [{ enabled, cache }]);
    return { enabled, cache };
  }

  /** Says that programs read or delete what is in a map. */
  readByPrograms(map: ScriptMap): void {
    this.#uncached.add(map);
  }

  #resolveCaches(): void {
    for (const [map, uses] of this.#caches) {
      if (this.#uncached.has(map)) {
        for (const { enabled } of uses) Object.assign(enabled, { value: 0n });
        continue;
      }
      const index = this.addMap({
        name: kernelName(`cache_${map.name.slice(1)}`),
        kind: 'percpu_array',
        keySize: 4,
        valueSize: cacheLayout(map.keySize, map.valueSize).size,
        maxEntries: CACHE_ENTRIES,
        flags: 0,
        role: { kind: 'cache', of: map.index },
      });
      for (const { cache } of uses) Object.assign(cache, { map: index });
    }
  }

  // ---- scratch space

  /** The map that holds a bank of scratch space and where the bank begins in its values. */
  bank(bank: number): { readonly map: number; readonly start: number } {
    return { map: this.#bankMaps[bank]!, start: bank === 0 ? COUNTER_BYTES : 0 };
  }

  /** The bytes that a bank can hold. */
  bankCapacity(bank: number): number {
    return bank === 0 ? MAX_PERCPU_VALUE - COUNTER_BYTES : MAX_PERCPU_VALUE;
  }

  /** Says that a program uses the first `bytes` of a bank. */
  reserveBank(bank: number, bytes: number): void {
    while (this.#banks.length <= bank) {
      this.#bankMaps.push(this.addMap(scratchMap(this.#banks.length)));
      this.#banks.push(0);
    }
    this.#banks[bank] = Math.max(this.#banks[bank]!, bytes);
  }

  // ---- records, probes, sources

  /** Adds a definition of a record; equal ones are kept once. */
  addRecord(definition: RecordDefinition): number {
    const text = JSON.stringify(definition, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
    const known = this.#recordByText.get(text);
    if (known !== undefined) return known;
    this.#recordByText.set(text, this.#records.length);
    return this.#records.push(definition) - 1;
  }

  record(index: number): RecordDefinition {
    return this.#records[index]!;
  }

  /** Adds the name of a probe; attach points and the builtin `probe` speak of it by this index. */
  addProbe(name: string): number {
    const known = this.#probes.indexOf(name);
    return known === -1 ? this.#probes.push(name) - 1 : known;
  }

  /** Where a span is, in the Image's terms. */
  location(span: Span): Location {
    let source = this.#sources.indexOf(span.source);
    if (source === -1) source = this.#sources.push(span.source) - 1;
    return { source, start: span.start, end: span.end };
  }

  // ---- programs

  /** The index of a new program, which is its entry in the frame map; ProgramBuilder asks for it. */
  reserveProgram(): number {
    return this.#programCount++;
  }

  addProgram(program: ProgramDefinition): void {
    this.#programs.push(program);
  }

  /** The whole, ready for `link`. */
  finish(): Module {
    this.#resolveCaches();
    const entries = Math.max(1, this.#programCount);
    this.#banks.forEach((bytes, bank) => {
      const index = this.#bankMaps[bank]!;
      const valueSize = roundUp(this.bank(bank).start + bytes, 8);
      this.#maps[index] = { ...this.#maps[index]!, valueSize, maxEntries: entries };
    });
    if (this.#constantMap !== undefined) this.#maps[this.#constantMap] = dataMap(Uint8Array.from(this.#constants));
    return {
      programs: this.#programs.toSorted((a, b) => a.counters - b.counters),
      maps: this.#maps,
      records: this.#records,
      probes: this.#probes,
      sources: this.#sources,
      license: this.options.license,
      settings: this.options.settings,
    };
  }
}

/** Keys of up to this many bytes are cached; hashing and comparing longer ones would eat up what is gained. */
const MAX_CACHED_KEY = 32;

/** A map that was made small on purpose must also be full when it is. */
const MIN_CACHED_ENTRIES = 1024;

function isCacheable({ kind, value, keySize, maxEntries }: ScriptMap): boolean {
  return (
    kind === 'percpu_hash' &&
    value.kind === 'aggregation' &&
    keySize <= MAX_CACHED_KEY &&
    maxEntries >= MIN_CACHED_ENTRIES
  );
}

function frameMap(): MapDefinition {
  return { ...scratchMap(0), name: 'frame', valueSize: COUNTER_BYTES, role: { kind: 'frame' } };
}

function scratchMap(bank: number): MapDefinition {
  return {
    name: `scratch_${bank}`,
    kind: 'percpu_array',
    keySize: 4,
    valueSize: 8,
    maxEntries: 1,
    flags: 0,
    role: { kind: 'private' },
  };
}

function dataMap(bytes: Uint8Array): MapDefinition {
  return {
    name: 'rodata',
    kind: 'array',
    keySize: 4,
    valueSize: roundUp(bytes.length, 8),
    maxEntries: 1,
    flags: 0,
    role: { kind: 'data', bytes, readonly: true },
  };
}

function kernelName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.]/g, '_').slice(0, MAP_NAME_LENGTH);
}

interface Shape {
  readonly kind: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

/** Arrays: the kernel's JIT inlines their lookups, and the only value of a plain one needs no lookup at all. */
function scalarShape(value: MapValue): Shape {
  if (value.kind === 'plain') {
    return { kind: 'array', keySize: 4, valueSize: Math.max(1, sizeOf(value.type)), maxEntries: 1 };
  }
  const { aggregation } = value;
  return {
    kind: 'percpu_array',
    keySize: 4,
    valueSize: aggregationSize(aggregation),
    maxEntries: bucketCount(aggregation),
  };
}

function keyedShape(key: Type, value: MapValue, maxEntries: number, declared: DeclaredMapKind | undefined): Shape {
  const plain = value.kind === 'plain';
  const lru = declared === 'lruhash' || declared === 'percpulruhash';
  const percpu = !plain || declared === 'percpuhash' || declared === 'percpulruhash';
  return {
    kind: `${lru ? 'lru_' : ''}${percpu ? 'percpu_' : ''}hash`,
    keySize: bucketed(value) ? roundUp(sizeOf(key), 8) + 8 : Math.max(1, sizeOf(key)),
    valueSize: plain ? Math.max(1, sizeOf(value.type)) : aggregationSize(value.aggregation),
    maxEntries,
  };
}

/** Whether the kernel's map has an entry for each bucket. */
function bucketed(value: MapValue): boolean {
  if (value.kind === 'plain') return false;
  const { kind } = value.aggregation;
  return kind === 'hist' || kind === 'lhist' || kind === 'tseries';
}

/** Bytes of an aggregation under one key on one CPU; see Aggregation. */
export function aggregationSize(aggregation: Aggregation): number {
  switch (aggregation.kind) {
    case 'count':
    case 'sum':
    case 'hist':
    case 'lhist':
      return 8;
    case 'min':
    case 'max':
    case 'avg':
    case 'stats':
      return 16;
    case 'tseries':
      return 24;
  }
}

/** How many buckets there are: entries of the map of a scalar aggregation. */
export function bucketCount(aggregation: Aggregation): number {
  switch (aggregation.kind) {
    case 'hist':
      // One for negatives, then 2^k exact ones and 2^k for each further power of two up to 2^62.
      return ((64 - aggregation.bits) << aggregation.bits) + 1;
    case 'lhist':
      return Number((aggregation.max - aggregation.min) / aggregation.step) + 2;
    case 'tseries':
      // Slots are reused in a circle.
      return aggregation.intervals;
    default:
      return 1;
  }
}
