// Loads, stores and atomic operations. One thread runs a machine, so an atomic operation is a load, an operation and a store:
// nobody can see the difference, and the real ones cost fifteen times as much.

import { Atomic, type Instruction, Size, sizeOf } from '../../../isa/index.ts';
import type { FunctionCode } from './registers.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const loads: Readonly<Record<number, number>> = {
  [Size.B]: Op.I64_LOAD8_U,
  [Size.H]: Op.I64_LOAD16_U,
  [Size.W]: Op.I64_LOAD32_U,
  [Size.DW]: Op.I64_LOAD,
};

const signedLoads: Readonly<Record<number, number>> = {
  [Size.B]: Op.I64_LOAD8_S,
  [Size.H]: Op.I64_LOAD16_S,
  [Size.W]: Op.I64_LOAD32_S,
  [Size.DW]: Op.I64_LOAD,
};

const stores: Readonly<Record<number, number>> = {
  [Size.B]: Op.I64_STORE8,
  [Size.H]: Op.I64_STORE16,
  [Size.W]: Op.I64_STORE32,
  [Size.DW]: Op.I64_STORE,
};

export function writeLoad(f: FunctionCode, { code, dst, src, off }: Instruction, signed: boolean): void {
  f.load((signed ? signedLoads : loads)[sizeOf(code)]!, src, off);
  f.pop(dst);
}

export function writeStore(f: FunctionCode, { code, dst, src, off }: Instruction): void {
  f.store(stores[sizeOf(code)]!, dst, off, () => f.push(src));
}

export function writeStoreImmediate(f: FunctionCode, { code, dst, off, imm }: Instruction): void {
  f.store(stores[sizeOf(code)]!, dst, off, () => f.code.i64(imm));
}

const operations: Readonly<Record<number, number>> = {
  [Atomic.ADD]: Op.I64_ADD,
  [Atomic.OR]: Op.I64_OR,
  [Atomic.AND]: Op.I64_AND,
  [Atomic.XOR]: Op.I64_XOR,
};

/** False when there is no such operation. */
export function writeAtomic(f: FunctionCode, instruction: Instruction): boolean {
  const { code, dst, src, off, imm } = instruction;
  const load = loads[sizeOf(code)]!;
  const store = stores[sizeOf(code)]!;
  const old = f.scratch('atomic', ValueType.I64);
  const loadOld = (): void => {
    f.load(load, dst, off);
    f.code.set(old);
  };
  switch (imm) {
    case Atomic.LOAD_ACQ:
      f.load(load, src, off);
      f.pop(dst);
      return true;
    case Atomic.STORE_REL:
      f.store(store, dst, off, () => f.push(src));
      return true;
    case Atomic.XCHG:
      loadOld();
      f.store(store, dst, off, () => f.push(src));
      f.code.get(old);
      f.pop(src);
      return true;
    case Atomic.CMPXCHG:
      loadOld();
      writeCompareAndStore(f, instruction, old, store);
      return true;
  }
  const operation = operations[imm & ~Atomic.FETCH];
  if (operation === undefined) return false;
  loadOld();
  f.store(store, dst, off, () => {
    f.code.get(old);
    f.push(src);
    f.code.op(operation);
  });
  if ((imm & Atomic.FETCH) !== 0) {
    f.code.get(old);
    f.pop(src);
  }
  return true;
}

/** Stores `src` where r0 was found; r0 becomes what was found. */
function writeCompareAndStore(f: FunctionCode, { code, dst, src, off }: Instruction, old: number, store: number): void {
  f.code.get(old);
  f.push(0);
  if (sizeOf(code) === Size.W) {
    f.code.wide(0xffffffffn);
    f.code.op(Op.I64_AND);
  }
  f.code.op(Op.I64_EQ);
  f.code.open(Op.IF);
  f.store(store, dst, off, () => f.push(src));
  f.code.end();
  f.code.get(old);
  f.pop(0);
}
