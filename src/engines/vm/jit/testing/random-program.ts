// Programs made at random that end and touch only what is theirs, with any control flow: every block counts r9 down and leaves at
// zero, so that loops may be entered and left anywhere. r6 is the context, r7 the value of a map, r0 to r5 and r8 are numbers.

import {
  Alu,
  Atomic,
  alu64Imm,
  atomic,
  Class,
  callHelper,
  callSub,
  exit,
  type HelperName,
  helperId,
  type Instruction,
  Jump,
  ja,
  jumpImm,
  loadFunc,
  loadImm64,
  loadMapFd,
  loadMem,
  loadMemSx,
  mayGoto,
  mov,
  movImm,
  neg,
  neg32,
  Size,
  Source,
  slot,
  storeImm,
  storeMem,
} from '../../../../isa/index.ts';
import type { MapSpec } from '../../maps/map.ts';

export const CONTEXT_BYTES = 128;
const VALUE_BYTES = 64;
const FRAME_SLOTS = 24;

const map = (kind: string, keySize: number, valueSize: number, maxEntries: number): MapSpec => ({
  kind,
  keySize,
  valueSize,
  maxEntries,
  flags: 0,
});

/** The maps of every program; the first has one value, which r7 points to. */
export const maps: readonly MapSpec[] = [
  map('array', 4, VALUE_BYTES, 1),
  map('array', 4, 12, 7),
  map('percpu_array', 4, 8, 3),
  map('hash', 8, 16, 5),
  map('hash', 5, 9, 40),
  map('percpu_hash', 4, 8, 6),
  map('lru_hash', 4, 8, 4),
  map('ringbuf', 0, 0, 4096),
  map('queue', 0, 8, 3),
  map('hash', 11, 300, 3),
  map('lru_percpu_hash', 12, 4, 4),
];
const ARRAYS = [1, 2];
const HASHES = [3, 4, 5, 6, 9, 10];
const RING = 7;
const QUEUE = 8;

/** A source of numbers that is the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(count: number): number {
    return this.next() % count;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const INTERESTING = [0n, 1n, 0x7fn, 0x80n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 63n, (1n << 64n) - 1n];
const NUMBERS = [0, 1, 2, 3, 4, 5, 8] as const;
const SIZES = [Size.B, Size.H, Size.W, Size.DW] as const;
const SIZE_BYTES = { [Size.B]: 1, [Size.H]: 2, [Size.W]: 4, [Size.DW]: 8 } as const;

/** An instruction, or a jump to the beginning of a block, or a reference to a function. */
type Item =
  | Instruction
  | { readonly jump: Instruction; readonly to: number }
  | { readonly call: number }
  | { readonly address: number; readonly register: number };

export interface RandomProgram {
  readonly instructions: readonly Instruction[];
}

export interface RandomOptions {
  /** Leave out what programs of the kernel cannot do, or what depends on more than the program. */
  readonly portable?: boolean;
  readonly blocks?: number;
  /** Call helpers and do little else. */
  readonly helpersOnly?: boolean;
}

export function randomProgram(seed: number, options: RandomOptions = {}): RandomProgram {
  return new Generator(new Random(seed), options).program();
}

class Generator {
  readonly #random: Random;
  readonly #portable: boolean;
  readonly #blocks: number;
  readonly #helpersOnly: boolean;
  /** Functions before this one are not called, so that there is no recursion. */
  #function = 0;
  #functionCount = 1;
  #callbackCount = 0;

  constructor(random: Random, options: RandomOptions) {
    this.#random = random;
    this.#portable = options.portable ?? false;
    this.#blocks = options.blocks ?? 10;
    this.#helpersOnly = options.helpersOnly ?? false;
  }

  program(): RandomProgram {
    this.#functionCount = 1 + this.#random.below(3);
    this.#callbackCount = this.#portable ? 0 : this.#random.below(2);
    const functions: Item[][][] = [];
    for (this.#function = 0; this.#function < this.#functionCount; this.#function++)
      functions.push(this.#makeFunction());
    for (let callback = 0; callback < this.#callbackCount; callback++) functions.push([this.#makeCallback()]);
    return { instructions: link(functions) };
  }

  // ---- functions

  #makeFunction(): Item[][] {
    const isMain = this.#function === 0;
    const count = 2 + this.#random.below(this.#blocks);
    const first: Item[] = isMain ? this.#mainStart() : this.#functionStart();
    const last: Item[] = [...(isMain ? [...this.#callAll(), ...storeAll()] : []), exit()];
    const blocks: Item[][] = [first];
    for (let block = 1; block <= count; block++) {
      const body: Item[] = [alu64Imm(Alu.ADD, 9, -1), { jump: jumpImm(Jump.JEQ, 9, 0, 0), to: count + 1 }];
      for (let left = this.#random.below(10); left > 0; left--) body.push(...this.#step());
      body.push(...this.#ending(count + 1));
      blocks.push(body);
    }
    return [...blocks, last];
  }

  /** The kernel refuses functions that nobody calls. */
  #callAll(): Item[] {
    if (!this.#portable) return [];
    const calls: Item[] = [];
    for (let index = 1; index < this.#functionCount; index++) calls.push({ call: index }, ...this.#renew());
    return calls;
  }

  #mainStart(): Item[] {
    const start: Item[] = [
      mov(6, 1),
      storeImm(Size.W, 10, -4, 0),
      ...loadMapFd(1, 0),
      mov(2, 10),
      alu64Imm(Alu.ADD, 2, -4),
    ];
    start.push(callHelper(helperId('map_lookup_elem')), jumpImm(Jump.JNE, 0, 0, 2), movImm(0, 0), exit(), mov(7, 0));
    for (let at = 0; at < FRAME_SLOTS; at++) start.push(storeImm(Size.DW, 10, -8 * (at + 1), this.#immediate()));
    for (const register of NUMBERS) start.push(...loadImm64(register, this.#wide()));
    return [...start, movImm(9, 3 + this.#random.below(this.#portable ? 12 : 120))];
  }

  #functionStart(): Item[] {
    const start: Item[] = [];
    for (let at = 0; at < FRAME_SLOTS; at++) start.push(storeImm(Size.DW, 10, -8 * (at + 1), this.#immediate()));
    start.push(movImm(0, this.#immediate()), movImm(8, this.#immediate()), mov(6, 10), mov(7, 10));
    // Where main has the context and a value, other functions have their frame.
    start.push(alu64Imm(Alu.ADD, 6, -CONTEXT_BYTES), alu64Imm(Alu.ADD, 7, -VALUE_BYTES));
    return [...start, movImm(9, 2 + this.#random.below(8))];
  }

  /** callback(a, b, c, d): uses its arguments as numbers and returns 0 most of the time. */
  #makeCallback(): Item[] {
    const body: Item[] = [mov(0, 1), storeMem(Size.DW, 10, -8, 1), slot(Class.ALU64 | Alu.AND, 0, 0, 0, 15)];
    body.push(jumpImm(Jump.JEQ, 0, 13, 2), movImm(0, 0), exit(), movImm(0, 1), exit());
    return body;
  }

  #ending(last: number): Item[] {
    const to = (): number => 1 + this.#random.below(last);
    // The kernel refuses blocks that no way leads to, so each falls into the next there.
    if (!this.#portable && this.#random.below(4) === 0) return [{ jump: ja(0), to: to() }];
    if (!this.#portable && this.#random.below(12) === 0) return [{ jump: mayGoto(0), to: to() }];
    const operation = this.#random.pick(CONDITIONS);
    const kind = this.#random.pick([Class.JMP, Class.JMP32]);
    const [a, b] = [this.#number(), this.#number()];
    const byRegister = this.#random.below(2) === 0;
    const jump = slot(
      kind | operation | (byRegister ? Source.X : 0),
      a,
      byRegister ? b : 0,
      0,
      byRegister ? 0 : this.#immediate(),
    );
    return [{ jump, to: to() }, ...(!this.#portable && this.#random.below(3) === 0 ? [{ jump: ja(0), to: to() }] : [])];
  }

  // ---- steps

  #step(): Item[] {
    if (this.#helpersOnly) return this.#helper();
    const kind = this.#random.below(20);
    if (kind < 7) return [this.#arithmetic()];
    if (kind < 11) return this.#memory();
    if (kind === 11) return [...loadImm64(this.#number(), this.#wide())];
    if (kind === 12) return this.#atomic();
    if (kind === 13) return this.#call();
    return this.#helper();
  }

  #arithmetic(): Instruction {
    const random = this.#random;
    const kind = random.pick([Class.ALU, Class.ALU64]);
    const dst = this.#number();
    const choice = random.below(16);
    if (choice === 0) return kind === Class.ALU ? neg32(dst) : neg(dst);
    if (choice === 1) return this.#byteOrder(dst);
    const operation = random.pick(OPERATIONS);
    const isDivision = operation === Alu.DIV || operation === Alu.MOD;
    const isShift = operation === Alu.LSH || operation === Alu.RSH || operation === Alu.ARSH;
    const signed = isDivision && random.below(2) === 0 ? 1 : 0;
    if (random.below(2) === 0) {
      const widths = kind === Class.ALU ? [0, 8, 16] : [0, 8, 16, 32];
      const off = operation === Alu.MOV ? random.pick(widths) : signed;
      return slot(kind | Source.X | operation, dst, this.#number(), off, 0);
    }
    // The kernel refuses these constants.
    const imm = isShift
      ? random.below(kind === Class.ALU ? 32 : 64)
      : isDivision
        ? this.#immediate() || 7
        : this.#immediate();
    return slot(kind | operation, dst, 0, signed, imm);
  }

  #byteOrder(dst: number): Instruction {
    const code = this.#random.pick([Class.ALU | Alu.END, Class.ALU | Alu.END | Source.X, Class.ALU64 | Alu.END]);
    return slot(code, dst, 0, 0, this.#random.pick([16, 32, 64]));
  }

  /** A base register with an offset that is in its memory. */
  #place(bytes: number): readonly [register: number, off: number] {
    const random = this.#random;
    const aligned = (room: number): number => random.below(room / bytes) * bytes;
    switch (random.below(4)) {
      case 0:
        return [7, aligned(VALUE_BYTES)];
      case 1:
        return this.#portable ? [7, aligned(VALUE_BYTES)] : [6, aligned(CONTEXT_BYTES)];
      default:
        return [10, -aligned(8 * FRAME_SLOTS) - bytes];
    }
  }

  #memory(): Item[] {
    const random = this.#random;
    const size = random.pick(SIZES);
    const [register, off] = this.#place(SIZE_BYTES[size]);
    const choice = random.below(4);
    if (choice === 0) return [storeImm(size, register, off, this.#immediate())];
    if (choice === 1) return [storeMem(size, register, off, this.#number())];
    if (choice === 2 && size !== Size.DW) return [loadMemSx(size, this.#number(), register, off)];
    return [loadMem(size, this.#number(), register, off)];
  }

  #atomic(): Item[] {
    const size = this.#random.pick([Size.W, Size.DW] as const);
    const [register, off] = this.#place(SIZE_BYTES[size]);
    return [atomic(this.#random.pick(ATOMICS), size, register, off, this.#number())];
  }

  /** Calls a later function; r1 to r5 are unreadable after it. */
  #call(): Item[] {
    const count = this.#functionCount - this.#function - 1;
    if (count === 0) return [];
    return [{ call: this.#function + 1 + this.#random.below(count) }, ...this.#renew()];
  }

  #renew(): Item[] {
    return [1, 2, 3, 4, 5].map((register) => movImm(register, this.#immediate()));
  }

  #helper(): Item[] {
    const random = this.#random;
    // Which CPU runs a program in the kernel is not known before.
    const arrays = this.#portable ? [1] : ARRAYS;
    const hashes = this.#portable ? [3, 4] : HASHES.slice(0, 3);
    switch (random.below(this.#portable ? 5 : 11)) {
      case 0:
        return this.#lookup(random.pick(arrays), 9);
      case 1:
        return this.#lookup(random.pick(hashes), 48);
      case 2:
        return this.#update(random.pick(hashes), 48);
      case 3:
        return this.#delete(random.pick(hashes));
      case 4:
        return this.#update(random.pick(arrays), 9);
      case 5:
        return this.#lookup(random.pick(HASHES), 8);
      case 6:
        return this.#update(random.pick(HASHES), 8);
      case 7:
        return this.#ring();
      case 8:
        return this.#callback();
      case 9:
        return this.#queue();
      default:
        return [
          callHelper(helperId(random.pick(['get_prandom_u32', 'get_smp_processor_id'] as const))),
          ...this.#renew(),
        ];
    }
  }

  #keyed(name: HelperName, map: number, keys: number, more: readonly Item[]): Item[] {
    const key = -8 * FRAME_SLOTS;
    return [
      // All bytes of the key and its neighbours, so that few keys are in use.
      storeImm(Size.DW, 10, key, this.#random.below(keys)),
      storeImm(Size.DW, 10, key + 8, 0),
      ...loadMapFd(1, map),
      mov(2, 10),
      alu64Imm(Alu.ADD, 2, key),
      ...more,
      callHelper(helperId(name)),
      ...this.#renew(),
    ];
  }

  #lookup(map: number, keys: number): Item[] {
    const size = maps[map]!.valueSize >= 8 ? Size.DW : Size.W;
    return [
      ...this.#keyed('map_lookup_elem', map, keys, []),
      jumpImm(Jump.JEQ, 0, 0, 3),
      loadMem(size, 1, 0, 0),
      alu64Imm(Alu.ADD, 1, 1),
      storeMem(size, 0, 0, 1),
      movImm(0, this.#immediate()),
    ];
  }

  #update(map: number, keys: number): Item[] {
    const value = -8 * (FRAME_SLOTS - 2);
    const isLarge = maps[map]!.valueSize > 64;
    const from = isLarge ? [mov(3, 10), alu64Imm(Alu.ADD, 3, -512)] : [mov(3, 10), alu64Imm(Alu.ADD, 3, value)];
    const flags = this.#portable ? this.#random.below(3) : this.#random.pick([0, 0, 0, 1, 2, 3, -1]);
    return this.#keyed('map_update_elem', map, keys, [...from, movImm(4, flags)]);
  }

  #delete(map: number): Item[] {
    return this.#keyed('map_delete_elem', map, 48, []);
  }

  #ring(): Item[] {
    const size = 1 + this.#random.below(40);
    if (this.#random.below(2) === 0) {
      const start = [...loadMapFd(1, RING), mov(2, 10), alu64Imm(Alu.ADD, 2, -64), movImm(3, size)];
      return [...start, movImm(4, this.#random.below(3)), callHelper(helperId('ringbuf_output')), ...this.#renew()];
    }
    const end = this.#random.pick(['ringbuf_submit', 'ringbuf_discard'] as const);
    return [
      ...loadMapFd(1, RING),
      movImm(2, size),
      movImm(3, 0),
      callHelper(helperId('ringbuf_reserve')),
      jumpImm(Jump.JEQ, 0, 0, 4),
      storeImm(Size.B, 0, size - 1, this.#immediate()),
      mov(1, 0),
      movImm(2, this.#random.below(3)),
      callHelper(helperId(end)),
      ...this.#renew(),
      movImm(0, this.#immediate()),
    ];
  }

  #callback(): Item[] {
    if (this.#callbackCount === 0) return [];
    const address = { address: this.#functionCount, register: 2 };
    if (this.#random.below(2) === 0) {
      return [
        movImm(1, this.#random.below(30)),
        address,
        movImm(3, 0),
        movImm(4, 0),
        callHelper(helperId('loop')),
        ...this.#renew(),
      ];
    }
    const map = this.#random.pick(HASHES.slice(0, 3));
    const call = callHelper(helperId('for_each_map_elem'));
    return [...loadMapFd(1, map), address, movImm(3, 5), movImm(4, 0), call, ...this.#renew()];
  }

  #queue(): Item[] {
    const name = this.#random.pick(['map_push_elem', 'map_pop_elem', 'map_peek_elem'] as const);
    return [
      ...loadMapFd(1, QUEUE),
      mov(2, 10),
      alu64Imm(Alu.ADD, 2, -32),
      movImm(3, 0),
      callHelper(helperId(name)),
      ...this.#renew(),
    ];
  }

  // ---- values

  #number(): number {
    return this.#random.pick(NUMBERS);
  }

  #immediate(): number {
    const choice = this.#random.below(3);
    if (choice === 0) return this.#random.below(20) - 4;
    return choice === 1 ? this.#random.next() | 0 : Number(BigInt.asIntN(32, this.#random.pick(INTERESTING)));
  }

  #wide(): bigint {
    if (this.#random.below(2) === 0) return this.#random.pick(INTERESTING);
    return (BigInt(this.#random.next()) << 32n) | BigInt(this.#random.next());
  }
}

const OPERATIONS = [
  Alu.ADD,
  Alu.SUB,
  Alu.MUL,
  Alu.DIV,
  Alu.OR,
  Alu.AND,
  Alu.LSH,
  Alu.RSH,
  Alu.MOD,
  Alu.XOR,
  Alu.MOV,
  Alu.ARSH,
];
const CONDITIONS = Object.values(Jump).filter(
  (one) => one !== Jump.JA && one !== Jump.CALL && one !== Jump.EXIT && one !== Jump.JCOND,
);
const ATOMICS = [
  Atomic.ADD,
  Atomic.OR,
  Atomic.AND,
  Atomic.XOR,
  Atomic.ADD | Atomic.FETCH,
  Atomic.OR | Atomic.FETCH,
  Atomic.AND | Atomic.FETCH,
  Atomic.XOR | Atomic.FETCH,
  Atomic.XCHG,
  Atomic.CMPXCHG,
] as const;

/** Leaves all numbers in the value that r7 points to. */
function storeAll(): Item[] {
  return NUMBERS.map((register, at) => storeMem(Size.DW, 7, 8 * at, register));
}

/** Lays functions out one after another and fills in distances. */
function link(functions: readonly (readonly (readonly Item[])[])[]): Instruction[] {
  const starts: number[][] = [];
  let size = 0;
  for (const blocks of functions) {
    starts.push(
      blocks.map((block) => {
        const start = size;
        for (const item of block) size += 'address' in item ? 2 : 1;
        return start;
      }),
    );
  }
  const out: Instruction[] = [];
  functions.forEach((blocks, index) => {
    for (const item of blocks.flat()) {
      if ('jump' in item) out.push({ ...item.jump, off: starts[index]![item.to]! - out.length - 1 });
      else if ('call' in item) out.push(callSub(starts[item.call]![0]! - out.length - 1));
      else if ('address' in item) out.push(...loadFunc(item.register, starts[item.address]![0]! - out.length - 1));
      else out.push(item);
    }
  });
  return out;
}
