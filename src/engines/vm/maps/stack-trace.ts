// Stacks by number: bpf_get_stackid puts one in, user space reads it. Kernel: kernel/bpf/stackmap.c (4.6).

import { highHalf } from '../../../base/bytes.ts';
import { mapKind } from '../../../isa/index.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT, EOPNOTSUPP } from '../errno.ts';
import { checkFlags } from './array.ts';
import { MapError, MapFlag, type MapHost, type MapSpec, VmMap } from './map.ts';

const FLAGS = MapFlag.NUMA_NODE | MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.STACK_BUILD_ID;
/** sysctl kernel.perf_event_max_stack. */
const MAX_DEPTH = 127;

export class StackTraceMap extends VmMap {
  readonly #buckets: (readonly bigint[] | undefined)[];

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkFlags(spec, FLAGS);
    const { keySize, valueSize, maxEntries } = spec;
    if (maxEntries === 0 || keySize !== 4 || valueSize < 8 || valueSize % 8 !== 0 || valueSize / 8 > MAX_DEPTH) {
      throw new MapError(EINVAL, `a stack has 1 to ${MAX_DEPTH} addresses of 8 bytes, and its key 4 bytes`);
    }
    super(host, index, spec, mapKind('stack_trace')!.id);
    let count = 1;
    while (count < maxEntries) count *= 2;
    this.#buckets = new Array(count).fill(undefined);
  }

  get depth(): number {
    return this.spec.valueSize / 8;
  }

  /** The number of a stack: a new one, or of the equal one that is there; -EEXIST when another has its place. */
  put(stack: readonly bigint[], options: { readonly compareHash: boolean; readonly replace: boolean }): number {
    const hash = hashOf(stack);
    const id = hash & (this.#buckets.length - 1);
    const old = this.#buckets[id];
    if (old && hashOf(old) === hash && (options.compareHash || equal(old, stack))) return id;
    if (old && !options.replace) return -EEXIST;
    this.#buckets[id] = [...stack];
    return id;
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    let id = key ? idOf(key) : -1;
    if (this.#buckets[id] === undefined) id = -1;
    id++;
    while (id < this.#buckets.length && this.#buckets[id] === undefined) id++;
    return id < this.#buckets.length ? new Uint8Array(Uint32Array.of(id).buffer) : -ENOENT;
  }

  override take(key: Uint8Array): Uint8Array | number {
    if (key.length !== 4) return -EINVAL;
    const value = this.readValue(key);
    this.removeKey(key);
    return value;
  }

  override update(): number {
    return -EOPNOTSUPP;
  }

  protected override readValue(key: Uint8Array): Uint8Array | number {
    const stack = this.#buckets[idOf(key)];
    if (!stack) return -ENOENT;
    const addresses = new BigUint64Array(this.depth);
    addresses.set(stack.slice(0, this.depth));
    return new Uint8Array(addresses.buffer);
  }

  protected override writeValue(_key: Uint8Array, _value: Uint8Array, _flags: number): number {
    return -EINVAL;
  }

  protected override removeKey(key: Uint8Array): number {
    const id = idOf(key);
    if (id >= this.#buckets.length) return -E2BIG;
    if (this.#buckets[id] === undefined) return -ENOENT;
    this.#buckets[id] = undefined;
    return 0;
  }
}

function idOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}

function hashOf(stack: readonly bigint[]): number {
  let h = stack.length;
  for (const address of stack) {
    h = Math.imul(((h << 5) | (h >>> 27)) ^ Number(BigInt.asIntN(32, address)), 0x9e3779b1);
    h = Math.imul(((h << 5) | (h >>> 27)) ^ highHalf(address), 0x9e3779b1);
  }
  return (h ^ (h >>> 15)) >>> 0;
}

function equal(one: readonly bigint[], other: readonly bigint[]): boolean {
  return one.length === other.length && one.every((address, at) => address === other[at]);
}
