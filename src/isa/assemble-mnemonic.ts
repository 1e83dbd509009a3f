// Statements in the mnemonic notation (`ldxdw %r0, [%r1+8]`) of ubpf, rbpf and the BPF conformance tests. The table of
// mnemonics is made from the instruction set: each operation in each width, so nothing is listed twice.

import { nearest } from '../base/text.ts';
import { startsWideReference, wideOperand } from './assemble-references.ts';
import { loadImm64 } from './build.ts';
import { Alu, Atomic, Class, Jump, Mode, SIGNED, Size, Source } from './opcode.ts';
import { type Cursor, didYouMean, Fault, one, type Statement, withTarget } from './operands.ts';

type Parser = (cursor: Cursor, maps: ReadonlyMap<string, number>) => Statement;

/** One statement in the mnemonic notation. */
export function parseMnemonic(cursor: Cursor, maps: ReadonlyMap<string, number>): Statement {
  const token = cursor.peek();
  if (token.kind !== 'word') throw cursor.unexpected('an instruction');
  const parser = mnemonics.get(token.text.toLowerCase());
  if (!parser) {
    const near = nearest(token.text.toLowerCase(), [...mnemonics.keys(), 'exit', 'call', 'goto', 'may_goto']);
    throw new Fault('asm-mnemonic', `unknown instruction '${token.text}'`, token.span, didYouMean(near));
  }
  cursor.next();
  return parser(cursor, maps);
}

const memorySizes: readonly (readonly [string, Size])[] = [
  ['b', Size.B],
  ['h', Size.H],
  ['w', Size.W],
  ['dw', Size.DW],
];

const aluNames: Readonly<Record<string, { operation: Alu; off: number }>> = {
  add: { operation: Alu.ADD, off: 0 },
  sub: { operation: Alu.SUB, off: 0 },
  mul: { operation: Alu.MUL, off: 0 },
  div: { operation: Alu.DIV, off: 0 },
  sdiv: { operation: Alu.DIV, off: SIGNED },
  or: { operation: Alu.OR, off: 0 },
  and: { operation: Alu.AND, off: 0 },
  lsh: { operation: Alu.LSH, off: 0 },
  rsh: { operation: Alu.RSH, off: 0 },
  mod: { operation: Alu.MOD, off: 0 },
  smod: { operation: Alu.MOD, off: SIGNED },
  xor: { operation: Alu.XOR, off: 0 },
  mov: { operation: Alu.MOV, off: 0 },
  arsh: { operation: Alu.ARSH, off: 0 },
};

const jumpNames: Readonly<Record<string, Jump>> = {
  jeq: Jump.JEQ,
  jgt: Jump.JGT,
  jge: Jump.JGE,
  jset: Jump.JSET,
  jne: Jump.JNE,
  jsgt: Jump.JSGT,
  jsge: Jump.JSGE,
  jlt: Jump.JLT,
  jle: Jump.JLE,
  jslt: Jump.JSLT,
  jsle: Jump.JSLE,
};

// Every mnemonic and its parser; `lock add` is under `lock`.
const mnemonics: ReadonlyMap<string, Parser> = makeMnemonics();

function makeMnemonics(): Map<string, Parser> {
  const table = new Map<string, Parser>();
  addArithmetic(table);
  addMemory(table);
  for (const [name, operation] of Object.entries(jumpNames)) {
    table.set(name, (cursor) => parseJump(cursor, Class.JMP, operation));
    table.set(`${name}32`, (cursor) => parseJump(cursor, Class.JMP32, operation));
  }
  table.set('ja', (cursor) => withTarget(slotOf(Class.JMP | Jump.JA), cursor.shortTarget(), 'off'));
  table.set('ja32', (cursor) => withTarget(slotOf(Class.JMP32 | Jump.JA), cursor.target(), 'imm'));
  table.set('lock', parseLock);
  return table;
}

function addArithmetic(table: Map<string, Parser>): void {
  for (const [name, { operation, off }] of Object.entries(aluNames)) {
    table.set(name, (cursor) => parseAlu(cursor, Class.ALU64, operation, off));
    table.set(`${name}64`, (cursor) => parseAlu(cursor, Class.ALU64, operation, off));
    table.set(`${name}32`, (cursor) => parseAlu(cursor, Class.ALU, operation, off));
  }
  table.set('neg', (cursor) => one(Class.ALU64 | Alu.NEG, anyRegister(cursor), 0, 0, 0));
  table.set('neg64', (cursor) => one(Class.ALU64 | Alu.NEG, anyRegister(cursor), 0, 0, 0));
  table.set('neg32', (cursor) => one(Class.ALU | Alu.NEG, anyRegister(cursor), 0, 0, 0));
  for (const bits of [16, 32, 64]) {
    table.set(`le${bits}`, (cursor) => one(Class.ALU | Alu.END | Source.K, anyRegister(cursor), 0, 0, bits));
    table.set(`be${bits}`, (cursor) => one(Class.ALU | Alu.END | Source.X, anyRegister(cursor), 0, 0, bits));
    for (const name of ['bswap', 'swap']) {
      table.set(`${name}${bits}`, (cursor) => one(Class.ALU64 | Alu.END, anyRegister(cursor), 0, 0, bits));
    }
  }
  // The first number is how many bits are extended, the second to how many.
  for (const [from, to] of [
    [8, 32],
    [16, 32],
    [8, 64],
    [16, 64],
    [32, 64],
  ] as const) {
    const kind = to === 32 ? Class.ALU : Class.ALU64;
    table.set(`movsx${from}${to}`, (cursor) => parseMoveSignExtended(cursor, kind, from));
  }
}

function addMemory(table: Map<string, Parser>): void {
  for (const [name, size] of memorySizes) {
    table.set(`ldx${name}`, (cursor) => parseLoad(cursor, Class.LDX | Mode.MEM | size));
    if (size !== Size.DW) table.set(`ldxs${name}`, (cursor) => parseLoad(cursor, Class.LDX | Mode.MEMSX | size));
    table.set(`stx${name}`, (cursor) => parseStoreRegister(cursor, Class.STX | Mode.MEM | size, 0));
    table.set(`st${name}`, (cursor) => parseStoreImmediate(cursor, size));
    table.set(`ldabs${name}`, (cursor) => one(Class.LD | Mode.ABS | size, 0, 0, 0, cursor.immediate()));
    table.set(`ldind${name}`, (cursor) => parseLoadIndirect(cursor, size));
  }
  table.set('lddw', parseLoadWide);
  for (const [name, size] of [
    ['w', Size.W],
    ['dw', Size.DW],
  ] as const) {
    for (const prefix of ['xadd', 'stxxadd']) {
      table.set(`${prefix}${name}`, (cursor) => parseStoreRegister(cursor, Class.STX | Mode.ATOMIC | size, Atomic.ADD));
    }
  }
}

function slotOf(code: number, dst = 0, src = 0, imm = 0) {
  return { code, dst, src, off: 0, imm };
}

// Both spellings of a register name it: the width is in the mnemonic.
function anyRegister(cursor: Cursor): number {
  return cursor.register().number;
}

function parseAlu(cursor: Cursor, kind: Class, operation: Alu, off: number): Statement {
  const dst = anyRegister(cursor);
  cursor.expect(',');
  if (cursor.peek().kind === 'register') return one(kind | Source.X | operation, dst, anyRegister(cursor), off, 0);
  return one(kind | Source.K | operation, dst, 0, off, cursor.immediate());
}

function parseMoveSignExtended(cursor: Cursor, kind: Class, bits: number): Statement {
  const dst = anyRegister(cursor);
  cursor.expect(',');
  return one(kind | Source.X | Alu.MOV, dst, anyRegister(cursor), bits, 0);
}

function parseJump(cursor: Cursor, kind: Class, operation: Jump): Statement {
  const dst = anyRegister(cursor);
  cursor.expect(',');
  const register = cursor.peek().kind === 'register';
  const src = register ? anyRegister(cursor) : 0;
  const imm = register ? 0 : cursor.immediate();
  cursor.expect(',');
  const code = kind | (register ? Source.X : Source.K) | operation;
  return withTarget(slotOf(code, dst, src, imm), cursor.shortTarget(), 'off');
}

// `[%r10-8]`
function parseAddress(cursor: Cursor): { base: number; off: number } {
  cursor.expect('[');
  const base = cursor.fullRegister();
  const off = cursor.is('+') || cursor.is('-') ? cursor.offset() : 0;
  cursor.expect(']');
  return { base, off };
}

function parseLoad(cursor: Cursor, code: number): Statement {
  const dst = anyRegister(cursor);
  cursor.expect(',');
  const { base, off } = parseAddress(cursor);
  return one(code, dst, base, off, 0);
}

function parseStoreRegister(cursor: Cursor, code: number, imm: number): Statement {
  const { base, off } = parseAddress(cursor);
  cursor.expect(',');
  return one(code, base, anyRegister(cursor), off, imm);
}

function parseStoreImmediate(cursor: Cursor, size: Size): Statement {
  const { base, off } = parseAddress(cursor);
  cursor.expect(',');
  return one(Class.ST | Mode.MEM | size, base, 0, off, cursor.immediate());
}

function parseLoadIndirect(cursor: Cursor, size: Size): Statement {
  const src = anyRegister(cursor);
  cursor.expect(',');
  return one(Class.LD | Mode.IND | size, 0, src, 0, cursor.immediate());
}

function parseLoadWide(cursor: Cursor, maps: ReadonlyMap<string, number>): Statement {
  const dst = cursor.register();
  cursor.expect(',');
  if (startsWideReference(cursor)) return wideOperand(cursor, dst, maps);
  const { value, span } = cursor.number();
  if (value < -(1n << 63n) || value >= 1n << 64n) {
    throw new Fault('asm-range', `${value} does not fit into 64 bits`, span);
  }
  return { slots: loadImm64(dst.number, value) };
}

const lockNames: ReadonlyMap<string, number> = new Map([
  ...(['add', 'or', 'and', 'xor'] as const).flatMap((name): [string, number][] => {
    const operation = Atomic[name.toUpperCase() as 'ADD' | 'OR' | 'AND' | 'XOR'];
    return [
      [name, operation],
      [`fetch_${name}`, operation | Atomic.FETCH],
    ];
  }),
  ['xchg', Atomic.XCHG],
  ['cmpxchg', Atomic.CMPXCHG],
]);

// `lock fetch_add [%r10-8], %r1`, with 32 after the name for the narrow form.
function parseLock(cursor: Cursor): Statement {
  const token = cursor.peek();
  const [, name, width] = /^(.*?)(32|64)?$/.exec(token.text.toLowerCase())!;
  const operation = lockNames.get(name!);
  if (token.kind !== 'word' || operation === undefined) {
    const near = nearest(name!, lockNames.keys());
    throw new Fault('asm-mnemonic', `unknown atomic operation '${token.text}'`, token.span, didYouMean(near));
  }
  cursor.next();
  return parseStoreRegister(cursor, Class.STX | Mode.ATOMIC | (width === '32' ? Size.W : Size.DW), operation);
}
