// The operands that only the kernel's notation has: `*(u64 *)(r10 -8)`, and registers that are all `r` or all `w`.

import { Size } from './opcode.ts';
import { type Cursor, Fault, type RegisterOperand } from './operands.ts';

const sizes: ReadonlyMap<string, { size: Size; signed: boolean }> = new Map([
  ['u8', { size: Size.B, signed: false }],
  ['u16', { size: Size.H, signed: false }],
  ['u32', { size: Size.W, signed: false }],
  ['u64', { size: Size.DW, signed: false }],
  ['s8', { size: Size.B, signed: true }],
  ['s16', { size: Size.H, signed: true }],
  ['s32', { size: Size.W, signed: true }],
]);

// `(u64 *)`
export function parsePointerType(cursor: Cursor): { size: Size; signed: boolean } {
  cursor.expect('(');
  const token = cursor.peek();
  const found = sizes.get(token.text.toLowerCase());
  if (!found) throw cursor.unexpected('a type: u8, u16, u32, u64, s8, s16 or s32');
  cursor.next();
  cursor.expect('*');
  cursor.expect(')');
  return found;
}

export function unsignedSize(cursor: Cursor): Size {
  const { span } = cursor.peek(1);
  const { size, signed } = parsePointerType(cursor);
  if (signed) throw new Fault('asm-syntax', 'only loads into registers extend the sign', span, 'write u in place of s');
  return size;
}

// `r10 -8`, without the brackets.
export function parseAddress(cursor: Cursor): { base: number; off: number } {
  const base = cursor.fullRegister();
  return { base, off: cursor.is('+') || cursor.is('-') ? cursor.offset() : 0 };
}

export function parseBracketedAddress(cursor: Cursor): { base: number; off: number } {
  cursor.expect('(');
  const address = parseAddress(cursor);
  cursor.expect(')');
  return address;
}

// A register that must be written as the destination is, `r` or `w`.
export function sameHalf(cursor: Cursor, dst: RegisterOperand): number {
  const src = cursor.register();
  if (src.half === dst.half) return src.number;
  const letter = dst.half ? 'w' : 'r';
  throw new Fault('asm-register', 'one operand is half a register', src.span, `write ${letter}${src.number}`);
}

export function requireFull(dst: RegisterOperand): void {
  if (dst.half) {
    throw new Fault('asm-register', `w${dst.number} is half a register`, dst.span, 'write r in place of w');
  }
}
