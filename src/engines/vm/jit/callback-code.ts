// Helpers that call functions of the program, inside WebAssembly: the callback is known when the program is compiled.

import { E2BIG } from '../errno.ts';
import { Control, MAX_LOOPS } from '../layout.ts';
import { isHash } from './hash-code.ts';
import { field, writeCpuOffset } from './map-code.ts';
import { type Site, writeDepthCheck, writeStop } from './site.ts';
import { Stop } from './unit.ts';
import type { Declared } from './wasm/module.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32, I64 } = ValueType;

/** The callback in a register, when it is known. */
function callbackOf({ unit, constant }: Site, register: number): Declared | undefined {
  const slot = constant(register);
  return slot === undefined ? undefined : unit.functions.get(Number(slot));
}

/** Each call of a callback costs the budget one, as a turn of a loop. */
function writeTurn(site: Site): void {
  if (!site.unit.options.bounded) return;
  const { code } = site.f;
  const left = site.f.scratch('left', I64);
  code.i32(0);
  code.i32(0);
  code.access(Op.I64_LOAD, Control.FUEL);
  code.i64(1);
  code.op(Op.I64_SUB);
  code.tee(left);
  code.access(Op.I64_STORE, Control.FUEL);
  code.get(left);
  code.i64(0);
  code.op(Op.I64_LT_S);
  code.open(Op.IF);
  writeStop(site, Stop.FUEL);
  code.end();
}

/** bpf_loop(count, callback, context, flags). */
export function writeLoop(site: Site): boolean {
  const callback = callbackOf(site, 2);
  if (!callback || site.constant(4) !== 0n) return false;
  const { f } = site;
  const { code } = f;
  const count = f.scratch('count', I32);
  const turn = f.scratch('turn', I32);
  writeDepthCheck(site);
  f.push32(1);
  code.tee(count);
  code.i32(MAX_LOOPS);
  code.op(Op.I32_GT_U);
  code.open(Op.IF);
  code.i64(-E2BIG);
  f.pop(0);
  code.op(Op.ELSE);
  code.i32(0);
  code.set(turn);
  f.storeFuel();
  code.open(Op.BLOCK);
  code.open(Op.LOOP);
  code.get(turn);
  code.get(count);
  code.op(Op.I32_GE_U);
  code.brIf(1);
  writeTurn(site);
  code.get(turn);
  code.op(Op.I64_EXTEND_I32_U);
  f.push(3);
  for (let register = 3; register <= 5; register++) code.i64(0);
  f.pushNextFrame();
  code.get(turn);
  code.i32(1);
  code.op(Op.I32_ADD);
  code.set(turn);
  code.call(callback.index);
  code.op(Op.I64_EQZ);
  code.brIf(0);
  code.end();
  code.end();
  code.get(turn);
  f.pop32(0);
  f.loadFuel();
  code.end();
  return true;
}

/** bpf_for_each_map_elem(map, callback, context, flags) of hash tables; an entry may be deleted while it is visited. */
export function writeForEach(site: Site): boolean {
  const map = site.unit.mapAt(site.constant(1));
  const callback = callbackOf(site, 2);
  if (!map || !isHash(map) || !callback || site.constant(4) !== 0n) return false;
  const { f, unit } = site;
  const { code } = f;
  const bucket = f.scratch('bucket', I32);
  const entry = f.scratch('entry', I32);
  const next = f.scratch('next', I32);
  const count = f.scratch('count', I32);
  writeDepthCheck(site);
  code.i32(0);
  code.tee(bucket);
  code.set(count);
  f.storeFuel();
  code.open(Op.BLOCK);
  code.open(Op.LOOP);
  code.get(bucket);
  code.i32(field(unit, map, 'BUCKET_MASK'));
  code.op(Op.I32_GT_U);
  code.brIf(1);
  code.get(bucket);
  code.i32(2);
  code.op(Op.I32_SHL);
  code.access(Op.I32_LOAD, field(unit, map, 'BUCKETS'));
  code.set(entry);
  code.open(Op.BLOCK);
  code.open(Op.LOOP);
  code.get(entry);
  code.op(Op.I32_EQZ);
  code.brIf(1);
  code.get(entry);
  code.access(Op.I32_LOAD, 0);
  code.set(next);
  writeTurn(site);
  code.get(count);
  code.i32(1);
  code.op(Op.I32_ADD);
  code.set(count);
  code.i64(map.address);
  pushEntryPart(site, entry, field(unit, map, 'KEY_OFFSET'));
  code.op(Op.I64_EXTEND_I32_U);
  pushEntryPart(site, entry, field(unit, map, 'VALUE_OFFSET'));
  writeCpuOffset(unit, code, map);
  code.op(Op.I64_EXTEND_I32_U);
  f.push(3);
  code.i64(0);
  f.pushNextFrame();
  code.get(next);
  code.set(entry);
  code.call(callback.index);
  code.i64(0);
  code.op(Op.I64_NE);
  code.brIf(3);
  code.br(0);
  code.end();
  code.end();
  code.get(bucket);
  code.i32(1);
  code.op(Op.I32_ADD);
  code.set(bucket);
  code.br(0);
  code.end();
  code.end();
  code.get(count);
  f.pop32(0);
  f.loadFuel();
  return true;
}

function pushEntryPart({ f }: Site, entry: number, offset: number): void {
  f.code.get(entry);
  f.code.i32(offset);
  f.code.op(Op.I32_ADD);
}
