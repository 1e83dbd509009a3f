// Statements in the kernel's notation (`r1 = *(u64 *)(r10 -8)`), as the verifier's log and bpftool print it, with the few
// spellings in which llvm-objdump differs (`goto +3`, `r1 = 5 ll`, `r2 = xchg_64(r10 - 8, r2)`).

import { nearest } from '../base/text.ts';
import { loadImm64, slot } from './build.ts';
import { helperByName, nearestHelper } from './helpers.ts';
import type { Instruction } from './instruction.ts';
import type { Token } from './lex.ts';
import { aluOperators, atomicNames, jumpOperators } from './notation.ts';
import {
  ADDR_SPACE_CAST,
  Alu,
  Atomic,
  CALL,
  Class,
  EXIT,
  Jump,
  LD_IMM64,
  Mode,
  PseudoCall,
  PseudoLoad,
  SIGNED,
  Size,
  Source,
} from './opcode.ts';
import {
  type Cursor,
  didYouMean,
  Fault,
  fit32,
  one,
  type RegisterOperand,
  type Statement,
  withTarget,
} from './operands.ts';

/** What names in the text stand for. */
export interface Names {
  /** The file descriptors of maps, for `map[NAME]`. */
  readonly maps: ReadonlyMap<string, number>;
  /** The labels of the text, which come before helpers in `call NAME`. */
  readonly labels: ReadonlySet<string>;
  /** The opcode that stood in brackets before the statement. */
  readonly opcode: number | undefined;
}

type Parser = (cursor: Cursor, names: Names) => Statement;

/** The statements that start with a word. */
export const notationWords: Readonly<Record<string, Parser>> = {
  if: parseIf,
  goto: (cursor) => withTarget(plain(Class.JMP | Jump.JA), cursor.shortTarget(), 'off'),
  gotol: (cursor) => withTarget(plain(Class.JMP32 | Jump.JA), cursor.target(), 'imm'),
  gotox: (cursor) => one(Class.JMP | Jump.JA | Source.X, cursor.fullRegister(), 0, 0, 0),
  may_goto: (cursor) => withTarget(plain(Class.JMP | Jump.JCOND), cursor.shortTarget(), 'off'),
  call: parseCall,
  callx: (cursor) => one(CALL | Source.X, cursor.fullRegister(), 0, 0, 0),
  exit: () => one(EXIT, 0, 0, 0, 0),
  nospec: () => one(0xc2, 0, 0, 0, 0),
  store_release: parseStoreRelease,
};

/** Whether a statement starts as the kernel's notation does. */
export function startsNotation(cursor: Cursor): boolean {
  const first = cursor.peek();
  if (first.kind === 'register' || cursor.is('*')) return true;
  if (first.kind !== 'word') return false;
  return Object.hasOwn(notationWords, first.text.toLowerCase()) || (cursor.is('lock') && cursor.is('*', 1));
}

/** One statement in the kernel's notation. */
export function parseNotation(cursor: Cursor, names: Names): Statement {
  if (cursor.peek().kind === 'register') return parseAssignment(cursor, names);
  if (cursor.is('*')) return parseStore(cursor);
  if (cursor.accept('lock')) return parseLocked(cursor);
  return notationWords[cursor.next().text.toLowerCase()]!(cursor, names);
}

function plain(code: number): Instruction {
  return slot(code, 0, 0, 0, 0);
}

const sizes: ReadonlyMap<string, { size: Size; signed: boolean }> = new Map([
  ['u8', { size: Size.B, signed: false }],
  ['u16', { size: Size.H, signed: false }],
  ['u32', { size: Size.W, signed: false }],
  ['u64', { size: Size.DW, signed: false }],
  ['s8', { size: Size.B, signed: true }],
  ['s16', { size: Size.H, signed: true }],
  ['s32', { size: Size.W, signed: true }],
]);

const operations = new Map([...aluOperators].map(([operation, operator]) => [operator, operation]));
const comparisons = new Map([...jumpOperators].map(([operation, operator]) => [operator, operation]));
const atomics = new Map([...atomicNames].map(([operation, name]) => [name, operation]));

// `(u64 *)`
function parsePointerType(cursor: Cursor): { size: Size; signed: boolean } {
  cursor.expect('(');
  const token = cursor.peek();
  const found = sizes.get(token.text.toLowerCase());
  if (!found) throw cursor.unexpected('a type: u8, u16, u32, u64, s8, s16 or s32');
  cursor.next();
  cursor.expect('*');
  cursor.expect(')');
  return found;
}

function unsignedSize(cursor: Cursor): Size {
  const { span } = cursor.peek(1);
  const { size, signed } = parsePointerType(cursor);
  if (signed) throw new Fault('asm-syntax', 'only loads into registers extend the sign', span, 'write u in place of s');
  return size;
}

// `r10 -8`, without the brackets.
function parseAddress(cursor: Cursor): { base: number; off: number } {
  const base = cursor.fullRegister();
  return { base, off: cursor.is('+') || cursor.is('-') ? cursor.offset() : 0 };
}

function parseBracketedAddress(cursor: Cursor): { base: number; off: number } {
  cursor.expect('(');
  const address = parseAddress(cursor);
  cursor.expect(')');
  return address;
}

function parseAssignment(cursor: Cursor, names: Names): Statement {
  const dst = cursor.register();
  const operatorToken = cursor.peek();
  const sign = operatorToken.text === 's/=' || operatorToken.text === 's%=';
  const operation = operations.get(sign ? operatorToken.text.slice(1) : operatorToken.text);
  if (operatorToken.kind !== 'sign' || operation === undefined) throw cursor.unexpected('an operator such as = or +=');
  cursor.next();
  if (operation === Alu.MOV) return parseValue(cursor, dst, names);
  const kind = dst.half ? Class.ALU : Class.ALU64;
  const off = sign ? SIGNED : 0;
  if (cursor.peek().kind !== 'register')
    return one(kind | Source.K | operation, dst.number, 0, off, cursor.immediate());
  return one(kind | Source.X | operation, dst.number, sameHalf(cursor, dst), off, 0);
}

// A register that must be written as the destination is, `r` or `w`.
function sameHalf(cursor: Cursor, dst: RegisterOperand): number {
  const src = cursor.register();
  if (src.half === dst.half) return src.number;
  const letter = dst.half ? 'w' : 'r';
  throw new Fault('asm-register', 'one operand is half a register', src.span, `write ${letter}${src.number}`);
}

// Everything that may stand after `r1 = `.
function parseValue(cursor: Cursor, dst: RegisterOperand, names: Names): Statement {
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

function requireFull(dst: RegisterOperand): void {
  if (dst.half) {
    throw new Fault('asm-register', `w${dst.number} is half a register`, dst.span, 'write r in place of w');
  }
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

// `(s8)r2`
function parseSignExtension(cursor: Cursor, dst: RegisterOperand): Statement {
  cursor.expect('(');
  const token = cursor.next();
  const bits = { s8: 8, s16: 16, s32: 32 }[token.text.toLowerCase()];
  if (bits === undefined)
    throw new Fault('asm-syntax', `'${token.text}' is no signed type`, token.span, 'use s8, s16 or s32');
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

function parseStoreRelease(cursor: Cursor): Statement {
  cursor.expect('(');
  const size = unsignedSize(cursor);
  const { base, off } = parseBracketedAddress(cursor);
  cursor.expect(',');
  const src = cursor.register().number;
  cursor.expect(')');
  return one(Class.STX | Mode.ATOMIC | size, base, src, off, Atomic.STORE_REL);
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

/** Whether `map[...]`, `subprog[...]` or `btf[...]` follows. */
export function startsWideReference(cursor: Cursor): boolean {
  return (cursor.is('map') || cursor.is('subprog') || cursor.is('btf')) && cursor.is('[', 1);
}

/** `map[fd:5]`, `map[id:5][0]+8`, `map[idx:2]+8`, `map[NAME]`, `subprog[+3]` or `btf[id:7,fd:3]`, loaded into `dst`. */
export function wideOperand(cursor: Cursor, dst: RegisterOperand, maps: ReadonlyMap<string, number>): Statement {
  requireFull(dst);
  const kind = cursor.next().text.toLowerCase();
  cursor.expect('[');
  if (kind === 'subprog') {
    const target = cursor.target();
    cursor.expect(']');
    const first = withTarget(slot(LD_IMM64, dst.number, PseudoLoad.FUNC, 0, 0), target, 'imm');
    return { ...first, slots: [...first.slots, plain(0)] };
  }
  if (kind === 'btf') return parseBtfReference(cursor, dst);
  const key = cursor.next();
  let imm: number;
  if (cursor.accept(':')) {
    imm = cursor.immediate();
  } else {
    const fd = maps.get(key.text);
    const near = nearest(key.text, maps.keys());
    if (fd === undefined) {
      throw new Fault('asm-map', `unknown map '${key.text}'`, key.span, didYouMean(near) ?? 'write map[fd:N]');
    }
    imm = fd;
  }
  cursor.expect(']');
  return wideReference(cursor, dst, key.text.toLowerCase() === 'idx', imm);
}

function wideReference(cursor: Cursor, dst: RegisterOperand, byIndex: boolean, imm: number): Statement {
  const element = cursor.accept('[');
  if (element) {
    const { value, span } = cursor.number();
    if (value !== 0n)
      throw new Fault('asm-range', 'only the first value of a map has a direct address', span, 'write [0]');
    cursor.expect(']');
  }
  const isValue = element || cursor.is('+');
  const offset = cursor.is('+') || cursor.is('-') ? cursor.immediate() : 0;
  const whole = byIndex ? PseudoLoad.MAP_IDX : PseudoLoad.MAP_FD;
  const value = byIndex ? PseudoLoad.MAP_IDX_VALUE : PseudoLoad.MAP_VALUE;
  return { slots: [slot(LD_IMM64, dst.number, isValue ? value : whole, 0, imm), slot(0, 0, 0, 0, offset)] };
}

function parseBtfReference(cursor: Cursor, dst: RegisterOperand): Statement {
  cursor.expect('id');
  cursor.expect(':');
  const id = cursor.immediate();
  let fd = 0;
  if (cursor.accept(',')) {
    cursor.expect('fd');
    cursor.expect(':');
    fd = cursor.immediate();
  }
  cursor.expect(']');
  return { slots: [slot(LD_IMM64, dst.number, PseudoLoad.BTF_ID, 0, id), slot(0, 0, 0, 0, fd)] };
}

// `*(u64 *)(r10 -8) = r1` or `= 5`.
function parseStore(cursor: Cursor): Statement {
  cursor.expect('*');
  const size = unsignedSize(cursor);
  const { base, off } = parseBracketedAddress(cursor);
  cursor.expect('=');
  if (cursor.peek().kind !== 'register') return one(Class.ST | Mode.MEM | size, base, 0, off, cursor.immediate());
  return one(Class.STX | Mode.MEM | size, base, storedRegister(cursor, size), off, 0);
}

function storedRegister(cursor: Cursor, size: Size): number {
  const src = cursor.register();
  if (src.half && size === Size.DW) requireFull(src);
  return src.number;
}

// `lock *(u64 *)(r1 +0) += r2`
function parseLocked(cursor: Cursor): Statement {
  cursor.expect('*');
  const size = unsignedSize(cursor);
  const { base, off } = parseBracketedAddress(cursor);
  const operation = operations.get(cursor.peek().text);
  if (operation === undefined || !atomicNames.has(operation)) throw cursor.unexpected('+=, &=, |= or ^=');
  cursor.next();
  return one(Class.STX | Mode.ATOMIC | size, base, storedRegister(cursor, size), off, operation);
}

// `if r1 s> 0x5 goto pc+3`
function parseIf(cursor: Cursor): Statement {
  const dst = cursor.register();
  const operation = comparisons.get(cursor.peek().text);
  if (operation === undefined) throw cursor.unexpected('a comparison such as == or s>');
  cursor.next();
  const kind = dst.half ? Class.JMP32 : Class.JMP;
  const register = cursor.peek().kind === 'register';
  const src = register ? sameHalf(cursor, dst) : 0;
  const imm = register ? 0 : cursor.immediate();
  cursor.expect('goto');
  const code = kind | (register ? Source.X : Source.K) | operation;
  return withTarget(slot(code, dst.number, src, 0, imm), cursor.shortTarget(), 'off');
}

// `call 5`, `call bpf_map_lookup_elem`, `call bpf_map_lookup_elem#1`, `call kernel-function#77`, `call pc+3`,
// `call local NAME`, `call NAME` of a label.
function parseCall(cursor: Cursor, names: Names): Statement {
  const subprogram = slot(CALL, 0, PseudoCall.SUBPROGRAM, 0, 0);
  if (cursor.accept('local')) return withTarget(subprogram, cursor.target(), 'imm');
  const token = cursor.peek();
  if (token.kind === 'number') return one(CALL, 0, PseudoCall.HELPER, 0, cursor.immediate());
  if (token.kind === 'register') {
    throw new Fault(
      'asm-syntax',
      'call needs a function',
      token.span,
      `callx ${token.text} calls the address in a register`,
    );
  }
  if (cursor.is('pc') || cursor.is('+') || cursor.is('-')) {
    const statement = withTarget(subprogram, cursor.target(), 'imm');
    // bpftool adds the name of the subprogram, which says nothing new.
    if (cursor.accept('#')) while (cursor.peek().kind !== 'end') cursor.next();
    return statement;
  }
  if (token.kind !== 'word') throw cursor.unexpected('a function');
  if (names.labels.has(token.text)) return withTarget(subprogram, cursor.target(), 'imm');
  return parseNamedCall(cursor, names);
}

function parseNamedCall(cursor: Cursor, names: Names): Statement {
  const token = cursor.next();
  const helper = helperByName(token.text);
  const numbered = cursor.accept('#');
  const number = numbered ? cursor.immediate() : undefined;
  // bpftool prints a helper's distance in place of its number once the kernel has linked the call.
  if (helper) return one(CALL, 0, PseudoCall.HELPER, 0, helper.id);
  if (number === undefined) {
    const near = nearest(token.text, names.labels) ?? nearestHelper(token.text);
    throw new Fault('asm-call', `unknown function '${token.text}'`, token.span, didYouMean(near));
  }
  const name = token.text.toLowerCase();
  if (name === 'unknown' || name === 'bpf_unspec') return one(CALL, 0, PseudoCall.HELPER, 0, number);
  return one(CALL, 0, PseudoCall.KFUNC, cursor.is('fd') ? parseFdIndex(cursor) : 0, number);
}

function parseFdIndex(cursor: Cursor): number {
  for (const text of ['fd', '[', 'idx', ':']) cursor.expect(text);
  const index = cursor.offset();
  cursor.expect(']');
  return index;
}
