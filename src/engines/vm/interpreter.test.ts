// Every instruction with the edge values of its operands, against arithmetic that is written here again, from RFC 9669.

import { describe, expect, test } from 'vitest';
import {
  Alu,
  Atomic,
  addrSpaceCast,
  alu32,
  alu32Imm,
  alu64,
  alu64Imm,
  atomic,
  bswap,
  Class,
  callHelper,
  callSub,
  exit,
  gotol,
  helperId,
  type Instruction,
  Jump,
  ja,
  jump,
  jump32,
  jump32Imm,
  jumpImm,
  ldAbs,
  ldInd,
  loadAcquire,
  loadFunc,
  loadImm64,
  loadMem,
  loadMemSx,
  mayGoto,
  mov,
  mov32,
  mov32Imm,
  movImm,
  movsx,
  movsx32,
  neg,
  neg32,
  Size,
  sdiv,
  sdiv32,
  sdiv32Imm,
  sdivImm,
  slot,
  smod,
  smod32,
  smod32Imm,
  smodImm,
  storeImm,
  storeMem,
  storeRelease,
  toBigEndian,
  toLittleEndian,
} from '../../isa/index.ts';
import { Interpreter } from './interpreter.ts';
import { Machine } from './machine.ts';
import { MapError } from './maps/map.ts';
import { runOnce } from './run.ts';
import { Trap } from './trap.ts';

const M64 = (1n << 64n) - 1n;
const M32 = (1n << 32n) - 1n;

const EDGES: readonly bigint[] = [
  0n,
  1n,
  2n,
  7n,
  31n,
  32n,
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
  0xfffffffen,
  0xffffffffn,
  0x100000000n,
  0x123456789abcdef0n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0x8000000080000000n,
  M64 - 1n,
  M64,
];
const IMMEDIATES = [0, 1, 2, 7, 31, 32, 63, 64, 127, 128, 0x7fff, 0x8000, 0x7fffffff, -1, -2, -13, -128, -0x80000000];

const machine = new Machine();

/** r0 after the instructions, with r1 and r2 set. */
function result(code: readonly Instruction[], r1 = 0n, r2 = 0n): bigint {
  const program = machine.load({
    kind: 'plain',
    instructions: [...loadImm64(1, r1), ...loadImm64(2, r2), ...code, exit()],
  });
  return runOnce(machine, program, { checked: true, budget: 1_000_000 }).result;
}

const s64 = (x: bigint): bigint => (x >= 1n << 63n ? x - (1n << 64n) : x);
const s32 = (x: bigint): bigint => ((x & M32) >= 1n << 31n ? (x & M32) - (1n << 32n) : x & M32);
const sign = (x: bigint, bits: number): bigint => {
  const low = x & ((1n << BigInt(bits)) - 1n);
  return low >> BigInt(bits - 1) === 1n ? low - (1n << BigInt(bits)) : low;
};

interface Rule {
  readonly name: string;
  readonly x64: (d: number, s: number) => Instruction;
  readonly k64?: (d: number, i: number) => Instruction;
  readonly x32: (d: number, s: number) => Instruction;
  readonly k32?: (d: number, i: number) => Instruction;
  readonly e64: (a: bigint, b: bigint) => bigint;
  readonly e32: (a: bigint, b: bigint) => bigint;
  /** The encoding is invalid with this immediate. */
  readonly not?: (imm: number) => boolean;
}

const plain = (name: keyof typeof Alu, e64: Rule['e64'], e32: Rule['e32']): Rule => ({
  name,
  x64: (d, s) => alu64(Alu[name], d, s),
  k64: (d, i) => alu64Imm(Alu[name], d, i),
  x32: (d, s) => alu32(Alu[name], d, s),
  k32: (d, i) => alu32Imm(Alu[name], d, i),
  e64,
  e32,
});

const rules: readonly Rule[] = [
  plain(
    'ADD',
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  plain(
    'SUB',
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  plain(
    'MUL',
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  plain(
    'DIV',
    (a, b) => (b === 0n ? 0n : a / b),
    (a, b) => (b === 0n ? 0n : a / b),
  ),
  plain(
    'MOD',
    (a, b) => (b === 0n ? a : a % b),
    (a, b) => (b === 0n ? a : a % b),
  ),
  plain(
    'OR',
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  plain(
    'AND',
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  plain(
    'XOR',
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
  plain(
    'LSH',
    (a, b) => a << (b & 63n),
    (a, b) => a << (b & 31n),
  ),
  plain(
    'RSH',
    (a, b) => a >> (b & 63n),
    (a, b) => a >> (b & 31n),
  ),
  plain(
    'ARSH',
    (a, b) => s64(a) >> (b & 63n),
    (a, b) => s32(a) >> (b & 31n),
  ),
  plain(
    'MOV',
    (_, b) => b,
    (_, b) => b,
  ),
  {
    name: 'SDIV',
    x64: sdiv,
    k64: sdivImm,
    x32: sdiv32,
    k32: sdiv32Imm,
    e64: (a, b) => (b === 0n ? 0n : s64(a) / s64(b)),
    e32: (a, b) => (b === 0n ? 0n : s32(a) / s32(b)),
  },
  {
    name: 'SMOD',
    x64: smod,
    k64: smodImm,
    x32: smod32,
    k32: smod32Imm,
    e64: (a, b) => (b === 0n ? a : s64(a) - s64(b) * (s64(a) / s64(b))),
    e32: (a, b) => (b === 0n ? a : s32(a) - s32(b) * (s32(a) / s32(b))),
  },
];

describe('arithmetic', () => {
  test.each(rules)('$name, registers', ({ x64, x32, e64, e32 }) => {
    for (const a of EDGES) {
      for (const b of EDGES) {
        expect(result([x64(1, 2), mov(0, 1)], a, b)).toBe(e64(a, b) & M64);
        expect(result([x32(1, 2), mov(0, 1)], a, b)).toBe(e32(a & M32, b & M32) & M32);
      }
    }
  });

  test.each(rules)('$name, immediates', ({ k64, k32, e64, e32 }) => {
    for (const a of EDGES) {
      for (const imm of IMMEDIATES) {
        const b64 = BigInt(imm) & M64;
        expect(result([k64!(1, imm), mov(0, 1)], a)).toBe(e64(a, b64) & M64);
        expect(result([k32!(1, imm), mov(0, 1)], a)).toBe(e32(a & M32, BigInt(imm) & M32) & M32);
      }
    }
  });

  test('negation', () => {
    for (const a of EDGES) {
      expect(result([neg(1), mov(0, 1)], a)).toBe(-a & M64);
      expect(result([neg32(1), mov(0, 1)], a)).toBe(-a & M32);
    }
  });

  test('sign extension', () => {
    for (const a of EDGES) {
      for (const bits of [8, 16, 32] as const) expect(result([movsx(bits, 0, 1)], a)).toBe(sign(a, bits) & M64);
      for (const bits of [8, 16] as const) expect(result([movsx32(bits, 0, 1)], a)).toBe(sign(a, bits) & M32);
    }
  });

  test('32-bit moves clear the upper half', () => {
    expect(result([movImm(0, -1), mov32(0, 1)], M64)).toBe(M32);
    expect(result([movImm(0, -1), mov32Imm(0, -2)])).toBe(M32 - 1n);
  });

  test('byte order', () => {
    const value = 0x0102030405060708n;
    expect(result([toLittleEndian(16, 1), mov(0, 1)], value)).toBe(0x0708n);
    expect(result([toLittleEndian(32, 1), mov(0, 1)], value)).toBe(0x05060708n);
    expect(result([toLittleEndian(64, 1), mov(0, 1)], value)).toBe(value);
    for (const swap of [toBigEndian, bswap]) {
      expect(result([swap(16, 1), mov(0, 1)], value)).toBe(0x0807n);
      expect(result([swap(32, 1), mov(0, 1)], value)).toBe(0x08070605n);
      expect(result([swap(64, 1), mov(0, 1)], value)).toBe(0x0807060504030201n);
    }
  });
});

const conditions: readonly (readonly [keyof typeof Jump, (a: bigint, b: bigint, sa: bigint, sb: bigint) => boolean])[] =
  [
    ['JEQ', (a, b) => a === b],
    ['JNE', (a, b) => a !== b],
    ['JGT', (a, b) => a > b],
    ['JGE', (a, b) => a >= b],
    ['JLT', (a, b) => a < b],
    ['JLE', (a, b) => a <= b],
    ['JSET', (a, b) => (a & b) !== 0n],
    ['JSGT', (_a, _b, a, b) => a > b],
    ['JSGE', (_a, _b, a, b) => a >= b],
    ['JSLT', (_a, _b, a, b) => a < b],
    ['JSLE', (_a, _b, a, b) => a <= b],
  ];

describe('jumps', () => {
  const taken = (instruction: Instruction, a: bigint, b = 0n): boolean =>
    result([movImm(0, 1), instruction, movImm(0, 0)], a, b) === 1n;

  test.each(conditions)('%s', (name, holds) => {
    for (const a of EDGES) {
      for (const b of EDGES) {
        expect(taken(jump(Jump[name], 1, 2, 1), a, b)).toBe(holds(a, b, s64(a), s64(b)));
        expect(taken(jump32(Jump[name], 1, 2, 1), a, b)).toBe(holds(a & M32, b & M32, s32(a), s32(b)));
      }
      for (const imm of IMMEDIATES) {
        const b = BigInt(imm) & M64;
        expect(taken(jumpImm(Jump[name], 1, imm, 1), a)).toBe(holds(a, b, s64(a), s64(b)));
        expect(taken(jump32Imm(Jump[name], 1, imm, 1), a)).toBe(holds(a & M32, b & M32, s32(a), s32(b)));
      }
    }
  });

  test('goto forward and back, long and short', () => {
    expect(result([movImm(0, 1), ja(1), movImm(0, 2)])).toBe(1n);
    expect(result([movImm(0, 1), gotol(1), movImm(0, 2)])).toBe(1n);
    const countdown = [
      movImm(0, 0),
      movImm(3, 10),
      alu64(Alu.ADD, 0, 3),
      alu64Imm(Alu.SUB, 3, 1),
      jumpImm(Jump.JNE, 3, 0, -3),
    ];
    expect(result(countdown)).toBe(55n);
  });

  test('may_goto leaves the loop when its budget is used up', () => {
    const machine = new Machine();
    const program = machine.load({ kind: 'plain', instructions: [mayGoto(1), ja(-2), movImm(0, 7), exit()] });
    const interpreter = new Interpreter(machine, program, 4096);
    machine.memory.setU64(4120, 100n);
    expect(interpreter.run()).toBe(7n);
    expect(interpreter.steps).toBe(203);
  });

  test('a run ends at its budget', () => {
    const machine = new Machine();
    const program = machine.load({ kind: 'plain', instructions: [ja(-1), exit()] });
    expect(() => runOnce(machine, program, { budget: 1000 })).toThrow(/budget of 1000/);
  });
});

describe('memory', () => {
  const VALUE = 0x8182838485868788n;

  test.each([
    [Size.B, 8],
    [Size.H, 16],
    [Size.W, 32],
    [Size.DW, 64],
  ] as const)('loads and stores of size %i', (size, bits) => {
    const mask = (1n << BigInt(bits)) - 1n;
    const store = [storeMem(size, 10, -8, 1), loadMem(size, 0, 10, -8)];
    expect(result(store, VALUE)).toBe(VALUE & mask);
    // The other bytes stay.
    const whole = [storeImm(Size.DW, 10, -8, -1), storeMem(size, 10, -8, 1), loadMem(Size.DW, 0, 10, -8)];
    expect(result(whole, 0n)).toBe((M64 ^ mask) & M64);
    expect(result([storeImm(size, 10, -8, -2), loadMem(size, 0, 10, -8)])).toBe((M64 - 1n) & mask);
    if (size !== Size.DW) {
      expect(result([storeMem(Size.DW, 10, -8, 1), loadMemSx(size, 0, 10, -8)], VALUE)).toBe(sign(VALUE, bits) & M64);
    }
  });

  test('little-endian order and unaligned access', () => {
    expect(result([storeMem(Size.DW, 10, -16, 1), loadMem(Size.W, 0, 10, -15)], VALUE)).toBe(0x84858687n);
  });

  test('64-bit immediates', () => {
    expect(result([mov(0, 1)], M64)).toBe(M64);
    expect(result([mov(0, 1)], 0x8000000080000000n)).toBe(0x8000000080000000n);
  });

  test('load-acquire and store-release', () => {
    for (const [size, bits] of [
      [Size.B, 8],
      [Size.H, 16],
      [Size.W, 32],
      [Size.DW, 64],
    ] as const) {
      const code = [storeImm(Size.DW, 10, -8, 0), storeRelease(size, 10, -8, 1), loadAcquire(size, 0, 10, -8)];
      expect(result(code, VALUE)).toBe(VALUE & ((1n << BigInt(bits)) - 1n));
    }
  });
});

describe('atomics', () => {
  const operations: readonly (readonly [keyof typeof Atomic, (a: bigint, b: bigint) => bigint])[] = [
    ['ADD', (a, b) => a + b],
    ['OR', (a, b) => a | b],
    ['AND', (a, b) => a & b],
    ['XOR', (a, b) => a ^ b],
  ];
  const widths = [
    [Size.W, M32],
    [Size.DW, M64],
  ] as const;

  test.each(operations)('%s with and without fetch', (name, compute) => {
    for (const [size, mask] of widths) {
      for (const a of EDGES) {
        for (const b of EDGES) {
          const memory = (fetch: number): Instruction[] => [
            storeMem(Size.DW, 10, -8, 1),
            atomic(Atomic[name] | fetch, size, 10, -8, 2),
          ];
          const stored = ((a & ~mask) | (compute(a & mask, b & mask) & mask)) & M64;
          expect(result([...memory(0), loadMem(Size.DW, 0, 10, -8)], a, b)).toBe(stored);
          expect(result([...memory(0), mov(0, 2)], a, b)).toBe(b);
          expect(result([...memory(Atomic.FETCH), loadMem(Size.DW, 0, 10, -8)], a, b)).toBe(stored);
          expect(result([...memory(Atomic.FETCH), mov(0, 2)], a, b)).toBe(a & mask);
        }
      }
    }
  });

  test('exchange', () => {
    for (const [size, mask] of widths) {
      const code = [storeMem(Size.DW, 10, -8, 1), atomic(Atomic.XCHG, size, 10, -8, 2)];
      for (const a of EDGES) {
        expect(result([...code, mov(0, 2)], a, 5n)).toBe(a & mask);
        expect(result([...code, loadMem(Size.DW, 0, 10, -8)], a, 5n)).toBe((a & ~mask & M64) | 5n);
      }
    }
  });

  test('compare and exchange', () => {
    for (const [size, mask] of widths) {
      for (const a of EDGES) {
        for (const expected of [a, a ^ 1n, a ^ (1n << 40n)]) {
          const code = [
            storeMem(Size.DW, 10, -8, 1),
            ...loadImm64(0, expected),
            atomic(Atomic.CMPXCHG, size, 10, -8, 2),
          ];
          const equal = (expected & mask) === (a & mask);
          // r0 gets the old value, zero-extended, in both outcomes.
          expect(result(code, a, 5n)).toBe(a & mask);
          const after = equal ? (a & ~mask & M64) | 5n : a;
          expect(result([...code, loadMem(Size.DW, 0, 10, -8)], a, 5n)).toBe(after);
        }
      }
    }
  });
});

describe('packet loads', () => {
  const packet = Uint8Array.from({ length: 34 }, (_, at) => at);
  const run = (code: readonly Instruction[]): bigint => {
    const machine = new Machine();
    const program = machine.load({ kind: 'socket_filter', instructions: [mov(6, 1), ...code, exit()] });
    return runOnce(machine, program, { data: packet, checked: true }).result;
  };

  test('are in network order, from behind the Ethernet header', () => {
    expect(run([ldAbs(Size.B, 3)])).toBe(17n);
    expect(run([ldAbs(Size.H, 0)])).toBe(0x0e0fn);
    expect(run([ldAbs(Size.W, 2)])).toBe(0x10111213n);
    expect(run([movImm(7, 4), ldInd(Size.H, 7, -2)])).toBe(0x1011n);
  });

  test('beyond the packet the program returns 0', () => {
    expect(run([movImm(0, 9), ldAbs(Size.W, 16), movImm(0, 5)])).toBe(5n);
    expect(run([movImm(0, 9), ldAbs(Size.W, 17), movImm(0, 5)])).toBe(0n);
    expect(run([movImm(0, 9), movImm(7, 30), ldInd(Size.B, 7, 0), movImm(0, 5)])).toBe(0n);
  });

  test('negative offsets count from the headers', () => {
    expect(run([ldAbs(Size.B, -0x100000)])).toBe(14n);
    expect(run([ldAbs(Size.H, -0x200000 + 12)])).toBe(0x0c0dn);
    expect(run([movImm(0, 9), ldAbs(Size.B, -0x200001)])).toBe(0n);
  });
});

describe('calls', () => {
  test('a subprogram has its own frame and gives r6 to r9 back', () => {
    const code = [
      ...[storeImm(Size.DW, 10, -8, 1), movImm(6, 6), movImm(1, 30), callSub(4)],
      ...[alu64(Alu.ADD, 0, 6), loadMem(Size.DW, 1, 10, -8), alu64(Alu.ADD, 0, 1), exit()],
      ...[storeImm(Size.DW, 10, -8, 2), movImm(6, 100), mov(0, 1)],
    ];
    expect(result(code)).toBe(37n);
  });

  test('a callee may use the memory of its caller', () => {
    const code = [storeImm(Size.DW, 10, -8, 5), mov(1, 10), alu64Imm(Alu.ADD, 1, -8), callSub(1), exit()];
    expect(result([...code, loadMem(Size.DW, 0, 1, 0)])).toBe(5n);
  });

  test('recursion ends in a trap', () => {
    expect(() => result([callSub(-1)])).toThrow(/functions are active/);
  });

  test('bpf_loop calls back with the index and the context', () => {
    // Adds the index to *context; stops at 3.
    const callback = [
      ...[loadMem(Size.DW, 3, 2, 0), alu64(Alu.ADD, 3, 1), storeMem(Size.DW, 2, 0, 3)],
      ...[movImm(0, 0), jumpImm(Jump.JNE, 1, 3, 1), movImm(0, 1)],
    ];
    const main = [
      ...[storeImm(Size.DW, 10, -8, 0), movImm(6, 6), movImm(1, 10), ...loadFunc(2, 9)],
      ...[mov(3, 10), alu64Imm(Alu.ADD, 3, -8), movImm(4, 0), callHelper(helperId('loop'))],
      ...[alu64Imm(Alu.MUL, 0, 100), loadMem(Size.DW, 1, 10, -8), alu64(Alu.ADD, 0, 1), exit()],
    ];
    expect(result([...main, ...callback])).toBe(406n);
  });

  test('tail calls go on in another program, 33 times at most', () => {
    const machine = new Machine();
    const jumps = machine.createMap({ kind: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 2, flags: 0 });
    const program = machine.load({
      kind: 'plain',
      instructions: [
        ...[loadMem(Size.DW, 3, 1, 0), alu64Imm(Alu.ADD, 3, 1), storeMem(Size.DW, 1, 0, 3), mov(6, 1)],
        ...[slot(0x18, 2, 1, 0, jumps.index), slot(0, 0, 0, 0, 0), movImm(3, 0), callHelper(12)],
        ...[loadMem(Size.DW, 0, 6, 0), exit()],
      ],
    });
    expect(jumps.write(new Uint8Array(4), new Uint8Array(4))).toBe(0);
    expect(runOnce(machine, program, { context: new Uint8Array(8), checked: true }).result).toBe(34n);
  });
});

describe('checked runs', () => {
  test.each<[string, readonly Instruction[], RegExp]>([
    ['NULL', [movImm(1, 0), loadMem(Size.DW, 0, 1, 0)], /outside of the memory/],
    ['below the frame', [loadMem(Size.DW, 0, 10, -520)], /leaves its stack frame/],
    ['above the frame', [loadMem(Size.DW, 0, 10, 0)], /no memory of the program/],
    ['the control block', [movImm(1, 4096), loadMem(Size.DW, 0, 1, 0)], /no memory of the program/],
    ['far away', [movImm(1, -1), loadMem(Size.B, 0, 1, 0)], /outside of the memory/],
  ])('an access of %s is a trap', (_, code, message) => {
    expect(() => result(code)).toThrow(message);
  });

  test('a trap says where', () => {
    try {
      result([movImm(0, 0), movImm(3, 0), loadMem(Size.DW, 0, 3, 0)]);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Trap);
      expect((error as Trap).slot).toBe(6);
    }
  });

  test('a value of a map ends at its size', () => {
    const machine = new Machine();
    const map = machine.createMap({ kind: 'array', keySize: 4, valueSize: 6, maxEntries: 4, flags: 0 });
    const load = (off: number) =>
      machine.load({
        kind: 'plain',
        instructions: [
          ...[storeImm(Size.W, 10, -4, 1), mov(2, 10), alu64Imm(Alu.ADD, 2, -4)],
          ...[slot(0x18, 1, 1, 0, map.index), slot(0, 0, 0, 0, 0), callHelper(1), loadMem(Size.H, 0, 0, off), exit()],
        ],
      });
    expect(runOnce(machine, load(4), { checked: true }).result).toBe(0n);
    expect(() => runOnce(machine, load(5), { checked: true })).toThrow(/out of bounds of a value/);
    expect(() => runOnce(machine, load(-2), { checked: true })).toThrow(/out of bounds of a value/);
  });
});

describe('what is no instruction', () => {
  test.each<[string, Instruction]>([
    ['an unknown opcode', slot(0xff, 0, 0, 0, 0)],
    ['a call by register', slot(0x8d, 0, 0, 0, 0)],
  ])('%s is refused', (_, instruction) => {
    expect(() => new Machine().load({ kind: 'plain', instructions: [instruction, exit()] })).toThrow(MapError);
  });

  test.each<[string, Instruction]>([
    ['a register that is not there', slot(Class.ALU64 | 0xb0, 11, 0, 0, 0)],
    ['a reserved field', slot(Class.ALU64 | Alu.ADD, 0, 0, 3, 0)],
    ['an operation in a plain store', slot(Class.STX | 0x60 | Size.DW, 0, 0, 0, 5)],
  ])('%s stops the run that reaches it', (_, instruction) => {
    expect(() => result([instruction])).toThrow(Trap);
    expect(result([movImm(0, 5), ja(1), instruction])).toBe(5n);
  });

  test('an address space cast needs an arena', () => {
    expect(() => result([addrSpaceCast(1, 1, 1)])).toThrow(Trap);
  });

  test('a program that runs over its end traps', () => {
    const machine = new Machine();
    const program = machine.load({ kind: 'plain', instructions: [movImm(0, 0)] });
    expect(() => runOnce(machine, program)).toThrow(/ran over its end/);
  });
});
