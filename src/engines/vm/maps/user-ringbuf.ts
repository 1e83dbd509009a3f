// Records from user space to programs. Kernel: kernel/bpf/ringbuf.c (6.1).

import { mapKind } from '../../../isa/index.ts';
import { EINVAL, ENOSPC } from '../errno.ts';
import { roundUp8 } from '../layout.ts';
import { checkFlags } from './array.ts';
import { MapError, MapFlag, type MapHost, type MapSpec, VmMap } from './map.ts';

const HEADER = 8;
const PAGE = 4096;

export class UserRingBuffer extends VmMap {
  readonly #records: Uint8Array[] = [];
  #used = 0;

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkFlags(spec, MapFlag.NUMA_NODE);
    const { maxEntries: size } = spec;
    if (spec.keySize !== 0 || spec.valueSize !== 0 || size === 0 || (size & (size - 1)) !== 0 || size % PAGE !== 0) {
      throw new MapError(EINVAL, 'a ring buffer has no keys and values, and its size is a power of two of pages');
    }
    super(host, index, spec, mapKind('user_ringbuf')!.id);
  }

  /** Puts a record in: what user space does by writing to the mapped pages. */
  produce(record: Uint8Array): number {
    const bytes = roundUp8(record.length + HEADER);
    if (this.#used + bytes > this.spec.maxEntries) return -ENOSPC;
    this.#records.push(record.slice());
    this.#used += bytes;
    return 0;
  }

  /** Takes the oldest record out. */
  consume(): Uint8Array | undefined {
    const record = this.#records.shift();
    if (record) this.#used -= roundUp8(record.length + HEADER);
    return record;
  }
}
