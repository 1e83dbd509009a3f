// The order of LRU maps inside WebAssembly; see maps/lru.ts.

import { EntryField } from '../layout.ts';
import type { VmMap } from '../maps/map.ts';
import { field } from './map-code.ts';
import type { Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import { Op } from './wasm/opcode.ts';

export function isLru(map: VmMap): boolean {
  return map.spec.kind.startsWith('lru_');
}

/** Takes an entry out of the order. */
export function writeLruRemove(code: Code, entry: number): void {
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
export function writeLruInsert(unit: Unit, code: Code, map: VmMap, entry: number): void {
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

export function writeReferenced(code: Code, entry: number, value: () => void): void {
  code.get(entry);
  value();
  code.access(Op.I32_STORE, EntryField.REFERENCED);
}
