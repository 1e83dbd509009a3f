// Statements in the kernel's notation (`r1 = *(u64 *)(r10 -8)`), as the verifier's log and bpftool print it, with the few
// spellings in which llvm-objdump differs (`goto +3`, `r1 = 5 ll`, `r2 = xchg_64(r10 - 8, r2)`).

import { nearest } from '../base/text.ts';
import { parseBracketedAddress, requireFull, sameHalf, unsignedSize } from './assemble-pointers.ts';
import { parseValue } from './assemble-values.ts';
import { slot } from './build.ts';
import { helperByName, nearestHelper } from './helpers.ts';
import type { Instruction } from './instruction.ts';
import { aluOperators, atomicNames, jumpOperators } from './notation.ts';
import { Alu, Atomic, CALL, Class, EXIT, Jump, Mode, PseudoCall, SIGNED, Size, Source } from './opcode.ts';
import { type Cursor, didYouMean, Fault, type Names, one, type Statement, withTarget } from './operands.ts';

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

const operations = new Map([...aluOperators].map(([operation, operator]) => [operator, operation]));

const comparisons = new Map([...jumpOperators].map(([operation, operator]) => [operator, operation]));

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

function parseStoreRelease(cursor: Cursor): Statement {
  cursor.expect('(');
  const size = unsignedSize(cursor);
  const { base, off } = parseBracketedAddress(cursor);
  cursor.expect(',');
  const src = cursor.register().number;
  cursor.expect(')');
  return one(Class.STX | Mode.ATOMIC | size, base, src, off, Atomic.STORE_REL);
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
