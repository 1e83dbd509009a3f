// Longest prefix match: a key is a u32 prefix length and bytes, most significant bit first. Kernel: kernel/bpf/lpm_trie.c
// (4.11). Kept as a sorted list of prefixes with an index by length: the order of BPF_MAP_GET_NEXT_KEY, longer before shorter,
// is the list's.

import { mapKind } from '../../../isa/index.ts';
import { EEXIST, EINVAL, ENOENT, ENOSPC } from '../errno.ts';
import { checkFlags } from './array.ts';
import { EXIST, MapError, MapFlag, type MapHost, type MapSpec, NOEXIST, VmMap } from './map.ts';

const FLAGS =
  MapFlag.NO_PREALLOC | MapFlag.NUMA_NODE | MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;
const PREFIX_BYTES = 4;
/** LPM_DATA_SIZE_MAX. */
const MAX_DATA = 256;

interface Prefix {
  readonly length: number;
  /** As given, bits behind the prefix included. */
  readonly key: Uint8Array;
  /** Address of the value. */
  readonly value: number;
}

export class LpmTrie extends VmMap {
  /** Prefix lengths that are there, each with its prefixes by their bits. */
  readonly #byLength = new Map<number, Map<string, Prefix>>();
  #sorted: Prefix[] | undefined;
  #count = 0;

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkTrie(spec);
    super(host, index, spec, mapKind('lpm_trie')!.id);
  }

  get #maxLength(): number {
    return (this.spec.keySize - PREFIX_BYTES) * 8;
  }

  override lookup(key: number): number {
    const wanted = this.memory.read(key, this.spec.keySize);
    const length = lengthOf(wanted);
    if (length > this.#maxLength) return 0;
    let best: Prefix | undefined;
    for (const [candidate, prefixes] of this.#byLength) {
      if (candidate > length || (best && candidate <= best.length)) continue;
      best = prefixes.get(bitsOf(wanted, candidate)) ?? best;
    }
    return best?.value ?? 0;
  }

  override update(key: number, value: number, flags: number): number {
    if (flags < 0 || flags > EXIST) return -EINVAL;
    const given = this.memory.read(key, this.spec.keySize);
    const length = lengthOf(given);
    if (length > this.#maxLength) return -EINVAL;
    const old = this.#exact(given);
    if (old && flags === NOEXIST) return -EEXIST;
    if (!old && flags === EXIST) return -ENOENT;
    if (!old && this.#count === this.spec.maxEntries) return -ENOSPC;
    const address = this.memory.allocate(this.spec.valueSize, {
      kind: 'map-value',
      name: `a value of ${this.name}`,
      writable: this.programWritable,
    });
    this.copy(address, value, this.spec.valueSize);
    if (old) this.#forget(old);
    this.#remember({ length, key: given, value: address });
    return 0;
  }

  override delete(key: number): number {
    const given = this.memory.read(key, this.spec.keySize);
    if (lengthOf(given) > this.#maxLength) return -EINVAL;
    const old = this.#exact(given);
    if (!old) return -ENOENT;
    this.#forget(old);
    return 0;
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    this.#sorted ??= [...this.#byLength.values()].flatMap((prefixes) => [...prefixes.values()]).sort(inPostorder);
    const present = key && lengthOf(key) <= this.#maxLength ? this.#exact(key) : undefined;
    const next = this.#sorted[present ? this.#sorted.indexOf(present) + 1 : 0];
    return next ? next.key.slice() : -ENOENT;
  }

  override close(): void {
    for (const prefixes of this.#byLength.values()) for (const { value } of prefixes.values()) this.memory.free(value);
    super.close();
  }

  #exact(key: Uint8Array): Prefix | undefined {
    const length = lengthOf(key);
    return this.#byLength.get(length)?.get(bitsOf(key, length));
  }

  #remember(prefix: Prefix): void {
    const prefixes = this.#byLength.get(prefix.length) ?? new Map<string, Prefix>();
    this.#byLength.set(prefix.length, prefixes);
    prefixes.set(bitsOf(prefix.key, prefix.length), prefix);
    this.#changed(1);
  }

  #forget(prefix: Prefix): void {
    const prefixes = this.#byLength.get(prefix.length)!;
    prefixes.delete(bitsOf(prefix.key, prefix.length));
    if (prefixes.size === 0) this.#byLength.delete(prefix.length);
    this.memory.free(prefix.value);
    this.#changed(-1);
  }

  #changed(by: number): void {
    this.#count += by;
    this.set('COUNT', this.#count);
    this.#sorted = undefined;
  }
}

function checkTrie(spec: MapSpec): void {
  const { keySize, valueSize, maxEntries, flags } = spec;
  checkFlags(spec, FLAGS);
  const data = keySize - PREFIX_BYTES;
  if (maxEntries === 0 || (flags & MapFlag.NO_PREALLOC) === 0 || data < 1 || data > MAX_DATA || valueSize < 1) {
    throw new MapError(EINVAL, 'an LPM trie has keys of 5 to 260 bytes, values, entries and BPF_F_NO_PREALLOC');
  }
}

function lengthOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}

/** The first `length` bits as a text, so that they can be looked up. */
function bitsOf(key: Uint8Array, length: number): string {
  const whole = length >> 3;
  const rest = length & 7;
  let text = '';
  for (let at = 0; at < whole; at++) text += String.fromCharCode(key[PREFIX_BYTES + at]!);
  if (rest !== 0) text += String.fromCharCode(key[PREFIX_BYTES + whole]! & (0xff << (8 - rest)) & 0xff);
  return text;
}

/** Children before parents, 0 before 1. */
function inPostorder(one: Prefix, other: Prefix): number {
  const common = Math.min(one.length, other.length);
  for (let bit = 0; bit < common; bit++) {
    const difference = bitAt(one.key, bit) - bitAt(other.key, bit);
    if (difference !== 0) return difference;
  }
  return other.length - one.length;
}

function bitAt(key: Uint8Array, bit: number): number {
  return (key[PREFIX_BYTES + (bit >> 3)]! >> (7 - (bit & 7))) & 1;
}
