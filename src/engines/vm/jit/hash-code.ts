// Hash tables inside WebAssembly: look-up and deletion. layout.ts has the layout and the hash.

import { ENOENT } from '../errno.ts';
import { EntryField, MapField } from '../layout.ts';
import type { VmMap } from '../maps/map.ts';
import { isLru, writeLruRemove, writeReferenced } from './lru-code.ts';
import { eachPiece, field, pushField, writeCpuOffset, writeField } from './map-code.ts';
import type { Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import type { Signature } from './wasm/module.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32 } = ValueType;
const ONE: Signature = { parameters: [I32], results: [I32] };

/** Multipliers of the hash: see layout.ts. */
const WORD_FACTOR = 0x9e3779b1 | 0;
const END_FACTOR = 0x85ebca6b | 0;
const hashKinds: ReadonlySet<string> = new Set(['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'rhash']);

export function isHash(map: VmMap): boolean {
  return hashKinds.has(map.spec.kind);
}

/** Sets `hash` to the hash of the key whose address is in `key`. */
export function writeHash(code: Code, keySize: number, key: number, hash: number): void {
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
export function pushBucket(unit: Unit, code: Code, map: VmMap, hash: number): void {
  code.get(hash);
  code.i32(field(unit, map, 'BUCKET_MASK'));
  code.op(Op.I32_AND);
  code.i32(2);
  code.op(Op.I32_SHL);
  code.i32(field(unit, map, 'BUCKETS'));
  code.op(Op.I32_ADD);
}

/** Sets `entry` to the entry of the key, or 0. */
export function writeFind(unit: Unit, code: Code, map: VmMap, key: number, hash: number, entry: number): void {
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

export function writeReturnIf(code: Code, result: number, condition: () => void): void {
  condition();
  code.open(Op.IF);
  code.i32(result);
  code.op(Op.RETURN);
  code.end();
}

/** Takes an entry out of its bucket and puts it on the list of free ones. */
export function writeDrop(
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
