// Arrays: values of one CPU or of all, at fixed places. Kernel: kernel/bpf/arraymap.c (3.19; per-CPU 4.6).

import { mapKind } from '../../../isa/index.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.ts';
import { type Element, EXIST, LOCK, MapError, MapFlag, type MapHost, type MapSpec, NOEXIST, VmMap } from './map.ts';

const FLAGS = MapFlag.NUMA_NODE | MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;
const ARRAY_FLAGS = FLAGS | MapFlag.MMAPABLE | MapFlag.PRESERVE_ELEMS | MapFlag.INNER_MAP;
/** KMALLOC_MAX_SIZE: values of plain arrays may be larger than any other allocation, those of per-CPU arrays not. */
const MAX_VALUE = 0x7fffffff;
const MAX_PERCPU_VALUE = 32 << 10;

/** `array` and `percpu_array`. */
export class ArrayMap extends VmMap {
  readonly #perCpu: boolean;
  protected readonly values: number;
  protected readonly elementSize: number;

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkArray(spec, spec.kind === 'percpu_array' ? FLAGS : ARRAY_FLAGS);
    const perCpu = spec.kind === 'percpu_array';
    if (spec.valueSize > (perCpu ? MAX_PERCPU_VALUE : MAX_VALUE)) {
      throw new MapError(E2BIG, `a value of ${spec.valueSize} bytes is too large`);
    }
    super(host, index, spec, mapKind(spec.kind)!.id);
    this.#perCpu = perCpu;
    this.elementSize = this.stride * (perCpu ? host.cpuCount : 1);
    this.values = allocateElements(this, host, this.elementSize, this.stride, this.programWritable);
    this.set('ELEMENT_SIZE', this.elementSize);
    this.set('VALUES', this.values);
    this.set('COUNT', spec.maxEntries);
  }

  override get perCpu(): boolean {
    return this.#perCpu;
  }

  override get cpus(): number {
    return this.#perCpu ? this.host.cpuCount : 1;
  }

  override lookup(key: number): number {
    return this.lookupPerCpu(key, this.#perCpu ? this.host.cpu : 0);
  }

  override lookupPerCpu(key: number, cpu: number): number {
    const index = this.memory.getU32(key);
    if (index >= this.spec.maxEntries || cpu >= this.cpus) return 0;
    return this.values + index * this.elementSize + cpu * this.stride;
  }

  override update(key: number, value: number, flags: number): number {
    const index = this.memory.getU32(key);
    const problem = this.#updateProblem(index, flags);
    if (problem !== 0) return problem;
    this.copy(this.lookup(key), value, this.spec.valueSize);
    return 0;
  }

  override delete(_key: number): number {
    return -EINVAL;
  }

  override *walk(): Generator<readonly [number, number]> {
    const { maxEntries } = this.spec;
    const cpu = this.#perCpu ? this.host.cpu : 0;
    const key = this.memory.allocate(4, { kind: 'memory', writable: false, name: `a key of ${this.name}` });
    try {
      for (let index = 0; index < maxEntries; index++) {
        this.memory.setU32(key, index);
        yield [key, this.values + index * this.elementSize + cpu * this.stride];
      }
    } finally {
      this.memory.free(key);
    }
  }

  override elementAt(address: number): Element | undefined {
    const index = Math.floor((address - this.values) / this.elementSize);
    if (index < 0 || index >= this.spec.maxEntries) return undefined;
    const key = this.memory.allocate(4, { kind: 'memory', writable: false, name: `a key of ${this.name}` });
    this.memory.setU32(key, index);
    return { key, value: this.values + index * this.elementSize, free: () => this.memory.free(key) };
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    return nextIndex(key, this.spec.maxEntries);
  }

  override close(): void {
    this.memory.free(this.values);
    super.close();
  }

  protected override readValue(key: Uint8Array): Uint8Array | number {
    const at = this.lookupPerCpu(this.stageKey(key), 0);
    if (at === 0) return -ENOENT;
    return this.memory.read(at, this.valueBytes);
  }

  protected override writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    const at = this.stageKey(key);
    const problem = this.#updateProblem(this.memory.getU32(at), flags);
    if (problem !== 0) return problem;
    this.memory.write(this.lookupPerCpu(at, 0), value);
    return 0;
  }

  #updateProblem(index: number, flags: number): number {
    if (flags < 0 || (flags & ~LOCK) > EXIST) return -EINVAL;
    if (index >= this.spec.maxEntries) return -E2BIG;
    if ((flags & NOEXIST) !== 0) return -EEXIST;
    return (flags & LOCK) !== 0 ? -EINVAL : 0;
  }
}

/** What all kinds with a u32 index as key ask of their attributes. */
export function checkArray(spec: MapSpec, flags: number): void {
  if (spec.maxEntries === 0 || spec.keySize !== 4 || spec.valueSize === 0) {
    throw new MapError(EINVAL, 'an array has keys of 4 bytes, values and entries');
  }
  checkFlags(spec, flags);
}

export function checkFlags(spec: MapSpec, allowed: number): void {
  const { flags } = spec;
  const both = (pair: number): boolean => (flags & pair) === pair;
  if ((flags & ~allowed) !== 0 || both(MapFlag.RDONLY | MapFlag.WRONLY)) {
    throw new MapError(EINVAL, `a map of kind ${spec.kind} cannot have the flags ${flags}`);
  }
  if (both(MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG)) {
    throw new MapError(EINVAL, 'programs must be able to read or write a map');
  }
}

/** Memory for all elements, of which programs may touch each value alone. */
export function allocateElements(
  map: VmMap,
  host: MapHost,
  elementSize: number,
  stride: number,
  writable: boolean,
): number {
  const { maxEntries, valueSize } = map.spec;
  const bytes = elementSize * maxEntries;
  return allocateOrFail(host, bytes, () =>
    host.memory.allocate(bytes, {
      kind: 'map-value',
      name: `a value of ${map.name}`,
      writable,
      allows: (offset, size) => (offset % stride) + size <= valueSize,
    }),
  );
}

/** @throws MapError E2BIG or ENOMEM as the kernel when it has no memory. */
export function allocateOrFail(_host: MapHost, bytes: number, allocate: () => number): number {
  if (bytes > 0x7fffffff) throw new MapError(E2BIG, 'the map is too large');
  try {
    return allocate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MapError(12, 'there is no memory for the map');
  }
}

/** BPF_MAP_GET_NEXT_KEY of kinds whose keys are 0 .. count - 1: an unknown key is followed by the first. */
export function nextIndex(key: Uint8Array | undefined, count: number): Uint8Array | number {
  const index = key ? new DataView(key.buffer, key.byteOffset).getUint32(0, true) : 0xffffffff;
  if (index === count - 1) return -ENOENT;
  const next = index >= count ? 0 : index + 1;
  return new Uint8Array(Uint32Array.of(next).buffer);
}
