// Helpers that stay inside WebAssembly. Each writes its call and leaves the result in r0, or says that it cannot here (the map is
// not known, or of another kind): then the helper is called as the interpreter calls it.

import { mapKindId } from '../../../isa/index.ts';
import { E2BIG } from '../errno.ts';
import { Control, MapField } from '../layout.ts';
import type { VmMap } from '../maps/map.ts';
import { writeForEach, writeLoop } from './callback-code.ts';
import { hashDelete, hashLookup, isHash } from './hash-code.ts';
import { hashUpdate } from './hash-update.ts';
import { field, writeCopy, writeCpuOffset } from './map-code.ts';
import { writeRingEnd, writeRingOutput, writeRingReserve } from './ring-code.ts';
import type { Site } from './site.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32 } = ValueType;

/** BPF_MAP_TYPE_ARRAY. */
const ARRAY = mapKindId('array');

export const inlined: Readonly<Record<string, (site: Site) => boolean>> = {
  map_lookup_elem: writeLookup,
  map_update_elem: writeUpdate,
  map_delete_elem: writeDelete,
  map_lookup_percpu_elem: writeLookupPerCpu,
  ktime_get_ns: writeTime,
  ringbuf_reserve: writeRingReserve,
  ringbuf_submit: (site) => writeRingEnd(site, false),
  ringbuf_discard: (site) => writeRingEnd(site, true),
  ringbuf_output: writeRingOutput,
  get_smp_processor_id: writeProcessor,
  get_prandom_u32: writeRandom,
  loop: writeLoop,
  for_each_map_elem: writeForEach,
};

// ---- maps

function mapOf({ unit, constant }: Site): VmMap | undefined {
  return unit.mapAt(constant(1));
}

function writeLookup(site: Site): boolean {
  const map = mapOf(site);
  if (!map) return writeInnerLookup(site);
  const { f, unit } = site;
  if (isHash(map)) {
    f.push32(2);
    f.code.call(hashLookup(unit, map));
    f.pop32(0);
    return true;
  }
  const isArray = map.spec.kind === 'array' || map.spec.kind === 'percpu_array';
  if (!isArray && map.spec.kind !== 'array_of_maps') return false;
  writeElement(site, map, () => {
    // A map in a map is known by its descriptor's address, which is the value.
    if (!isArray) f.code.access(Op.I32_LOAD, 0);
  });
  f.pop32(0);
  return true;
}

/** The map is known only when the program runs: arrays are looked up by their descriptor, other kinds by the helper. */
function writeInnerLookup(site: Site): boolean {
  const helper = site.unit.helperIndex(site.instruction.imm);
  if (helper === undefined) return false;
  const { f } = site;
  const { code } = f;
  f.load(Op.I32_LOAD, 1, MapField.KIND);
  code.i32(ARRAY);
  code.op(Op.I32_EQ);
  code.open(Op.IF, I32);
  f.load(Op.I32_LOAD, 2, 0);
  f.load(Op.I32_LOAD, 1, MapField.MAX_ENTRIES);
  code.op(Op.I32_LT_U);
  code.open(Op.IF, I32);
  f.load(Op.I32_LOAD, 2, 0);
  f.load(Op.I32_LOAD, 1, MapField.ELEMENT_SIZE);
  code.op(Op.I32_MUL);
  f.load(Op.I32_LOAD, 1, MapField.VALUES);
  code.op(Op.I32_ADD);
  code.op(Op.ELSE);
  code.i32(0);
  code.end();
  code.op(Op.ELSE);
  f.push32(1);
  f.push32(2);
  code.call(helper);
  code.end();
  f.pop32(0);
  return true;
}

/** bpf_map_lookup_percpu_elem(map, key, cpu) of arrays. */
function writeLookupPerCpu(site: Site): boolean {
  const map = mapOf(site);
  if (map?.spec.kind !== 'percpu_array') return false;
  const { f, unit } = site;
  const { code } = f;
  const index = f.scratch('index', I32);
  f.load(Op.I32_LOAD, 2, 0);
  code.tee(index);
  code.i32(map.spec.maxEntries);
  code.op(Op.I32_LT_U);
  f.push32(3);
  code.i32(map.cpus);
  code.op(Op.I32_LT_U);
  code.op(Op.I32_AND);
  code.open(Op.IF, I32);
  code.get(index);
  code.i32(field(unit, map, 'ELEMENT_SIZE'));
  code.op(Op.I32_MUL);
  f.push32(3);
  code.i32(map.stride);
  code.op(Op.I32_MUL);
  code.op(Op.I32_ADD);
  code.i32(field(unit, map, 'VALUES'));
  code.op(Op.I32_ADD);
  code.op(Op.ELSE);
  code.i32(0);
  code.end();
  f.pop32(0);
  return true;
}

/** Leaves the address of the element whose index is at r2 on the stack, after `finish`; 0 when there is none. */
function writeElement({ f, unit }: Site, map: VmMap, finish: () => void): void {
  const { code } = f;
  const index = f.scratch('index', I32);
  const size = field(unit, map, 'ELEMENT_SIZE');
  f.load(Op.I32_LOAD, 2, 0);
  code.tee(index);
  code.i32(map.spec.maxEntries);
  code.op(Op.I32_LT_U);
  code.open(Op.IF, I32);
  code.get(index);
  // A multiplication by a power of two takes longer than a shift before the code is optimised.
  if ((size & (size - 1)) === 0) {
    code.i32(Math.log2(size));
    code.op(Op.I32_SHL);
  } else {
    code.i32(size);
    code.op(Op.I32_MUL);
  }
  code.i32(field(unit, map, 'VALUES'));
  code.op(Op.I32_ADD);
  writeCpuOffset(unit, code, map);
  finish();
  code.op(Op.ELSE);
  code.i32(0);
  code.end();
}

function writeUpdate(site: Site): boolean {
  const map = mapOf(site);
  if (!map) return false;
  const { f, unit } = site;
  if (isHash(map)) {
    f.push32(2);
    f.push32(3);
    pushFlags(site, 4);
    f.code.call(hashUpdate(unit, map));
    return popError(site);
  }
  const flags = site.constant(4);
  const isArray = map.spec.kind === 'array' || map.spec.kind === 'percpu_array';
  // Without BPF_NOEXIST an array's update can fail only by its index.
  if (!isArray || (flags !== 0n && flags !== 2n)) return false;
  const { code } = f;
  const to = f.scratch('to', I32);
  const from = f.scratch('from', I32);
  writeElement(site, map, () => {});
  code.tee(to);
  code.open(Op.IF, I32);
  f.push32(3);
  code.set(from);
  writeCopy(code, to, 0, from, map.spec.valueSize);
  code.i32(0);
  code.op(Op.ELSE);
  code.i32(-E2BIG);
  code.end();
  return popError(site);
}

function writeDelete(site: Site): boolean {
  const map = mapOf(site);
  if (!map || !isHash(map)) return false;
  site.f.push32(2);
  site.f.code.call(hashDelete(site.unit, map));
  return popError(site);
}

/** Flags that do not fit into 32 bits are as wrong as others that do not exist. */
export function pushFlags({ f, constant }: Site, register: number): void {
  const known = constant(register);
  if (known !== undefined) {
    f.code.i32(known > 0x7fffffffn ? -1 : Number(known));
    return;
  }
  f.push32(register);
  f.code.i32(-1);
  f.push(register);
  f.code.i64(32);
  f.code.op(Op.I64_SHR_U);
  f.code.op(Op.I64_EQZ);
  f.code.op(Op.SELECT);
}

/** Takes 0 or a negative error number from the stack into r0. */
export function popError({ f }: Site): true {
  f.code.op(Op.I64_EXTEND_I32_S);
  f.pop(0);
  return true;
}

// ---- what a machine knows

/** As a double, which holds nanoseconds exactly for 104 days; a bigint would cost more than all the rest. */
function writeTime({ f, unit }: Site): boolean {
  if (!unit.machine.host.clock.nanoseconds) return false;
  f.code.call(unit.imported('now'));
  f.code.op(Op.I64_TRUNC_F64_U);
  f.pop(0);
  return true;
}

function writeProcessor({ f }: Site): boolean {
  f.code.i32(0);
  f.code.access(Op.I64_LOAD32_U, Control.CPU);
  f.pop(0);
  return true;
}

/** The step of Machine.random. */
function writeRandom({ f, unit }: Site): boolean {
  const index = unit.made('random', { parameters: [], results: [I32] }, (code) => {
    const t = code.local(I32);
    const w = code.local(I32);
    const at = (word: number): number => Control.RANDOM + 4 * word;
    const push = (word: number): void => {
      code.i32(0);
      code.access(Op.I32_LOAD, at(word));
    };
    const shiftedXor = (local: number, opcode: number, distance: number): void => {
      code.get(local);
      code.get(local);
      code.i32(distance);
      code.op(opcode);
      code.op(Op.I32_XOR);
    };
    push(0);
    code.set(t);
    shiftedXor(t, Op.I32_SHL, 11);
    code.set(t);
    push(3);
    code.set(w);
    for (let word = 0; word < 3; word++) {
      code.i32(0);
      push(word + 1);
      code.access(Op.I32_STORE, at(word));
    }
    shiftedXor(w, Op.I32_SHR_U, 19);
    shiftedXor(t, Op.I32_SHR_U, 8);
    code.op(Op.I32_XOR);
    code.set(w);
    code.i32(0);
    code.get(w);
    code.access(Op.I32_STORE, at(3));
    code.get(w);
  });
  f.code.call(index);
  f.pop32(0);
  return true;
}
