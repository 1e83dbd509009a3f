// Comparing, measuring and searching strings. A string ends at its first NUL or at the end of its type.

import { BOOL, INT64, sizeOf, UINT64 } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { log2 } from './buckets.ts';
import { forEachStep } from './loop.ts';
import { copy, equalBytes } from './memory.ts';
import { inMemory, type MemoryOperand, type Operand, scalar } from './operand.ts';

const ONES = 0x0101010101010101n;
const HIGHS = 0x8080808080808080n;

/** 1 when two strings are equal as far as both reach, as bpftrace compares them; at most `limit` bytes. */
export function equalStrings(
  p: ProgramBuilder,
  left: Operand,
  right: Operand,
  limit = Number.POSITIVE_INFINITY,
): Instruction {
  const a = inMemory(p, left);
  const b = inMemory(p, right);
  const size = Math.min(sizeOf(a.type), sizeOf(b.type), limit);
  if (a.constant) return equalBytes(p, b, prefix(a.constant, size));
  if (b.constant) return equalBytes(p, a, prefix(b.constant, size));
  return equalWords(p, a, b, size);
}

/** The bytes that decide: those up to the first NUL. */
function prefix(bytes: Uint8Array, size: number): Uint8Array {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, Math.min(size, end === -1 ? bytes.length : end + 1));
}

/**
 * Bytes that are zero, as a bit in each; only the lowest is exact, which is all that is asked for.
 * (v - 0x01..01) & ~v & 0x80..80.
 */
function zeroBytes(p: ProgramBuilder, word: Instruction): Instruction {
  const { b } = p;
  const borrow = b.binary('sub', word, ONES);
  return b.and(b.and(borrow, b.binary('xor', word, -1n)), HIGHS);
}

function lowestBit(p: ProgramBuilder, word: Instruction): Instruction {
  return p.b.and(word, p.b.sub(p.b.const(0), word));
}

/** Word by word: equal when the words are the same up to the first NUL. */
function equalWords(p: ProgramBuilder, left: MemoryOperand, right: MemoryOperand, size: number): Instruction {
  const { b } = p;
  const result = b.variable('equal');
  const done = b.block('compared');
  const decide = (x: Instruction, y: Instruction, mask: bigint) => {
    const next = b.block('same');
    const last = b.block('decide');
    const difference = b.and(b.binary('xor', x, y), mask);
    const ends = zeroBytes(p, x);
    b.branch('ne', b.binary('or', difference, ends), 0, last, next);
    b.enter(last);
    // The strings differ only behind their end when the first NUL comes before the first difference.
    const first = lowestBit(p, ends);
    const differs = b.sub(lowestBit(p, difference), 1);
    b.write(result, b.compare('le', b.sub(first, 1), differs));
    b.jump(done);
    b.enter(next);
  };
  const a = left.base;
  const words = Math.floor(size / 8);
  if (words <= 4) {
    for (let at = 0; at < words * 8; at += 8)
      decide(b.load(8, a, left.offset + at), b.load(8, right.base, right.offset + at), -1n);
  } else {
    const x = p.address(left);
    const y = p.address(right);
    forEachStep(p, 0, words * 8, 8, (at) => decide(b.load(8, b.add(x, at)), b.load(8, b.add(y, at)), -1n));
  }
  for (let at = words * 8; at < size; at++) {
    decide(b.load(1, a, left.offset + at), b.load(1, right.base, right.offset + at), 0xffn);
  }
  b.write(result, b.const(1));
  b.jump(done);
  b.enter(done);
  return b.read(result);
}

/** 0 when the first `count` bytes are equal as strings, else 1. */
export function compareStrings(p: ProgramBuilder, left: Operand, right: Operand, count: number): Operand {
  return scalar(UINT64, p.b.binary('xor', equalStrings(p, left, right, count), 1));
}

/** How many bytes come before the NUL. */
export function stringLength(p: ProgramBuilder, text: Operand): Operand {
  const { b } = p;
  const source = inMemory(p, text);
  const size = sizeOf(source.type);
  const length = b.variable('length');
  const words = Math.floor(size / 8) * 8;
  b.write(length, b.const(size));
  const done = b.block('measured');
  const start = p.address(source);
  const found = (ends: Instruction, at: Instruction) => {
    b.if('ne', ends, 0, () => {
      const index = b.binary('shr', log2(p, b.binary('shr', lowestBit(p, ends), 1)), 3);
      b.write(length, b.add(index, at));
      b.jump(done);
    });
  };
  if (words > 0) forEachStep(p, 0, words, 8, (at) => found(zeroBytes(p, b.load(8, b.add(start, at))), at));
  for (let at = words; at < size; at++) {
    b.if('eq', b.load(1, source.base, source.offset + at), 0, () => {
      b.write(length, b.const(at));
      b.jump(done);
    });
  }
  b.jump(done);
  b.enter(done);
  return scalar(UINT64, b.read(length));
}

/** Where a constant text begins in a string, or -1. */
export function indexOfText(p: ProgramBuilder, text: Operand, needle: Uint8Array): Operand {
  const { b } = p;
  const source = searchable(p, text);
  const size = sizeOf(source.type);
  const result = b.variable('index');
  const done = b.block('searched');
  b.write(result, b.const(needle.length === 0 ? 0 : -1n));
  if (needle.length > 0 && needle.length <= size) {
    const start = p.address(source);
    forEachStep(p, 0, size - needle.length + 1, 1, (at, loop) => {
      const here: Place = { base: b.add(start, at), offset: 0 };
      b.if('ne', equalBytes(p, here, needle), 0, () => {
        b.write(result, at);
        b.jump(done);
      });
      b.if('eq', b.load(1, here.base, 0), 0, () => loop.break());
    });
  }
  b.jump(done);
  b.enter(done);
  return scalar(INT64, b.read(result));
}

/** Whether a string contains a constant text. */
export function containsText(p: ProgramBuilder, text: Operand, needle: Uint8Array): Operand {
  const index = indexOfText(p, text, needle);
  return scalar(BOOL, index.kind === 'scalar' ? p.b.compare('ne', index.value, -1n) : p.b.const(0));
}

// Words are read at any address in a search, which the verifier refuses on the stack.
function searchable(p: ProgramBuilder, text: Operand): MemoryOperand {
  const source = inMemory(p, text);
  if (source.base.op !== 'slot') return source;
  const size = sizeOf(source.type);
  const place = p.at(p.local(size));
  copy(p, place, source, size);
  return { ...source, ...place };
}
