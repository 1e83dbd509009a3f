// Every instruction on edge values, against the interpreter.

import { describe, expect, test } from 'vitest';
import {
  Alu,
  Atomic,
  atomic,
  Class,
  exit,
  type Instruction,
  Jump,
  LD_IMM64,
  loadAcquire,
  loadImm64,
  loadMem,
  loadMemSx,
  mov,
  movImm,
  Size,
  Source,
  slot,
  storeImm,
  storeMem,
  storeRelease,
} from '../../../isa/index.ts';
import { compiled, interpret } from './testing/compare.ts';

const EDGES = [
  0n,
  1n,
  2n,
  7n,
  31n,
  32n,
  33n,
  63n,
  64n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x123456789abcdef0n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffff80000000n,
  0xfffffffffffffffen,
  0xffffffffffffffffn,
];
const IMMEDIATES = [0, 1, -1, 2, 7, 31, 32, 63, 64, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffffff, -0x80000000, -2, 1000003];

/** Stores the result of each case into the context, many cases in one program. */
function compareCases(cases: readonly (readonly Instruction[])[]): void {
  const STORED = 8;
  for (let from = 0; from < cases.length; from += 400) {
    const part = cases.slice(from, from + 400);
    const instructions = [
      mov(9, 1),
      ...part.flatMap((one, index) => [...one, storeMem(Size.DW, 9, index * STORED, 0)]),
      movImm(0, 0),
      exit(),
    ];
    const setup = { instructions, context: new Uint8Array(part.length * STORED) };
    const [expected, found] = [interpret(setup), compiled(setup)];
    expect(found.results).toEqual(expected.results);
    for (let index = 0; index < part.length; index++) {
      const at = (text: string): string => text.slice(index * 16, index * 16 + 16);
      if (at(found.context) === at(expected.context)) continue;
      expect.fail(`${JSON.stringify(part[index])}: ${at(found.context)}, not ${at(expected.context)}`);
    }
  }
}

const load = (register: number, value: bigint): Instruction[] => [...loadImm64(register, value)];

const operations = Object.entries(Alu).filter(([name]) => name !== 'NEG' && name !== 'END');

describe.each([
  ['64 bits', Class.ALU64],
  ['32 bits', Class.ALU],
])('arithmetic of %s', (_name, kind) => {
  test.each(operations)('%s', (name, operation) => {
    const offsets =
      name === 'DIV' || name === 'MOD'
        ? [0, 1]
        : name === 'MOV'
          ? kind === Class.ALU
            ? [0, 8, 16]
            : [0, 8, 16, 32]
          : [0];
    const cases: Instruction[][] = [];
    for (const off of offsets) {
      for (const a of EDGES) {
        for (const b of EDGES)
          cases.push([...load(0, a), ...load(2, b), slot(kind | Source.X | operation, 0, 2, off, 0)]);
        if (off > 1) continue;
        for (const imm of IMMEDIATES) cases.push([...load(0, a), slot(kind | Source.K | operation, 0, 0, off, imm)]);
      }
    }
    compareCases(cases);
  });

  test('NEG', () => compareCases(EDGES.map((a) => [...load(0, a), slot(kind | Alu.NEG, 0, 0, 0, 0)])));

  test('dst and src the same', () => {
    compareCases(
      operations.flatMap(([, operation]) =>
        EDGES.map((a) => [...load(0, a), slot(kind | Source.X | operation, 0, 0, 0, 0)]),
      ),
    );
  });
});

test('byte order', () => {
  const codes = [Class.ALU | Alu.END, Class.ALU | Alu.END | Source.X, Class.ALU64 | Alu.END];
  compareCases(
    codes.flatMap((code) =>
      [16, 32, 64].flatMap((width) => EDGES.map((a) => [...load(0, a), slot(code, 0, 0, 0, width)])),
    ),
  );
});

const jumps = Object.entries(Jump).filter(([name]) => !['JA', 'CALL', 'EXIT', 'JCOND'].includes(name));

describe.each([
  ['64 bits', Class.JMP],
  ['32 bits', Class.JMP32],
])('jumps of %s', (_name, kind) => {
  test.each(jumps)('%s', (_jump, operation) => {
    const taken = (jump: Instruction): Instruction[] => [jump, movImm(0, 1), slot(5, 0, 0, 1, 0), movImm(0, 2)];
    const cases: Instruction[][] = [];
    for (const a of EDGES) {
      for (const b of EDGES) {
        cases.push([...load(2, a), ...load(3, b), ...taken(slot(kind | Source.X | operation, 2, 3, 2, 0))]);
      }
      for (const imm of IMMEDIATES) cases.push([...load(2, a), ...taken(slot(kind | operation, 2, 0, 2, imm))]);
    }
    compareCases(cases);
  });
});

const SIZES = [Size.B, Size.H, Size.W, Size.DW];

describe('memory', () => {
  test('loads after stores, at offsets on both sides', () => {
    const cases: Instruction[][] = [];
    for (const size of SIZES) {
      for (const value of EDGES) {
        for (const off of [-8, -16, -509 + 4]) {
          const read =
            size === Size.DW ? [loadMem(size, 0, 10, off)] : [loadMem(size, 0, 10, off), loadMemSx(size, 0, 10, off)];
          for (const one of read) cases.push([...load(2, value), storeMem(size, 10, off, 2), one]);
        }
      }
      for (const imm of IMMEDIATES) cases.push([storeImm(size, 10, -64, imm), loadMem(size, 0, 10, -64)]);
    }
    compareCases(cases);
  });

  test('a base beyond the offset and before it', () => {
    const cases: Instruction[][] = [];
    for (const off of [32767, 20000, 4097, 4096, 4095, -32768, -20000, -4096]) {
      const base = [mov(2, 10), slot(Class.ALU64 | Alu.ADD, 2, 0, 0, -16 - off)];
      cases.push([
        ...base,
        ...load(3, 0x1122334455667788n),
        storeMem(Size.DW, 2, off, 3),
        loadMem(Size.DW, 0, 10, -16),
      ]);
    }
    compareCases(cases);
  });
});

describe('atomic operations', () => {
  const widths = [Size.W, Size.DW];
  const names = [
    ...[Atomic.ADD, Atomic.OR, Atomic.AND, Atomic.XOR].flatMap((one) => [one, one | Atomic.FETCH]),
    Atomic.XCHG,
    Atomic.CMPXCHG,
  ];

  test.each(names)('0x%s', (operation) => {
    const cases: Instruction[][] = [];
    for (const size of widths) {
      for (const old of EDGES) {
        for (const operand of EDGES) {
          const before = [...load(4, old), storeMem(Size.DW, 10, -8, 4), ...load(0, old), ...load(2, operand)];
          const run = [...before, atomic(operation as never, size, 10, -8, 2)];
          cases.push([...run, loadMem(Size.DW, 0, 10, -8)], [...run, mov(0, 2)], run);
        }
      }
    }
    compareCases(cases);
  });

  test('a comparison that fails', () => {
    const run = [...load(4, 5n), storeMem(Size.DW, 10, -8, 4), ...load(0, 6n), ...load(2, 7n)];
    compareCases(
      widths.map((size) => [
        ...run,
        atomic(Atomic.CMPXCHG, size, 10, -8, 2),
        loadMem(Size.DW, 2, 10, -8),
        slot(0x0f, 0, 2, 0, 0),
      ]),
    );
  });

  test('acquire and release', () => {
    compareCases(
      SIZES.flatMap((size) =>
        EDGES.map((value) => [...load(2, value), storeRelease(size, 10, -8, 2), loadAcquire(size, 0, 10, -8)]),
      ),
    );
  });
});

test('a wide load whose second half is a jump target is no instruction', () => {
  const setup = { instructions: [slot(5, 0, 0, 1, 0), slot(LD_IMM64, 0, 0, 0, 1), slot(0, 0, 0, 0, 0), exit()] };
  const [expected, found] = [interpret(setup), compiled(setup)];
  expect(found.results).toEqual(expected.results);
});
