// What may stand after `r1 = ` in the kernel's notation.

import { nearest } from '../base/text.ts';
import {
  parseAddress,
  parseBracketedAddress,
  parsePointerType,
  requireFull,
  sameHalf,
  unsignedSize,
} from './assemble-pointers.ts';
import { startsWideReference, wideOperand } from './assemble-references.ts';
import { loadImm64 } from './build.ts';
import type { Token } from './lex.ts';
import { atomicNames } from './notation.ts';
import { ADDR_SPACE_CAST, Alu, Atomic, Class, LD_IMM64, Mode, Size, Source } from './opcode.ts';
import {
  type Cursor,
  didYouMean,
  Fault,
  fit32,
  type Names,
  one,
  type RegisterOperand,
  type Statement,
} from './operands.ts';

// Everything that may stand after `r1 = `.
export function parseValue(cursor: Cursor, dst: RegisterOperand, names: Names): Statement {
  const kind = dst.half ? Class.ALU : Class.ALU64;
  const token = cursor.peek();
  if (token.kind === 'register') return one(kind | Source.X | Alu.MOV, dst.number, sameHalf(cursor, dst), 0, 0);
  if (cursor.is('-') && cursor.peek(1).kind === 'register') return parseNegation(cursor, dst);
  if (token.kind === 'number' || cursor.is('-') || cursor.is('+')) return parseNumber(cursor, dst, names);
  if (cursor.is('*')) return parseLoad(cursor, dst);
  if (cursor.is('(')) return parseSignExtension(cursor, dst);
  if (cursor.is('&')) return parsePerCpuAddress(cursor, dst);
  if (token.kind === 'word') return parseNamedValue(cursor, dst, names);
  throw cursor.unexpected('a value');
}

function parseNegation(cursor: Cursor, dst: RegisterOperand): Statement {
  cursor.next();
  const src = cursor.register();
  if (src.number !== dst.number || src.half !== dst.half) {
    throw new Fault('asm-register', 'negation needs the same register on both sides', src.span);
  }
  return one((dst.half ? Class.ALU : Class.ALU64) | Alu.NEG, dst.number, 0, 0, 0);
}

// The kernel prints 64-bit loads in hexadecimal and moves in decimal; the opcode, where it stands, decides.
function parseNumber(cursor: Cursor, dst: RegisterOperand, names: Names): Statement {
  const { value, span, hexadecimal } = cursor.number();
  const long = cursor.accept('ll');
  const wide = long || (names.opcode === undefined ? hexadecimal && !dst.half : names.opcode === LD_IMM64);
  if (!wide) return one((dst.half ? Class.ALU : Class.ALU64) | Alu.MOV, dst.number, 0, 0, fit32(value, span));
  requireFull(dst);
  if (value < -(1n << 63n) || value >= 1n << 64n) {
    throw new Fault('asm-range', `${value} does not fit into 64 bits`, span);
  }
  return { slots: loadImm64(dst.number, value) };
}

// `*(u32 *)(r1 +4)` or `*(u8 *)skb[12]`.
function parseLoad(cursor: Cursor, dst: RegisterOperand): Statement {
  cursor.expect('*');
  const { size, signed } = parsePointerType(cursor);
  if (cursor.is('skb')) return parsePacketLoad(cursor, dst, size, signed);
  if (dst.half && (signed || size === Size.DW)) requireFull(dst);
  const { base, off } = parseBracketedAddress(cursor);
  return one(Class.LDX | (signed ? Mode.MEMSX : Mode.MEM) | size, dst.number, base, off, 0);
}

function parsePacketLoad(cursor: Cursor, dst: RegisterOperand, size: Size, signed: boolean): Statement {
  const { span } = cursor.next();
  if (dst.number !== 0 || dst.half) throw new Fault('asm-register', 'packet loads go to r0', dst.span, 'write r0');
  if (signed) throw new Fault('asm-syntax', 'packet loads do not extend the sign', span, 'write u in place of s');
  cursor.expect('[');
  let statement: Statement;
  if (cursor.peek().kind === 'register') {
    const index = cursor.fullRegister();
    // The kernel writes `r1 + -4`, so a sign may follow the plus.
    if (cursor.is('-', 1)) cursor.accept('+');
    const imm = cursor.is(']') ? 0 : cursor.immediate();
    statement = one(Class.LD | Mode.IND | size, 0, index, 0, imm);
  } else {
    statement = one(Class.LD | Mode.ABS | size, 0, 0, 0, cursor.immediate());
  }
  cursor.expect(']');
  return statement;
}

const signedBits: ReadonlyMap<string, number> = new Map([
  ['s8', 8],
  ['s16', 16],
  ['s32', 32],
]);

// `(s8)r2`
function parseSignExtension(cursor: Cursor, dst: RegisterOperand): Statement {
  cursor.expect('(');
  const token = cursor.next();
  const bits = signedBits.get(token.text.toLowerCase());
  if (bits === undefined) {
    throw new Fault('asm-syntax', `'${token.text}' is no signed type`, token.span, 'use s8, s16 or s32');
  }
  cursor.expect(')');
  const src = sameHalf(cursor, dst);
  return one((dst.half ? Class.ALU : Class.ALU64) | Source.X | Alu.MOV, dst.number, src, bits, 0);
}

// `&(void __percpu *)(r2)`
function parsePerCpuAddress(cursor: Cursor, dst: RegisterOperand): Statement {
  requireFull(dst);
  for (const text of ['&', '(', 'void', '__percpu', '*', ')', '(']) cursor.expect(text);
  const src = cursor.fullRegister();
  cursor.expect(')');
  return one(Class.ALU64 | Source.X | Alu.MOV, dst.number, src, -1, 0);
}

const endings: ReadonlyMap<string, { code: number; bits: number }> = new Map(
  [16, 32, 64].flatMap((bits) => [
    [`le${bits}`, { code: Class.ALU | Alu.END | Source.K, bits }],
    [`be${bits}`, { code: Class.ALU | Alu.END | Source.X, bits }],
    [`bswap${bits}`, { code: Class.ALU64 | Alu.END, bits }],
  ]),
);

const valueWords = ['map', 'subprog', 'btf', 'addr_space_cast', 'load_acquire', ...endings.keys()];

// Values that start with a word: `be16 r1`, `map[fd:5]`, `load_acquire(...)`, `atomic64_fetch_add(...)`.
function parseNamedValue(cursor: Cursor, dst: RegisterOperand, names: Names): Statement {
  if (startsWideReference(cursor)) return wideOperand(cursor, dst, names.maps);
  const token = cursor.next();
  const text = token.text.toLowerCase();
  const ending = endings.get(text);
  if (ending) {
    const src = cursor.register();
    if (src.number !== dst.number)
      throw new Fault('asm-register', `${text} needs the same register on both sides`, src.span);
    return one(ending.code, dst.number, 0, 0, ending.bits);
  }
  if (text === 'load_acquire') return parseLoadAcquire(cursor, dst);
  if (text === 'addr_space_cast') return parseAddressSpaceCast(cursor, dst);
  const fetch = /^(?:atomic(?:64)?_)?(fetch_[a-z]+|xchg|cmpxchg)(?:(?:32)?_(32|64))?$/.exec(text);
  if (fetch) return parseFetch(cursor, dst, token, fetch[1]!, fetch[2] === '32' ? Size.W : Size.DW);
  const known = nearest(text, valueWords);
  throw new Fault('asm-value', `unknown value '${token.text}'`, token.span, didYouMean(known));
}

function parseLoadAcquire(cursor: Cursor, dst: RegisterOperand): Statement {
  cursor.expect('(');
  const size = unsignedSize(cursor);
  const { base, off } = parseBracketedAddress(cursor);
  cursor.expect(')');
  return one(Class.STX | Mode.ATOMIC | size, dst.number, base, off, Atomic.LOAD_ACQ);
}

function parseAddressSpaceCast(cursor: Cursor, dst: RegisterOperand): Statement {
  requireFull(dst);
  cursor.expect('(');
  const src = cursor.fullRegister();
  cursor.expect(',');
  const to = addressSpace(cursor);
  cursor.expect(',');
  const from = addressSpace(cursor);
  cursor.expect(')');
  return one(Class.ALU64 | Source.X | Alu.MOV, dst.number, src, ADDR_SPACE_CAST, (to << 16) | from | 0);
}

function addressSpace(cursor: Cursor): number {
  const { value, span } = cursor.number('the number of an address space');
  if (value < 0n || value > 0xffffn) throw new Fault('asm-range', `${value} is no address space`, span);
  return Number(value);
}

const atomics = new Map([...atomicNames].map(([operation, name]) => [name, operation]));

// `atomic64_fetch_add((u64 *)(r1 +0), r2)`; llvm-objdump writes `xchg_64(r1 + 0, r2)`, whose size is in the name.
function parseFetch(cursor: Cursor, dst: RegisterOperand, named: Token, name: string, namedSize: Size): Statement {
  const operation = name === 'xchg' ? Atomic.XCHG : name === 'cmpxchg' ? Atomic.CMPXCHG : atomics.get(name.slice(6));
  if (operation === undefined) throw new Fault('asm-value', `unknown atomic operation '${name}'`, named.span);
  cursor.expect('(');
  const typed = cursor.is('(');
  const size = typed ? unsignedSize(cursor) : namedSize;
  const { base, off } = typed ? parseBracketedAddress(cursor) : parseAddress(cursor);
  cursor.expect(',');
  if (operation === Atomic.CMPXCHG) {
    const compared = cursor.register();
    if (compared.number !== 0) throw new Fault('asm-register', 'cmpxchg compares with r0', compared.span, 'write r0');
    cursor.expect(',');
  }
  const src = cursor.register();
  cursor.expect(')');
  const wanted = operation === Atomic.CMPXCHG ? 0 : src.number;
  if (dst.number !== wanted) {
    throw new Fault('asm-register', `the old value goes to r${wanted}`, dst.span, `write r${wanted}`);
  }
  return one(Class.STX | Mode.ATOMIC | size, base, src.number, off, operation | Atomic.FETCH);
}
