// Look-ups and changes of maps inside WebAssembly. The map is known when the program is compiled, so its addresses, sizes and
// offsets are constants of the code; layout.ts says what lies where.

import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.ts';
import { Control, EntryField, MapField } from '../layout.ts';
import { EXIST, NOEXIST, type VmMap } from '../maps/map.ts';
import type { Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import type { Signature } from './wasm/module.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32 } = ValueType;
const ONE: Signature = { parameters: [I32], results: [I32] };
const THREE: Signature = { parameters: [I32, I32, I32], results: [I32] };

/** Multipliers of the hash: see layout.ts. */
const WORD_FACTOR = 0x9e3779b1 | 0;
const END_FACTOR = 0x85ebca6b | 0;
/** Larger copies are left to the engine's memory.copy, whose call costs more than these loads and stores. */
const MAX_UNROLLED = 256;

const hashKinds: ReadonlySet<string> = new Set(['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'rhash']);

export function isHash(map: VmMap): boolean {
  return hashKinds.has(map.spec.kind);
}

export function isLru(map: VmMap): boolean {
  return map.spec.kind.startsWith('lru_');
}

export function field(unit: Unit, map: VmMap, name: keyof typeof MapField): number {
  return unit.machine.memory.getU32(map.address + MapField[name]);
}

// ---- pieces

/** Calls `step` for pieces of 8, 4, 2 and 1 bytes that make up `size`. */
function eachPiece(size: number, step: (at: number, load: number, store: number, wide: boolean) => void): void {
  let at = 0;
  for (; at + 8 <= size; at += 8) step(at, Op.I64_LOAD, Op.I64_STORE, true);
  if (at + 4 <= size) {
    step(at, Op.I32_LOAD, Op.I32_STORE, false);
    at += 4;
  }
  if (at + 2 <= size) {
    step(at, Op.I32_LOAD16_U, Op.I32_STORE16, false);
    at += 2;
  }
  if (at < size) step(at, Op.I32_LOAD8_U, Op.I32_STORE8, false);
}

/** Copies `size` bytes between the addresses in two locals (plus offsets). */
export function writeCopy(code: Code, to: number, toOffset: number, from: number, size: number): void {
  if (size > MAX_UNROLLED) {
    code.get(to);
    code.i32(toOffset);
    code.op(Op.I32_ADD);
    code.get(from);
    code.i32(size);
    code.memoryCopy();
    return;
  }
  eachPiece(size, (at, load, store) => {
    code.get(to);
    code.get(from);
    code.access(load, at);
    code.access(store, toOffset + at);
  });
}

/** Adds what the present CPU's value is away from the first CPU's to the address on the stack. */
export function writeCpuOffset(unit: Unit, code: Code, map: VmMap): void {
  if (!map.perCpu || unit.machine.cpuCount === 1) return;
  code.i32(0);
  code.access(Op.I32_LOAD, Control.CPU);
  code.i32(map.stride);
  code.op(Op.I32_MUL);
  code.op(Op.I32_ADD);
}

// ---- hash tables

/** Sets `hash` to the hash of the key whose address is in `key`. */
function writeHash(code: Code, keySize: number, key: number, hash: number): void {
  const mix = (word: () => void): void => {
    code.i32(5);
    code.op(Op.I32_ROTL);
    word();
    code.op(Op.I32_XOR);
    code.i32(WORD_FACTOR);
    code.op(Op.I32_MUL);
  };
  code.i32(keySize);
  let at = 0;
  for (; at + 4 <= keySize; at += 4) {
    const offset = at;
    mix(() => {
      code.get(key);
      code.access(Op.I32_LOAD, offset);
    });
  }
  if (at < keySize) mix(() => pushRest(code, key, at, keySize - at));
  writeFinish(code, hash);
}

/** The last 1 to 3 bytes of a key as a number. */
function pushRest(code: Code, key: number, at: number, count: number): void {
  code.get(key);
  code.access(count === 1 ? Op.I32_LOAD8_U : Op.I32_LOAD16_U, at);
  if (count < 3) return;
  code.get(key);
  code.access(Op.I32_LOAD8_U, at + 2);
  code.i32(16);
  code.op(Op.I32_SHL);
  code.op(Op.I32_OR);
}

function writeFinish(code: Code, hash: number): void {
  const fold = (distance: number): void => {
    code.tee(hash);
    code.get(hash);
    code.i32(distance);
    code.op(Op.I32_SHR_U);
    code.op(Op.I32_XOR);
  };
  fold(15);
  code.i32(END_FACTOR);
  code.op(Op.I32_MUL);
  fold(13);
  code.set(hash);
}

/** Leaves the address of the bucket of `hash` on the stack. */
function pushBucket(unit: Unit, code: Code, map: VmMap, hash: number): void {
  code.get(hash);
  code.i32(field(unit, map, 'BUCKET_MASK'));
  code.op(Op.I32_AND);
  code.i32(2);
  code.op(Op.I32_SHL);
  code.i32(field(unit, map, 'BUCKETS'));
  code.op(Op.I32_ADD);
}

/** Sets `entry` to the entry of the key, or 0. */
function writeFind(unit: Unit, code: Code, map: VmMap, key: number, hash: number, entry: number): void {
  const keyOffset = field(unit, map, 'KEY_OFFSET');
  pushBucket(unit, code, map, hash);
  code.access(Op.I32_LOAD, 0);
  code.set(entry);
  code.open(Op.BLOCK);
  code.open(Op.LOOP);
  code.get(entry);
  code.op(Op.I32_EQZ);
  code.brIf(1);
  code.open(Op.BLOCK);
  code.get(entry);
  code.access(Op.I32_LOAD, EntryField.HASH);
  code.get(hash);
  code.op(Op.I32_NE);
  code.brIf(0);
  eachPiece(map.spec.keySize, (at, load, _store, wide) => {
    code.get(entry);
    code.access(load, keyOffset + at);
    code.get(key);
    code.access(load, at);
    code.op(wide ? Op.I64_NE : Op.I32_NE);
    code.brIf(0);
  });
  code.br(2);
  code.end();
  code.get(entry);
  code.access(Op.I32_LOAD, EntryField.NEXT);
  code.set(entry);
  code.br(0);
  code.end();
  code.end();
}

/** The function (address of key) -> address of value or 0. */
export function hashLookup(unit: Unit, map: VmMap): number {
  return unit.made(`lookup ${map.index}`, ONE, (code) => {
    const hash = code.local(I32);
    const entry = code.local(I32);
    writeHash(code, map.spec.keySize, 0, hash);
    writeFind(unit, code, map, 0, hash, entry);
    code.get(entry);
    code.op(Op.I32_EQZ);
    code.open(Op.IF);
    code.i32(0);
    code.op(Op.RETURN);
    code.end();
    if (isLru(map)) writeReferenced(code, entry, () => code.i32(1));
    code.get(entry);
    code.i32(field(unit, map, 'VALUE_OFFSET'));
    code.op(Op.I32_ADD);
    writeCpuOffset(unit, code, map);
  });
}

/** The function (address of key, address of value, flags) -> 0 or a negative error number. */
export function hashUpdate(unit: Unit, map: VmMap): number {
  return unit.made(`update ${map.index}`, THREE, (code) => new HashUpdate(unit, code, map).write());
}

/** The function (address of key) -> 0 or a negative error number. */
export function hashDelete(unit: Unit, map: VmMap): number {
  return unit.made(`delete ${map.index}`, ONE, (code) => {
    const hash = code.local(I32);
    const entry = code.local(I32);
    const place = code.local(I32);
    writeHash(code, map.spec.keySize, 0, hash);
    writeFind(unit, code, map, 0, hash, entry);
    writeReturnIf(code, -ENOENT, () => {
      code.get(entry);
      code.op(Op.I32_EQZ);
    });
    writeDrop(unit, code, map, { hash, entry, place });
    code.i32(0);
  });
}

function writeReturnIf(code: Code, result: number, condition: () => void): void {
  condition();
  code.open(Op.IF);
  code.i32(result);
  code.op(Op.RETURN);
  code.end();
}

// ---- the order of LRU maps; see maps/lru.ts

/** Takes an entry out of the order. */
function writeLruRemove(code: Code, entry: number): void {
  const link = (from: number, field: number, to: number): void => {
    code.get(entry);
    code.access(Op.I32_LOAD, from);
    code.get(entry);
    code.access(Op.I32_LOAD, to);
    code.access(Op.I32_STORE, field);
  };
  link(EntryField.LRU_PREVIOUS, EntryField.LRU_NEXT, EntryField.LRU_NEXT);
  link(EntryField.LRU_NEXT, EntryField.LRU_PREVIOUS, EntryField.LRU_PREVIOUS);
}

/** Makes an entry the newest. */
function writeLruInsert(unit: Unit, code: Code, map: VmMap, entry: number): void {
  const sentinel = field(unit, map, 'LRU');
  const newest = (): void => {
    code.i32(0);
    code.access(Op.I32_LOAD, sentinel + EntryField.LRU_NEXT);
  };
  code.get(entry);
  code.i32(sentinel);
  code.access(Op.I32_STORE, EntryField.LRU_PREVIOUS);
  code.get(entry);
  newest();
  code.access(Op.I32_STORE, EntryField.LRU_NEXT);
  newest();
  code.get(entry);
  code.access(Op.I32_STORE, EntryField.LRU_PREVIOUS);
  code.i32(0);
  code.get(entry);
  code.access(Op.I32_STORE, sentinel + EntryField.LRU_NEXT);
}

function writeReferenced(code: Code, entry: number, value: () => void): void {
  code.get(entry);
  value();
  code.access(Op.I32_STORE, EntryField.REFERENCED);
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

/** Takes an entry out of its bucket and puts it on the list of free ones. */
function writeDrop(
  unit: Unit,
  code: Code,
  map: VmMap,
  { hash, entry, place }: { readonly hash: number; readonly entry: number; readonly place: number },
): void {
  pushBucket(unit, code, map, hash);
  code.set(place);
  code.open(Op.BLOCK);
  code.open(Op.LOOP);
  code.get(place);
  code.access(Op.I32_LOAD, 0);
  code.get(entry);
  code.op(Op.I32_EQ);
  code.brIf(1);
  code.get(place);
  code.access(Op.I32_LOAD, 0);
  // The link to the next entry is an entry's first field.
  code.set(place);
  code.br(0);
  code.end();
  code.end();
  code.get(place);
  code.get(entry);
  code.access(Op.I32_LOAD, EntryField.NEXT);
  code.access(Op.I32_STORE, 0);
  if (isLru(map)) writeLruRemove(code, entry);
  code.get(entry);
  pushField(code, map, MapField.FREE);
  code.access(Op.I32_STORE, EntryField.NEXT);
  writeField(code, map, MapField.FREE, () => code.get(entry));
  writeField(code, map, MapField.COUNT, () => {
    pushField(code, map, MapField.COUNT);
    code.i32(1);
    code.op(Op.I32_SUB);
  });
}

export function pushField(code: Code, map: VmMap, at: number): void {
  code.i32(0);
  code.access(Op.I32_LOAD, map.address + at);
}

export function writeField(code: Code, map: VmMap, at: number, value: () => void): void {
  code.i32(0);
  value();
  code.access(Op.I32_STORE, map.address + at);
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
