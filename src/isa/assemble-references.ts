// What a wide load can refer to, in text: maps, subprograms and kernel symbols.

import { nearest } from '../base/text.ts';
import { requireFull } from './assemble-pointers.ts';
import { slot } from './build.ts';
import { LD_IMM64, PseudoLoad } from './opcode.ts';
import { type Cursor, didYouMean, Fault, type RegisterOperand, type Statement, withTarget } from './operands.ts';

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
    return { ...first, slots: [...first.slots, slot(0, 0, 0, 0, 0)] };
  }
  if (kind === 'btf') return parseBtfReference(cursor, dst);
  const byIndex = cursor.is('idx') && cursor.is(':', 1);
  const imm = cursor.is(':', 1) ? numberedMap(cursor) : namedMap(cursor, maps);
  cursor.expect(']');
  return wideReference(cursor, dst, byIndex, imm);
}

function numberedMap(cursor: Cursor): number {
  if (!cursor.accept('fd') && !cursor.accept('id') && !cursor.accept('idx')) throw cursor.unexpected('fd, id or idx');
  cursor.expect(':');
  return cursor.immediate();
}

function namedMap(cursor: Cursor, maps: ReadonlyMap<string, number>): number {
  const { text, span } = cursor.next();
  const fd = maps.get(text);
  if (fd !== undefined) return fd;
  const hint = didYouMean(nearest(text, maps.keys())) ?? 'write map[fd:N]';
  throw new Fault('asm-map', `unknown map '${text}'`, span, hint);
}

function wideReference(cursor: Cursor, dst: RegisterOperand, byIndex: boolean, imm: number): Statement {
  const element = cursor.accept('[');
  if (element) {
    const { value, span } = cursor.number();
    if (value !== 0n) {
      throw new Fault('asm-range', 'only the first value of a map has a direct address', span, 'write [0]');
    }
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
