// Ring buffers inside WebAssembly: reserve, submit, discard and output. The layout and the rules are those of layout.ts and
// maps/ringbuf.ts.

import { EAGAIN, EINVAL } from '../errno.ts';
import { MapField } from '../layout.ts';
import type { VmMap } from '../maps/map.ts';
import { FORCE_WAKEUP, NO_WAKEUP } from '../maps/ringbuf.ts';
import { field } from './map-code.ts';
import type { Site } from './site.ts';
import type { Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32, I64 } = ValueType;
const HEADER = 8;
const BUSY = 0x80000000 | 0;
const DISCARD = 0x40000000;
const LENGTH = 0x3fffffff;

export function writeRingReserve(site: Site): boolean {
  const map = ringOf(site);
  // A size that is not a constant may have more than 32 bits, and flags must be 0.
  const size = site.constant(2);
  if (!map || size === undefined || size > BigInt(LENGTH) || site.constant(3) !== 0n) return false;
  site.f.code.i32(Number(size));
  site.f.code.call(reserveFunction(site.unit, map));
  site.f.pop32(0);
  return true;
}

/** Submit or discard: which ring a record belongs to is known when the program has only one. */
export function writeRingEnd(site: Site, discard: boolean): boolean {
  const { unit, f } = site;
  const rings = unit.program.maps.map((index) => unit.machine.map(index)).filter((map) => map.spec.kind === 'ringbuf');
  const flags = site.constant(2);
  if (rings.length !== 1 || hasInnerMaps(unit) || flags === undefined || flags > 0xffffn) return false;
  f.push32(1);
  f.code.call(endFunction(unit, rings[0]!, Number(flags), discard));
  f.code.i64(0);
  f.pop(0);
  return true;
}

export function writeRingOutput(site: Site): boolean {
  const map = ringOf(site);
  const size = site.constant(3);
  const flags = site.constant(4);
  if (!map || size === undefined || size > BigInt(LENGTH) || flags === undefined) return false;
  const { unit, f } = site;
  const { code } = f;
  if ((flags & ~BigInt(NO_WAKEUP | FORCE_WAKEUP)) !== 0n) {
    code.i64(-EINVAL);
    f.pop(0);
    return true;
  }
  const record = f.scratch('record', I32);
  code.i32(Number(size));
  code.call(reserveFunction(unit, map));
  code.tee(record);
  code.open(Op.IF, I64);
  code.get(record);
  f.push32(2);
  code.i32(Number(size));
  code.memoryCopy();
  code.get(record);
  code.call(endFunction(unit, map, Number(flags), false));
  code.i64(0);
  code.op(Op.ELSE);
  code.i64(-EAGAIN);
  code.end();
  f.pop(0);
  return true;
}

function ringOf({ unit, constant }: Site): VmMap | undefined {
  const map = unit.mapAt(constant(1));
  return map?.spec.kind === 'ringbuf' ? map : undefined;
}

function hasInnerMaps(unit: Unit): boolean {
  return unit.program.maps.some((index) => unit.machine.map(index).spec.kind.endsWith('_of_maps'));
}

type Position = 'PRODUCER' | 'CONSUMER' | 'PENDING';

function pushPosition(code: Code, map: VmMap, position: Position): void {
  code.i32(0);
  code.access(Op.I64_LOAD, map.address + MapField[position]);
}

/** The function (size) -> address of the payload or 0. */
function reserveFunction(unit: Unit, map: VmMap): number {
  return unit.made(`reserve ${map.index}`, { parameters: [I32], results: [I32] }, (code) => {
    const mask = map.spec.maxEntries - 1;
    const data = field(unit, map, 'DATA');
    const [producer, pending, next] = [code.local(I64), code.local(I64), code.local(I64)] as const;
    const [header, bytes, word] = [code.local(I32), code.local(I32), code.local(I32)] as const;
    pushRounded(code, () => code.get(0));
    code.tee(bytes);
    code.i32(mask + 1);
    code.op(Op.I32_GT_U);
    writeReturnZero(code);
    pushPosition(code, map, 'PRODUCER');
    code.set(producer);
    writeMovePending(code, { map, mask, data, producer, pending, word });
    code.get(producer);
    code.get(bytes);
    code.op(Op.I64_EXTEND_I32_U);
    code.op(Op.I64_ADD);
    code.set(next);
    for (const push of [() => pushPosition(code, map, 'CONSUMER'), () => code.get(pending)]) {
      code.get(next);
      push();
      code.op(Op.I64_SUB);
      code.i64(mask);
      code.op(Op.I64_GT_U);
      writeReturnZero(code);
    }
    pushOffset(code, producer, mask);
    code.tee(word);
    code.i32(data);
    code.op(Op.I32_ADD);
    code.tee(header);
    code.get(0);
    code.i32(BUSY);
    code.op(Op.I32_OR);
    code.access(Op.I32_STORE, 0);
    code.get(header);
    code.get(word);
    code.access(Op.I32_STORE, 4);
    code.i32(0);
    code.get(next);
    code.access(Op.I64_STORE, map.address + MapField.PRODUCER);
    code.get(header);
    code.i32(HEADER);
    code.op(Op.I32_ADD);
  });
}

function writeReturnZero(code: Code): void {
  code.open(Op.IF);
  code.i32(0);
  code.op(Op.RETURN);
  code.end();
}

/** Length of a record with its header, a multiple of 8. */
function pushRounded(code: Code, size: () => void): void {
  size();
  code.i32(HEADER + 7);
  code.op(Op.I32_ADD);
  code.i32(-8);
  code.op(Op.I32_AND);
}

function pushOffset(code: Code, position: number, mask: number): void {
  code.get(position);
  code.op(Op.I32_WRAP_I64);
  code.i32(mask);
  code.op(Op.I32_AND);
}

/** Sets `pending` to the position of the oldest record that is not finished. */
function writeMovePending(
  code: Code,
  at: {
    readonly map: VmMap;
    readonly mask: number;
    readonly data: number;
    readonly producer: number;
    readonly pending: number;
    readonly word: number;
  },
): void {
  pushPosition(code, at.map, 'PENDING');
  code.set(at.pending);
  code.open(Op.BLOCK);
  code.open(Op.LOOP);
  code.get(at.pending);
  code.get(at.producer);
  code.op(Op.I64_GE_U);
  code.brIf(1);
  pushOffset(code, at.pending, at.mask);
  code.access(Op.I32_LOAD, at.data);
  code.tee(at.word);
  code.i32(0);
  code.op(Op.I32_LT_S);
  code.brIf(1);
  code.get(at.pending);
  pushRounded(code, () => {
    code.get(at.word);
    code.i32(LENGTH);
    code.op(Op.I32_AND);
  });
  code.op(Op.I64_EXTEND_I32_U);
  code.op(Op.I64_ADD);
  code.set(at.pending);
  code.br(0);
  code.end();
  code.end();
  code.i32(0);
  code.get(at.pending);
  code.access(Op.I64_STORE, at.map.address + MapField.PENDING);
}

/** The function (address of the payload): finishes a record. */
function endFunction(unit: Unit, map: VmMap, flags: number, discard: boolean): number {
  return unit.made(`end ${map.index} ${flags} ${discard}`, { parameters: [I32], results: [] }, (code) => {
    const header = code.local(I32);
    code.get(0);
    code.i32(HEADER);
    code.op(Op.I32_SUB);
    code.tee(header);
    code.get(header);
    code.access(Op.I32_LOAD, 0);
    code.i32(LENGTH);
    code.op(Op.I32_AND);
    if (discard) {
      code.i32(DISCARD);
      code.op(Op.I32_OR);
    }
    code.access(Op.I32_STORE, 0);
    if ((flags & NO_WAKEUP) !== 0) return;
    if ((flags & FORCE_WAKEUP) === 0) {
      // The reader sleeps only when it has read everything before this record.
      pushPosition(code, map, 'CONSUMER');
      code.op(Op.I32_WRAP_I64);
      code.i32(map.spec.maxEntries - 1);
      code.op(Op.I32_AND);
      code.get(header);
      code.i32(field(unit, map, 'DATA'));
      code.op(Op.I32_SUB);
      code.op(Op.I32_EQ);
      code.open(Op.IF);
    }
    code.i32(map.index);
    code.call(unit.imported('wakeRing'));
    if ((flags & FORCE_WAKEUP) === 0) code.end();
  });
}
