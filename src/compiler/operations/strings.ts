// Comparing, measuring and searching strings. A string ends at its first NUL or at the end of its type.

import { BOOL, INT64, sizeOf, UINT64 } from '../../image/index.ts';
import type { Variable } from '../builder.ts';
import type { Block, Instruction } from '../ir.ts';
import type { Local, ProgramBuilder } from '../program.ts';
import { log2 } from './buckets.ts';
import { forRange } from './control.ts';
import { forEachStep, type LoopControl } from './loop.ts';
import { copy, equalBytes } from './memory.ts';
import { inMemory, type MemoryOperand, type Operand, scalar } from './operand.ts';
import { lowestBit, zeroBytes } from './words.ts';

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
  return equalWords(p, byWords(p, a), byWords(p, b), size);
}

/** The string where it can be read by words: on the stack the verifier wants every access aligned. */
function byWords(p: ProgramBuilder, source: MemoryOperand): MemoryOperand {
  if (source.base.op !== 'slot' || source.offset % 8 === 0) return source;
  const size = sizeOf(source.type);
  const place = p.temp(size);
  copy(p, place, source, size);
  return { ...source, ...place };
}

/** The bytes that decide: those up to the first NUL. */
function prefix(bytes: Uint8Array, size: number): Uint8Array {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, Math.min(size, end === -1 ? bytes.length : end + 1));
}

/** Where a comparison of strings ends: `equal` is 1 or 0. */
interface Verdict {
  readonly equal: Variable;
  readonly done: Block;
}

/** Word by word: equal when the words are the same up to the first NUL. */
function equalWords(p: ProgramBuilder, left: MemoryOperand, right: MemoryOperand, size: number): Instruction {
  const { b } = p;
  const verdict: Verdict = { equal: b.variable('equal'), done: b.block('compared') };
  const words = size - (size % 8);
  if (words <= 32) {
    for (let at = 0; at < words; at += 8) {
      decideWord(p, verdict, b.load(8, left.base, left.offset + at), b.load(8, right.base, right.offset + at));
    }
  } else {
    const x = p.address(left);
    const y = p.address(right);
    forEachStep(p, 0, words, 8, (at) => decideWord(p, verdict, b.load(8, b.add(x, at)), b.load(8, b.add(y, at))));
  }
  for (let at = words; at < size; at++) {
    decideByte(p, verdict, b.load(1, left.base, left.offset + at), b.load(1, right.base, right.offset + at));
  }
  b.write(verdict.equal, b.const(1));
  b.jump(verdict.done);
  b.enter(verdict.done);
  return b.read(verdict.equal);
}

/** Goes on when the words are the same and have no NUL. */
function decideWord(p: ProgramBuilder, { equal, done }: Verdict, x: Instruction, y: Instruction): void {
  const { b } = p;
  const difference = b.binary('xor', x, y);
  const ends = zeroBytes(p, x);
  b.if('ne', b.binary('or', difference, ends), 0, () => {
    // The strings differ only behind their end when the first NUL comes before the first difference. Less one, so that
    // no NUL and no difference are behind everything.
    const end = b.sub(lowestBit(p, ends), 1);
    b.write(equal, b.compare('lt', end, b.sub(lowestBit(p, difference), 1)));
    b.jump(done);
  });
}

/** Goes on when the bytes are the same and not NUL. */
function decideByte(p: ProgramBuilder, { equal, done }: Verdict, x: Instruction, y: Instruction): void {
  const { b } = p;
  b.if('ne', x, y, () => {
    b.write(equal, b.const(0));
    b.jump(done);
  });
  b.if('eq', x, 0, () => {
    b.write(equal, b.const(1));
    b.jump(done);
  });
}

/** 0 when the first `count` bytes are equal as strings, else 1. */
export function compareStrings(p: ProgramBuilder, left: Operand, right: Operand, count: number): Operand {
  return scalar(UINT64, p.b.binary('xor', equalStrings(p, left, right, count), 1));
}

/** How many bytes come before the NUL. */
export function stringLength(p: ProgramBuilder, text: Operand): Operand {
  const { b } = p;
  const source = byWords(p, inMemory(p, text));
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

/**
 * Positions up to which a search is laid out for the verifier to walk; it keeps a pending path for every comparison, and no
 * more than 8192 of them (BPF_COMPLEXITY_LIMIT_JMP_SEQ).
 */
const WALKED_POSITIONS = 64;

/** Where a constant text begins in a string, or -1. Long strings need Linux 5.17. */
export function indexOfText(p: ProgramBuilder, text: Operand, needle: Uint8Array): Operand {
  const { b } = p;
  const source = searchable(p, text);
  const positions = sizeOf(source.type) - needle.length + 1;
  const result = b.variable('index');
  b.write(result, b.const(needle.length === 0 ? 0 : -1n));
  if (needle.length === 0 || positions <= 0) return scalar(INT64, b.read(result));
  if (positions <= WALKED_POSITIONS) {
    const start = p.address(source);
    forEachStep(p, 0, positions, 1, (at, loop) => compareAt(p, b.add(start, at), at, needle, result, loop));
  } else {
    // The address is loaded again in every round: a pointer into scratch space cannot be a captured variable.
    const local = movable(p, source);
    forRange(p, b.const(0), b.const(positions), { reads: [], writes: [result] }, (q, at, loop) => {
      // The verifier forgets what bpf_loop promises about the index.
      q.b.if('ge', at, positions, () => loop.break());
      compareAt(q, q.b.add(q.address(q.at(local)), at), at, needle, result, loop);
    });
  }
  return scalar(INT64, b.read(result));
}

/** Ends the search when the text is here, or when the string ends here. */
function compareAt(
  p: ProgramBuilder,
  address: Instruction,
  at: Instruction,
  needle: Uint8Array,
  result: Variable,
  loop: LoopControl,
): void {
  const { b } = p;
  b.if('ne', equalBytes(p, { base: address, offset: 0 }, needle), 0, () => {
    b.write(result, at);
    loop.break();
  });
  b.if('eq', b.load(1, address, 0), 0, () => loop.break());
}

/** The string in scratch space, where loop bodies reach it. */
function movable(p: ProgramBuilder, source: MemoryOperand): Local {
  const size = sizeOf(source.type);
  const local = p.local(size);
  copy(p, p.at(local), source, size);
  return local;
}

/** Whether a string contains a constant text. */
export function containsText(p: ProgramBuilder, text: Operand, needle: Uint8Array): Operand {
  const index = indexOfText(p, text, needle);
  return scalar(BOOL, index.kind === 'scalar' ? p.b.compare('ne', index.value, -1n) : p.b.const(0));
}

// Words are read at any address in a search, which the verifier refuses on the stack.
function searchable(p: ProgramBuilder, text: Operand): MemoryOperand {
  const source = inMemory(p, text);
  return source.base.op === 'slot' ? { ...source, ...p.at(movable(p, source)) } : source;
}
