// A set that may say yes wrongly, never no. Kernel: kernel/bpf/bloom_filter.c (5.16).

import { mapKind } from '../../../isa/index.ts';
import { EINVAL, ENOENT, EOPNOTSUPP } from '../errno.ts';
import { checkFlags } from './array.ts';
import { ANY, MapError, MapFlag, type MapHost, type MapSpec, VmMap } from './map.ts';

const FLAGS =
  MapFlag.NUMA_NODE | MapFlag.ZERO_SEED | MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;
const DEFAULT_FUNCTIONS = 5;

export class BloomFilter extends VmMap {
  readonly #functions: number;
  readonly #bits: Uint8Array;
  readonly #mask: number;

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkFlags(spec, FLAGS);
    const extra = spec.extra ?? 0;
    if (spec.keySize !== 0 || spec.valueSize === 0 || spec.maxEntries === 0 || (extra & ~15) !== 0) {
      throw new MapError(EINVAL, 'a bloom filter has values, entries, no keys, and at most 15 hash functions');
    }
    super(host, index, spec, mapKind('bloom_filter')!.id);
    this.#functions = extra || DEFAULT_FUNCTIONS;
    // As many bits as make false answers least likely: entries * functions / ln 2.
    const wanted = Math.min(Math.floor((spec.maxEntries * this.#functions * 7) / 5), 2 ** 31);
    let count = 64;
    while (count < wanted) count *= 2;
    this.#mask = count - 1;
    this.#bits = new Uint8Array(count / 8);
  }

  override push(value: number, flags: number): number {
    if (flags !== ANY) return -EINVAL;
    for (let turn = 0; turn < this.#functions; turn++) {
      const bit = this.#bit(value, turn);
      this.#bits[bit >>> 3]! |= 1 << (bit & 7);
    }
    return 0;
  }

  /** 0 when the value may be in the set. */
  override peek(value: number): number {
    for (let turn = 0; turn < this.#functions; turn++) {
      const bit = this.#bit(value, turn);
      if ((this.#bits[bit >>> 3]! & (1 << (bit & 7))) === 0) return -ENOENT;
    }
    return 0;
  }

  override update(_key: number, value: number, flags: number): number {
    return this.push(value, flags);
  }

  /** Whether the set may have a value; user space asks with BPF_MAP_LOOKUP_ELEM and the value in the value's place. */
  has(value: Uint8Array): boolean {
    return this.peek(this.stageValue(value)) === 0;
  }

  protected override followingKey(_key?: Uint8Array): number {
    return -EOPNOTSUPP;
  }

  protected override readValue(_key: Uint8Array): number {
    return -EINVAL;
  }

  #bit(value: number, turn: number): number {
    const { u8 } = this.memory;
    let h = turn + 1;
    for (let at = 0; at < this.spec.valueSize; at++) h = Math.imul(h ^ u8[value + at]!, 0x01000193) ^ (h >>> 13);
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    return (h ^ (h >>> 13)) & this.#mask;
  }
}
