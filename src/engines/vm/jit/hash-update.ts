// Updates of hash tables inside WebAssembly, with the eviction of LRU maps.

import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.ts';
import { EntryField, MapField } from '../layout.ts';
import { EXIST, NOEXIST, type VmMap } from '../maps/map.ts';
import { pushBucket, writeDrop, writeFind, writeHash, writeReturnIf } from './hash-code.ts';
import { isLru, writeLruInsert, writeLruRemove, writeReferenced } from './lru-code.ts';
import { field, pushField, writeCopy, writeCpuOffset, writeField } from './map-code.ts';
import type { Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import type { Signature } from './wasm/module.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32 } = ValueType;
const THREE: Signature = { parameters: [I32, I32, I32], results: [I32] };

/** The function (address of key, address of value, flags) -> 0 or a negative error number. */
export function hashUpdate(unit: Unit, map: VmMap): number {
  return unit.made(`update ${map.index}`, THREE, (code) => new HashUpdate(unit, code, map).write());
}

/** The function () that deletes the oldest entry; those that were looked up get another turn. */
function evictOldest(unit: Unit, map: VmMap): number {
  return unit.made(`evict ${map.index}`, { parameters: [], results: [] }, (code) => {
    const entry = code.local(I32);
    const hash = code.local(I32);
    const place = code.local(I32);
    code.open(Op.BLOCK);
    code.open(Op.LOOP);
    code.i32(0);
    code.access(Op.I32_LOAD, field(unit, map, 'LRU') + EntryField.LRU_PREVIOUS);
    code.tee(entry);
    code.access(Op.I32_LOAD, EntryField.REFERENCED);
    code.op(Op.I32_EQZ);
    code.brIf(1);
    writeReferenced(code, entry, () => code.i32(0));
    writeLruRemove(code, entry);
    writeLruInsert(unit, code, map, entry);
    code.br(0);
    code.end();
    code.end();
    code.get(entry);
    code.access(Op.I32_LOAD, EntryField.HASH);
    code.set(hash);
    writeDrop(unit, code, map, { hash, entry, place });
  });
}

/** The body of an update: parameters 0 to 2 are the key's address, the value's address and the flags. */
class HashUpdate {
  readonly #unit: Unit;
  readonly #code: Code;
  readonly #map: VmMap;
  readonly #hash: number;
  readonly #old: number;
  readonly #entry: number;
  readonly #place: number;

  constructor(unit: Unit, code: Code, map: VmMap) {
    this.#unit = unit;
    this.#code = code;
    this.#map = map;
    [this.#hash, this.#old, this.#entry, this.#place] = [0, 1, 2, 3].map(() => code.local(I32)) as [
      number,
      number,
      number,
      number,
    ];
  }

  write(): void {
    const code = this.#code;
    const map = this.#map;
    this.#returnIf(EINVAL, 2, EXIST, Op.I32_GT_U);
    writeHash(code, map.spec.keySize, 0, this.#hash);
    writeFind(this.#unit, code, map, 0, this.#hash, this.#old);
    code.get(this.#old);
    code.open(Op.IF);
    this.#returnIf(EEXIST, 2, NOEXIST, Op.I32_EQ);
    if (map.perCpu) this.#writeInPlace();
    code.op(Op.ELSE);
    this.#returnIf(ENOENT, 2, EXIST, Op.I32_EQ);
    this.#writeRoom();
    code.end();
    this.#writeTake();
    this.#writeFill();
    this.#writeLink();
    if (isLru(map)) this.#writeNewest();
    if (!map.perCpu) this.#writeReplace();
    writeField(code, map, MapField.COUNT, () => {
      pushField(code, map, MapField.COUNT);
      code.i32(1);
      code.op(Op.I32_ADD);
    });
    code.i32(0);
  }

  #returnIf(errno: number, local: number, value: number, comparison: number): void {
    writeReturnIf(this.#code, -errno, () => {
      this.#code.get(local);
      this.#code.i32(value);
      this.#code.op(comparison);
    });
  }

  /** Other CPUs keep their values, so the entry stays. */
  #writeInPlace(): void {
    const code = this.#code;
    this.#pushValueBase(this.#old);
    code.set(this.#place);
    writeCopy(code, this.#place, 0, 1, this.#map.spec.valueSize);
    if (isLru(this.#map)) writeReferenced(code, this.#old, () => code.i32(1));
    code.i32(0);
    code.op(Op.RETURN);
  }

  /** An entry that replaces another counts as looked up. */
  #writeNewest(): void {
    const code = this.#code;
    writeReferenced(code, this.#entry, () => {
      code.get(this.#old);
      code.i32(0);
      code.op(Op.I32_NE);
    });
    writeLruInsert(this.#unit, code, this.#map, this.#entry);
  }

  #writeRoom(): void {
    if (isLru(this.#map)) {
      pushField(this.#code, this.#map, MapField.COUNT);
      this.#code.i32(this.#map.spec.maxEntries);
      this.#code.op(Op.I32_GE_U);
      this.#code.open(Op.IF);
      this.#code.call(evictOldest(this.#unit, this.#map));
      this.#code.end();
      return;
    }
    writeReturnIf(this.#code, -E2BIG, () => {
      pushField(this.#code, this.#map, MapField.COUNT);
      this.#code.i32(this.#map.spec.maxEntries);
      this.#code.op(Op.I32_GE_U);
    });
  }

  /** Takes a free entry, or the next new one. */
  #writeTake(): void {
    const code = this.#code;
    const map = this.#map;
    const size = field(this.#unit, map, 'ENTRY_SIZE');
    pushField(code, map, MapField.FREE);
    code.tee(this.#entry);
    code.open(Op.IF);
    writeField(code, map, MapField.FREE, () => {
      code.get(this.#entry);
      code.access(Op.I32_LOAD, EntryField.NEXT);
    });
    code.op(Op.ELSE);
    pushField(code, map, MapField.BUMP);
    code.i32(size);
    code.op(Op.I32_ADD);
    pushField(code, map, MapField.BUMP_END);
    code.op(Op.I32_GT_U);
    code.open(Op.IF);
    code.i32(map.index);
    code.call(this.#unit.imported('moreEntries'));
    code.end();
    pushField(code, map, MapField.BUMP);
    code.set(this.#entry);
    writeField(code, map, MapField.BUMP, () => {
      code.get(this.#entry);
      code.i32(size);
      code.op(Op.I32_ADD);
    });
    code.end();
  }

  #writeFill(): void {
    const code = this.#code;
    if (this.#map.perCpu) {
      code.get(this.#entry);
      code.i32(field(this.#unit, this.#map, 'VALUE_OFFSET'));
      code.op(Op.I32_ADD);
      code.i32(0);
      code.i32(this.#map.stride * this.#map.cpus);
      code.memoryFill();
    }
    this.#pushValueBase(this.#entry);
    code.set(this.#place);
    writeCopy(code, this.#place, 0, 1, this.#map.spec.valueSize);
  }

  #writeLink(): void {
    const code = this.#code;
    code.get(this.#entry);
    code.get(this.#hash);
    code.access(Op.I32_STORE, EntryField.HASH);
    writeCopy(code, this.#entry, field(this.#unit, this.#map, 'KEY_OFFSET'), 0, this.#map.spec.keySize);
    pushBucket(this.#unit, code, this.#map, this.#hash);
    code.set(this.#place);
    code.get(this.#entry);
    code.get(this.#place);
    code.access(Op.I32_LOAD, 0);
    code.access(Op.I32_STORE, EntryField.NEXT);
    code.get(this.#place);
    code.get(this.#entry);
    code.access(Op.I32_STORE, 0);
  }

  #writeReplace(): void {
    const code = this.#code;
    code.get(this.#old);
    code.open(Op.IF);
    writeDrop(this.#unit, code, this.#map, { hash: this.#hash, entry: this.#old, place: this.#place });
    code.end();
  }

  /** The address of an entry's value on the present CPU. */
  #pushValueBase(entry: number): void {
    this.#code.get(entry);
    this.#code.i32(field(this.#unit, this.#map, 'VALUE_OFFSET'));
    this.#code.op(Op.I32_ADD);
    writeCpuOffset(this.#unit, this.#code, this.#map);
  }
}
