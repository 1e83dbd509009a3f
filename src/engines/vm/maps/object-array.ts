// Arrays whose values stand for objects: programs (prog_array, 4.2), perf buffers (perf_event_array, 4.3), cgroups
// (cgroup_array, 4.8) and maps (array_of_maps, 4.12). User space gives an object's number - in the vm its index in the
// machine - and it is kept as a u32 in the linear memory. Kernel: fd_array_map_* in kernel/bpf/arraymap.c.

import { mapKind } from '../../../isa/index.ts';
import { E2BIG, EBADF, EINVAL, ENOENT, ENOTSUPP } from '../errno.ts';
import { allocateElements, checkArray, nextIndex } from './array.ts';
import { innerProblem, innerTemplate } from './inner.ts';
import { ANY, MapError, MapFlag, type MapHost, type MapSpec, VmMap } from './map.ts';

const FLAGS = MapFlag.NUMA_NODE | MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.PRESERVE_ELEMS;

export abstract class ObjectArray extends VmMap {
  protected readonly values: number;

  constructor(host: MapHost, index: number, spec: MapSpec) {
    checkArray(spec, FLAGS);
    if (spec.valueSize !== 4) throw new MapError(EINVAL, `values of ${spec.kind} have 4 bytes`);
    super(host, index, spec, mapKind(spec.kind)!.id);
    this.values = allocateElements(this, host, this.stride, this.stride, false);
    this.set('ELEMENT_SIZE', this.stride);
    this.set('VALUES', this.values);
    this.set('COUNT', spec.maxEntries);
  }

  /** What is stored at an index; 0 when nothing is. */
  protected stored(index: number): number {
    return index < this.spec.maxEntries ? this.memory.getU32(this.values + index * this.stride) : 0;
  }

  /** What to store for an object's number: not 0, or a negative error number. */
  protected abstract store(number: number): number;

  /** The number for what is stored, for user space, or a negative error number. */
  protected abstract show(stored: number): number;

  override lookup(_key: number): number {
    return 0;
  }

  protected override followingKey(key?: Uint8Array): Uint8Array | number {
    return nextIndex(key, this.spec.maxEntries);
  }

  override close(): void {
    this.memory.free(this.values);
    super.close();
  }

  protected override readValue(key: Uint8Array): Uint8Array | number {
    const stored = this.stored(indexOf(key));
    if (stored === 0) return -ENOENT;
    const number = this.show(stored);
    return number < 0 ? number : new Uint8Array(Uint32Array.of(number).buffer);
  }

  protected override writeValue(key: Uint8Array, value: Uint8Array, flags: number): number {
    if (flags !== ANY) return -EINVAL;
    const index = indexOf(key);
    if (index >= this.spec.maxEntries) return -E2BIG;
    const stored = this.store(indexOf(value));
    if (stored < 0) return stored;
    this.memory.setU32(this.values + index * this.stride, stored);
    return 0;
  }

  protected override removeKey(key: Uint8Array): number {
    const index = indexOf(key);
    if (index >= this.spec.maxEntries) return -E2BIG;
    if (this.stored(index) === 0) return -ENOENT;
    this.memory.setU32(this.values + index * this.stride, 0);
    return 0;
  }
}

export class ProgramArray extends ObjectArray {
  /** The index in `Machine.programs` of what a tail call jumps to, or undefined. */
  program(index: number): number | undefined {
    const stored = this.stored(index >>> 0);
    return stored === 0 ? undefined : stored - 1;
  }

  protected override store(program: number): number {
    return program < this.host.programCount() ? program + 1 : -EBADF;
  }

  protected override show(stored: number): number {
    return stored - 1;
  }
}

/** What is stored is a token of user space's choice, which the host gets as the number of the buffer. */
export class PerfEventArray extends ObjectArray {
  /** Whether user space has put a buffer at an index. */
  isOpen(index: number): boolean {
    return this.stored(index) !== 0;
  }

  protected override store(token: number): number {
    return token + 1;
  }

  protected override show(_stored: number): number {
    return -ENOTSUPP;
  }

  protected override readValue(_key: Uint8Array): number {
    return -ENOTSUPP;
  }
}

export class CgroupArray extends ObjectArray {
  /** The id of the cgroup at an index, or undefined. */
  cgroup(index: number): number | undefined {
    const stored = this.stored(index);
    return stored === 0 ? undefined : stored - 1;
  }

  protected override store(id: number): number {
    return id + 1;
  }

  protected override show(_stored: number): number {
    return -ENOTSUPP;
  }

  protected override readValue(_key: Uint8Array): number {
    return -ENOTSUPP;
  }
}

export class ArrayOfMaps extends ObjectArray {
  constructor(host: MapHost, index: number, spec: MapSpec) {
    innerTemplate(host, spec);
    super(host, index, spec);
  }

  /** The descriptor of the inner map, which is what the program sees as the value. */
  override lookup(key: number): number {
    return this.stored(this.memory.getU32(key));
  }

  protected override store(index: number): number {
    const inner = this.host.mapByIndex(index);
    return inner ? innerProblem(this.host, this.spec, inner) || inner.address : -EBADF;
  }

  protected override show(stored: number): number {
    return this.host.mapAt(stored)!.index;
  }
}

function indexOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
