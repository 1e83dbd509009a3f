// Queue (first in, first out) and stack (last in, first out): values without keys. Kernel: kernel/bpf/queue_stack_maps.c (4.20).

import { mapKind } from '../../../isa/index.ts';
import { E2BIG, EINVAL, ENOENT } from '../errno.ts';
import { checkFlags } from './array.ts';
import { EXIST, MapError, MapFlag, type MapHost, type MapSpec, NOEXIST, VmMap } from './map.ts';

const FLAGS = MapFlag.NUMA_NODE | MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;

export class QueueMap extends VmMap {
  readonly #slots: number;
  /** Slots are used as a ring: this is the oldest value's. */
  #first = 0;
  #count = 0;

  constructor(host: MapHost, index: number, spec: MapSpec) {
    if (spec.keySize !== 0 || spec.valueSize === 0 || spec.maxEntries === 0) {
      throw new MapError(EINVAL, `a ${spec.kind} has values, entries and no keys`);
    }
    checkFlags(spec, FLAGS);
    super(host, index, spec, mapKind(spec.kind)!.id);
    if (this.stride * spec.maxEntries > 0x7fffffff) throw new MapError(E2BIG, 'the map is too large');
    this.#slots = this.memory.allocate(this.stride * spec.maxEntries, { kind: 'map', name: this.name });
  }

  /** With BPF_EXIST a full queue loses its oldest value instead of refusing. */
  override push(value: number, flags: number): number {
    if (flags < 0 || flags > EXIST || (flags & NOEXIST) !== 0) return -EINVAL;
    if (this.#count === this.spec.maxEntries) {
      if (flags !== EXIST) return -E2BIG;
      this.#first = (this.#first + 1) % this.spec.maxEntries;
      this.#count--;
    }
    this.copy(this.#slot(this.#count), value, this.spec.valueSize);
    this.#setCount(this.#count + 1);
    return 0;
  }

  override pop(value: number): number {
    const result = this.peek(value);
    if (result !== 0) return result;
    if (this.spec.kind === 'queue') this.#first = (this.#first + 1) % this.spec.maxEntries;
    this.#setCount(this.#count - 1);
    return 0;
  }

  override peek(value: number): number {
    const { valueSize } = this.spec;
    if (this.#count === 0) {
      this.memory.u8.fill(0, value, value + valueSize);
      return -ENOENT;
    }
    this.copy(value, this.#slot(this.spec.kind === 'queue' ? 0 : this.#count - 1), valueSize);
    return 0;
  }

  override update(_key: number, value: number, flags: number): number {
    return this.push(value, flags);
  }

  override delete(_key: number): number {
    return -EINVAL;
  }

  protected override followingKey(_key?: Uint8Array): number {
    return -EINVAL;
  }

  override take(key: Uint8Array): Uint8Array | number {
    return key.length === 0 ? this.#out((value) => this.pop(value)) : -EINVAL;
  }

  /** All values, those that `pop` gives first first, with empty keys. */
  override *entries(): Generator<readonly [Uint8Array, Uint8Array]> {
    for (let at = 0; at < this.#count; at++) {
      const slot = this.#slot(this.spec.kind === 'queue' ? at : this.#count - 1 - at);
      yield [new Uint8Array(), this.memory.read(slot, this.spec.valueSize)];
    }
  }

  override close(): void {
    this.memory.free(this.#slots);
    super.close();
  }

  protected override readValue(_key: Uint8Array): Uint8Array | number {
    return this.#out((value) => this.peek(value));
  }

  #out(get: (value: number) => number): Uint8Array | number {
    const at = this.stageValue(new Uint8Array(this.spec.valueSize));
    const result = get(at);
    return result === 0 ? this.memory.read(at, this.spec.valueSize) : result;
  }

  #slot(position: number): number {
    return this.#slots + ((this.#first + position) % this.spec.maxEntries) * this.stride;
  }

  #setCount(count: number): void {
    this.#count = count;
    this.set('COUNT', count);
  }
}
