// The linear memory of a machine: one WebAssembly.Memory that holds everything a program can point to. Regions say what is
// where, so that a checked run can prove every access; unchecked runs never look at them.

import { type Memory, memoryOf } from '../../image/index.ts';
import { HEAP_BASE, roundUp8, STACK_BASE, STACK_TOP } from './layout.ts';
import { AccessFault, hexAddress } from './trap.ts';
import { type WasmMemory, wasm } from './wasm.ts';

const PAGE = 65536;
/** 2 GiB: addresses stay positive as i32, which is how WebAssembly hands them to JavaScript. */
const MAX_PAGES = 32768;

export type RegionKind = 'stack' | 'context' | 'packet' | 'map-value' | 'map' | 'ringbuf' | 'memory';

/** A piece of the memory that belongs together. Programs may touch every kind but `map`, which is what maps keep to themselves. */
export interface Region {
  readonly start: number;
  readonly size: number;
  readonly kind: RegionKind;
  readonly writable: boolean;
  /** What it is, for messages: `value of map counts`. */
  readonly name: string;
  /** Where only parts of the region are memory of programs: whether `size` bytes at `offset` are inside one of them. */
  readonly allows?: (offset: number, size: number, write: boolean) => boolean;
}

export interface RegionOptions {
  readonly kind: RegionKind;
  readonly writable?: boolean;
  readonly name?: string;
  readonly allows?: Region['allows'];
}

export class LinearMemory {
  readonly wasm: WasmMemory;
  /** Views of the whole memory. They are replaced when it grows: never keep one across a call that may allocate. */
  u8!: Uint8Array;
  u32!: Uint32Array;
  i32!: Int32Array;
  view!: DataView;
  readonly #guard: number;
  #views: Memory | undefined;
  #top = HEAP_BASE;
  /** Sorted by start. */
  readonly #regions: Region[] = [];
  readonly #free = new Map<number, number[]>();

  /** `guard` bytes that belong to nothing stand between allocations, so that a checked run notices what steps over an end. */
  constructor(guard = 16) {
    this.wasm = new wasm.Memory({ initial: 16, maximum: MAX_PAGES });
    this.#guard = roundUp8(guard);
    this.#refresh();
    this.#regions.push({
      start: STACK_BASE,
      size: STACK_TOP - STACK_BASE,
      kind: 'stack',
      writable: true,
      name: 'the stack',
    });
  }

  /** Bytes that are there now. */
  get length(): number {
    return this.u8.length;
  }

  /** All views as the report wants them. */
  get views(): Memory {
    if (this.#views?.u8.buffer !== this.wasm.buffer) this.#views = memoryOf(this.wasm.buffer);
    return this.#views!;
  }

  /**
   * The address of `size` zeroed bytes, a multiple of 8 (or of `alignment`, a power of two).
   * @throws RangeError when the memory is full (2 GiB).
   */
  allocate(size: number, options: RegionOptions, alignment = 8): number {
    const rounded = roundUp8(Math.max(size, 1));
    const reused = alignment === 8 ? this.#free.get(rounded)?.pop() : undefined;
    const start = reused ?? this.#top + alignment - 1 - ((this.#top + alignment - 1) % alignment);
    if (reused === undefined) {
      this.#reach(start + rounded + this.#guard);
      this.#top = start + rounded + this.#guard;
    } else this.u8.fill(0, start, start + rounded);
    const { kind, writable = true, name = kind, allows } = options;
    this.#insert({ start, size, kind, writable, name, ...(allows && { allows }) });
    return start;
  }

  /** Gives back what `allocate` returned. */
  free(start: number): void {
    const index = this.#indexOf(start);
    const region = this.#regions[index];
    if (region?.start !== start) throw new Error(`bug in beetrace: nothing is allocated at ${hexAddress(start)}`);
    this.#regions.splice(index, 1);
    const rounded = roundUp8(Math.max(region.size, 1));
    const list = this.#free.get(rounded);
    if (list) list.push(start);
    else this.#free.set(rounded, [start]);
  }

  /** The region that holds an address. */
  regionAt(address: number): Region | undefined {
    const region = this.#regions[this.#indexOf(address)];
    return region && address < region.start + region.size ? region : undefined;
  }

  /** Changes what a region is: a packet's bounds, whether it may be written. */
  redefine(start: number, change: Partial<Pick<Region, 'writable' | 'allows' | 'name' | 'size'>>): void {
    const index = this.#indexOf(start);
    const region = this.#regions[index]!;
    this.#regions[index] = { ...region, ...change };
  }

  /** Why a program may not access these bytes, or undefined when it may. */
  problem(address: number, size: number, write: boolean): string | undefined {
    const access = `${write ? 'write' : 'read'} of ${size} bytes at ${hexAddress(address)}`;
    const region = this.regionAt(address);
    if (!region || region.kind === 'map') return `${access} is in no memory of the program`;
    const offset = address - region.start;
    if (offset + size > region.size || region.allows?.(offset, size, write) === false) {
      return `${access} is out of bounds of ${region.name}`;
    }
    return write && !region.writable ? `${access}: ${region.name} is read-only` : undefined;
  }

  /** @throws AccessFault when a program may not access these bytes. */
  check(address: number, size: number, write: boolean): void {
    const problem = this.problem(address, size, write);
    if (problem !== undefined) throw new AccessFault(problem);
  }

  /** A copy of some bytes. */
  read(address: number, size: number): Uint8Array {
    return this.u8.slice(address, address + size);
  }

  write(address: number, bytes: Uint8Array): void {
    this.u8.set(bytes, address);
  }

  getU32(address: number): number {
    return this.view.getUint32(address, true);
  }

  setU32(address: number, value: number): void {
    this.view.setUint32(address, value, true);
  }

  getU64(address: number): bigint {
    return this.view.getBigUint64(address, true);
  }

  setU64(address: number, value: bigint): void {
    this.view.setBigUint64(address, value, true);
  }

  #reach(end: number): void {
    const missing = Math.ceil((end - this.length) / PAGE);
    if (missing <= 0) return;
    // Growing costs a system call each time, so it is done in steps of an eighth where there is room.
    const pages = this.length / PAGE;
    const wanted = Math.min(Math.max(missing, pages >> 3), MAX_PAGES - pages);
    if (wanted < missing) throw new RangeError('the memory of the vm is full');
    this.wasm.grow(wanted);
    this.#refresh();
  }

  #refresh(): void {
    const { buffer } = this.wasm;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Index of the last region that starts at or before the address; -1 when there is none. */
  #indexOf(address: number): number {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#regions[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #insert(region: Region): void {
    this.#regions.splice(this.#indexOf(region.start) + 1, 0, region);
  }
}
